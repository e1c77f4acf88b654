"""`steerway tick`: run once whatever is due; safe to run twice, and from several machines."""

from __future__ import annotations

import click

from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import tick as run_tick
from web.cli._base import moment, now_option, put
from web.services import database_url


@click.command("tick")
@now_option
def tick(now: str | None) -> None:
    """Evaluate what is due, send what is queued, and print what was done."""
    engine = make_engine(database_url())
    create_system_tables(engine)
    try:
        put(run_tick(sessions(engine), moment(now)))
    finally:
        engine.dispose()


COMMANDS: tuple[click.Command, ...] = (tick,)
