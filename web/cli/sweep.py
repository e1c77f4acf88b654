"""`steerway sweep`: work every derived value out anew and tell which cells are stale, or mend them."""

from __future__ import annotations

from datetime import datetime

import click

from engine.db import Session
from engine.records.sweep import Swept, mend, sweep
from engine.records.writing import hold_release
from engine.releases import Live, apps
from web.cli._base import database, moment, now_option, put, stop, the_app

#: Stale cells were found (and not mended).
STALE = 1


@click.command("sweep")
@click.option("--app", "app_key", metavar="KEY", help="This app only; every app without it.")
@click.option("--repair", is_flag=True, help="Mend stale cells; each mended record gets a line of history.")
@now_option
def sweep_command(app_key: str | None, repair: bool, now: str | None) -> None:
    """Work out every computed, rollup and lookup field anew: one line per field, with examples of stale cells.

    Ends with 0 when nothing is stale or everything was mended, with 1 otherwise.
    """
    at, stale = moment(now), 0
    with database() as session:
        keys = [app.key for app in apps(session)] if app_key is None else [app_key]
        for key in keys:
            stale += _sweep(session, the_app(session, key), at, repair=repair)
    if stale:
        stop(f"{stale} stale cells; --repair mends them", STALE)


def _sweep(session: Session, live: Live, now: datetime, *, repair: bool) -> int:
    """Print what was found, and return how many stale cells are left."""
    if repair:
        hold_release(session, live)
    stale = 0
    for found in sweep(session, live, now):
        put(_row(live.key, found))
        stale += found.stale
    if not repair or not stale:
        return stale
    for form, count in mend(session, live, now).items():
        put({"app": live.key, "form": form, "mended": count})
    return sum(found.stale for found in sweep(session, live, now))


def _row(app_key: str, found: Swept) -> dict[str, object]:
    row: dict[str, object] = {
        "app": app_key,
        "form": found.form,
        "field": found.field,
        "checked": found.checked,
        "stale": found.stale,
    }
    examples = [{"id": one.id, "stored": one.stored, "fresh": one.fresh} for one in found.examples]
    return {**row, "examples": examples} if examples else row


COMMANDS: tuple[click.Command, ...] = (sweep_command,)
