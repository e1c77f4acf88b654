"""Completion at a cursor."""

from __future__ import annotations

import pytest

from rules.complete import complete, usage
from tests.support.golden_table import world

SCOPE = world().scope


def proposed(text: str) -> list[str]:
    return [c.text for c in complete(text, len(text), SCOPE)]


def test_names_that_begin_with_what_was_typed_come_first() -> None:
    assert proposed("stage == 'won' and amo") == ["amount"]
    assert proposed("clo")[0] == "closed_on"
    assert "if_empty(" in proposed("if")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("account.", "owner"),
        ("account.reg", "region"),
        ("account.parent.own", "owner"),
        ("account.owner.man", "manager"),
        ("me.te", "team"),
        ("stage == '", "lead"),
        ('stage != "', "lead"),
        ("stage in ['won', '", "lead"),
        ("account.tier == 'gol", "gold"),
        ("contains(tags, '", "vip"),
        ("any_of(tags, ['vip', '", "vip"),
        ("start_of(today, '", "week"),
        ("end_of(add_days(today, 3), 'q", "quarter"),
        ("金", "金额"),
    ],
)
def test_what_fits_the_place_is_proposed(text: str, first: str) -> None:
    assert proposed(text)[0] == first


def test_proposal_replaces_what_was_typed() -> None:
    (found,) = complete("a > 3 and amo + 5", 13, SCOPE)

    assert (found.text, found.start, found.end, found.detail) == ("amount", 10, 13, "an amount of money")


def test_nothing_is_proposed_inside_free_text_or_behind_a_number() -> None:
    assert proposed("name == 'A") == []
    assert proposed("amount.") == []


def test_function_shows_signature_and_examples() -> None:
    found = next(c for c in complete("perc", 4, SCOPE) if c.text == "percent(")

    assert found.detail == "percent(part: number, whole: number) -> number"
    assert "percent(37, 200) → 18.5" in found.doc


@pytest.mark.parametrize(
    ("text", "function", "argument"),
    [
        ("round(", "round", 0),
        ("round(a, ", "round", 1),
        ("max(1, min(2, ", "min", 1),
        ("max(1, min(2, 3), ", "max", 2),
        ("any_of(tags, ['a', ", "any_of", 1),
    ],
)
def test_usage_tells_the_call_around_the_cursor(text: str, function: str, argument: int) -> None:
    found = usage(text, len(text))

    assert found is not None
    assert (found.function, found.argument) == (function, argument)


def test_usage_is_nothing_outside_of_calls() -> None:
    assert usage("a + (b", 6) is None
    assert usage("a + b", 5) is None


def test_completion_never_fails_at_any_cursor() -> None:
    text = "stage in ['won', \"x\"] and contains(tags, 'v') and account.owner.na"
    assert all(isinstance(complete(text, at, SCOPE), list) for at in range(-2, len(text) + 3))
