from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from forms.currencies import meant_currency, scale_of
from forms.defs import FieldDef, Option
from forms.errors import FormError
from forms.fields import InputContext, field_type
from forms.labels import Label


def slot(type_: str, *options: Option, **params: object) -> FieldDef:
    return FieldDef(
        "slot", field_type(type_), Label.of("Slot"), options=options, params=params, to=str(params.get("to", ""))
    )


def read(field: FieldDef, raw: object, **context: object) -> object:
    return field.type.read(field, raw, InputContext(**context))  # type: ignore[arg-type]


def code_of(field: FieldDef, raw: object, **context: object) -> str:
    with pytest.raises(FormError) as caught:
        read(field, raw, **context)
    return caught.value.code


def test_money_follows_the_digits_of_its_currency() -> None:
    assert read(slot("money", scale=2), "¥1,234.50") == 123450
    assert read(slot("money", scale=0), "¥1,234", currency="JPY") == 1234
    assert code_of(slot("money", scale=0), "¥1,234.5", currency="JPY") == "field.decimals"
    assert read(slot("money", scale=2), "US$1.2万", currency="USD") == 1_200_000
    assert [scale_of(c) for c in ("CNY", "JPY", "KWD")] == [2, 0, 3]


@pytest.mark.parametrize(("text", "currency"), [("$5", "CNY"), ("5 EUR", "USD"), ("NT$5", "USD"), ("€5", "GBP")])
def test_money_of_another_currency_is_refused(text: str, currency: str) -> None:
    assert code_of(slot("money", scale=2), text, currency=currency) == "field.currency"


def test_money_is_bounded_and_limited_in_major_units() -> None:
    assert code_of(slot("money", scale=2, min=0), "-1") == "field.too_small"
    assert code_of(slot("money", scale=2, max=100), "100.01") == "field.too_large"
    assert code_of(slot("money", scale=2), "99999999999999.99") == "field.too_large"
    assert read(slot("money", scale=2), "90071992547409.91") == 2**53 - 1


def test_money_sums_of_decimals_are_exact() -> None:
    field = slot("money", scale=2)

    assert [read(field, text) for text in ("0.1", "0.2", "0.29", "1.005e1")] == [10, 20, 29, 1005]
    assert read(field, 0.29) == 29


def test_number_tells_ambiguous_from_wrong() -> None:
    assert code_of(slot("number"), "1.234,5") == "field.ambiguous"
    assert code_of(slot("number"), "1,5") == "field.ambiguous"
    assert code_of(slot("number"), "many") == "field.number"


def test_number_keeps_to_its_limits() -> None:
    assert code_of(slot("number", min=0), "-1") == "field.too_small"
    assert code_of(slot("number", max=10), "10.5") == "field.too_large"
    assert code_of(slot("number", decimals=0), "1.5") == "field.decimals"
    assert read(slot("number", decimals=0), "12.0") == 12.0
    assert read(slot("number", unit="天"), "30 天") == 30.0
    assert str(read(slot("number"), "-0")) == "0.0"


def test_datetime_is_read_in_the_time_zone_of_the_app() -> None:
    field = slot("datetime")

    assert read(field, "2026-03-02 09:00", time_zone="Asia/Shanghai") == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert read(field, "2026-03-02T09:00+09:00", time_zone="Asia/Shanghai") == datetime(2026, 3, 2, tzinfo=UTC)


def test_datetime_that_clocks_skip_is_refused() -> None:
    assert code_of(slot("datetime"), "2026-03-29 02:30", time_zone="Europe/Berlin") == "field.datetime"


def test_date_with_day_first_is_ambiguous() -> None:
    assert code_of(slot("date"), "03/04/2026") == "field.ambiguous"
    assert code_of(slot("date"), "2026-02-30") == "field.date"


def test_date_keeps_to_its_limits() -> None:
    field = slot("date", min="2026-01-01", max="2026-12-31")

    assert read(field, "2026-12-31") == date(2026, 12, 31)
    assert code_of(field, "2025-12-31") == "field.too_small"
    assert code_of(field, "2027-01-01") == "field.too_large"


def test_text_keeps_to_length_and_pattern() -> None:
    assert code_of(slot("text", max_length=3), "客户档案") == "field.too_long"
    assert code_of(slot("text", pattern="[A-Z]\\d+"), "a1") == "field.pattern"
    assert read(slot("text", pattern="[A-Z]\\d+"), "A12") == "A12"
    assert read(slot("text"), 12) == "12"


def test_choice_is_found_by_key_before_label_and_suggests() -> None:
    options = (Option("b", Label.of("A")), Option("a", Label.of({"en": "B", "zh_Hans": "乙"})))
    field = slot("choice", *options)

    assert [read(field, text) for text in ("a", "A", "b", "乙")] == ["a", "a", "b", "a"]
    with pytest.raises(FormError) as caught:
        read(slot("choice", Option("quarterly", Label.of("Every quarter"))), "quartrly")
    assert caught.value.faults[0].suggestion == "quarterly"


def test_choices_keep_the_order_of_the_options_and_a_limit() -> None:
    options = tuple(Option(key, Label.of(key)) for key in ("x", "y", "z"))

    assert read(slot("choices", *options), ["z", "x", "z"]) == ["x", "z"]
    assert read(slot("choices", *options), "z；x") == ["x", "z"]
    assert code_of(slot("choices", *options, max_items=1), "x,y") == "field.too_many"


def test_choices_whose_label_holds_a_separator_are_read_alone() -> None:
    field = slot("choices", Option("both", Label.of("Sales, service")), Option("none", Label.of("None")))

    assert read(field, "Sales, service") == ["both"]


def test_reference_by_digits_is_a_title_in_files_and_an_id_on_screens() -> None:
    field = slot("reference", to="account")

    assert read(field, "12") == 12
    assert read(field, "12", ids=False, find_records=lambda form, text: (7,) if text == "12" else ()) == 7
    assert code_of(field, "Acme", find_records=lambda form, text: (1, 2)) == "field.several"


@pytest.mark.parametrize(
    ("text", "code"), [("yen", "JPY"), ("rmb", "CNY"), ("cny", "CNY"), ("元", "CNY"), ("bread", "")]
)
def test_currency_that_was_meant_is_guessed(text: str, code: str) -> None:
    assert meant_currency(text) == code
