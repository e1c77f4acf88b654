"""`steerway demo`: a sample app with its records and people, made once and kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.imports.people import create_people
from engine.people import SYSTEM
from engine.releases import apps, clone, template_path
from web.cli._base import database, faults_as_lines, stop
from web.services import database_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.db import Session
    from engine.imports.people import Made

SAMPLE = "sales_pipeline"


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to print.")
@click.option("--port", default=8000, show_default=True, type=int, help="Port to print.")
def demo(host: str, port: int) -> None:
    """Clone the sample with demonstration records and people; a second call keeps everything as it is."""
    now = datetime.now(UTC).replace(microsecond=0)
    with faults_as_lines(), database() as session:
        if not any(row.key == SAMPLE for row in apps(session)):
            _make(session, now)
    click.echo(f"\nSteerway: http://{host}:{port}\n")
    click.echo(_notes().read_text("utf-8") if _notes().exists() else "The demonstration people were made earlier.\n")


def _make(session: Session, now: datetime) -> None:
    folder = template_path(SAMPLE) or stop(f"the sample {SAMPLE!r} is missing from this installation")
    people = folder / "data" / "people.csv"
    made = create_people(session, people.read_bytes(), SAMPLE, now, admins=True) if people.exists() else []
    clone(session, folder, SYSTEM, now, with_records=True)
    session.commit()
    _remember(made)


def _remember(made: Iterable[Made]) -> None:
    """Keep the sign-ins where only this user reads them: they are shown again at every start."""
    lines = ["Sign in as                password        who\n"]
    lines += [
        f"  {one.sign_in:<22}  {one.password:<14}  {one.name} ({', '.join(one.roles)})\n"
        for one in made
        if one.password
    ]
    path = _notes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(lines)


def _notes() -> Path:
    """Return where the sign-ins are kept: beside the database file, or in var."""
    url = database_url()
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).with_suffix(".sign-ins.txt")
    return Path("var/steerway.sign-ins.txt")


COMMANDS: tuple[click.Command, ...] = (demo,)
