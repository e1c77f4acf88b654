"""Postal addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from forms.cities import cities
from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.provinces import PROVINCES, province, split_province
from forms.text import forbidden, normal, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_SLASH = re.compile(r" ?/ ?")
_LONGEST = 500
#: City and district in an address written in one go: 深圳市 南山区 …
_CITY = re.compile(
    r"(?P<city>[^/市州区县 ]{1,12}(?:市|自治州|地区|盟)|)(?P<district>[^/区县旗市镇路街 ]{1,12}(?:区|县|旗|市)|)(?P<street>.*)"
)


@register
class AddressType(FieldType):
    """An address of province, city, district and street, kept as a text with slashes between the four; 广东省深圳市… is taken apart."""

    key = "address"
    kind = Kind.TEXT
    widget = "address"
    storage = Storage.TEXT
    several = True
    searchable = True
    filter = "contains"
    can_be_unique = False
    params: ClassVar = {
        "country": {
            "enum": ["CN", "other"],
            "default": "CN",
            "description": "CN offers the provinces of China; other leaves every part free.",
        },
    }
    accepts: ClassVar = {
        "广东省 / 深圳市 / 南山区 / 科技园路 1 号": "广东省 / 深圳市 / 南山区 / 科技园路 1 号",
        "广东深圳市南山区科技园路1号": "广东省 / 深圳市 / 南山区 / 科技园路1号",
        "上海市浦东新区世纪大道 8 号": "上海市 / / 浦东新区 / 世纪大道 8 号",
        "10 Downing Street, London": "/ / / 10 Downing Street, London",
        "四川 / 成都市 / /": "四川省 / 成都市 / /",
    }
    refuses = ("bell\x07", "x" * 501, "half \ud800 pair")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the four parts with slashes between them."""
        parts = self._parts(field, raw)
        whole = " / ".join(parts)
        if bad := forbidden(whole):
            template = N_("The text holds a character that cannot be kept ({code}).")
            raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")
        if len(whole) > _LONGEST:
            template = N_("At most {limit} characters fit here; this text has {length}.")
            raise self.refuse(field, "too_long", template, limit=_LONGEST, length=len(whole))
        return " ".join(whole.split()) if any(parts) else None

    def _parts(self, field: FieldDef, raw: object) -> list[str]:
        if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
            return self._of_form(field, [_line(written(one)) for one in raw])
        text = written(raw)
        if text is None or len(text) > 4 * _LONGEST:
            raise self.refuse(field, "text", N_("Write a text here."))
        line = _line(text)
        parts = _SLASH.split(line, maxsplit=3)
        if len(parts) == 4 and (not parts[0] or self._known(field, parts[0])):
            return [self._known(field, parts[0]), *parts[1:]]
        return self._taken_apart(field, line)

    def _of_form(self, field: FieldDef, parts: list[str]) -> list[str]:
        if len(parts) == 1:
            return self._parts(field, parts[0])
        if len(parts) != 4 or any("/" in part for part in parts[:3]):
            raise self.refuse(field, "address", N_("Write province, city, district and street, without slashes."))
        if parts[0] and not self._known(field, parts[0]):
            raise self.refuse(field, "province", N_("“{value}” is not a province."), value=shorten(parts[0]))
        return [self._known(field, parts[0]), *parts[1:]]

    def _known(self, field: FieldDef, name: str) -> str:
        return name if field.params.get("country") == "other" else province(name)

    def _taken_apart(self, field: FieldDef, line: str) -> list[str]:
        name, rest = split_province(line) if field.params.get("country") != "other" else ("", line)
        found = _CITY.fullmatch(rest.strip()) if name else None
        if found is None:
            return ["", "", "", line]
        return [name, found["city"], found["district"], found["street"].strip()]

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that a text kept so far has its four parts."""
        if not isinstance(value, str) or len(_SLASH.split(value, maxsplit=3)) == 4:
            return []
        return [self.fault(field, "address", N_("Write province, city, district and street, without slashes."))]

    def offered(self, field: FieldDef) -> Sequence[str]:
        """Return the provinces to choose from; none where any may be written."""
        return () if field.params.get("country") == "other" else PROVINCES

    def cities(self, field: FieldDef, name: str) -> Sequence[str]:
        """Return the cities to choose from in a province; others may be written."""
        return () if field.params.get("country") == "other" else cities(name)


def _line(text: str | None) -> str:
    return " ".join(normal(text or "").split())
