"""What publishing a config, or going back to an older release, would do: nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.source import Source
from engine.db import start_writing
from engine.errors import ConfigError
from engine.people.users import User
from engine.releases.compiling import compile_source
from engine.releases.live import Live, compiled_release, past_release
from engine.releases.moves import NO_MOVES, Leaving, Moves, faults_of, leaving
from engine.releases.moving import put_back
from engine.releases.plan import make_plan
from engine.releases.publishing import locked_app
from engine.releases.rows import App
from engine.releases.shifting import Trail
from engine.tables import AppTables
from rules.errors import Fault


@dataclass(frozen=True)
class Preview:
    """What publishing a config would do: `faults` stop it, `warnings` do not."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    new_forms: tuple[str, ...] = ()
    new_fields: tuple[tuple[str, str], ...] = ()
    #: Stages and options that go while records are in them.
    leaving: tuple[Leaving, ...] = ()


def preview(session: Session, config: Source | Mapping[str, object], moves: Moves = NO_MOVES) -> Preview:
    """Return what publishing would do, with records moved like this, and what stands against it; nothing is changed."""
    try:
        before, after = _sides(session, config)
    except ConfigError as error:
        return Preview(error.faults)
    return _preview(session, before, after, moves)


def leaving_of(session: Session, config: Source | Mapping[str, object], moves: Moves = NO_MOVES) -> tuple[Leaving, ...]:
    """Return the stages and options that a config takes away from records; quick where it takes none away."""
    try:
        return leaving(session, *_sides(session, config), moves)
    except ConfigError:
        return ()


def fitting_moves(session: Session, config: Source | Mapping[str, object], moves: Moves) -> Moves:
    """Return those moves whose stage or option a config takes away, with records in it or not, and whose target it has."""
    try:
        _, after = _sides(session, config)
    except ConfigError:
        return NO_MOVES
    return Moves.read(line for line in moves.lines if not list(faults_of(Moves.read([line]), after)))


def preview_back(
    session: Session, app_key: str, number: int, user: User, now: datetime, moves: Moves = NO_MOVES
) -> Preview:
    """Return what going back to an older release would do; it is tried on the records, and all of it taken back."""
    app = past_release(session, app_key, number)
    start_writing(session)
    with session.begin_nested() as tried:
        row = locked_app(session, app_key, user, now, create=False)
        before = compiled_release(session, row.key, row.live_number, row.live_checksum)
        put_back(session, row, number, Trail(row.key, user, now, row.live_number + 1))
        found = _preview(session, before, Live(app.app, app.tables, row.live_number + 1, app.checksum), moves)
        tried.rollback()
    return found


def _sides(session: Session, config: Source | Mapping[str, object]) -> tuple[Live | None, Live]:
    app, *_ = compile_source(config if isinstance(config, Source) else Source.from_dict(config))
    row = session.scalar(sa.select(App).where(App.key == app.key))
    number = row.live_number if row else 0
    before = compiled_release(session, app.key, number, row.live_checksum) if row and number else None
    return before, Live(app, AppTables.of(app), number + 1)


def _preview(session: Session, before: Live | None, after: Live, moves: Moves) -> Preview:
    plan = make_plan(session, before, after, moves)
    left = leaving(session, before, after, moves)
    return Preview(tuple(plan.faults), tuple(plan.warnings), tuple(plan.new_forms), tuple(plan.new_fields), left)
