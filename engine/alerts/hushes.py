"""When nobody is told: silences that people ask for, and rules that speak for others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from engine.alerts.rows import Alert
from engine.alerts.state import Hush, reason
from engine.alerts.wish_rows import Silence
from engine.clock import Clock
from engine.config.defs import AlertRuleDef
from engine.errors import EngineError, NotFound
from engine.people import User
from engine.people.users import names_of
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from engine.releases.live import Live

#: How long to wait before looking again whether another rule still speaks; it also says so itself when it stops.
AGAIN = timedelta(hours=1)
LONGEST = timedelta(days=366)


def hushes(session: Session, live: Live, rule: AlertRuleDef, ids: Collection[int], now: datetime) -> dict[int, Hush]:
    """Return the hush that lies over each of these records for a rule."""
    found: dict[int, Hush] = {}
    muters = _muters(session, live, rule, ids) if rule.muted_by else {}
    for id_, muter in muters.items():
        label = live.app.alerts[muter].label if muter in live.app.alerts else muter
        found[id_] = Hush(reason("muted", rule=str(label)), now + AGAIN)
    silences = _active(session, live.key, now, Silence.person_id.is_(None), _of_rule(rule.key))
    names = names_of(session, [one.made_by for one in silences if one.made_by]) if silences else {}
    for one in silences:
        covered = ids if one.record_id is None else {one.record_id} & set(ids) if one.form == rule.form else ()
        wall = f"{Clock(rule.hours).local(one.until):%Y-%m-%d %H:%M}"
        why = reason("silenced", person=names.get(one.made_by or 0, "Steerway"), until=wall)
        found.update(dict.fromkeys(covered, Hush(why, one.until)))
    return found


def quiet_for(
    session: Session, app_key: str, rule: AlertRuleDef, record_id: int, person_id: int, now: datetime
) -> datetime | None:
    """Return until when a person has asked for silence about this, if they have."""
    mine = (Silence.person_id == person_id, _of_rule(rule.key))
    about = or_(Silence.record_id.is_(None), (Silence.record_id == record_id) & (Silence.form == rule.form))
    return max((one.until for one in _active(session, app_key, now, *mine, about)), default=None)


def people_who_asked(session: Session, app_key: str, now: datetime) -> set[int]:
    """Return the people who have asked for silence themselves: for most people there is nothing more to look for."""
    found = _active(session, app_key, now, Silence.person_id.is_not(None))
    return {one.person_id for one in found if one.person_id is not None}


def silences_of(session: Session, app_key: str, now: datetime, person_id: int | None = None) -> list[Silence]:
    """Return the silences of an app that are not over: those for everybody, and a person's own."""
    whose = or_(Silence.person_id.is_(None), Silence.person_id == person_id)
    return list(_active(session, app_key, now, whose))


def silence(
    session: Session,
    live: Live,
    user: User,
    now: datetime,
    until: datetime,
    *,
    rule: str = "",
    form: str = "",
    record_id: int | None = None,
    own: bool = True,
    note: str = "",
) -> Silence:
    """Ask for silence about a rule, a record or both: for oneself, or for everybody."""
    if until <= now or until > now + LONGEST:
        template = N_("A silence ends in the future, within a year.")
        raise EngineError(Fault("silence.until", template, field="until"))
    if not rule and record_id is None:
        raise EngineError(Fault("silence.empty", N_("Silence about what? Name a rule or a record."), field="rule"))
    if rule and rule not in live.app.alerts:
        raise NotFound("rule", rule)
    made = Silence(
        app_key=live.key,
        rule=rule or None,
        form=form or None,
        record_id=record_id,
        person_id=user.id if own else None,
        since=now,
        until=until,
        made_by=user.id,
        note=note.strip()[:500],
    )
    session.add(made)
    session.flush()
    return made


def end_silence(session: Session, one: Silence, now: datetime) -> None:
    """End a silence: what became due in it is told with the next pass, or when the person's hours allow it."""
    before, one.until = one.until, min(one.until, now)
    session.flush()
    tests: list[ColumnElement[bool]] = [Alert.app_key == one.app_key, Alert.wake_at == before]
    tests += [Alert.rule == one.rule] if one.rule else []
    tests += [Alert.form == one.form, Alert.record_id == one.record_id] if one.record_id is not None else []
    if one.person_id is None:
        session.execute(update(Alert).where(*tests).values(wake_at=now))
        return
    from engine.alerts.timing import look_again
    from engine.releases.live import live

    look_again(session, live(session, one.app_key), one, now)


def _of_rule(rule: str) -> ColumnElement[bool]:
    return or_(Silence.rule.is_(None), Silence.rule == rule)


def _active(session: Session, app_key: str, now: datetime, *tests: ColumnElement[bool]) -> Sequence[Silence]:
    query = select(Silence).where(Silence.app_key == app_key, Silence.until > now, Silence.since <= now, *tests)
    return session.scalars(query.order_by(Silence.until)).all()


def _muters(session: Session, live: Live, rule: AlertRuleDef, ids: Collection[int]) -> dict[int, str]:
    """Return record -> the rule that fires for it and speaks for this one."""
    found: dict[int, str] = {}
    listed = sorted(ids)
    for start in range(0, len(listed), 500):
        tests = (
            Alert.app_key == live.key,
            Alert.rule.in_(rule.muted_by),
            Alert.form == rule.form,
            Alert.record_id.in_(listed[start : start + 500]),
            Alert.state.in_(("firing", "acknowledged")),
        )
        query = select(Alert.record_id, func.min(Alert.rule)).where(*tests).group_by(Alert.record_id)
        found.update((id_, muter) for id_, muter in session.execute(query))
    return found
