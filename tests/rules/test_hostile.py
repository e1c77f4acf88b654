"""Hostile text: each line refused in at most 10 ms and 10 MB, by a process that lives on; and random text never breaks the checker."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.check import check
from rules.checked import Checked
from rules.errors import RuleError
from tests.support.golden_table import cases, refusals, world

ROOT = Path(__file__).resolve().parents[2]
WORLD = world()

#: Measures every line in a process that may take 60 s of processor and 1 GB of addresses at most. A line that is slow once is
#: tried again: a busy machine is not the checker's fault, a slow checker is slow every time.
MEASURE = """
import json, resource, sys, time, tracemalloc
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from rules.check import faults_of
from rules.calendar import calendar_of
from tests.support.golden_table import refusals, world
scope = world().scope
calendar_of("CN"), faults_of("a >", scope), faults_of("workdays_between(today, today) > 'x'", scope)
for refusal in refusals():
    milliseconds = []
    for _ in range(5):
        begun = time.perf_counter()
        faults = faults_of(refusal.expression, scope)
        milliseconds.append((time.perf_counter() - begun) * 1000)
    tracemalloc.start()
    faults_of(refusal.expression, scope)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(json.dumps([refusal.line, faults[0].code if faults else "", min(milliseconds), peak]))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(["alive", "", 0, grown]))
"""


@pytest.fixture(scope="module")
def measured() -> list[list[Any]]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_process_is_alive_after_all_hostile_lines(measured: list[list[Any]]) -> None:
    assert measured[-1][0] == "alive"
    assert [m[:2] for m in measured[:-1]] == [[r.line, r.code] for r in refusals()]


def test_hostile_lines_are_refused_in_ten_milliseconds(measured: list[list[Any]]) -> None:
    assert [m for m in measured if m[2] > 10] == []


def test_hostile_lines_are_refused_in_ten_megabytes(measured: list[list[Any]]) -> None:
    assert [m for m in measured[:-1] if m[3] > 10 * 2**20] == []


def test_checker_gives_no_warnings_of_its_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        codes = [_accept_or_refuse(r.expression) for r in refusals()]

    assert None not in codes


_SEEDS = [c.expression for c in cases()] + [r.expression for r in refusals() if len(r.expression) < 300]
_PIECES = [
    "__class__",
    "(",
    ")",
    "[",
    "]",
    ".",
    " and ",
    " if ",
    " else ",
    "not ",
    "'",
    '"',
    "\\",
    "\0",
    "\ud800",
    ":=",
    "=",
    "**",
    "lambda:",
    "f''",
]
_PIECES += [
    ";",
    "\n",
    "#",
    "1e999",
    "0x1",
    "1_",
    "…",
    "（",
    "ﬁ",
    "\u202e",
    "*",
    "%",
    "{",
    "}",
    "a" * 600,
    "(" * 60,
    "await ",
    "in ",
    " is ",
]


@st.composite
def mutated(draw: Any) -> str:
    """Return a golden line with pieces put in, cut out and doubled."""
    text = draw(st.sampled_from(_SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        match draw(st.integers(0, 3)):
            case 0:
                text = text[:at] + draw(st.sampled_from(_PIECES)) + text[at:]
            case 1:
                text = text[:at] + text[at + draw(st.integers(1, 8)) :]
            case 2:
                text = text[:at] + draw(st.sampled_from(_SEEDS)) + text[at:]
            case _:
                text = text[:at] + draw(st.characters()) + text[at:]
    return text


def _accept_or_refuse(text: str) -> str | None:
    try:
        checked = check(text, WORLD.scope)
    except RuleError as problem:
        refused = problem
    else:
        assert isinstance(checked, Checked)
        return None
    assert all(f.text and 0 <= f.column <= len(text) + 1 for f in refused.faults)
    return refused.code


_settings = settings(
    max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)


@_settings
@given(st.text(max_size=200))
@example("\ud800")
@example("\0")
def test_random_text_is_refused_or_accepted(text: str) -> None:
    _accept_or_refuse(text)


@_settings
@given(st.text(alphabet="ab.,()[]'\" +-*/%<>=!not if else and or in 0123456789_\\\n", max_size=80))
def test_random_syntax_is_refused_or_accepted(text: str) -> None:
    _accept_or_refuse(text)


@_settings
@given(mutated())
def test_mutated_lines_are_refused_or_accepted(text: str) -> None:
    _accept_or_refuse(text)
