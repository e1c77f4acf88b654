"""Whatever order things happen in: no step of an alert is told twice, none too early, and none is forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.alerts.state import OPEN, Hush, Standing, acknowledge, advance, close, reason, refit, steps_of
from engine.config.defs import AlertRuleDef, StepDef
from forms.labels import Label
from rules.checked import Checked
from rules.tree import Literal
from rules.types import YES_NO

START = datetime(2026, 3, 6, 9, tzinfo=UTC)
WHEN = Checked("True", Literal(YES_NO, 0, 4, True), YES_NO, frozenset())
HOUR = timedelta(hours=1)


def rule_of(hold: int, steps: list[int], repeat: int) -> AlertRuleDef:
    told = tuple(StepDef(("owner",), minutes * 60) for minutes in steps)
    return AlertRuleDef("r", Label(), "lead", WHEN, told, {}, hold_minutes=hold * 60, repeat_hours=repeat)


RULES = st.builds(
    rule_of, st.sampled_from([0, 0, 3]), st.lists(st.integers(0, 72), min_size=1, max_size=4), st.sampled_from([0, 24])
)
HAPPENS = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 100)),
    st.tuples(st.just("back"), st.integers(1, 200)),
    st.tuples(st.sampled_from(["holds", "stops", "take_note", "delete", "speak"]), st.just(0)),
    st.tuples(st.just("silence"), st.integers(1, 50)),
    st.tuples(st.just("occasion"), st.integers(1, 5)),
)


@dataclass
class Life:
    """An alert, everything around it, and what was told of it."""

    rule: AlertRuleDef
    now: datetime = START
    holds: bool = False
    silent_until: datetime | None = None
    standing: Standing = field(default_factory=Standing)
    told: list[tuple[int, int]] = field(default_factory=list)
    #: The last time anything was told in the running episode.
    told_at: datetime | None = None

    def happen(self, what: str, number: int) -> None:
        if what in ("pass", "back"):
            self.now += HOUR * (number if what == "pass" else -number)
        elif what in ("holds", "stops"):
            self.holds = what == "holds"
        elif what == "silence":
            self.silent_until = self.now + HOUR * number
        elif what == "speak":
            self.silent_until = None
        elif what == "take_note" and (outcome := acknowledge(self.standing, "Mona")):
            self.standing = outcome.standing
        elif what == "delete" and self.standing.state in OPEN:
            self.standing, self.holds = close(self.standing, "gone").standing, False
        self.look(f"occasion {number}" if what == "occasion" else "")

    def change(self, rule: AlertRuleDef) -> None:
        """A new release."""
        self.rule = rule
        if self.standing.state in ("pending", "firing"):
            self.standing = refit(self.standing, rule, self.told_at)
        self.look()

    def look(self, occasion: str = "") -> None:
        before, quiet = self.standing, self.silent_until is not None and self.now < self.silent_until
        hush = Hush(reason("silenced", person="Mona", until=""), self.silent_until or self.now) if quiet else None
        outcome = advance(before, self.holds, self.now, self.rule, occasion=occasion, hush=hush)
        self.standing = outcome.standing
        self.check(before, outcome.due, hushed=hush is not None)

    def check(self, before: Standing, due: tuple[int, ...], *, hushed: bool) -> None:
        after = self.standing
        assert after.episode in (before.episode, before.episode + 1)
        if after.episode != before.episode:
            self.told_at = None
        if due:
            assert self.holds
            assert not hushed
            assert after.state == "firing"
            self.told_at = self.now
        count, since = len(self.rule.steps), after.firing_since or self.now
        for step in due:
            assert since + timedelta(minutes=steps_of(self.rule)[min(step, count - 1)].after_minutes) <= self.now
        self.told += [(after.episode, step) for step in due]
        again = advance(after, self.holds, self.now, self.rule, hush=None)
        assert hushed or again.due == ()  # the same question asked twice has nothing new to tell
        wants_attention = after.state == "pending" or (after.state == "firing" and self._more(after))
        assert after.wake_at is not None or not wants_attention

    def _more(self, standing: Standing) -> bool:
        return standing.next_step < len(self.rule.steps) or bool(self.rule.repeat_hours)


@settings(max_examples=300, deadline=None)
@given(RULES, st.lists(HAPPENS, max_size=40))
def test_no_step_is_told_twice_nor_too_early(rule: AlertRuleDef, happens: list[tuple[str, int]]) -> None:
    life = Life(rule)
    for what, number in happens:
        life.happen(what, number)

    assert len(life.told) == len(set(life.told))


@settings(max_examples=300, deadline=None)
@given(RULES, st.lists(HAPPENS, max_size=30))
def test_nothing_is_forgotten_when_everything_has_calmed_down(
    rule: AlertRuleDef, happens: list[tuple[str, int]]
) -> None:
    life = Life(rule)
    for what, number in happens:
        life.happen(what, number)
    taken_note = life.standing.state == "acknowledged"
    life.happen("speak", 0)
    life.happen("holds", 0)
    since = max(life.now, life.standing.firing_since or life.now, life.standing.pending_since or life.now)
    for hours in range(3, 200, 24):
        life.now = since + HOUR * hours
        life.look()

    told = {step for episode, step in life.told if episode == life.standing.episode}
    assert life.standing.state == ("acknowledged" if taken_note else "firing")
    assert taken_note or set(range(len(rule.steps))) <= told


@settings(max_examples=300, deadline=None)
@given(RULES, RULES, st.lists(HAPPENS, max_size=20), st.lists(HAPPENS, max_size=10))
def test_steps_of_a_changed_rule_that_lie_ahead_are_told(
    before: AlertRuleDef, after: AlertRuleDef, first: list[tuple[str, int]], then: list[tuple[str, int]]
) -> None:
    life = Life(before)
    for what, number in first:
        life.happen(what, number)
    life.told.clear()
    was, told_at = life.standing, life.told_at
    life.change(after)
    for what, number in then:
        life.happen(what, number)
    same_episode = {step for episode, step in life.told if episode == was.episode}

    if was.state == "firing" and life.standing.episode == was.episode and life.standing.state == "firing":
        due = [
            number
            for number, step in enumerate(steps_of(after))
            if (at := (was.firing_since or START) + timedelta(minutes=step.after_minutes)) <= life.now
            and (told_at is None or at > told_at)
        ]
        quiet = life.silent_until is not None and life.now < life.silent_until
        assert quiet or set(due) <= same_episode


def test_a_step_put_in_before_others_is_told_and_one_taken_out_takes_no_other_with_it() -> None:
    since = Standing("firing", 1, firing_since=START, next_step=1)

    grown = refit(since, rule_of(0, [0, 8], 0), START)
    shrunk = refit(since, rule_of(0, [8], 0), START)
    assert advance(grown, True, START + 10 * HOUR, rule_of(0, [0, 8], 0)).due == (1,)
    assert advance(shrunk, True, START + 10 * HOUR, rule_of(0, [8], 0)).due == (0,)
    assert refit(replace(since, next_step=3), rule_of(0, [0], 24), START + 50 * HOUR).next_step == 3
