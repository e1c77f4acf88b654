"""The life of an alert as a pure function: (where it stands, does the condition hold, now, rule) → next, with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.config.defs import AlertRuleDef, StepDef
from rules.errors import N_, Fault

#: States in which an alert is alive: at most one life per (app, rule, record) at a time.
OPEN = ("pending", "firing", "acknowledged")

#: Why an alert stands where it stands; the code and its facts are stored, the sentence is translated when shown.
REASONS = {
    "quiet": N_("The condition does not hold."),
    "pending": N_("The condition holds; it must hold for {hold} before anyone is told."),
    "waiting": N_("The condition still holds; {hold} are not over yet."),
    "fired": N_("The condition holds."),
    "held": N_("The condition has held for {hold}."),
    "firing": N_("The condition still holds; nobody has acknowledged it yet."),
    "told": N_("Nobody has acknowledged it for {after}."),
    "acknowledged": N_("{person} has taken note."),
    "known": N_("The condition still holds; {person} has taken note."),
    "passed": N_("The condition stopped holding before {hold} were over."),
    "recovered": N_("The condition no longer holds."),
    "occasion": N_("It happened again, and the condition holds."),
    "kept": N_("Its time is over."),
    "silenced": N_("The condition holds, but {person} has asked for silence until {until}."),
    "muted": N_("The condition holds, but the rule “{rule}” fires for the same record and says enough."),
    "gone": N_("The record was deleted."),
    "rule_removed": N_("A new release no longer has this rule."),
    "channel_off": N_("The channel {channel} could not deliver: {cause}"),
    "rule_changed": N_("A new release changed this rule, and its condition does not hold."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an alert stands. `next_step` counts the steps already told in this episode; `wake_at` is when to look again."""

    state: str = "quiet"
    episode: int = 0
    pending_since: datetime | None = None
    firing_since: datetime | None = None
    next_step: int = 0
    wake_at: datetime | None = None
    #: What the episode began with, for rules that fire anew at every occasion.
    occasion: str = ""
    #: Name of the person who acknowledged.
    person: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The next standing, why, and which steps must be told now."""

    standing: Standing
    reason: Fault
    due: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hush:
    """Nobody is told just now: `silenced` until a moment, or `muted` by another rule. What is due then is told after it."""

    why: Fault
    until: datetime


def advance(
    alert: Standing,
    holds: bool,
    now: datetime,
    rule: AlertRuleDef,
    *,
    occasion: str = "",
    hush: Hush | None = None,
) -> Outcome:
    """Return where an alert stands next; the same question asked twice gives the same answer and nothing new to tell.

    A new `occasion` begins a new episode, whatever became of the last; rules by occasion fire at nothing else.
    """
    if not holds:
        return _stop(alert, rule)
    if occasion and occasion != alert.occasion:
        return _begin(replace(alert, occasion=occasion), now, rule, hush)
    if alert.state not in OPEN:
        return Outcome(alert, reason("quiet")) if rule.by_occasion else _begin(alert, now, rule, hush)
    if alert.state == "pending":
        return _wait(alert, now, rule, hush)
    if alert.state == "acknowledged":
        return Outcome(replace(alert, wake_at=None), reason("known", person=alert.person))
    return _escalate(alert, now, rule, hush)


def acknowledge(alert: Standing, person: str) -> Outcome | None:
    """Return the standing after a person took note, or None when there is nothing (more) to take note of."""
    if alert.state != "firing":
        return None
    after = replace(alert, state="acknowledged", wake_at=None, person=person)
    return Outcome(after, reason("acknowledged", person=person))


def close(alert: Standing, code: str) -> Outcome:
    """Return a resolved standing for a cause outside the condition: `gone`, `kept`, `rule_removed`, `rule_changed`."""
    return Outcome(replace(alert, state="resolved", wake_at=None), reason(code))


def refit(alert: Standing, rule: AlertRuleDef, told_at: datetime | None) -> Standing:
    """Return where an alert stands under a changed rule: steps due since it last told anybody are still to be told.

    Steps are counted by their time, since a new release may put one in or take one out before those told already.
    """
    step = 0
    while told_at is not None and (at := _due_at(alert, step, rule)) is not None and at <= told_at:
        step += 1
    return replace(alert, next_step=step)


def reason(code: str, **facts: object) -> Fault:
    """Build the reason with this code."""
    return Fault(code, REASONS[code], facts, level="info")


def steps_of(rule: AlertRuleDef) -> tuple[StepDef, ...]:
    """Return the steps in the order of their time."""
    return tuple(sorted(rule.steps, key=lambda step: step.after_minutes))


def _stop(alert: Standing, rule: AlertRuleDef) -> Outcome:
    if alert.state not in OPEN:
        return Outcome(alert, reason("quiet"))
    why = reason("passed", hold=_hold(rule)) if alert.state == "pending" else reason("recovered")
    return Outcome(replace(alert, state="resolved", wake_at=None), why)


def _begin(alert: Standing, now: datetime, rule: AlertRuleDef, hush: Hush | None) -> Outcome:
    if not rule.hold_minutes:
        fresh = replace(alert, pending_since=None)
        return _fire(fresh, now, rule, reason("occasion" if alert.state in OPEN else "fired"), hush)
    wake_at = now + timedelta(minutes=rule.hold_minutes)
    begun = Standing("pending", alert.episode, pending_since=now, wake_at=wake_at, occasion=alert.occasion)
    return Outcome(begun, reason("pending", hold=_hold(rule)))


def _wait(alert: Standing, now: datetime, rule: AlertRuleDef, hush: Hush | None) -> Outcome:
    over_at = (alert.pending_since or now) + timedelta(minutes=rule.hold_minutes)
    if now >= over_at:
        return _fire(alert, now, rule, reason("held", hold=_hold(rule)), hush)
    return Outcome(replace(alert, wake_at=over_at), reason("waiting", hold=_hold(rule)))


def _fire(alert: Standing, now: datetime, rule: AlertRuleDef, why: Fault, hush: Hush | None) -> Outcome:
    since, occasion = alert.pending_since, alert.occasion
    fired = Standing("firing", alert.episode + 1, pending_since=since, firing_since=now, occasion=occasion)
    outcome = _escalate(fired, now, rule, hush)
    return outcome if hush else replace(outcome, reason=why)


def _escalate(alert: Standing, now: datetime, rule: AlertRuleDef, hush: Hush | None) -> Outcome:
    """Tell every step that is due; of missed repeats only the last, since it says the same.

    In a hush nothing is told and nothing is forgotten: the steps stay due, and are looked at again when it ends.
    """
    if hush:
        return Outcome(replace(alert, wake_at=hush.until), hush.why)
    due, step, count = [], alert.next_step, len(rule.steps)
    while (at := _due_at(alert, step, rule)) is not None and at <= now:
        due.append(step)
        step += 1
    repeats = [s for s in due if s >= count]
    told = tuple(s for s in due if s < count) + tuple(repeats if rule.catch_up == "each" else repeats[-1:])
    why = reason("told", after=_span(now - (alert.firing_since or now))) if told else reason("firing")
    return Outcome(replace(alert, next_step=step, wake_at=at), why, told)


def _due_at(alert: Standing, step: int, rule: AlertRuleDef) -> datetime | None:
    """Return when a step is due, counted from the start of the episode; steps past the last one are repeats."""
    steps, since = steps_of(rule), alert.firing_since
    if since is None or not steps:
        return None
    if step < len(steps):
        return step_at(since, steps[step], rule)
    if not rule.repeat_hours:
        return None
    repeats = step - len(steps) + 1
    return step_at(since, steps[-1], rule) + timedelta(hours=rule.repeat_hours * repeats)


def step_at(since: datetime, step: StepDef, rule: AlertRuleDef) -> datetime:
    """Return when a step is due: after so much time, or so much working time."""
    if step.after is not None:
        return Clock(rule.hours).later(since, step.after)
    return since + timedelta(minutes=step.after_minutes)


def _hold(rule: AlertRuleDef) -> str:
    return _span(timedelta(minutes=rule.hold_minutes))


def _span(span: timedelta) -> str:
    """Write a stretch of time with unit signs that all our languages read: `2 d 3 h 5 min`."""
    minutes = int(span.total_seconds()) // 60
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"
