"""Explanations: every part with its value, why something is empty, which clause fails."""

from __future__ import annotations

from typing import Any

import pytest

from rules.check import check
from rules.explain import Explanation, explain, failing
from tests.support.golden_table import world

WORLD = world()


def explained(text: str, record: dict[str, Any]) -> Explanation:
    checked = check(text, WORLD.scope)
    return explain(checked, WORLD.values(record, checked.reads))


def flat(found: Explanation) -> list[tuple[str, object]]:
    return [(found.text, found.value), *(pair for child in found.children for pair in flat(child))]


def test_every_part_is_shown_with_its_value() -> None:
    assert flat(explained("100 * a / b > 15 and signed", {"a": 37, "b": 200})) == [
        ("100 * a / b > 15 and signed", False),
        ("100 * a / b > 15", True),
        ("100 * a / b", 18.5),
        ("100 * a", 3700.0),
        ("a", 37.0),
        ("b", 200.0),
        ("signed", None),
    ]


def test_parts_that_would_be_skipped_are_shown_too() -> None:
    assert flat(explained("a > 1 or b > 1", {"a": 2, "b": 3})) == [
        ("a > 1 or b > 1", True),
        ("a > 1", True),
        ("a", 2.0),
        ("b > 1", True),
        ("b", 3.0),
    ]


def test_function_that_is_short_for_others_is_one_part() -> None:
    assert flat(explained("within_percent(a, b, 10)", {"a": 1.1, "b": 1})) == [
        ("within_percent(a, b, 10)", True),
        ("a", 1.1),
        ("b", 1.0),
    ]


def test_money_is_shown_in_major_units() -> None:
    assert flat(explained("amount * 2", {"amount": 12.34})) == [("amount * 2", 24.68), ("amount", 12.34)]


@pytest.mark.parametrize(
    ("text", "record", "reason"),
    [
        ("a + b", {"a": 1}, "“b” is empty."),
        ("100 * a / b", {"a": 1, "b": 0}, "“b” is 0, and nothing can be divided by 0."),
        ("a / (b - c)", {"a": 1, "b": 2, "c": 2}, "“b - c” is 0, and nothing can be divided by 0."),
        ("account.parent.region", {"account": "umbrella"}, "“account.parent.region” is empty."),
        ("sqrt(a)", {"a": -1}, "“sqrt(a)” has no result for these values."),
        (
            "workdays_between(closed_on, today)",
            {"closed_on": "1990-01-01"},
            "A date lies outside the years the calendar of working days covers.",
        ),
        ("a * b", {"a": 1e12, "b": 1e12}, "The result is larger than 1,000,000,000,000,000."),
        ("a + None", {"a": 1}, "The empty value is written here."),
    ],
)
def test_reason_of_an_empty_value_is_told(text: str, record: dict[str, Any], reason: str) -> None:
    found = explained(text, record)

    assert found.value is None
    assert found.why_empty is not None
    assert found.why_empty.text == reason


def test_failing_names_exactly_the_clauses_not_met() -> None:
    checked = check("stage == 'won' and (amount > 5 and signed) and between(a, 1, 5) and not urgent", WORLD.scope)
    record = {"stage": "won", "amount": 3, "signed": True, "a": 9, "urgent": False}

    assert [c.text for c in failing(checked, WORLD.values(record, checked.reads))] == ["amount > 5", "between(a, 1, 5)"]


def test_failing_is_empty_when_the_condition_holds() -> None:
    checked = check("a > 1 and b > 1", WORLD.scope)

    assert failing(checked, WORLD.values({"a": 2, "b": 2}, checked.reads)) == []


def test_failing_of_an_or_is_the_whole_of_it() -> None:
    checked = check("a > 1 or b > 1", WORLD.scope)

    assert [c.text for c in failing(checked, WORLD.values({}, checked.reads))] == ["a > 1 or b > 1"]
