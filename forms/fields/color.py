"""Colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import plain
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_COLOR = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)


@register
class ColorType(FieldType):
    """A colour, written #ff8800 or #f80; kept as # and six small digits."""

    key = "color"
    kind = Kind.TEXT
    widget = "color"
    storage = Storage.TEXT
    filter = "contains"
    accepts: ClassVar = {"#FF8800": "#ff8800", " #0a0 ": "#00aa00", "336699": "#336699", "＃f80": "#ff8800"}
    refuses = ("red", "#12", "#gggggg", "rgb(0,0,0)", "#1234567", "##fff")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the colour with six small digits."""
        text = plain(raw).lower() if isinstance(raw, str) else ""
        if not _COLOR.fullmatch(text):
            raise self.refuse(field, "color", _TEMPLATE, value=shorten(raw))
        digits = text.removeprefix("#")
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that a text kept so far is a colour."""
        if not isinstance(value, str) or (len(value) == 7 and value[0] == "#" and _COLOR.fullmatch(value)):
            return []
        return [self.fault(field, "color", _TEMPLATE, value=shorten(value))]


_TEMPLATE = N_("“{value}” is not a colour; write it as #ff8800.")
