"""The linter: what is suspicious or slow, and what is not."""

from __future__ import annotations

import pytest

from rules.check import check
from rules.lint import lint, unused
from tests.support.golden_table import world

SCOPE = world().scope


def codes(text: str, *, on_sets: bool = False) -> list[str]:
    return [f.code for f in lint(check(text, SCOPE), on_sets=on_sets)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stage == 'won' and stage == 'lost'", ["never_true"]),
        ("stage in ['lead', 'qualified', 'won', 'lost'] or stage == None", ["always_true"]),
        ("stage in ['lead', 'qualified', 'won', 'lost']", []),
        ("signed or not signed", ["always_true"]),
        ("a > 5 and a < 3", ["never_true"]),
        ("a > 5 and a <= 5", ["never_true"]),
        ("a >= 5 and a <= 5", []),
        ("a == 5 and a > 6", ["never_true"]),
        ("closed_on > '2026-05-01' and closed_on < '2026-01-01'", ["never_true"]),
        ("1 > 2", ["never_true"]),
        ("a > 3 or 2 > 1", ["always_true"]),
        ("a == a", ["compares_itself"]),
        ("a + 1 > a + 1", ["compares_itself"]),
        ("n == None", ["never_empty"]),
        ("is_empty(n)", ["never_empty"]),
        ("is_empty(a)", []),
        ("100 * a / b", ["divisor_may_be_empty"]),
        ("100 * a / n", ["divisor_may_be_empty"]),
        ("100 * a / 5", []),
        ("a / b if b != 0 else 0", []),
        ("if_empty(a / b, 0)", []),
        ("a > 3 and a > 3", ["said_twice"]),
        ("a > 3 and b > 3", []),
        ("has_role('rep')", []),
        ("stage == 'won' and amount > 5", []),
    ],
)
def test_suspicious_expressions_are_warned_of(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("initials(name) == 'AL' and owner == me", ["no_sql_form"]),
        ("stage == 'won'", []),
        ("stage != 'won'", ["no_index"]),
        ("stage != 'won' and amount > 50000", []),
        ("days_since(closed_on) > 90", []),
        ("contains(name, 'x')", ["no_index"]),
        ("owner == me or stage == 'won'", []),
        ("owner == me or account.region == me.region", ["no_index"]),
        ("a * 2 > 5", ["no_index"]),
    ],
)
def test_slow_conditions_on_sets_are_warned_of(text: str, expected: list[str]) -> None:
    assert codes(text, on_sets=True) == expected


def test_warnings_do_not_block() -> None:
    assert {f.level for f in lint(check("100 * a / b > a / b", SCOPE), on_sets=True)} == {"warning"}


def test_unused_measures_are_named() -> None:
    assert unused(["a", "b", "account"], [check("a > 1", SCOPE), check("account.staff > 5", SCOPE)]) == ["b"]
