"""When people want to be told: quiet hours, working hours, digests."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.wish_rows import Wish
from engine.clock import DAY, Clock
from engine.errors import EngineError
from rules.errors import N_, Fault

TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
DIGESTS = ("", "daily", "weekly")
#: For a single rule, also: at once, whatever holds for the others.
FOR_RULE = ("", "now", "daily", "weekly")
NINE = "09:00"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one person wants to be told; `rules` maps APP/RULE to now, daily or weekly."""

    quiet_from: str = ""
    quiet_to: str = ""
    working_hours: bool = False
    digest: str = ""
    digest_at: str = NINE
    digest_day: int = 1
    rules: Mapping[str, str] = field(default_factory=dict)

    def digest_for(self, app_key: str, rule: str) -> str:
        """Return daily or weekly, or '' for at once."""
        found = self.rules.get(f"{app_key}/{rule}") or self.digest
        return "" if found == "now" else found

    def loud_from(self, clock: Clock, now: datetime) -> datetime:
        """Return `now`, or when the quiet hours end in which it lies."""
        if not self.quiet_from or not self.quiet_to or self.quiet_from == self.quiet_to:
            return now
        start, end, wall = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_to), clock.local(now)
        at = wall.time()
        if start < end:
            return clock.at(wall.date(), end) if start <= at < end else now
        if at >= start:
            return clock.at(wall.date() + DAY, end)
        return clock.at(wall.date(), end) if at < end else now

    def digest_due(self, clock: Clock, now: datetime, kind: str) -> datetime:
        """Return when the next daily or weekly digest goes out."""
        day, of_day = clock.today(now), time.fromisoformat(self.digest_at or NINE)
        while clock.at(day, of_day) <= now or (kind == "weekly" and day.isoweekday() != self.digest_day):
            day += timedelta(days=1)
        return clock.at(day, of_day)


def wishes_of(session: Session, ids: Collection[int]) -> dict[int, Wishes]:
    """Return the wishes of those of these people who have any."""
    rows = session.scalars(select(Wish).where(Wish.person_id.in_(sorted(ids)))) if ids else ()
    return {one.person_id: _wishes(one) for one in rows}


def keep_wishes(session: Session, person_id: int, wanted: Wishes) -> None:
    """Keep how a person wants to be told; EngineError says everything that is wrong."""
    faults = [
        Fault("wish.time", N_("Write a time of day as 22:00."), field=name)
        for name in ("quiet_from", "quiet_to", "digest_at")
        if (text := getattr(wanted, name)) and not TIME.fullmatch(text)
    ]
    if bool(wanted.quiet_from) != bool(wanted.quiet_to):
        template = N_("Quiet hours need a beginning and an end.")
        faults.append(Fault("wish.quiet", template, field="quiet_to" if wanted.quiet_from else "quiet_from"))
    if wanted.digest not in DIGESTS or not set(wanted.rules.values()) <= set(FOR_RULE):
        faults.append(Fault("wish.digest", N_("A digest comes daily or weekly."), field="digest"))
    if wanted.digest_day not in range(1, 8):
        faults.append(Fault("wish.day", N_("A week has seven days."), field="digest_day"))
    if faults:
        raise EngineError(*faults)
    row = session.get(Wish, person_id) or Wish(person_id=person_id)
    row.quiet_from, row.quiet_to, row.working_hours = wanted.quiet_from, wanted.quiet_to, wanted.working_hours
    row.digest, row.digest_at, row.digest_day = wanted.digest, wanted.digest_at or NINE, wanted.digest_day
    row.rules = {key: one for key, one in sorted(wanted.rules.items()) if one}
    session.add(row)
    session.flush()


def _wishes(row: Wish) -> Wishes:
    return Wishes(
        row.quiet_from, row.quiet_to, row.working_hours, row.digest, row.digest_at, row.digest_day, dict(row.rules)
    )
