"""What is said of a rule, a record and a moment: the sentences, and what they are collected in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.alerts.action_rows import ActionRow
from engine.alerts.facts import Facts
from engine.alerts.rows import Alert, AlertEvent
from engine.config.defs import AlertRuleDef
from engine.releases.live import Live
from rules.errors import N_, Fault

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
class Case:
    """What is looked into, and what was found to say about it."""

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
