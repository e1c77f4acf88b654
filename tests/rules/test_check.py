"""The checker: all faults at once, places, suggestions, types and ceilings."""

from __future__ import annotations

import pytest

from rules.check import check, faults_of
from rules.errors import RuleError
from rules.limits import LIMITS, MAX_CHARACTERS
from rules.scope import RecordScope, RuleContext, ValueScope
from rules.types import DATE, NUMBER, PERSON, TEXT, YES_NO, Kind, Type
from tests.support.golden_table import world

SCOPE = world().scope


def told(text: str, expect: Kind | Type | None = None) -> list[tuple[str, int, str]]:
    return [(f.code, f.column, f.suggestion) for f in faults_of(text, SCOPE, expect)]


def test_all_faults_are_told_at_once_in_order() -> None:
    assert told("amont > 3 and stage == 'wonn' or lenth(name) > '5' and 1 < a < 3") == [
        ("unknown_name", 1, "amount"),
        ("unknown_option", 24, '"won"'),
        ("unknown_function", 34, "length()"),
        ("chained_comparison", 61, "1 < a and a < 3"),
    ]


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("account.regoin == 'x'", "region"),
        ("AMOUNT > 3", "amount"),
        ("true", "True"),
        ("null == a", "None"),
        ("name + title", "concat(name, title)"),
        ("closed_on - opened_on", "days_between(opened_on, closed_on)"),
        ("today - 30", "add_days(today, -30)"),
        ("created_at > today", "date_of()"),
        ("now()", "now"),
        ("len(name)", "length()"),
        ("datediff(today, closed_on)", "days_between()"),
        ("name.upper()", "upper()"),
        ("a = 5", "=="),
        ("a ＞ 5", ">"),
        ("a && b", "and"),
        ("a <> b", "!="),
        ("ａmount > 3", "amount"),
        ("start_of(today, 'quater')", '"quarter"'),
        ("upper(a)", "text()"),
        ("if a > 3: b", "a if condition else b"),
    ],
)
def test_suggestion_is_what_was_probably_meant(text: str, suggestion: str) -> None:
    assert told(text)[0][2] == suggestion


def test_column_counts_characters_not_bytes() -> None:
    assert told("name == '销售' and 金额 > amont") == [("unknown_name", 23, "amount")]
    assert told("  amont > 3") == [("unknown_name", 3, "amount")]


def test_required_fields_are_known_never_to_be_empty() -> None:
    assert not check("n * 2 + price", SCOPE).type.nullable
    assert check("n / n", SCOPE).type.nullable
    assert not check("n / 2", SCOPE).type.nullable
    assert check("a + n", SCOPE).type.nullable
    assert not check("if_empty(a, 0)", SCOPE).type.nullable
    assert check("account.name", SCOPE).type.nullable


def test_reads_hold_every_path_with_its_own_and_hidden_ones() -> None:
    reads = check("days_since(closed_on) > 3 and same_region(account.owner) and has_role('rep')", SCOPE).reads

    assert {".".join(r) for r in reads} == {
        "closed_on", "today", "account.owner", "account.owner.region", "me.region", "me.roles",
    }  # fmt: skip


def test_clock_is_known_to_be_read() -> None:
    assert check("days_since(closed_on) > 3", SCOPE).reads_clock
    assert not check("a > 3", SCOPE).reads_clock


@pytest.mark.parametrize(
    ("text", "expect", "codes"),
    [
        ("a > 3", Kind.YES_NO, []),
        ("a", Kind.YES_NO, ["result_type"]),
        ("amount", Kind.NUMBER, []),
        ("a * 2", Kind.MONEY, []),
        ("name", Kind.NUMBER, ["result_type"]),
        ("stage", Kind.TEXT, []),
        ("None", Kind.DATE, []),
        ("None", Kind.YES_NO, ["result_type"]),
        ("'2026-05-01'", Kind.DATE, []),
        ("'soon'", Kind.DATE, ["result_type"]),
        ("'gold'", Type(Kind.CHOICE, options=("gold", "silver")), []),
        ("'golden'", Type(Kind.CHOICE, options=("gold", "silver")), ["unknown_option"]),
        ("account.parent", Type(Kind.REFERENCE, form="account"), []),
        ("account", Type(Kind.REFERENCE, form="deal"), ["result_type"]),
        ("owner.manager", Kind.PERSON, []),
        ("[1]", None, ["result_type"]),
    ],
)
def test_result_is_held_against_what_the_place_asks_for(
    text: str, expect: Kind | Type | None, codes: list[str]
) -> None:
    assert [f.code for f in faults_of(text, SCOPE, expect)] == codes


def test_value_scope_resolves_measures_and_dotted_figures() -> None:
    scope = ValueScope(
        {"mql": NUMBER, "converted": NUMBER.never_empty(), "parent.target": NUMBER, "today": DATE.never_empty()}
    )

    assert check("100 * converted / mql", scope).type.kind is Kind.NUMBER
    assert check("0.2 * parent.target", scope).reads == {("parent", "target")}
    assert [(f.code, f.suggestion) for f in faults_of("100 * convertd / mql", scope)] == [("unknown_name", "converted")]
    assert [(f.code, f.suggestion) for f in faults_of("parent.targt", scope)] == [("unknown_name", "target")]
    assert [(f.code, f.suggestion) for f in faults_of("parent", scope)] == [("unknown_name", "parent.target")]


def test_names_may_be_chinese() -> None:
    scope = ValueScope({"转化": NUMBER, "合格": NUMBER})

    assert check("100*转化/合格", scope).reads == {("转化",), ("合格",)}


def test_condition_is_never_empty_whatever_it_reads() -> None:
    assert check("signed", SCOPE).type == YES_NO
    assert check("account.active", SCOPE).type == YES_NO


def test_every_limit_has_a_reason() -> None:
    assert all(len(limit.reason) > 20 for limit in LIMITS.values())


def test_longest_accepted_text_is_accepted() -> None:
    text = "a > 1 or " + " or ".join(["a > 1"] * 30)
    padded = text + " " * (MAX_CHARACTERS - len(text))

    assert check(padded, SCOPE).type == YES_NO
    assert told(padded + " ") == [("too_long", 0, "")]


def test_names_of_another_form_do_not_exist() -> None:
    scope = RecordScope({"deal": {"a": NUMBER}, "secret": {"pay": NUMBER}}, "deal", {"region": TEXT}, RuleContext())

    with pytest.raises(RuleError):
        check("secret.pay > 3", scope)


def test_person_shape_is_behind_every_person() -> None:
    scope = RecordScope({"deal": {"owner": PERSON}}, "deal", {"manager": PERSON, "region": TEXT}, RuleContext())

    assert check("owner.manager.manager.region == me.region", scope).type == YES_NO
