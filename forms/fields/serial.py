"""Numbers that the system gives out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register
from forms.serials import LONGEST, NumberPatternError, number_pattern
from forms.text import forbidden, normal, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class SerialType(FieldType):
    """A number given to each record when it is created, such as QT-202603-001; nobody types it, imports may bring their own."""

    key = "serial"
    kind = Kind.TEXT
    widget = "serial"
    storage = Storage.TEXT
    searchable = True
    filter = "contains"
    can_title = True
    can_be_unique = False
    can_default = False
    assigned = True
    always_unique = True
    params: ClassVar = {
        "pattern": {
            "type": "string",
            "minLength": 3,
            "maxLength": LONGEST,
            "description": "What numbers look like: {yyyy} {yy} {MM} {dd} are the day in the app's time zone, {000} the counter.",
        },
        "reset": {
            "enum": ["never", "year", "month", "day"],
            "description": "When the counter begins anew; with the smallest date in the pattern without it.",
        },
        "gap_free": {
            "type": "boolean",
            "description": "No number is ever left out, for which people who create records at the same time wait for each other.",
        },
        "start": {"type": "integer", "minimum": 0, "maximum": 10**9, "default": 1, "description": "The first number."},
    }
    required_params = ("pattern",)
    accepts: ClassVar = {"QT-202603-001": "QT-202603-001", " 旧-17 ": "旧-17"}
    refuses = ("bell\x07", "two\nlines", "x" * 101, "half \ud800 pair")
    example: ClassVar = {"pattern": "QT-{yyyy}{MM}-{000}"}

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Check the pattern, and that no number would come twice."""
        try:
            pattern = number_pattern(str(field.params.get("pattern", "")))
        except NumberPatternError as error:
            yield "pattern", self.fault(field, "pattern", str(error))
            return
        reset = field.params.get("reset")
        if isinstance(reset, str) and not pattern.allows(reset):
            template = N_("Numbers would come twice: the pattern does not say in which {reset} they were given.")
            yield "reset", self.fault(field, "reset", template, reset=reset)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return a number that was given elsewhere; it may look different."""
        text = written(raw)
        if text is None or len(text) > 4 * LONGEST:
            raise self.refuse(field, "text", N_("Write a text here."))
        if bad := forbidden(text, lines=False):
            template = N_("The text holds a character that cannot be kept ({code}).")
            raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")
        for fault in self.validate(field, normal(text)):
            raise self.refuse(field, "too_long", fault.template, **fault.facts)
        return normal(text)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the length."""
        most = LONGEST + 40
        if not isinstance(value, str) or len(value) <= most:
            return []
        template = N_("At most {limit} characters fit here; this text has {length}.")
        return [self.fault(field, "too_long", template, limit=most, length=len(value))]
