"""Why an alert fired at a moment, or why nobody was told: from what was stored then, never from what records say today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.action_rows import ActionRow
from engine.alerts.backtest.figures import facts_then
from engine.alerts.backtest.stepping import PastWatch
from engine.alerts.explain_case import NO, PLAIN, STATES, YES, Case, Explained, Line, Reached
from engine.alerts.explain_others import occasion_of
from engine.alerts.explain_people import people_of, silences_of
from engine.alerts.explain_sight import in_sight, may_see, refuse_stranger, was_told
from engine.alerts.holding import subjects_of, triggers_of
from engine.alerts.inbox import reason_of
from engine.alerts.ledger import as_json
from engine.alerts.rows import Alert, AlertEvent
from engine.alerts.schedule import next_due
from engine.alerts.state import OPEN, step_at, steps_of
from engine.config.defs import AlertRuleDef
from engine.errors import NotFound
from engine.people import User
from engine.people.users import names_of
from engine.releases.live import Live, past_release
from engine.releases.rows import App, Release
from engine.triggers import TRIGGERS
from rules.errors import N_, Term
from rules.explain import explain as explained

__all__ = ["Explained", "Line", "Reached", "explain", "rules_about"]


def explain(
    session: Session, live: Live, rule_key: str, record_id: int, at: datetime, user: User, now: datetime
) -> Explained:
    """Say why a rule fired for a record at a moment, or why not; NotFound unless the person may see the record.

    1. Find the release of that moment. 2. Read the record as it was. 3. Condition, triggers, times. 4. The alert as it
    stood. 5. Silences and other rules. 6. Who was named, and what each was sent.
    """
    then_live = _release_at(session, live, at)
    rule = then_live.app.alerts.get(rule_key) or live.app.alerts.get(rule_key)
    if rule is None:
        raise NotFound("rule", rule_key)
    refuse_stranger(session, live, rule, record_id, user, now)
    case = _case(session, then_live, rule, record_id, at)
    if rule_key not in then_live.app.alerts:
        case.say("no_rule", NO)
        return _result(case, None, None, (), hidden=False)
    hidden = not may_see(session, live, rule, record_id, user, now, at)
    hidden = hidden and bool(rule.form or not was_told(case, user))  # a figure's value stands in the message itself
    if hidden and not was_told(case, user):
        case.say("closed", NO)
        return _result(case, None, None, (), hidden=True, closed=True)
    holds = None if hidden else _condition(case)
    _times(case)
    _standing(case, hidden=hidden)
    _steps(case)
    _hushes(case)
    people = tuple(one for one in people_of(case, holds=holds) if one.person_id == user.id or in_sight(case, one, user))
    if hidden:
        case.say("no_part")
    tree = as_json(explained(rule.when, case.facts)) if case.facts is not None and not hidden else None
    return _result(case, holds, tree, people, hidden=hidden)


def rules_about(live: Live, form: str) -> list[AlertRuleDef]:
    """Return the rules that watch records of a form."""
    return [rule for rule in live.app.alerts.values() if rule.form == form]


def _release_at(session: Session, live: Live, at: datetime) -> Live:
    query = select(Release.number).join(App).where(App.key == live.key, Release.published_at <= at)
    number = session.scalar(query.order_by(Release.number.desc()).limit(1))
    return live if number in (None, live.number) else past_release(session, live.key, number or 0)


def _case(session: Session, live: Live, rule: AlertRuleDef, record_id: int, at: datetime) -> Case:
    mine = (Alert.app_key == live.key, Alert.rule == rule.key, Alert.record_id == record_id)
    alert = session.scalar(select(Alert).where(*mine))
    query = select(AlertEvent).where(AlertEvent.alert_id == (alert.id if alert else 0), AlertEvent.at <= at)
    events = list(session.scalars(query.order_by(AlertEvent.number)))
    if rule.form:
        facts = facts_then(session, live, rule, [(record_id, at)], alive=True).get(0)
    else:
        facts = subjects_of(PastWatch(session, live, rule, at), [record_id]).get(record_id)
    return Case(session, live, rule, record_id, at, facts, alert, events)


def _condition(case: Case) -> bool | None:
    """Say whether the condition held, and what the triggers say; None without a record."""
    if case.facts is None:
        case.say("no_record" if case.rule.form else "no_subject", NO)
        return None
    holds = bool(explained(case.rule.when, case.facts).value)
    case.say("holds" if holds else "fails", YES if holds else NO)
    for key, given in case.rule.triggers.items():
        holds = _trigger(case, key, given) and holds
    return holds


def _trigger(case: Case, key: str, given: object) -> bool:
    trigger = TRIGGERS[key]
    watch = PastWatch(case.session, case.live, case.rule, case.at)
    if (occasion := occasion_of(case.session, case.live, case.rule, key, case.at)) is not None:
        case.say(occasion.code, PLAIN if occasion.came is None else YES if occasion.came else NO, **occasion.facts)
        return occasion.came is not False
    known = trigger.subjects(watch, given, [case.record_id], met=True)
    test = trigger.condition(watch, given)
    if test is None and known is None:
        if not trigger.needs_form:
            return True  # a figure: its values are in the condition
        case.say("event", trigger=key)
        return case.firing_since is not None
    if test is None:
        met = known is not None and case.record_id in known
    else:
        id_ = watch.source.table.c.id
        met = case.session.scalar(watch.source.select(id_).where(id_ == case.record_id, test)) is not None
    case.say("trigger_yes" if met else "trigger_no", YES if met else NO, trigger=key)
    return met


def _times(case: Case) -> None:
    rule, zone = case.rule, case.live.app.context.time_zone
    every = _span(rule.every_minutes)
    if not rule.form:
        if not rule.by_occasion:
            case.say("looked", every=every)
    else:
        case.say("on_change" if rule.on_change else "by_clock", every=every)
    if case.last is None and not (rule.by_occasion and not rule.form):
        due = next_due(case.at, rule.every_minutes, zone)
        listed = [trigger.next_at(PastWatch(case.session, case.live, rule, case.at), given, [case.record_id])
                  for trigger, given in triggers_of(rule)]  # fmt: skip
        case.say("next", at=min([due, *(one for one in listed if one is not None)]))


def _standing(case: Case, *, hidden: bool) -> None:
    """Say where the alert stood, what it waited for, and what would end it."""
    last, rule = case.last, case.rule
    if last is None:
        case.say("no_alert", NO)
    else:
        is_on = last.after in ("firing", "acknowledged")
        case.say(
            "stood", YES if is_on else NO, state=Term(STATES[last.after]), at=last.at, episode=max(1, last.episode)
        )
        case.lines.append(Line(reason_of(last.reason), YES if is_on else PLAIN))
        if last.after == "pending":
            upto = last.at + timedelta(minutes=rule.hold_minutes)
            case.say("must_hold", NO, hold=_span(rule.hold_minutes), at=upto)
    if rule.until is not None and case.facts is not None and not hidden:
        value = bool(explained(rule.until, case.facts).value)
        case.say("until", NO if value else YES, until=rule.until.text, value=Term(N_("yes") if value else N_("no")))


def _steps(case: Case) -> None:
    """Say when each step was due, and who stopped those that were not."""
    since, last = case.firing_since, case.last
    if since is None or last is None:
        return
    noted = last if last.after == "acknowledged" else None
    for number, step in enumerate(steps_of(case.rule), 1):
        due_at = step_at(since, step, case.rule)
        case.say("step_due" if due_at <= (noted.at if noted else case.at) else "step_later", step=number, at=due_at)
    if noted is not None:
        person = names_of(case.session, [noted.person_id]).get(noted.person_id, "") if noted.person_id else ""
        case.say("step_stopped", NO, person=person, at=noted.at)


def _hushes(case: Case) -> None:
    """Say which silences lay over it, and which other rules spoke for it."""
    names = names_of(case.session, [one.made_by for one in silences_of(case) if one.made_by])
    for one in silences_of(case):
        if one.person_id is None:
            case.say("silence", NO, since=one.since, until=one.until, person=names.get(one.made_by or 0, "Steerway"))
        else:
            person = names_of(case.session, [one.person_id]).get(one.person_id, "")
            case.say("own_silence", NO, since=one.since, until=one.until, person=person)
    for muter in case.rule.muted_by:
        if _was_firing(case, muter):
            case.say("muted", NO, rule=muter)


def _was_firing(case: Case, rule: str) -> bool:
    query = select(AlertEvent.after).join(Alert, Alert.id == AlertEvent.alert_id)
    mine = (Alert.app_key == case.live.key, Alert.rule == rule, Alert.record_id == case.record_id)
    last = query.where(*mine, AlertEvent.at <= case.at).order_by(AlertEvent.number.desc()).limit(1)
    return case.session.scalar(last) in ("firing", "acknowledged")


def _result(
    case: Case,
    holds: bool | None,
    tree: Mapping[str, Any] | None,
    people: tuple[Reached, ...],
    *,
    hidden: bool,
    closed: bool = False,
) -> Explained:
    evidence = next(
        (e.evidence for e in reversed(case.events) if e.evidence and e.after in ("pending", "firing")), None
    )
    mine = (ActionRow.alert_id == (case.alert.id if case.alert else 0), ActionRow.created_at <= case.at)
    actions = tuple(case.session.scalars(select(ActionRow).where(*mine).order_by(ActionRow.id)))
    return Explained(
        rule=case.rule.key,
        label=case.rule.label,
        form=case.rule.form,
        record_id=case.record_id,
        at=case.at,
        release=case.live.number,
        fired=None if closed else bool(case.last and case.last.after in OPEN and case.last.after != "pending"),
        holds=holds,
        lines=tuple(case.lines),
        condition=tree,
        evidence=None if hidden else evidence,
        people=people,
        actions=() if closed else actions,
        events=() if closed else tuple(case.events),
        hidden=hidden,
    )


def _span(minutes: int) -> str:
    """Write minutes with unit signs that all our languages read."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (left, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"
