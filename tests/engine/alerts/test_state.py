from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.alerts.state import Standing, acknowledge, advance, close
from engine.config.defs import AlertRuleDef, StepDef
from forms.labels import Label
from rules.checked import Checked
from rules.tree import Literal
from rules.types import YES_NO

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHEN = Checked("True", Literal(YES_NO, 0, 4, True), YES_NO, frozenset())


def rule(*after_minutes: int, **more: Any) -> AlertRuleDef:
    steps = tuple(StepDef(("owner",), minutes) for minutes in after_minutes)
    return AlertRuleDef("r", Label(), "lead", WHEN, steps, {}, **more)


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def firing(next_step: int = 1, episode: int = 1) -> Standing:
    return Standing("firing", episode, firing_since=NINE, next_step=next_step)


HOLD = rule(0, hold_minutes=120)
STEPS = rule(0, 480, 2880)


@pytest.mark.parametrize(
    ("before", "holds", "now", "given", "state", "episode", "code", "due", "wake_at"),
    [
        (Standing(), False, NINE, STEPS, "quiet", 0, "quiet", (), None),
        (Standing(), True, NINE, STEPS, "firing", 1, "fired", (0,), at(8)),
        (Standing("resolved", 4), True, NINE, STEPS, "firing", 5, "fired", (0,), at(8)),
        (Standing("resolved", 4), False, NINE, STEPS, "resolved", 4, "quiet", (), None),
        (Standing(), True, NINE, HOLD, "pending", 0, "pending", (), at(2)),
        (Standing("pending", pending_since=NINE), True, at(1.99), HOLD, "pending", 0, "waiting", (), at(2)),
        (Standing("pending", pending_since=NINE), True, at(2), HOLD, "firing", 1, "held", (0,), None),
        (Standing("pending", pending_since=NINE), False, at(2), HOLD, "resolved", 0, "passed", (), None),
        (firing(), True, at(7.99), STEPS, "firing", 1, "firing", (), at(8)),
        (firing(), True, at(8), STEPS, "firing", 1, "told", (1,), at(48)),
        (firing(2), True, at(47.99), STEPS, "firing", 1, "firing", (), at(48)),
        (firing(), True, at(100), STEPS, "firing", 1, "told", (1, 2), None),
        (firing(), False, at(8), STEPS, "resolved", 1, "recovered", (), None),
        (Standing("acknowledged", 1), True, at(99), STEPS, "acknowledged", 1, "known", (), None),
        (Standing("acknowledged", 1), False, at(99), STEPS, "resolved", 1, "recovered", (), None),
        (Standing(), True, NINE, rule(), "firing", 1, "fired", (), None),
        (Standing(), True, NINE, rule(480, 0), "firing", 1, "fired", (0,), at(8)),
        (firing(), True, at(24), rule(0, repeat_hours=24), "firing", 1, "told", (1,), at(48)),
        (firing(), True, at(80), rule(0, repeat_hours=24), "firing", 1, "told", (3,), at(96)),
    ],
)
def test_alert_advances(
    before: Standing,
    holds: bool,
    now: datetime,
    given: AlertRuleDef,
    state: str,
    episode: int,
    code: str,
    due: tuple[int, ...],
    wake_at: datetime | None,
) -> None:
    found = advance(before, holds, now, given)

    after = found.standing
    assert (after.state, after.episode, found.reason.code, found.due) == (state, episode, code, due)
    assert after.wake_at == wake_at
    assert found.reason.text


def test_alert_advanced_twice_at_one_moment_tells_once() -> None:
    first = advance(Standing(), True, NINE, STEPS)
    second = advance(first.standing, True, NINE, STEPS)

    assert (first.due, second.due, second.standing) == ((0,), (), first.standing)


def test_acknowledging_stops_escalation() -> None:
    found = acknowledge(firing(), "Mona")

    assert found is not None
    assert (found.standing.state, found.standing.wake_at, found.reason.text) == (
        "acknowledged",
        None,
        "Mona has taken note.",
    )
    assert advance(found.standing, True, at(100), STEPS).due == ()


@pytest.mark.parametrize("state", ["quiet", "pending", "acknowledged", "resolved"])
def test_only_a_firing_alert_is_acknowledged(state: str) -> None:
    assert acknowledge(Standing(state, 1), "Mona") is None


def test_closed_alert_says_what_closed_it() -> None:
    found = close(firing(), "rule_removed")

    assert (found.standing.state, found.reason.text) == ("resolved", "A new release no longer has this rule.")
