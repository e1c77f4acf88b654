from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from forms.defs import FieldDef, Option
from forms.errors import FormError
from forms.fields import FIELD_TYPES, FieldType, InputContext
from forms.labels import Label
from tests.support.rooms import ROOT

_RECORDS = {"Acme": (7,), "Twice": (7, 8)}
_PEOPLE = {"alice": (5,), "Twice": (5, 6)}


def _find_records(form: str, text: str) -> Sequence[int]:
    return _RECORDS.get(text, ()) if form == "account" else ()


CONTEXT = InputContext(find_records=_find_records, find_people=lambda text: _PEOPLE.get(text, ()))
TYPES = sorted(FIELD_TYPES.values(), key=lambda t: t.key)
TYPED = [(t, raw, text) for t in TYPES for raw, text in t.accepts.items()]
REFUSED = [(t, raw) for t in TYPES for raw in t.refuses]


def example(type_: FieldType, **params: object) -> FieldDef:
    given = {**type_.example, **params}
    options = given.pop("options", ())
    return FieldDef(
        "slot",
        type_,
        Label.of("Slot"),
        options=tuple(Option(o["key"], Label.of(o["label"])) for o in options),  # type: ignore[attr-defined]
        to=str(given.get("to", "")),
        params=given,
    )


@pytest.mark.parametrize("type_", TYPES, ids=lambda t: t.key)
def test_field_type_explains_itself(type_: FieldType) -> None:
    line = (type_.__doc__ or "").splitlines()[0]

    assert line.endswith(".")
    assert type_.refuses
    assert type_.derived or type_.accepts
    assert type_.widget
    assert all("description" in schema for schema in type_.params.values())
    assert set(type_.required_params) <= set(type_.params)


@pytest.mark.parametrize(("type_", "raw", "text"), TYPED, ids=lambda v: getattr(v, "key", None))
def test_field_type_reads_what_people_write(type_: FieldType, raw: str, text: str) -> None:
    field = example(type_)

    assert type_.to_text(field, type_.read(field, raw, CONTEXT)) == text


@pytest.mark.parametrize(("type_", "raw"), REFUSED, ids=lambda v: getattr(v, "key", None))
def test_field_type_refuses_with_a_sentence_beside_the_field(type_: FieldType, raw: str) -> None:
    with pytest.raises(FormError) as caught:
        type_.read(example(type_), raw, CONTEXT)

    [fault] = caught.value.faults
    assert fault.field == "slot"
    assert fault.code.startswith("field.")
    assert fault.text.endswith(".")


@pytest.mark.parametrize(("type_", "raw", "text"), TYPED, ids=lambda v: getattr(v, "key", None))
def test_field_type_round_trips_text_json_and_input(type_: FieldType, raw: str, text: str) -> None:
    field = example(type_)
    context = InputContext(time_zone="Asia/Shanghai")
    value = type_.read(field, raw, CONTEXT)

    assert type_.read(field, type_.to_text(field, value), context) == value
    assert type_.read(field, type_.to_input(field, value, context), context) == value
    assert type_.from_json(field, type_.to_json(field, value)) == value
    assert type_.validate(field, value) == []


#: What readers for many could take for plain: signs, zeros, digits beyond the currency's, hours that clocks leave out.
NEARLY_PLAIN = (
    " 7 ", "-0", "-0.50", "007", "1.", ".5", "1.239", "1.500", "999999999999.99", "9999999999999999", "１２", "1e3", "+4",
    "2026-03-08 02:30", "2026-03-08T03:00", "2026-11-01 01:30", "2026-11-01 00:59:59", "2026-02-30 10:00", "2026-03-02 24:00",
    "2026-03-02 10:00:60", "1899-01-01 00:00", "2199-12-31T23:59", "9999-12-31 23:00", "2026-03-02 1:00", "2026-03-02", "10",
    "a\tb", "a\u2028b", "cafe\u0301", "\ufb2c" * 300, "x" * 501, "锅炉 😀", "half \ud800", "a\r\nb", " north ", "Ｎorth",
)  # fmt: skip


@pytest.mark.parametrize("type_", [t for t in TYPES if not t.derived], ids=lambda t: t.key)
@pytest.mark.parametrize("params", [{}, {"min": 3, "max": 8}, {"pattern": "[a-z]+"}, {"scale": 0}], ids=str)
def test_field_type_reads_many_texts_as_it_reads_one(type_: FieldType, params: dict[str, object]) -> None:
    field = example(type_, **params)
    context = InputContext(time_zone="America/New_York", find_records=_find_records)
    read = type_.reader(field, context)

    def outcome(reads: Callable[[str], object], text: str) -> object:
        try:
            found = reads(text)
        except FormError as error:
            return error.faults
        return type(found), found

    for text in (*type_.accepts, *type_.refuses, *NEARLY_PLAIN):
        assert outcome(read, text) == outcome(lambda raw: type_.read(field, raw, context), text)


@pytest.mark.parametrize("type_", TYPES, ids=lambda t: t.key)
@pytest.mark.parametrize("blank", [None, "", "  ", "\u3000", [], ["", None]], ids=repr)
def test_field_type_reads_nothing_as_empty(type_: FieldType, blank: object) -> None:
    field = example(type_)

    assert type_.read(field, blank, CONTEXT) is None
    assert type_.to_text(field, None) == ""
    assert type_.to_json(field, None) is None


@pytest.mark.parametrize("type_", [t for t in TYPES if not t.derived], ids=lambda t: t.key)
@pytest.mark.parametrize(
    "raw", [{"a": 1}, object(), float("nan"), float("inf"), 10**400, "9" * 100_000], ids=lambda v: type(v).__name__
)
def test_field_type_refuses_what_is_no_value(type_: FieldType, raw: object) -> None:
    with pytest.raises(FormError):
        type_.read(example(type_), raw, CONTEXT)


@pytest.mark.parametrize("type_", TYPES, ids=lambda t: t.key)
def test_field_type_has_a_widget(type_: FieldType) -> None:
    assert (ROOT / "web" / "templates" / "widgets" / f"{type_.widget}.html").is_file()


def test_field_types_are_all_that_a_config_may_use() -> None:
    first = "text long_text number money percent date datetime yes_no choice choices email phone url reference person computed rollup"

    assert set(first.split()) <= set(FIELD_TYPES)
