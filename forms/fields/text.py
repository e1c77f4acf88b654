"""Text of one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.pattern import Pattern, PatternError
from forms.text import forbidden, normal, printable_reader, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class TextType(FieldType):
    """One line of text, kept in Unicode NFC without white space around it; control characters are refused."""

    key = "text"
    kind = Kind.TEXT
    widget = "text"
    storage = Storage.TEXT
    searchable = True
    filter = "contains"
    can_title = True
    params: ClassVar = {
        "max_length": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2000,
            "default": 500,
            "description": "Most characters allowed.",
        },
        "pattern": {
            "type": "string",
            "maxLength": 200,
            "description": "What the whole text must look like, for example `[A-Z]{2}-\\d{4}`.",
        },
    }
    accepts: ClassVar = {"  Acme  ": "Acme", "客户 A": "客户 A", "cafe\u0301": "café"}
    refuses = ("a\x00b", "a\nb", "bell\x07", "half \ud800 pair")

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Check that the pattern can be read."""
        pattern = field.params.get("pattern")
        try:
            _pattern(str(pattern or ""))
        except PatternError as error:
            template = N_("The pattern cannot be read at its character {column}: {reason}.")
            yield "pattern", self.fault(field, "pattern", template, column=error.column, reason=str(error))

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
        text = normal(text)
        if any(c in text for c in "\n\r\t\u2028\u2029"):
            raise self.refuse(field, "lines", N_("Only one line fits here, without line breaks or tabs."))
        return text

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check length and pattern."""
        if not isinstance(value, str):
            return []
        limit = int(str(field.params.get("max_length", 500)))
        if len(value) > limit:
            template = N_("At most {limit} characters fit here; this text has {length}.")
            return [self.fault(field, "too_long", template, limit=limit, length=len(value))]
        pattern = field.params.get("pattern")
        if isinstance(pattern, str) and not _pattern(pattern).matches(value):
            template = N_("“{value}” does not look as it should: {pattern}.")
            return [self.fault(field, "pattern", template, value=shorten(value), pattern=pattern)]
        return []

    def reader(self, field: FieldDef, context: InputContext) -> Callable[[str], object]:
        """Read printable texts at once."""
        read = super().reader(field, context)
        return (
            read
            if field.params.get("pattern")
            else printable_reader(read, int(str(field.params.get("max_length", 500))))
        )


@lru_cache(maxsize=512)
def _pattern(text: str) -> Pattern:
    return Pattern(text)
