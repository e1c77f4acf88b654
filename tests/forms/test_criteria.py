from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.criteria import PERIODS, Criterion, Group, IncompleteError, Raw, Slot, normal, operators_of, read, write
from forms.system import PERSON_SHAPE
from rules.check import check
from rules.scope import RecordScope, RuleContext
from rules.types import DATE, DATETIME, NUMBER, PERSON, TEXT, YES_NO, Kind, Type

OPTIONS = ("new", "used", "lent")
DEAL = {
    "name": TEXT,
    "amount": Type(Kind.MONEY),
    "quantity": NUMBER,
    "expected_on": DATE,
    "called_at": DATETIME,
    "urgent": YES_NO,
    "tier": Type(Kind.CHOICE, options=OPTIONS),
    "tags": Type(Kind.CHOICES, options=OPTIONS),
    "customer": Type(Kind.REFERENCE, form="customer"),
    "others": Type(Kind.REFERENCES, form="customer"),
    "owner": PERSON,
    "helpers": Type(Kind.PEOPLE),
}
SCOPE = RecordScope({"deal": DEAL, "customer": {"name": TEXT}}, "deal", PERSON_SHAPE, RuleContext("Asia/Shanghai"))
NAMED = {"customer": "customer.name", "owner": "owner.name"}
SLOTS = {key: Slot(key, type_.kind, NAMED.get(key, "")) for key, type_ in DEAL.items()}

words = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)
VALUES = {
    "text": words.filter(bool),
    "number": st.integers(-(10**9), 10**9).map(str)
    | st.decimals(-9999, 9999, places=2).map(lambda d: f"{d.normalize():f}"),
    "date": st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(str),
    "option": st.sampled_from(OPTIONS),
    "period": st.sampled_from(sorted(PERIODS)),
    "days": st.integers(0, 900).map(str),
}


def values_for(need):
    many = {"texts": "text", "options": "option"}.get(need)
    return st.lists(VALUES[many], min_size=1, max_size=4) if many else VALUES[need].map(lambda one: [one])


@st.composite
def criteria(draw):
    slot = SLOTS[draw(st.sampled_from(sorted(SLOTS)))]
    found = draw(st.sampled_from(operators_of(slot)))
    return Criterion(slot.key, found.key, tuple(one for need in found.needs for one in draw(values_for(need))))


pieces = st.sampled_from(
    ["amount + 1 > quantity", "length(name) == 3 if urgent else urgent", "name == owner.name"]
).map(Raw)
items = st.recursive(
    criteria() | pieces,
    lambda inner: (
        st.builds(Group, st.sampled_from(["and", "or"]), st.lists(inner, max_size=3).map(tuple))
        | st.builds(Group, st.just("none"), st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
conditions = st.builds(Group, st.sampled_from(["and", "or"]), st.lists(items, max_size=4).map(tuple))


def is_plain(item) -> bool:
    """A group "none" of one test reads back as that test turned around, which means the same."""
    if not isinstance(item, Group):
        return True
    alone = item.join == "none" and len(item.items) < 2
    return not alone and all(map(is_plain, item.items))


@given(conditions)
def test_what_is_written_reads_back_the_same(condition):
    wanted = normal(condition)
    text = write(condition, SLOTS)

    back = read(text, SLOTS)

    if is_plain(wanted):
        assert normal(back) == wanted
    assert write(read(write(back, SLOTS), SLOTS), SLOTS) == write(back, SLOTS)


@given(conditions)
def test_what_is_written_is_an_expression(condition):
    text = write(condition, SLOTS)

    assert not text or check(text, SCOPE, Kind.YES_NO).type.kind is Kind.YES_NO


@pytest.mark.parametrize("slot", SLOTS.values(), ids=lambda slot: slot.key)
def test_every_operator_is_told_apart(slot):
    sample = {
        "text": "x",
        "number": "3",
        "date": "2026-03-02",
        "option": "new",
        "texts": "x",
        "options": "new",
        "days": "7",
    }
    for found in operators_of(slot):
        choices = sorted(PERIODS) if found.needs == ("period",) else [None]
        for period in choices:
            test = Criterion(slot.key, found.key, (period,) if period else tuple(sample[need] for need in found.needs))
            assert read(write(Group("and", (test,)), SLOTS), SLOTS) == Group("and", (test,))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", Group()),
        ("urgent", Group("and", (Criterion("urgent", "yes"),))),
        ("is_me(owner)", Group("and", (Criterion("owner", "me"),))),
        ("me == owner", Group("and", (Criterion("owner", "me"),))),
        ("1000 <= amount", Group("and", (Criterion("amount", "from", ("1000",)),))),
        ("amount > -2.50", Group("and", (Criterion("amount", "above", ("-2.5",)),))),
        ("not is_filled(name)", Group("and", (Criterion("name", "empty"),))),
        ("'a' in name", Group("and", (Criterion("name", "contains", ("a",)),))),
        ("not (name == 'a')", Group("none", (Criterion("name", "is", ("a",)),))),
        ("not urgent and  amount>3", Group("and", (Criterion("urgent", "no"), Criterion("amount", "above", ("3",))))),
        ("amount > quantity or urgent", Group("or", (Raw("amount > quantity"), Criterion("urgent", "yes")))),
        ("amount > 3 and (", Group("and", (Raw("amount > 3 and ("),))),
        ("名字 == 'a' or ((amount + 1) > 3)", Group("or", (Raw("名字 == 'a'"), Raw("(amount + 1) > 3")))),
        ("days_since(expected_on) > 7", Group("and", (Criterion("expected_on", "older", ("7",)),))),
        ("date_of(called_at) == today", Group("and", (Criterion("called_at", "within", ("today",)),))),
        ("urgent == True", Group("and", (Raw("urgent == True"),))),
    ],
)
def test_what_people_write_is_read(text, condition):
    assert read(text, SLOTS) == condition


@pytest.mark.parametrize(
    ("test", "code"),
    [
        (Criterion("", "is", ("a",)), "criteria.field"),
        (Criterion("secret", "is", ("a",)), "criteria.field"),
        (Criterion("name", "above", ("a",)), "criteria.op"),
        (Criterion("name", "is", (" ",)), "criteria.value"),
        (Criterion("tier", "one_of"), "criteria.value"),
        (Criterion("amount", "between", ("1",)), "criteria.value"),
        (Criterion("amount", "is", ("plenty",)), "criteria.number"),
        (Criterion("amount", "is", ("1e400",)), "criteria.number"),
        (Criterion("expected_on", "is", ("soon",)), "criteria.date"),
        (Criterion("expected_on", "last_days", ("-3",)), "criteria.number"),
        (Criterion("expected_on", "last_days", ("1.5",)), "criteria.number"),
        (Criterion("expected_on", "within", ("whenever",)), "criteria.period"),
    ],
)
def test_test_that_says_nothing_is_refused_at_its_place(test, code):
    with pytest.raises(IncompleteError) as caught:
        write(Group("and", (Criterion("urgent", "yes"), Group("or", (test,)))), SLOTS)

    assert (caught.value.faults[0].code, caught.value.at) == (code, (1, 0))


def test_quotes_and_backslashes_stay_what_they_are():
    test = Criterion("name", "is", ('say "hi" \\ or\' not',))

    text = write(Group("and", (test,)), SLOTS)

    assert read(text, SLOTS) == Group("and", (test,))
    assert check(text, SCOPE, Kind.YES_NO)


def test_typed_numbers_and_dates_are_read_as_everywhere():
    tests = (Criterion("amount", "from", ("1,200.50",)), Criterion("expected_on", "is", ("2026年3月2日",)))

    assert write(Group("and", tests), SLOTS) == 'amount >= 1200.5 and expected_on == "2026-03-02"'


def test_people_and_records_without_a_name_are_asked_whether_they_are_there():
    assert [one.key for one in operators_of(Slot("customer", Kind.REFERENCE))] == ["empty", "filled"]
