"""Commands on configs: check, publish, rollback, export, schemas; what they take is an address of a config."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.acts.going_back import go_back
from engine.config.canonical import write_folder, zip_of
from engine.config.check import check as check_source
from engine.config.schema import write_schemas
from engine.design import approvers_of, publish_approved, replace_config
from engine.design import ask as design_ask
from engine.design.addresses import source_at
from engine.errors import ConfigError
from engine.exports import rows
from engine.people import SYSTEM
from engine.releases import Moves, leaving_of, preview
from engine.releases import publish as publish_source
from engine.releases.gate import asks_for_approval
from engine.releases.publishing import as_app
from engine.releases.refusals import note_refusals
from rules.errors import Fault, SteerwayError
from web.cli._base import (
    app_option,
    as_option,
    database,
    fault_line,
    fault_row,
    faults_as_lines,
    moment,
    now_option,
    put,
    stdin,
    stop,
    the_app,
    the_source,
    the_user,
)

if TYPE_CHECKING:
    from datetime import datetime

    from engine.config.source import Source
    from engine.db import Session
    from engine.people import User
    from engine.releases import Leaving, Live, Release

#: What the argument of these commands may be.
ADDRESS = "CONFIG"
#: Where records go whose stage or option goes.
map_option = click.option(
    "--map",
    "moves",
    multiple=True,
    metavar="FORM.FIELD:OLD=NEW",
    help="Where records go: form.stage:old=new or form.field:old=new; nothing behind = empties the field. Repeatable.",
)


@click.command("check")
@click.argument("address", metavar=ADDRESS)
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines instead of sentences.")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
def check(address: str, as_json: bool, strict: bool) -> None:
    """Check CONFIG and print every fault; exit 1 when there is any.

    CONFIG is a folder, a zip or JSON file, - for standard input, app:KEY, app:KEY@RELEASE, draft:KEY or template:NAME.
    """
    faults = _faults(address)
    for fault in faults:
        click.echo(json.dumps(fault_row(fault), ensure_ascii=False) if as_json else fault_line(fault))
    errors = [f for f in faults if strict or f.level == "error"]
    click.echo(f"{address}: {_count(len(errors), 'fault')}, {_count(len(faults) - len(errors), 'warning')}", err=True)
    raise SystemExit(1 if errors else 0)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _faults(address: str) -> list[Fault]:
    try:
        with the_source(address) as source:
            return list(check_source(source))
    except SteerwayError as error:
        return list(error.faults)


@click.command("publish")
@click.argument("address", metavar=ADDRESS)
@click.option(
    "--app", "app_key", metavar="KEY", help="Publish as a release of this app (default: the key in app.json)."
)
@click.option("--reason", default="", help="Kept with the release.")
@map_option
@as_option
@click.option(
    "--ask", is_flag=True, help="Put it into the app's draft and ask for approval, as the person behind --as."
)
@click.option("--past-the-gate", is_flag=True, help="Publish although nobody approved it; the release says so.")
@now_option
def publish(
    address: str,
    app_key: str | None,
    reason: str,
    moves: tuple[str, ...],
    person: str | None,
    ask: bool,
    past_the_gate: bool,
    now: str | None,
) -> None:
    """Check CONFIG (a folder, a zip, - for standard input, draft:KEY …) and make it the live release.

    Where a stage or an option goes while records are in it, --map says where they go, once for each of them. Where the
    live release asks for approval, only what was approved goes live: --ask asks for it.
    """
    with faults_as_lines(), database() as session:
        source, at, to = source_at(address, session, stdin), moment(now), Moves.read(moves)
        source = as_app(source, app_key)
        key, user = source.app["key"].text, the_user(session, person)
        try:
            if ask:
                put(_ask(session, key, source, user, at, reason, to))
            elif asks_for_approval(session, key) and not past_the_gate:
                _tell(publish_approved(session, key, source, user, at, reason, to))
            else:
                said = f"{reason} (past the gate)".strip() if past_the_gate else reason
                _tell(publish_source(session, source, user, at, reason=said, moves=to))
        except ConfigError as error:
            session.rollback()
            note_refusals(session, key, error.faults, user, at, via="cli")
            session.commit()
            for one in leaving_of(session, source, to):
                if not one.is_mapped:
                    click.echo(_choices(one), err=True)
            raise


def _ask(
    session: Session, key: str, source: Source, user: User, at: datetime, reason: str, moves: Moves
) -> dict[str, object]:
    """Put a config into the draft of its app and ask for approval of it."""
    if user.id is None:
        stop("say --as PERSON: somebody asks, and somebody else approves")
    if not asks_for_approval(session, key):
        stop(f"the app {key!r} asks for no approval: publish it")
    faults = [*check_source(source), *preview(session, source, moves).faults]
    if errors := [one for one in faults if one.level == "error"]:
        raise ConfigError(*errors)
    draft = replace_config(session, key, source, user, at, "from the command line")
    request = design_ask(session, key, draft.version, user, at, reason, moves)
    return {"app": key, "request": request.id, "asked": [one.name for one in approvers_of(session, request).values()]}


def _choices(one: Leaving) -> str:
    """Say how to answer where records go."""
    to = "|".join([*(key for key, _ in one.targets), *([""] if one.may_empty else [])])
    return f"  say where {one.count} records go: --map {one.place}{to}"


def _tell(release: Release) -> None:
    """Say which release is live, and what its publishing warned of."""
    for one in release.warnings or ():
        click.echo(fault_line(Fault(**one, level="warning")), err=True)
    put({"app": release.app_key, "release": release.number})


@click.command("rollback")
@click.argument("number", type=int)
@app_option
@click.option("--reason", default="", help="Kept with the release.")
@map_option
@now_option
def rollback(number: int, app_key: str | None, reason: str, moves: tuple[str, ...], now: str | None) -> None:
    """Publish the release NUMBER again, under a new number; what was entered since is kept.

    Records that the releases since moved, or that were sent ahead of them, go back, unless somebody moved them on.
    """
    with faults_as_lines(), database() as session:
        app = the_app(session, app_key)
        _tell(go_back(session, app.key, number, SYSTEM, moment(now), reason, Moves.read(moves))[0])


@click.command("export")
@click.argument("words", nargs=-1, required=True, metavar="[APP] PATH")
@app_option
@click.option("--release", "number", type=int, help="An older release; the live one without it.")
@click.option("--draft", is_flag=True, help="What is being edited, not yet live.")
@click.option("--records", is_flag=True, help="With the records, as data/FORM.csv, which a clone or an import reads.")
@as_option
def export(
    words: tuple[str, ...], app_key: str | None, number: int | None, draft: bool, records: bool, person: str | None
) -> None:
    """Write the config of an app as a folder of JSON at PATH, or as a zip file when PATH ends in .zip.

    Canonical JSON without ids of this database: the same config gives the same bytes.
    """
    if len(words) > 2 or (len(words) == 2 and app_key):
        stop("say: steerway export APP PATH")
    path, key = Path(words[-1]), words[0] if len(words) == 2 else app_key
    with faults_as_lines(), database() as session:
        live = the_app(session, key) if not (draft and key) else None
        app = live.key if live else str(key)
        at = f"draft:{app}" if draft else f"app:{app}@{number}" if number is not None else f"app:{app}"
        write_config(source_at(at, session), path)
        put({"app": app, "release": "draft" if draft else number or (live and live.number), "path": str(path)})
        if records and live is not None:
            for form in live.app.forms:
                put(_write_records(session, live, form, _beside(path) / "data", the_user(session, person)))


def write_config(source: Source, path: Path) -> None:
    """Write a config as a folder, or as a zip file."""
    if path.suffix.lower() == ".zip":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zip_of(source))
    else:
        write_folder(source, path)


def _beside(path: Path) -> Path:
    """Return where the records go: into the folder, or beside the zip file."""
    return path.parent if path.suffix.lower() == ".zip" else path


def _write_records(session: Session, live: Live, form: str, folder: Path, user: User) -> dict[str, object]:
    folder.mkdir(parents=True, exist_ok=True)
    path, count = folder / f"{form}.csv", -1
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows(session, live, form, user, moment(None)):
            writer.writerow(row)
            count += 1
    return {"form": form, "records": count, "path": str(path)}


@click.command("schemas")
@click.argument("path", type=click.Path(path_type=Path))
def schemas(path: Path) -> None:
    """Write the JSON Schemas of config files into the folder PATH, for editors."""
    for written in write_schemas(path):
        click.echo(str(written))


COMMANDS: tuple[click.Command, ...] = (check, publish, rollback, export, schemas)
