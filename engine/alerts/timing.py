"""When each message goes out, and whether alone: quiet and working hours, silences, groups, digests, the cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.alerts.bundles import bundle_for, open_group
from engine.alerts.facts import chunks
from engine.alerts.hushes import people_who_asked, quiet_for
from engine.alerts.rows import Notification
from engine.alerts.wish_rows import Silence
from engine.alerts.wishes import Wishes, wishes_of
from engine.clock import Clock
from engine.config.defs import AlertRuleDef

if TYPE_CHECKING:
    from engine.releases.live import Live

Row = dict[str, Any]
#: What moves the time of a message.
SILENCE, WORKING_HOURS, QUIET_HOURS = "silence", "working_hours", "quiet_hours"
HOUR = timedelta(hours=1)


def hours_of(clock: Clock, wish: Wishes, rule: AlertRuleDef, at: datetime, why: str = "") -> tuple[datetime, str]:
    """Return when a person may be told from a moment on, and what moved it: twice around, since one may end in another."""
    in_working_hours = rule.tell == "working_hours" or (wish.working_hours and rule.tell != "at_once")
    for _ in range(2):
        if in_working_hours and (opens := clock.opening(at)) != at:
            at, why = opens, WORKING_HOURS
        if rule.tell != "at_once" and (loud := wish.loud_from(clock, at)) != at:
            at, why = loud, QUIET_HOURS
    return at, why


def look_again(session: Session, live: Live, one: Silence, now: datetime) -> None:
    """Give what waited for the end of a person's own silence its time anew, since that silence is over."""
    assert one.person_id is not None, "a silence for everybody holds back steps, not messages"
    mine = (Notification.app_key == live.key, Notification.person_id == one.person_id)
    waiting = (Notification.state == "queued", Notification.waits_for != "", Notification.attempts == 0)
    wish = wishes_of(session, [one.person_id]).get(one.person_id, Wishes())
    for row in session.scalars(select(Notification).where(*mine, *waiting, Notification.created_at >= one.since)):
        if (rule := live.app.alerts.get(row.rule)) is not None and one.rule in (None, row.rule):
            until = quiet_for(session, live.key, rule, row.record_id, one.person_id, now)
            row.due_at, row.waits_for = hours_of(Clock(rule.hours), wish, rule, max(now, until or now))


class Timing:
    """Gives every notification of one pass its time; nothing is dropped, much may come later."""

    def __init__(self, session: Session, live: Live, rule: AlertRuleDef, now: datetime, *, late: bool = False) -> None:
        self.session, self.live, self.rule, self.now = session, live, rule, now
        self.late = late and rule.catch_up == "digest"
        self.clock = Clock(rule.hours)

    def apply(self, rows: Sequence[Row]) -> list[Row]:
        """Move what must wait, put together what goes out as one message; return all but repeats of what waits still."""
        rows = self._without_repeats(rows)
        people = {row["person_id"] for row in rows}
        wishes = wishes_of(self.session, people)
        asked = people_who_asked(self.session, self.live.key, self.now) & people
        sent = self._sent_lately(people) if self.rule.most_per_hour else Counter()
        for row in rows:
            wish = wishes.get(row["person_id"], Wishes())
            row["bundle_id"] = None
            due_at, row["waits_for"] = self._due(row, wish, row["person_id"] in asked)
            kind, key, at = self._together(row, wish, due_at, sent)
            sent[row["person_id"], row["channel"]] += 1
            if kind:
                bundle, due_at = self._bundle(row, wish, kind, key, at)
                row["bundle_id"] = bundle
            if row["bundle_id"] is not None:
                row |= {"state": "bundled", "due_at": due_at, "sent_at": None, "attempts": 0}
            elif due_at > self.now:
                row |= {"state": "queued", "due_at": due_at, "sent_at": None, "attempts": 0}
        return list(rows)

    def _without_repeats(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Leave out repeats whose receiver has not got an earlier message yet: it says the same, once is enough."""
        repeats = {row["alert_id"] for row in rows if row["step"] >= len(self.rule.steps)}
        if not repeats or self.rule.catch_up == "each":
            return rows
        place = (Notification.alert_id, Notification.episode, Notification.person_id, Notification.channel)
        waiting = (Notification.state.in_(("queued", "bundled")), Notification.attempts == 0)
        found: set[tuple[object, ...]] = set()
        for part in chunks(sorted(repeats)):
            query = select(*place).where(Notification.alert_id.in_(part), *waiting)
            found.update(tuple(row) for row in self.session.execute(query))
        keys = ("alert_id", "episode", "person_id", "channel")
        return [r for r in rows if r["step"] < len(self.rule.steps) or tuple(r[key] for key in keys) not in found]

    def _due(self, row: Row, wish: Wishes, asked: bool) -> tuple[datetime, str]:
        """Return when a person may be told, and what moved that last; '' for at once."""
        at, why = self.now, ""
        if asked:
            until = quiet_for(self.session, self.live.key, self.rule, row["record_id"], row["person_id"], self.now)
            at, why = (until, SILENCE) if until is not None and until > at else (at, why)
        return hours_of(self.clock, wish, self.rule, at, why)

    def _together(self, row: Row, wish: Wishes, due_at: datetime, sent: Counter[Any]) -> tuple[str, str, datetime]:
        """Return what kind of message with a list a row belongs in, its key, and when that goes out; '' for none."""
        rule, app = self.rule, self.live.key
        if self.late:
            return "catch_up", f"catch_up:{app}:{self.now.isoformat()}", due_at
        if rule.tell == "at_once":
            return "", "", due_at
        if kind := wish.digest_for(app, rule.key):
            at = wish.digest_due(self.clock, due_at, kind)
            return "digest", f"{kind}:{at.isoformat()}", at
        if rule.most_per_hour and sent[row["person_id"], row["channel"]] >= rule.most_per_hour:
            at = self._heard(wish, max(due_at, self.now.replace(minute=0, second=0, microsecond=0) + HOUR))
            return "cap", f"cap:{app}:{at.isoformat()}", at
        if rule.group_minutes:
            at = self._heard(wish, max(due_at, self.now + timedelta(minutes=rule.group_minutes)))
            return "group", f"group:{app}:{at.isoformat()}", at
        return "", "", due_at

    def _heard(self, wish: Wishes, at: datetime) -> datetime:
        """Return when a list may go out that is ready at a moment: quiet hours may have begun while it was collected."""
        return hours_of(self.clock, wish, self.rule, at)[0]

    def _bundle(self, row: Row, wish: Wishes, kind: str, key: str, at: datetime) -> tuple[int | None, datetime]:
        person, channel = row["person_id"], row["channel"]
        if kind == "group":
            found = open_group(self.session, person, channel, f"group:{self.live.key}:", self.now)
            if found is not None and self._heard(wish, found[1]) == found[1]:
                return found
        return bundle_for(self.session, person, channel, key, kind, at)

    def _sent_lately(self, people: set[int]) -> Counter[Any]:
        """Return how many messages each person got by each channel within the last hour."""
        tests = (
            Notification.person_id.in_(sorted(people)),
            Notification.created_at > self.now - HOUR,
            Notification.bundle_id.is_(None),
        )
        query = select(Notification.person_id, Notification.channel, func.count()).where(*tests)
        rows = self.session.execute(query.group_by(Notification.person_id, Notification.channel))
        return Counter({(person, channel): count for person, channel, count in rows})
