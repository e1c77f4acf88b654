"""An older release published again, and with it what was sent ahead of the releases since taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.acts.doing import may_undo, take_back
from engine.acts.reading import acts_ahead_of
from engine.acts.rows import Act
from engine.people import User
from engine.releases import NO_MOVES, Moves, Release, live, roll_back


def go_back(
    session: Session, app_key: str, number: int, user: User, now: datetime, reason: str = "", moves: Moves = NO_MOVES
) -> tuple[Release, list[Act]]:
    """Publish an older release again; return the new one, and the acts that take back what was sent ahead of those since.

    What a release moved itself goes back with it. What was sent ahead follows record by record, where nobody changed them
    since: a few at once, many by a job of their own.
    """
    release = roll_back(session, app_key, number, user, now, reason, moves)
    found, now_live = acts_ahead_of(session, app_key, number, release.number - 1), live(session, app_key)
    good = [one for one in found if one.form in now_live.app.forms and may_undo(now_live, one, user)]
    return release, [take_back(session, now_live, one.id, user, now) for one in good]
