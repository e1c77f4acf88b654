"""Why an alert fired at a moment, or why nobody was told: from what was stored then, never from what records say today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.action_rows import ActionRow
from engine.alerts.audience import readable
from engine.alerts.backtest.figures import facts_then, then
from engine.alerts.backtest.stepping import PastWatch
from engine.alerts.explain_others import is_theirs, occasion_of, shows_nothing
from engine.alerts.facts import Facts
from engine.alerts.holding import subjects_of, triggers_of
from engine.alerts.inbox import reason_of
from engine.alerts.ledger import as_json
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.schedule import next_due
from engine.alerts.state import OPEN, step_at, steps_of
from engine.alerts.wish_rows import Bundle, Silence
from engine.config.defs import AlertRuleDef
from engine.errors import NotFound
from engine.people import Person, User
from engine.people.users import names_of
from engine.releases.live import Live, past_release
from engine.releases.rows import App, Release
from engine.rights import may, reads_hidden, visible
from engine.triggers import TRIGGERS
from rules.errors import N_, Fault, Term
from rules.explain import explain as explained

if TYPE_CHECKING:
    from rules.checked import Checked

YES, NO, PLAIN = "yes", "no", ""

SAID = {
    "no_rule": N_("At that time the app had no such rule."),
    "no_record": N_("At that time there was no such record, or it was deleted."),
    "closed": N_("This rule reads what you may not see, and told you nothing at that time."),
    "no_part": N_("Parts of this are hidden, because they read what you may not see."),
    "holds": N_("The condition held."),
    "fails": N_("The condition did not hold."),
    "trigger_yes": N_("It was the time that the rule waits for ({trigger})."),
    "trigger_no": N_("It was not the time that the rule waits for ({trigger})."),
    "event": N_("The rule fires when something happens to the record ({trigger}), not at other times."),
    "no_subject": N_("At that time the rule did not watch this person."),
    "looked": N_("The rule is looked at every {every}."),
    "calendar": N_(
        "The rule fires at times of the calendar. Up to that moment the last one was {last}, the next one is {next}."
    ),
    "calendar_first": N_(
        "The rule fires at times of the calendar. Up to that moment there was none, the first one is {next}."
    ),
    "okr_same": N_("The rule fires when a release changes the OKR page; release {release} of {at} did not."),
    "okr_changed": N_("Release {release} of {at} changed the OKR page that the rule watches."),
    "okr_first": N_("The rule fires when a release changes the OKR page; release {release} of {at} was the first."),
    "on_change": N_("The rule is looked at whenever a record changes, and over all records every {every}."),
    "by_clock": N_("The rule is looked at over all records every {every}, not when one changes."),
    "next": N_("The next look after that moment was due at {at}."),
    "no_alert": N_("No alert had begun for this record."),
    "stood": N_("The alert was {state} since {at}, in episode {episode}."),
    "must_hold": N_("The condition must hold for {hold} first: until {at}."),
    "until": N_("Once it fires, the alert ends only when this holds: {until}. Then: {value}."),
    "silence": N_("A silence lay over it from {since} until {until}, asked for by {person}."),
    "own_silence": N_("{person} had asked not to be told from {since} until {until}."),
    "muted": N_("The rule “{rule}” was firing for the same record and spoke for this one."),
    "dedup": N_("Each step tells each person once in an episode; {count} messages had been written in this one."),
    "waited_silence": N_("The message to {person} waited until {at}, because that person had asked for silence."),
    "waited_working_hours": N_("The message to {person} waited until {at}, because it was outside working hours."),
    "waited_quiet_hours": N_("The message to {person} waited until {at}, because of that person's quiet hours."),
    "step_due": N_("Step {step} was due at {at}."),
    "step_later": N_("Step {step} would have been due at {at}."),
    "step_stopped": N_("Steps stop when somebody takes note: {person} did at {at}."),
}
#: What moved a message -> the sentence about it.
WAITED = {
    "silence": "waited_silence",
    "working_hours": "waited_working_hours",
    "quiet_hours": "waited_quiet_hours",
}
STATES = {
    "pending": N_("waiting"),
    "firing": N_("firing"),
    "acknowledged": N_("acknowledged"),
    "resolved": N_("resolved"),
    "quiet": N_("quiet"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to know, as a sentence to translate; `mood` says whether it speaks for firing."""

    said: Fault
    mood: str = PLAIN


@dataclass(frozen=True, slots=True)
class Reached:
    """One person who was named, or told: by what, by which way, and what became of it."""

    name: str
    person_id: int
    via: str
    step: int
    #: Nothing for somebody who was named and not told.
    channel: str = ""
    state: str = ""
    at: datetime | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None
    error: str = ""
    #: group, digest, cap, catch_up: it went out with others.
    bundle: str = ""
    #: silence, working_hours, quiet_hours: what moved its time when it was written.
    waits_for: str = ""
    #: silence, cannot_read, absent, not_due: why nothing was written.
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything there is to say about one rule, one record and one moment."""

    rule: str
    label: object
    form: str
    record_id: int
    at: datetime
    release: int
    #: None where that may not be told.
    fired: bool | None
    holds: bool | None
    lines: tuple[Line, ...]
    #: The tree of the condition with the values the record had then; None when it may not be shown.
    condition: Mapping[str, Any] | None = None
    #: What was stored when the alert began or fired.
    evidence: Mapping[str, Any] | None = None
    people: tuple[Reached, ...] = ()
    actions: tuple[ActionRow, ...] = ()
    events: tuple[AlertEvent, ...] = ()
    hidden: bool = False


@dataclass
class _Case:
    session: Session
    live: Live
    rule: AlertRuleDef
    record_id: int
    at: datetime
    facts: Facts | None
    alert: Alert | None
    events: list[AlertEvent]
    lines: list[Line] = field(default_factory=list)

    def say(self, code: str, mood: str = PLAIN, **facts: object) -> None:
        self.lines.append(Line(Fault(f"why.{code}", SAID[code], facts, level="info"), mood))

    @property
    def last(self) -> AlertEvent | None:
        return self.events[-1] if self.events else None

    @property
    def firing_since(self) -> datetime | None:
        """Return when the episode of that moment began to fire."""
        last = self.last
        if last is None or last.after not in ("firing", "acknowledged"):
            return None
        mine = [one for one in self.events if one.episode == last.episode and one.after == "firing"]
        return mine[0].at if mine else None


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
    _refuse_stranger(session, live, rule, record_id, user, now)
    case = _case(session, then_live, rule, record_id, at)
    if rule_key not in then_live.app.alerts:
        case.say("no_rule", NO)
        return _result(case, None, None, (), hidden=False)
    hidden = not _may_see(session, live, rule, record_id, user, now, at)
    hidden = hidden and bool(rule.form or not _was_told(case, user))  # a figure's value stands in the message itself
    if hidden and not _was_told(case, user):
        case.say("closed", NO)
        return _result(case, None, None, (), hidden=True, closed=True)
    holds = None if hidden else _condition(case)
    _times(case)
    _standing(case, hidden=hidden)
    _steps(case)
    _hushes(case)
    people = tuple(one for one in _people(case, holds=holds) if one.person_id == user.id or _in_sight(case, one, user))
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


def _refuse_stranger(
    session: Session, live: Live, rule: AlertRuleDef, record_id: int, user: User, now: datetime
) -> None:
    """Whoever may not read the record learns nothing, unless they were told about it."""
    told = select(Notification.id).where(
        Notification.app_key == live.key,
        Notification.rule == rule.key,
        Notification.record_id == record_id,
        Notification.person_id == user.id,
    )
    if user.is_admin or is_theirs(session, live, rule, record_id, user, now):
        return
    if session.scalar(told.limit(1)) is None:
        raise NotFound(rule.form or "rule", record_id)


def _was_told(case: _Case, user: User) -> bool:
    """Tell whether a person got a message in the episode of that moment: what it says, they know."""
    last = case.last
    mine = (Notification.alert_id == (case.alert.id if case.alert else 0), Notification.person_id == user.id)
    query = select(Notification.id).where(*mine, Notification.episode == (last.episode if last else 0))
    return case.session.scalar(query.where(Notification.created_at <= case.at).limit(1)) is not None


def _in_sight(case: _Case, one: Reached, user: User) -> bool:
    """Tell whether a person may know why another was named: not if a field says it that is hidden from them."""
    if user.is_admin or not case.rule.form:
        return True
    kind, _, key = one.via.partition(":")
    shown = visible(case.live, case.rule.form, user)
    if kind in ("owner", "manager", "team"):
        return "owner" in shown
    if kind in ("field", "manager_of"):
        return key in shown
    asked = next((step.asked[one.via] for step in steps_of(case.rule) if one.via in step.asked), None)
    return asked is None or not reads_hidden(case.live, case.rule.form, user, asked)


def _may_see(
    session: Session, live: Live, rule: AlertRuleDef, record_id: int, user: User, now: datetime, at: datetime
) -> bool:
    """Tell whether a person may see the condition's values: no hidden field, nothing behind references out of sight."""
    if user.is_admin:
        return True
    if not rule.form:
        return rule.is_about_people or shows_nothing(rule) or may(user, "configure", live)
    conditions = [rule.when] if rule.until is None else [rule.when, rule.until]
    if rule.form not in live.app.forms or any(reads_hidden(live, rule.form, user, one) for one in conditions):
        return False
    if not readable(session, live, rule.form, [record_id], user, now):
        return False
    return all(_behind_in_sight(session, live, rule, one, record_id, user, now, at) for one in conditions)


def _behind_in_sight(
    session: Session,
    live: Live,
    rule: AlertRuleDef,
    condition: Checked,
    record_id: int,
    user: User,
    now: datetime,
    at: datetime,
) -> bool:
    from engine.records.names import type_at
    from rules.types import Kind

    hops = {path[:depth] for path in condition.reads for depth in range(1, len(path)) if path[0] != "me"}
    facts = then(session, live, rule.form, record_id, at, hops)
    for hop in hops:
        type_, id_ = type_at(live, rule.form, hop), facts.get(".".join(hop))
        if type_ is None or type_.kind is not Kind.REFERENCE or not isinstance(id_, int):
            continue
        if not readable(session, live, type_.form, [id_], user, now):
            return False
    return True


def _case(session: Session, live: Live, rule: AlertRuleDef, record_id: int, at: datetime) -> _Case:
    mine = (Alert.app_key == live.key, Alert.rule == rule.key, Alert.record_id == record_id)
    alert = session.scalar(select(Alert).where(*mine))
    query = select(AlertEvent).where(AlertEvent.alert_id == (alert.id if alert else 0), AlertEvent.at <= at)
    events = list(session.scalars(query.order_by(AlertEvent.number)))
    if rule.form:
        facts = facts_then(session, live, rule, [(record_id, at)], alive=True).get(0)
    else:
        facts = subjects_of(PastWatch(session, live, rule, at), [record_id]).get(record_id)
    return _Case(session, live, rule, record_id, at, facts, alert, events)


def _condition(case: _Case) -> bool | None:
    """Say whether the condition held, and what the triggers say; None without a record."""
    if case.facts is None:
        case.say("no_record" if case.rule.form else "no_subject", NO)
        return None
    holds = bool(explained(case.rule.when, case.facts).value)
    case.say("holds" if holds else "fails", YES if holds else NO)
    for key, given in case.rule.triggers.items():
        holds = _trigger(case, key, given) and holds
    return holds


def _trigger(case: _Case, key: str, given: object) -> bool:
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


def _times(case: _Case) -> None:
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


def _standing(case: _Case, *, hidden: bool) -> None:
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


def _steps(case: _Case) -> None:
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


def _hushes(case: _Case) -> None:
    """Say which silences lay over it, and which other rules spoke for it."""
    names = names_of(case.session, [one.made_by for one in _silences(case) if one.made_by])
    for one in _silences(case):
        if one.person_id is None:
            case.say("silence", NO, since=one.since, until=one.until, person=names.get(one.made_by or 0, "Steerway"))
        else:
            person = names_of(case.session, [one.person_id]).get(one.person_id, "")
            case.say("own_silence", NO, since=one.since, until=one.until, person=person)
    for muter in case.rule.muted_by:
        if _was_firing(case, muter):
            case.say("muted", NO, rule=muter)


def _silences(case: _Case) -> Sequence[Silence]:
    inside = (Silence.app_key == case.live.key, Silence.since <= case.at, Silence.until > case.at)
    found = case.session.scalars(select(Silence).where(*inside).order_by(Silence.id))
    return [
        one
        for one in found
        if one.rule in (None, case.rule.key)
        and (one.record_id is None or (one.form, one.record_id) == (case.rule.form, case.record_id))
    ]


def _was_firing(case: _Case, rule: str) -> bool:
    query = select(AlertEvent.after).join(Alert, Alert.id == AlertEvent.alert_id)
    mine = (Alert.app_key == case.live.key, Alert.rule == rule, Alert.record_id == case.record_id)
    last = query.where(*mine, AlertEvent.at <= case.at).order_by(AlertEvent.number.desc()).limit(1)
    return case.session.scalar(last) in ("firing", "acknowledged")


def _people(case: _Case, *, holds: bool | None) -> tuple[Reached, ...]:
    """Return whom the steps name, with what each was sent in the episode of that moment."""
    last = case.last
    told = list(_told(case, last.episode)) if last is not None and last.after != "quiet" else []
    for one in told:
        if one.waits_for in WAITED:
            case.say(WAITED[one.waits_for], NO, person=one.name, at=one.sent_at or one.due_at)
    if told:
        case.say("dedup", count=len(told))
    known = {(one.person_id, one.step) for one in told}
    named = [one for one in _named(case, holds=holds) if (one.person_id, one.step) not in known]
    return (*told, *named)


def _told(case: _Case, episode: int) -> Iterator[Reached]:
    query = (
        select(Notification, Person.name, Bundle.kind)
        .join(Person, Person.id == Notification.person_id)
        .outerjoin(Bundle, Bundle.id == Notification.bundle_id)
        .where(Notification.app_key == case.live.key, Notification.rule == case.rule.key)
        .where(Notification.record_id == case.record_id, Notification.episode == episode)
        .where(Notification.created_at <= case.at)
    )
    for row, name, bundle in case.session.execute(query.order_by(Notification.id)):
        sent = row.sent_at if row.sent_at and row.sent_at <= case.at else None
        state = row.state if sent or row.state != "sent" else "queued"
        yield Reached(
            name=name,
            person_id=row.person_id,
            via=row.via,
            step=row.step,
            channel=row.channel,
            state=state,
            at=row.created_at,
            due_at=row.due_at,
            sent_at=sent,
            error=row.error or "",
            bundle=bundle or "",
            waits_for=row.waits_for,
        )


def _named(case: _Case, *, holds: bool | None) -> Iterator[Reached]:
    """Yield whom each step names by what the record said then, told or not, and why not."""
    if case.facts is None:
        return
    from engine.alerts.audience import Audience

    audience = Audience(case.session, case.live, case.rule, {case.record_id: case.facts}, case.at)
    since = case.firing_since
    asleep = {one.person_id for one in _silences(case)}
    for number, step in enumerate(steps_of(case.rule)):
        due_at = step_at(since, step, case.rule) if since else None
        for user, via in audience.of(step, case.record_id).items():
            why = _why_not(case, user, due_at, asleep, holds=holds)
            yield Reached(user.name, user.id or 0, via, number, due_at=due_at, why_not=why)


def _why_not(case: _Case, user: User, due_at: datetime | None, asleep: set[int | None], *, holds: bool | None) -> str:
    if due_at is None:
        return "pending" if holds and case.last and case.last.after == "pending" else "not_firing"
    if due_at > case.at:
        return "not_due"
    last = case.last
    if last is not None and last.after == "acknowledged":
        return "acknowledged"
    return "silence" if None in asleep or user.id in asleep else "told_already"


def _result(
    case: _Case,
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
