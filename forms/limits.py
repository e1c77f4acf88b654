"""Limits that several field types share: smallest, largest, digits behind the point."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from forms.numbers import LARGEST, decimals_of, is_ambiguous, number_text, read_number
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from forms.defs import FieldDef
    from forms.fields._base import FieldType


def limit(field: FieldDef, name: str) -> Decimal | None:
    """Return a numeric parameter of the field."""
    value = field.params.get(name)
    return None if value is None else read_number(value)


def range_faults(type_: FieldType, field: FieldDef, number: Decimal) -> list[Fault]:
    """Return what is wrong with a number against `min`, `max` and the largest number kept at all."""
    low, high = limit(field, "min"), limit(field, "max")
    if low is not None and number < low:
        return [type_.fault(field, "too_small", N_("At least {limit} is expected."), limit=shown(low))]
    if high is not None and number > high:
        return [type_.fault(field, "too_large", N_("At most {limit} is expected."), limit=shown(high))]
    if abs(number) > LARGEST:
        return [type_.fault(field, "too_large", N_("This number is too large to be kept."))]
    return []


def whole_faults(type_: FieldType, field: FieldDef, number: Decimal) -> list[Fault]:
    """Return a fault when a number is not whole."""
    return [type_.fault(field, "decimals", N_("A whole number is expected."))] if decimals_of(number) else []


def decimals_faults(type_: FieldType, field: FieldDef, number: Decimal) -> list[Fault]:
    """Return a fault when a number has more digits behind the point than `decimals`."""
    most = limit(field, "decimals")
    if most is None or decimals_of(number) <= most:
        return []
    if most == 0:
        return [type_.fault(field, "decimals", N_("A whole number is expected."))]
    template = N_("At most {count} digits behind the decimal point are expected.")
    return [type_.fault(field, "decimals", template, count=int(most))]


def not_a_number(type_: FieldType, field: FieldDef, raw: object, quoted: str) -> Fault:
    """Return the fault for a text that is no number, or more than one."""
    if is_ambiguous(raw):
        template = N_("“{value}” can be read in two ways; write it like 1234.5 or 1,234.5.")
        return type_.fault(field, "ambiguous", template, value=quoted)
    return type_.fault(field, "number", N_("“{value}” is not a number."), value=quoted)


def shown(number: Decimal) -> str:
    """Return a limit as a person writes it."""
    return number_text(float(number))
