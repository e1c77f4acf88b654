"""Telephone numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import plain, written
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_EXTENSION = re.compile(r"(?:转|轉|分机|分機|ext\.?|x|#) ?(\d{1,6})$", re.ASCII | re.IGNORECASE)
_SPACING = re.compile(r"[\s.()\-]")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|\d{5,15}", re.ASCII)
_CHINESE_MOBILE = re.compile(r"\+86(1[3-9]\d{9})", re.ASCII)


@register
class PhoneType(FieldType):
    """A telephone number of China or of another country (+…), kept as digits so that the same number is found again."""

    key = "phone"
    kind = Kind.TEXT
    widget = "phone"
    storage = Storage.TEXT
    searchable = True
    filter = "contains"
    accepts: ClassVar = {
        "138 0013 8000": "13800138000",
        "+86 138-0013-8000": "13800138000",
        "0755-8888 6666 转 801": "075588886666x801",
        "(010) 6655-4433": "01066554433",
        "+1 (415) 555-0123": "+14155550123",
        "0044 20 7946 0958": "+442079460958",
        "95588": "95588",
    }
    refuses = ("call me", "123", "1380013800012345678", "+0 123 4567", "138-0013-800a", "1+3800138000")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the digits, with + before a country code and x before an extension."""
        text = plain(written(raw) or "")
        extension = _EXTENSION.search(text)
        digits = _SPACING.sub("", text[: extension.start()] if extension else text)
        if digits.startswith("00"):
            digits = "+" + digits[2:]
        if not _NUMBER.fullmatch(digits):
            template = N_("“{value}” is not a telephone number; write it as 138 0013 8000 or +1 415 555 0123.")
            raise self.refuse(field, "phone", template, value=shorten(raw))
        chinese = _CHINESE_MOBILE.fullmatch(digits)
        return (chinese[1] if chinese else digits) + (f"x{extension[1]}" if extension else "")
