"""Text with headings, lists and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register
from forms.rich import cleaned, from_plain, is_formatted, words
from forms.text import forbidden, one_form, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_LONGEST = 50_000


@register
class RichTextType(FieldType):
    """Formatted text, kept as clean HTML: paragraphs, headings, lists, quotes, bold, italic, code and links; all else is taken out."""

    key = "rich_text"
    kind = Kind.TEXT
    widget = "rich_text"
    storage = Storage.TEXT
    searchable = True
    sortable = False
    filter = "contains"
    can_be_unique = False
    params: ClassVar = {
        "max_length": {
            "type": "integer",
            "minimum": 1,
            "maximum": _LONGEST,
            "default": 20_000,
            "description": "Most characters allowed, tags included.",
        },
    }
    accepts: ClassVar = {
        "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
        "a < b & c": "<p>a &lt; b &amp; c</p>",
        "<p>Hello <b onclick=x()>you</b><script>alert(1)</script></p>": "<p>Hello <b>you</b></p>",
        '<a href="javascript:x()">a</a> <a href="https://example.com">b</a>': (
            '<a rel="noopener noreferrer nofollow">a</a> '
            '<a href="https://example.com" rel="noopener noreferrer nofollow">b</a>'
        ),
        "<p> <br> </p>": "",
    }
    refuses = ("a\x00b", "\x1b[31m", "\udfff", "x" * 20_001)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the HTML that may be kept; a text without tags becomes paragraphs, one without words is empty."""
        text = written(raw)
        if text is None or len(text) > 2 * _LONGEST:
            raise self.refuse(field, "text", N_("Write a text here."))
        self._check_characters(field, text)
        text = one_form(text)
        kept = cleaned(text if is_formatted(text) else from_plain(text))
        self._check_characters(field, kept)  # &#1; is one, too
        for fault in self.validate(field, kept):
            raise self.refuse(field, "too_long", fault.template, **fault.facts)
        return kept if words(kept) else None

    def _check_characters(self, field: FieldDef, text: str) -> None:
        if bad := forbidden(text):
            template = N_("The text holds a character that cannot be kept ({code}).")
            raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the length."""
        limit = int(str(field.params.get("max_length", 20_000)))
        if not isinstance(value, str) or len(value) <= limit:
            return []
        template = N_("At most {limit} characters fit here; this text has {length}.")
        return [self.fault(field, "too_long", template, limit=limit, length=len(value))]

    def plain(self, field: FieldDef, value: object) -> str:
        """Return the words without their tags."""
        return words(value) if isinstance(value, str) else ""
