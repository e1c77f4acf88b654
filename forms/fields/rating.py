"""Ratings in stars."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from forms.errors import FormError
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.limits import not_a_number, whole_faults
from forms.numbers import number_text, read_number
from forms.text import plain
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class RatingType(FieldType):
    """A rating from one star to `max` stars, kept as their number; ★★★☆☆ and 3 both mean three stars."""

    key = "rating"
    kind = Kind.NUMBER
    widget = "rating"
    storage = Storage.NUMBER
    filter = "range"
    can_be_unique = False
    params: ClassVar = {
        "max": {"type": "integer", "minimum": 2, "maximum": 10, "default": 5, "description": "Number of stars."},
    }
    accepts: ClassVar = {"4": "4", "★★★": "3", "★★☆☆☆": "2", "５": "5", "1.0": "1"}
    refuses = ("0", "6", "2.5", "☆☆☆", "☆★", "good", "-1", "★★★★★★")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the number of stars."""
        text = plain(raw) if isinstance(raw, str) else raw
        if isinstance(text, str) and text.startswith("★") and len(text) <= self._most(field):
            stars = text.rstrip("☆")
            text = len(stars) if not stars.strip("★") else text
        number = read_number(text)
        if number is None:
            raise FormError(not_a_number(self, field, raw, shorten(raw)))
        faults = self._faults(field, number)
        if faults:
            raise FormError.of(faults)
        return float(number)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that it is a number of stars there are."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        return self._faults(field, Decimal(repr(value)))

    def _most(self, field: FieldDef) -> int:
        return int(str(field.params.get("max", 5)))

    def _faults(self, field: FieldDef, number: Decimal) -> list[Fault]:
        if not 1 <= number <= self._most(field):
            return [self.fault(field, "stars", N_("From 1 to {most} stars are expected."), most=self._most(field))]
        return whole_faults(self, field, number)

    def text(self, field: FieldDef, value: object) -> str:
        """Return the number of stars."""
        return number_text(float(str(value)))

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the number without a decimal point."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
