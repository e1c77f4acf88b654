"""Barcodes and QR codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.check_digits import ARTICLE_NUMBERS, LONGEST, check_digit, is_complete
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import forbidden, normal, plain, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class BarcodeType(FieldType):
    """What a barcode says, shown as its picture; article numbers are checked by their check digit, which is added where it lacks."""

    key = "barcode"
    kind = Kind.TEXT
    widget = "barcode"
    storage = Storage.TEXT
    searchable = True
    filter = "contains"
    can_title = True
    params: ClassVar = {
        "symbology": {
            "enum": ["qr", "code128", "ean13", "ean8", "upca"],
            "default": "qr",
            "description": "Kind of code; qr holds any text, code128 plain ASCII, the others article numbers.",
        },
    }
    example: ClassVar = {"symbology": "ean13"}
    accepts: ClassVar = {
        "4006381333931": "4006381333931",
        "400638133393": "4006381333931",
        "４００６３８１３３３９３１": "4006381333931",
        "4 006381-333931": "4006381333931",
    }
    refuses = ("4006381333932", "40063813339", "ABC", "40063813339312", "bell\x07", "half \ud800 pair")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the text of the code; an article number with its check digit."""
        text = written(raw)
        if text is None or len(text) > 4 * max(LONGEST.values()):
            raise self.refuse(field, "text", N_("Write a text here."))
        if bad := forbidden(text, lines=False):
            template = N_("The text holds a character that cannot be kept ({code}).")
            raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")
        symbology = self.symbology(field)
        if symbology not in ARTICLE_NUMBERS:
            return self._kept(field, normal(text))
        digits = plain(text).replace(" ", "").replace("-", "")
        whole = digits.isascii() and digits.isdigit()
        return self._kept(
            field, digits + check_digit(digits) if whole and len(digits) == ARTICLE_NUMBERS[symbology] - 1 else digits
        )

    def _kept(self, field: FieldDef, text: str) -> str:
        for fault in self.validate(field, text):
            raise self.refuse(field, fault.code.removeprefix("field."), fault.template, **fault.facts)
        return text

    def symbology(self, field: FieldDef) -> str:
        """Return the kind of code."""
        return str(field.params.get("symbology", "qr"))

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that the kind of code can show the text."""
        if not isinstance(value, str):
            return []
        symbology = self.symbology(field)
        if symbology in ARTICLE_NUMBERS:
            return self._number_faults(field, value, ARTICLE_NUMBERS[symbology])
        if len(value) > LONGEST[symbology]:
            template = N_("At most {limit} characters fit here; this text has {length}.")
            return [self.fault(field, "too_long", template, limit=LONGEST[symbology], length=len(value))]
        if symbology == "code128" and not all(" " <= char <= "~" for char in value):
            return [
                self.fault(field, "barcode", N_("This barcode holds plain letters, digits and signs only (ASCII)."))
            ]
        return []

    def _number_faults(self, field: FieldDef, value: str, digits: int) -> list[Fault]:
        if not (value.isascii() and value.isdigit() and len(value) == digits):
            template = N_("“{value}” is not an article number of {digits} digits.")
            return [self.fault(field, "barcode", template, value=shorten(value), digits=digits)]
        if is_complete(value):
            return []
        template = N_("The check digit of “{value}” is wrong; it would be {digit}.")
        return [self.fault(field, "check_digit", template, value=value, digit=check_digit(value[:-1]))]
