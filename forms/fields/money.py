"""Amounts of money."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from forms.currencies import without_sign
from forms.errors import FormError
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.limits import not_a_number, range_faults
from forms.numbers import decimals_of, read_number
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef

#: Up to here a double still holds every minor unit.
MOST_MINOR = 2**53 - 1
#: Amounts that any machine writes, and that are never too large.
_PLAIN = re.compile(r"(-?\d{1,12})(?:\.(\d{1,3}))?", re.ASCII)


@register
class MoneyType(FieldType):
    """An amount in the app's currency, exact: kept as a whole number of its smallest unit."""

    key = "money"
    kind = Kind.MONEY
    widget = "money"
    storage = Storage.MONEY
    filter = "range"
    params: ClassVar = {
        "min": {"type": "number", "description": "Smallest amount allowed."},
        "max": {"type": "number", "description": "Largest amount allowed."},
    }
    accepts: ClassVar = {
        "¥1,234.50": "1234.50",
        "1.2万": "12000.00",
        "￥ 12": "12.00",
        "-¥5": "-5.00",
        "(5.00)": "-5.00",
        "1200元": "1200.00",
        "CNY 7.1": "7.10",
        "0": "0.00",
    }
    refuses = ("$5", "1.234", "1.234,50", "abc", "¥", "1e30", "NaN", "5 USD")

    def rule_type(self, field: FieldDef) -> Type:
        """Return money with the digits of the app's currency."""
        return Type(Kind.MONEY, super().rule_type(field).nullable, scale=scale(field))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the amount in minor units."""
        text, fits = without_sign(raw, context.currency) if isinstance(raw, str) else (raw, True)
        number = read_number(text)
        if not fits:
            template = N_("“{value}” is in another currency; this app counts in {currency}.")
            raise self.refuse(field, "currency", template, value=shorten(raw), currency=context.currency)
        if number is None:
            raise FormError(not_a_number(self, field, text, shorten(raw)))
        if decimals_of(number) > scale(field):
            template = N_("An amount of {currency} has at most {count} digits behind the decimal point.")
            raise self.refuse(field, "decimals", template, currency=context.currency, count=scale(field))
        if abs(number) * 10 ** scale(field) > MOST_MINOR:
            raise self.refuse(field, "too_large", N_("This amount is too large to be kept."))
        return int(number.scaleb(scale(field)))

    def reader(self, field: FieldDef, context: InputContext) -> Callable[[str], object]:
        """Read plain digits at once."""
        read, digits = super().reader(field, context), scale(field)
        if not field.params.keys().isdisjoint(("min", "max")):
            return read

        def of(text: str) -> object:
            found = _PLAIN.fullmatch(text)
            behind = (found[2] or "") if found else ""
            return int(found[1] + behind.ljust(digits, "0")) if found and len(behind) <= digits else read(text)

        return of

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the range."""
        return range_faults(self, field, major(field, value)) if isinstance(value, int) else []

    def text(self, field: FieldDef, value: object) -> str:
        """Return the amount with all its digits, without a sign of the currency."""
        return f"{major(field, int(str(value))):.{scale(field)}f}"

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the amount in major units."""
        if not isinstance(value, int):
            return None
        return _in_major(value, 10 ** scale(field))

    def json_writer(self, field: FieldDef) -> Callable[[Any], object]:
        """Return what writes amounts: the digits behind the point are asked for once."""
        return partial(_in_major, unit=10 ** scale(field))


def _in_major(minor: int, unit: int) -> float:
    """Return an amount in major units, whole if it is: a division of whole numbers is rounded once, as it should be."""
    return minor / unit if minor % unit else minor // unit


def scale(field: FieldDef) -> int:
    """Return the digits behind the point; publishing writes the app's currency into the field."""
    return int(str(field.params.get("scale", 2)))


def major(field: FieldDef, minor: int) -> Decimal:
    """Return the amount in major units, exactly."""
    return Decimal(minor).scaleb(-scale(field))
