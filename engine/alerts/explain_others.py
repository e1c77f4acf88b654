"""What explains rules that watch no records, or fire at occasions: whose people they are about, and which times came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.audience import readable
from engine.alerts.holding import NO_RECORD, subjects_of, watch_of
from engine.clock import Clock
from engine.config.defs import AlertRuleDef
from engine.people import User
from engine.releases.live import Live, past_release
from engine.releases.rows import App, Release
from engine.rights import may
from engine.triggers import TRIGGERS, Trigger

#: How far back the last time of the calendar is looked for: near first, because there may be very many.
LOOK_BACK = tuple(timedelta(days=days) for days in (2, 40, 400))


def subject_ids(session: Session, live: Live, rule: AlertRuleDef, user: User, now: datetime) -> list[int]:
    """Return the people whom a rule about people watches now and of whom a person may be told."""
    known = subjects_of(watch_of(session, live, rule, now)) if rule.is_about_people else {}
    everybody = user.is_admin or may(user, "configure", live)
    return [id_ for id_, one in known.items() if everybody or user.id in (id_, one.get("owner.manager"))]


def is_theirs(session: Session, live: Live, rule: AlertRuleDef, record_id: int, user: User, now: datetime) -> bool:
    """Tell whether a person may know of what a rule is about, without having been told.

    A figure is for those who configure the app, people for themselves and their managers, the rest for everybody in it.
    """
    if rule.is_about_people:
        return record_id in subject_ids(session, live, rule, user, now)
    if not rule.form and (record_id != NO_RECORD or not shows_nothing(rule)):
        return record_id == NO_RECORD and may(user, "configure", live)
    return bool(readable(session, live, rule.form, [record_id], user, now))


def shows_nothing(rule: AlertRuleDef) -> bool:
    """Tell whether the condition of a rule without records reads nothing that could be hidden from somebody."""
    return rule.when.reads <= {("today",), ("now",)}


@dataclass(frozen=True)
class Occasion:
    """What a trigger waits for that fires at occasions: the sentence about it, and whether it came."""

    code: str
    #: None where it comes again and again.
    came: bool | None
    facts: Mapping[str, object] = field(default_factory=dict)


def occasion_of(session: Session, live: Live, rule: AlertRuleDef, key: str, at: datetime) -> Occasion | None:
    """Return what to say of the calendar, or of releases; None for a trigger that waits for neither."""
    trigger, given = TRIGGERS[key], rule.triggers[key]
    clock = Clock(rule.hours)
    if trigger.occasions(clock, given, at, at) is not None:
        upcoming = trigger.next_occasion(clock, given, at)
        past = next(
            (found[-1] for span in LOOK_BACK if (found := trigger.occasions(clock, given, at - span, at))), None
        )
        known = {"next": upcoming or "–"}
        return Occasion("calendar", None, {"last": past, **known}) if past else Occasion("calendar_first", False, known)
    mark = trigger.mark(live, given)
    return _release(session, live, trigger, given, mark) if mark else None


def _release(session: Session, live: Live, trigger: Trigger, given: Any, mark: str) -> Occasion:
    """Say whether the release of that moment changed what a trigger watches."""
    mine = select(Release.number, Release.published_at).join(App).where(App.key == live.key)
    query = mine.where(Release.number <= live.number).order_by(Release.number.desc()).limit(2)
    found = session.execute(query).all()
    facts = {"release": live.number, "at": found[0].published_at}
    if len(found) == 1:
        return Occasion("okr_first", False, facts)
    try:
        changed = trigger.mark(past_release(session, live.key, found[1].number), given) != mark
    except KeyError:  # there was no such page yet
        changed = True
    return Occasion("okr_changed" if changed else "okr_same", changed, facts)
