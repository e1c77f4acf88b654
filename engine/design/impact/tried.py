"""A rule of a draft, or of the live release, tried on the last days within a few seconds: how often it would have fired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.backtest.task import portion, refuse_untestable

if TYPE_CHECKING:
    from engine.config.defs import AlertRuleDef
    from engine.releases.live import Live

DAYS = 30
#: Lines of history beyond which one portion takes longer than anybody waits at a page.
MOST_LINES = 100_000


@dataclass(frozen=True)
class Tried:
    """How often a rule would have fired, beside what fired already when the days began; `done` False: it takes too long."""

    fired: int = 0
    carried: int = 0
    done: bool = True


def try_on_past(session: Session, live: Live, rule: AlertRuleDef, now: datetime, seconds: float = 4) -> Tried:
    """Go through the last 30 days, for so many seconds; EngineError for a rule whose past cannot be told."""
    refuse_untestable(rule)
    if rule.form and _lines(session, live, rule.form) > MOST_LINES:
        return Tried(done=False)
    payload = {"start": (now - timedelta(days=DAYS)).isoformat(), "end": now.isoformat()}
    state: dict[str, Any] = {}
    until = monotonic() + seconds
    while portion(session, live, rule, payload, state):
        if monotonic() > until:
            return Tried(done=False)
    carried = sum(1 for one in state["episodes"] if one[4])
    return Tried(len(state["episodes"]) - carried, carried)


def _lines(session: Session, live: Live, form: str) -> int:
    """Count the lines of a form's history, as far as it matters."""
    some = sa.select(sa.literal(1)).select_from(live.tables.history(form)).limit(MOST_LINES + 1)
    return session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0
