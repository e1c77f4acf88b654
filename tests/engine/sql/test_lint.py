"""What the linter says about expressions that run over many records."""

from __future__ import annotations

import pytest

from engine.sql.lint import SetLinter
from rules.check import check
from tests.support.expr_world import SHAPES, scope_of

SCOPE = scope_of()
LINTER = SetLinter(SHAPES, SCOPE.context)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("stage == 'won'", {"deal.stage"}),
        ("stage == 'won' and not b1", {"deal.stage"}),
        ("stage == 'won' or stage == 'lost'", {"deal.stage"}),
        ("stage == 'won' or n1 * 2 > 4", set()),
        ("owner == me", {"deal.owner"}),
        ("m1 > 12.345", {"deal.m1"}),
        ("stage in ['won', 'lost']", {"deal.stage"}),
        ("stage != 'won'", set()),
        ("d1 == None", {"deal.d1"}),
        ("d2 == None", {"deal.d2"}),
        ("customer.region == me.region", {"customer.region"}),
        ("n1 > 2 * 3", {"deal.n1"}),
        ("n1 > n2", set()),
        ("days_since(d2) > 90", {"deal.d2"}),
        ("days_between(d1, today) >= 90 and b1", {"deal.d1", "deal.b1"}),
        ("days_in_stage > 30", {"deal.stage_entered_at"}),
        ("year(d1) == 2017", {"deal.d1"}),
        ("year(at1) == 2017", {"deal.at1"}),
        ("start_of(d1, 'month') == start_of(today, 'month')", {"deal.d1"}),
        ("workdays_between(d2, today) > 3", {"deal.d2"}),
        ("add_days(d1, 30) < today", {"deal.d1"}),
        ("hours_between(at1, now) > 36", {"deal.at1"}),
        ("end_of(d1, 'quarter') <= \"2026-06-30\"", {"deal.d1"}),
        ("month(d1) == 2", set()),
        ("lower(t1) == 'a'", set()),
    ],
)
def test_linter_finds_the_columns_an_index_could_serve(text, columns):
    found = LINTER.index_columns(check(text, SCOPE), "deal")

    assert {f"{table.removeprefix('lint__')}.{column}" for table, column in found} == columns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stage == 'won'", []),
        ("n1 > n2", ["No index can serve this condition; add a clause that compares a field with a value."]),
        ("n1 + n2", []),
        (
            "stage == 'won' and initials(t1) == 'A'",
            ["initials is not known to PostgreSQL; there this runs record by record, slow for many."],
        ),
    ],
)
def test_linter_says_what_is_slow(text, said):
    hints = LINTER.hints(check(text, SCOPE), "deal")

    assert [hint.text for hint in hints] == said
    assert {hint.level for hint in hints} <= {"warning"}


def test_linter_points_at_the_function():
    (hint,) = LINTER.hints(check("stage == 'won' and initials(t1) == 'A'", SCOPE), "deal")

    assert hint.column == 20
