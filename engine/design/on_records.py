"""A draft over the records as they are, for the pages of the designers. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from engine.config.source import Source
from engine.design.impact.ahead import look_ahead
from engine.design.impact.narrowed import Sight
from engine.errors import EngineError
from engine.releases.compiling import compile_source
from engine.releases.live import Live
from engine.tables import AppTables
from rules.errors import N_, Fault

Found = TypeVar("Found")


def understood(source: Source) -> Live:
    """Return a draft as a release of which nothing is looked up; ConfigError with every fault of the draft."""
    app, _text, checksum = compile_source(source)
    return Live(app, AppTables.of(app), 0, checksum)


def over_records(
    session: Session,
    before: Live | None,
    source: Source,
    now: datetime,
    ask: Callable[[Live], Found],
    sight: Sight | None = None,
) -> Found:
    """Return what a question to a draft over the live records finds; EngineError where the database cannot tell yet.

    With a `sight`, only what is in it is looked at.
    """
    try:
        # A statement that fails ends PostgreSQL's transaction; SQLite's goes on, and a savepoint there locks writers out.
        with session.begin_nested() if session.get_bind().dialect.name == "postgresql" else nullcontext():
            return ask(look_ahead(session, before, source, now, sight).for_scans)
    except DatabaseError:
        template = N_(
            "The records are still stored as the live release has them. This can be said once the draft is published."
        )
        raise EngineError(Fault("draft.records", template)) from None


def rights_of(source: Source) -> Mapping[str, object]:
    """Return what decides who sees what: the permissions of each form, by its key."""
    return {spot["key"].text: spot["permissions"].value for spot in source.section("forms")}
