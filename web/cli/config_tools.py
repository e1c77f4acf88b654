"""Commands that compare configs and run their tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.config.spot import escaped
from engine.config_tests import Outcome, run_tests
from engine.design.addresses import KINDS
from engine.design.diff import diff as differences
from engine.design.diff import reordered
from engine.templates.three_way import NONE
from web.cli._base import fault_line, fault_row, faults_as_lines, put, the_source

if TYPE_CHECKING:
    from engine.config_tests import TestReport, TestResult
    from engine.design.diff import Reordered
    from engine.templates.three_way import Difference

#: Characters of a value that a difference shows.
SHOWN = 80
#: Things moved within a list that are told one by one; of more of them, both orders are.
MOST_MOVES = 3


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines instead of sentences.")
def diff(old: str, new: str, as_json: bool) -> None:
    """Show what differs between two configs, thing by thing, and what stands in another order; exit 1 when anything does.

    A and B are folders, zip files, app:KEY (what is live), app:KEY@RELEASE, draft:KEY, template:NAME, or - once.
    """
    with faults_as_lines(), the_source(old, new) as (before, after):
        rows = [*map(_difference, differences(before, after)), *map(_order, reordered(before, after))]
    for row in rows:
        if as_json:
            put(row)
        else:
            click.echo(_line(row))
    raise SystemExit(1 if rows else 0)


def _difference(one: Difference) -> dict[str, object]:
    what = "added" if one.ours is NONE else "removed" if one.theirs is NONE else "changed"
    before, after = (None if side is NONE else side for side in (one.ours, one.theirs))
    return {**_place(one.path), "what": what, "before": before, "after": after}


def _order(one: Reordered) -> dict[str, object]:
    moved = [{"what": what, "behind": behind or None} for what, behind in one.moved]
    return {**_place(one.path), "what": "reordered", "before": one.before, "after": one.after, "moved": moved}


def _place(path: tuple[str, ...]) -> dict[str, object]:
    """Return the file and the place in it, in which items of lists stand with their keys."""
    depth = 1 if path[0] == "app" else 2
    return {"file": "/".join(path[:depth]) + ".json", "pointer": "".join(f"/{escaped(step)}" for step in path[depth:])}


def _line(row: dict[str, object]) -> str:
    place = f"{row['file']}#{row['pointer']}" if row["pointer"] else str(row["file"])
    before, after = _short(row["before"]), _short(row["after"])
    if row["what"] in ("added", "removed"):
        sign, value = ("+", after) if row["what"] == "added" else ("-", before)
        return f"{sign} {place}: {value}" if row["pointer"] else f"{sign} {place}"
    if row["what"] == "reordered":
        moved = row["moved"] if isinstance(row["moved"], list) else []
        if len(moved) <= MOST_MOVES:
            return f"~ {place}: order: {', '.join(map(_stands, moved))}"
        order = [", ".join(side) for side in (row["before"], row["after"]) if isinstance(side, tuple)]
        return f"~ {place}: order {order[0]} → {order[1]}"
    return f"~ {place}: {before} → {after}"


def _stands(moved: dict[str, str | None]) -> str:
    return f"{moved['what']} behind {moved['behind']}" if moved["behind"] else f"{moved['what']} first"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


@click.command("test")
@click.argument("address", metavar="CONFIG")
@click.option("--only", multiple=True, metavar="KEY", help="Only these tests.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines instead of sentences.")
def test(address: str, only: tuple[str, ...], as_json: bool) -> None:
    """Run the tests of CONFIG and say of each what was expected and what was found; exit 1 when one fails.

    CONFIG is a folder, a zip file, - for standard input, app:KEY, draft:KEY, template:NAME, or the key of an app. They
    run in memory: no record of this database is read or written.
    """
    with faults_as_lines(), the_source(_address(address)) as source:
        report = run_tests(source, only)
    for fault in report.faults:
        click.echo(json.dumps(fault_row(fault), ensure_ascii=False) if as_json else fault_line(fault))
    for result in report.results:
        _tell(result, as_json=as_json)
    click.echo(_sum(report), err=True)
    raise SystemExit(0 if report.ok else 1)


def _address(text: str) -> str:
    """Return the address meant: a word alone that is no path is the key of an app."""
    plain = text.replace("_", "a").isalnum() and text.isascii()
    return f"app:{text}" if plain and not Path(text).exists() and text not in KINDS else text


def _tell(result: TestResult, *, as_json: bool) -> None:
    if as_json:
        found = [fault_row(fault) for fault in result.findings]
        put(
            {
                "test": result.key,
                "outcome": result.outcome.value,
                "findings": found,
                "seconds": round(result.seconds, 3),
            }
        )
        return
    click.echo(f"{result.outcome.value}: {result.key} — {result.label}")
    for fault in result.findings:
        click.echo(f"  {fault.file}#{fault.pointer}: {fault.text}")


def _sum(report: TestReport) -> str:
    passed = sum(one.outcome is Outcome.PASSED for one in report.results)
    return f"{passed} of {len(report.results)} tests passed in {report.seconds:.1f} s"


COMMANDS: tuple[click.Command, ...] = (diff, test)
