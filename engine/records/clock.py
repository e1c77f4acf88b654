"""Values that read the day: which they are, and how they are brought to a new one, at midnight of the app's time zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.evaluate import poke
from engine.records.clock_rows import Clock
from engine.records.env import zone_of
from engine.records.graph import Derived, derived_fields
from engine.records.sweep import bring
from engine.records.writing import hold_release
from engine.releases.live import Live
from rules.checked import Checked

#: Names that mean something else tomorrow.
_CLOCK = frozenset({"today", "now", "days_in_stage"})


def reads_day(checked: Checked | None) -> bool:
    """Tell whether an expression has another value tomorrow although nothing was written."""
    return checked is not None and any(path[-1] in _CLOCK for path in checked.reads)


def daily_fields(live: Live) -> tuple[Derived, ...]:
    """Return the derived fields that read the day, and all that follow from them, each after those it reads."""
    if "daily" not in live.memo:
        live.memo["daily"] = tuple(_daily(live))
    found: tuple[Derived, ...] = live.memo["daily"]
    return found


def _daily(live: Live) -> Iterator[Derived]:
    known: set[tuple[str, str]] = set()
    for one in derived_fields(live):
        measure = one.measure
        read = (measure.where, measure.value, measure.during) if measure else (one.field.expression,)
        if any(map(reads_day, read)) or any((link.form, link.name) in known for link in one.links):
            known.add(one.node)
            yield one


def bring_to_today(session: Session, live: Live, now: datetime) -> Counter[str]:
    """Bring an app's values to the day it is there now; nothing when they are there already, however often it is asked."""
    fields, today = daily_fields(live), now.astimezone(zone_of(live)).date()
    if not fields or _day_of(session, live) == today:
        return Counter()
    hold_release(session, live)
    if _day_of(session, live) == today:  # another process was faster
        return Counter()
    changed = bring(session, live, fields, now, "clock")
    _note_day(session, live, today)
    for form in changed:
        poke(session, live, form, now)
    return Counter(refreshed=sum(changed.values()))


def _day_of(session: Session, live: Live) -> date | None:
    return session.scalar(sa.select(Clock.day).where(Clock.app_key == live.key))


def _note_day(session: Session, live: Live, today: date) -> None:
    updated = session.execute(sa.update(Clock).where(Clock.app_key == live.key).values(day=today))
    if not getattr(updated, "rowcount", 0):
        session.execute(sa.insert(Clock).values(app_key=live.key, day=today))
