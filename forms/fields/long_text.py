"""Text of many lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register
from forms.text import forbidden, one_form, printable_reader, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class LongTextType(FieldType):
    """Text of many lines, kept in Unicode NFC with plain line feeds."""

    key = "long_text"
    kind = Kind.TEXT
    widget = "long_text"
    storage = Storage.TEXT
    searchable = True
    sortable = False
    filter = "contains"
    can_be_unique = False
    params: ClassVar = {
        "max_length": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100_000,
            "default": 20_000,
            "description": "Most characters allowed.",
        },
    }
    accepts: ClassVar = {"one\r\ntwo": "one\ntwo", "\tindented\tline ": "indented\tline"}
    refuses = ("a\x00b", "\x1b[31m", "\udfff")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the text in NFC."""
        text = written(raw)
        if text is None:
            raise self.refuse(field, "text", N_("Write a text here."))
        if bad := forbidden(text):
            raise self.refuse(
                field,
                "character",
                N_("The text holds a character that cannot be kept ({code})."),
                code=f"U+{ord(bad):04X}",
            )
        return one_form(text)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the length."""
        limit = int(str(field.params.get("max_length", 20_000)))
        if not isinstance(value, str) or len(value) <= limit:
            return []
        template = N_("At most {limit} characters fit here; this text has {length}.")
        return [self.fault(field, "too_long", template, limit=limit, length=len(value))]

    def reader(self, field: FieldDef, context: InputContext) -> Callable[[str], object]:
        """Read printable texts at once."""
        return printable_reader(super().reader(field, context), int(str(field.params.get("max_length", 20_000))))
