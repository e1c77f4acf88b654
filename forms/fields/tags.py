"""Tags that people think up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, is_blank, register, shorten
from forms.text import folded, forbidden, normal, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_SEPARATORS = re.compile(r"[;；,，、|\n]")
_LONGEST = 60
_MOST = 50


@register
class TagsType(FieldType):
    """Any number of short texts that people think up, written with ; , 、 or | between them; those in use are offered."""

    key = "tags"
    kind = Kind.CHOICES
    widget = "tags"
    storage = Storage.KEYS
    several = True
    searchable = True
    sortable = False
    filter = "one_of"
    lookup = "tags"
    can_be_unique = False
    params: ClassVar = {
        "max_items": {"type": "integer", "minimum": 1, "maximum": 50, "description": "Most tags on one record."},
    }
    accepts: ClassVar = {"urgent; 展会": "urgent;展会", "A，a、B": "A;B", "  one   two ": "one two", "x|y": "x;y"}
    refuses = ("bell\x07", "x" * 61, "half \ud800 pair")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the tags in the order in which they were typed, each once."""
        found: dict[str, str] = {}
        for tag in self._items(field, raw):
            if bad := forbidden(tag):
                template = N_("The text holds a character that cannot be kept ({code}).")
                raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")
            found.setdefault(folded(tag), tag)
        faults = self.validate(field, list(found.values()))
        if faults:
            raise self.refuse(field, faults[0].code.removeprefix("field."), faults[0].template, **faults[0].facts)
        return list(found.values()) or None

    def _items(self, field: FieldDef, raw: object) -> list[str]:
        if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
            return [tag for item in raw if not is_blank(item) for tag in self._items(field, item)]
        text = written(raw)
        if text is None or len(text) > 10_000:
            raise self.refuse(field, "text", N_("Write a text here."))
        return [tag for part in _SEPARATORS.split(normal(text)) if (tag := " ".join(part.split()))]

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the number of tags and their length."""
        if not isinstance(value, list | tuple):
            return []
        most = int(str(field.params.get("max_items", _MOST)))
        if len(value) > most:
            return [self.fault(field, "too_many", N_("Choose at most {limit}."), limit=most)]
        template = N_("“{value}” is too long for a tag; at most {limit} characters fit.")
        long = [tag for tag in value if len(str(tag)) > _LONGEST]
        return [self.fault(field, "too_long", template, value=shorten(tag), limit=_LONGEST) for tag in long[:1]]

    def text(self, field: FieldDef, value: object) -> str:
        """Return the tags with semicolons between them."""
        return ";".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
