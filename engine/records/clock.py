"""Values that read the day are brought to a new one, at midnight of the app's time zone."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.evaluate import poke
from engine.records.clock_rows import Clock, day_of
from engine.records.env import zone_of
from engine.records.graph import daily_fields
from engine.records.sweep import bring
from engine.records.writing import hold_release
from engine.releases.live import Live


def bring_to_today(session: Session, live: Live, now: datetime) -> Counter[str]:
    """Bring an app's values to the day it is there now; nothing when they are there already, however often it is asked."""
    fields, today = daily_fields(live), now.astimezone(zone_of(live)).date()
    if not fields or _is_reached(session, live, today):
        return Counter()
    hold_release(session, live)
    if _is_reached(session, live, today):  # another process was faster
        return Counter()
    changed = bring(session, live, fields, now, "clock")
    _note_day(session, live, today)
    for form in changed:
        poke(session, live, form, now)
    return Counter(refreshed=sum(changed.values()))


def _is_reached(session: Session, live: Live, today: date) -> bool:
    """A tick that began before midnight does not turn back the one after it; a clock that was wrong by more is mended."""
    day = day_of(session, live)
    return day is not None and today <= day <= today + timedelta(days=1)


def _note_day(session: Session, live: Live, today: date) -> None:
    updated = session.execute(sa.update(Clock).where(Clock.app_key == live.key).values(day=today))
    if not getattr(updated, "rowcount", 0):
        session.execute(sa.insert(Clock).values(app_key=live.key, day=today))
