"""Reads tests/golden/expressions.txt and rejected.txt.

`expressions.txt`: one case a line, `expression ; record ; value`, parts parted by " ; ". The record is a JSON object of the form
`deal` in `world.json` (see rules/cases.py for how values are written), `{}` when it does not matter. The value is JSON: `null` for
empty, dates as ISO texts, money as a number in major units. `rejected.txt`: `expression ; code`. In both, `#` starts a comment
line, `## ` a heading for the reference page, and `\\n`, `\\0`, `\\u1234` and `{x*1000}` (repeat) in a rejected line stand for what they
say, so that hostile text fits on a line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.cases import Cases
from tests.support import golden

FOLDER = Path(__file__).parents[1] / "golden"
_REPEAT = re.compile(r"\{([^{}]+)\*(\d+)\}")


@dataclass(frozen=True)
class Case:
    """One line of expressions.txt."""

    line: int
    heading: str
    expression: str
    record: dict[str, Any]
    value: Any

    def __str__(self) -> str:
        return f"{self.line}: {self.expression}"


@dataclass(frozen=True)
class Refusal:
    """One line of rejected.txt."""

    line: int
    heading: str
    expression: str
    code: str

    def __str__(self) -> str:
        return f"{self.line}: {self.expression[:50].encode('unicode_escape').decode()}"


def world() -> Cases:
    """Return the forms, people and records the tables are about."""
    return Cases.of(json.loads((FOLDER / "world.json").read_text(encoding="utf-8")))


def cases() -> list[Case]:
    """Return the lines of expressions.txt."""
    found = []
    for number, heading, line in _lines("expressions.txt"):
        expression, record, value = line.split(" ; ")
        found.append(Case(number, heading, expression, json.loads(record), json.loads(value)))
    return found


def refusals() -> list[Refusal]:
    """Return the lines of rejected.txt."""
    found = []
    for number, heading, line in _lines("rejected.txt"):
        expression, _, code = line.rpartition(" ; ")
        found.append(Refusal(number, heading, _spelled_out(expression), code))
    return found


def _lines(name: str) -> list[tuple[int, str, str]]:
    for kept in (name, "world.json"):
        golden.keep(FOLDER / kept)
    heading, found = "", []
    for number, line in enumerate((FOLDER / name).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            heading = line[3:]
        elif line.strip() and not line.startswith("#"):
            found.append((number, heading, line))
    return found


def _spelled_out(text: str) -> str:
    text = _REPEAT.sub(lambda m: m[1] * int(m[2]), text)
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    return text.replace("\\n", "\n").replace("\\0", "\0").replace("\\t", "\t")


#: What the required fields of a deal hold where a line does not say.
REQUIRED = {"price": 1, "n": 1, "title": "t", "urgent": False, "opened_on": "2026-01-01"}


def filled(case: Case) -> dict[str, Any]:
    """Return the record of a case with every required field in it."""
    return {**REQUIRED, **case.record}
