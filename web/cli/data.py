"""`steerway import`: a sheet into a form, with a verdict for every row."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.imports.mapping import ImportMapping, guess, mapping_of
from engine.imports.read import Table, read
from engine.imports.run import plan, run
from engine.people import SYSTEM
from web.cli._base import app_option, as_option, database, faults_as_lines, moment, now_option, put, the_app, the_user

if TYPE_CHECKING:
    from engine.imports.report import Verdict
    from engine.releases import Live


@click.command("import")
@click.argument("form")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@app_option
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Columns to fields, as JSON."
)
@click.option("--key", "keys", multiple=True, metavar="FIELD", help="Field by which a row finds its record.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option(
    "--rows", "show_rows", is_flag=True, help="Print the verdict of every row, not only of those with faults."
)
@as_option
@now_option
def import_(
    form: str,
    file: Path,
    app_key: str | None,
    mapping: Path | None,
    keys: tuple[str, ...],
    dry_run: bool,
    show_rows: bool,
    person: str | None,
    now: str | None,
) -> None:
    """Import the sheet FILE (CSV or XLSX) into FORM: first the report, then one line for each row that matters.

    Exit code 1 when any row was refused.
    """
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        live.form(form)
        chosen = _mapping(live, form, mapping, keys)
        table = read(file, encoding=chosen.encoding, delimiter=chosen.delimiter, sheet=chosen.sheet)
        chosen = chosen if chosen.columns else _guessed(live, form, table, keys)
        user = the_user(session, person) if person else SYSTEM
        present = moment(now, live.app.context.time_zone)
        report = (plan if dry_run else run)(session, live, form, table, chosen, user, present)
        put({**report.to_dict(), "mapping": report.mapping.to_dict()})
        for verdict in report.verdicts:
            if show_rows or verdict.faults:
                put(_verdict_row(verdict))
    raise SystemExit(1 if report.refused else 0)


def _verdict_row(verdict: Verdict) -> dict[str, object]:
    reasons = {
        "reasons": [fault.text for fault in verdict.faults],
        "fields": [fault.field for fault in verdict.faults],
    }
    return {"row": verdict.row, "verdict": verdict.verdict, "title": verdict.title, **reasons}


def _mapping(live: Live, form: str, path: Path | None, keys: tuple[str, ...]) -> ImportMapping:
    if path is None:
        return ImportMapping(form, (), key=keys)
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise click.BadParameter(f"{path} does not hold a JSON object with columns")
    if content.get("form", form) != form:
        raise click.BadParameter(f"{path} is meant for the form {content['form']!r}, not for {form!r}")
    found = mapping_of(content, live.app.forms[form], live.app.pipeline_of(form))
    return replace(found, key=keys) if keys else found


def _guessed(live: Live, form: str, table: Table, keys: tuple[str, ...]) -> ImportMapping:
    found = guess(live.app.forms[form], live.app.pipeline_of(form), table.header)
    return replace(found, key=keys) if keys else found


COMMANDS: tuple[click.Command, ...] = (import_,)
