"""Places on the map."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Schema, Storage, register, shorten
from forms.text import forbidden, normal, plain, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_PLACE = re.compile(
    rf"(?P<lat>{_NUMBER}) ?°? ?(?P<ns>[NS]?) ?[,; ] ?(?P<lng>{_NUMBER}) ?°? ?(?P<ew>[EW]?)(?: +(?P<label>.+))?"
)
_LONGEST = 200
#: Digits behind the point: about a tenth of a metre.
_DIGITS = 6


@register
class LocationType(FieldType):
    """A place, written as latitude, longitude and, if one likes, its name; kept as the text 22.543096,114.057865 Shenzhen."""

    key = "location"
    kind = Kind.TEXT
    widget = "location"
    storage = Storage.TEXT
    several = True
    searchable = True
    sortable = False
    filter = "contains"
    can_be_unique = False
    params: ClassVar = {
        "map": {
            "enum": ["openstreetmap", "amap", "none"],
            "default": "openstreetmap",
            "description": "Map that a place is linked to; amap (高德) takes the same WGS-84 figures.",
        },
    }
    accepts: ClassVar = {
        "22.543096, 114.057865": "22.543096,114.057865",
        "22.5430961234,114.057865 深圳 市民中心": "22.543096,114.057865 深圳 市民中心",
        "51.5°N 0.12°W London": "51.5,-0.12 London",
        "-33.86,151.2": "-33.86,151.2",
        "２２.５，１１４": "22.5,114",
        "-0,0": "0,0",
    }
    refuses = (
        "91,0",
        "0,181",
        "Shenzhen",
        "1",
        "1,2,3,",
        "22.5",
        "nan,nan",
        "1e1,2",
        "1,2 bell\x07",
        "1,2 " + "x" * 201,
    )

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the canonical text of a place."""
        text = self._text(field, raw)
        found = _PLACE.fullmatch(_plain_head(text))
        if found is None:
            template = N_("“{value}” is not a place; write latitude and longitude, as 22.54, 114.06.")
            raise self.refuse(field, "location", template, value=shorten(text))
        lat = float(found["lat"]) * (-1 if found["ns"] == "S" else 1)
        lng = float(found["lng"]) * (-1 if found["ew"] == "W" else 1)
        if not (abs(lat) <= 90 and abs(lng) <= 180):
            template = N_("Latitudes go from -90 to 90, longitudes from -180 to 180.")
            raise self.refuse(field, "location", template)
        return f"{_degrees(lat)},{_degrees(lng)} {' '.join((found['label'] or '').split())}".strip()

    def _text(self, field: FieldDef, raw: object) -> str:
        if isinstance(raw, Mapping):
            raw = [raw.get("lat"), raw.get("lng"), raw.get("label")]
        if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
            parts = [normal(written(one) or "") for one in raw]
            raw = parts[0] if len(parts) == 1 else f"{','.join(parts[:2])} {' '.join(parts[2:])}"
        text = written(raw)
        if text is None or len(text) > 2 * _LONGEST + 100:
            raise self.refuse(field, "text", N_("Write a text here."))
        if bad := forbidden(text, lines=False):
            template = N_("The text holds a character that cannot be kept ({code}).")
            raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")
        return normal(text)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the length of the name, and that a text kept so far is a place."""
        if not isinstance(value, str):
            return []
        if _PLACE.fullmatch(value) is None:
            template = N_("“{value}” is not a place; write latitude and longitude, as 22.54, 114.06.")
            return [self.fault(field, "location", template, value=shorten(value))]
        label = value.partition(" ")[2]
        if len(label) <= _LONGEST:
            return []
        template = N_("At most {limit} characters fit here; this text has {length}.")
        return [self.fault(field, "too_long", template, limit=_LONGEST, length=len(label))]

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return latitude, longitude and name."""
        if not isinstance(value, str):
            return None
        lat, lng, label = self.parts(value)
        return {"lat": float(lat), "lng": float(lng), "label": label}

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Return the schema of a place."""
        numbers = {name: {"type": "number"} for name in ("lat", "lng")}
        return {"type": "object", "properties": {**numbers, "label": {"type": "string"}}, "required": ["lat", "lng"]}

    def parts(self, value: str) -> tuple[str, str, str]:
        """Return latitude, longitude and name of a stored place."""
        figures, _, label = value.partition(" ")
        lat, _, lng = figures.partition(",")
        return lat, lng, label


def _plain_head(text: str) -> str:
    """Return the text with its figures in ASCII; the name behind them stays as it is."""
    found = re.match(r"[\d\s.,;°NSEW+\-\N{FULLWIDTH DIGIT ZERO}-\N{FULLWIDTH DIGIT NINE}，．；－\N{MINUS SIGN}]*", text)
    head = found[0] if found else ""
    return " ".join(plain(head).replace(" ,", ",").split()) + (" " if head[-1:].isspace() else "") + text[len(head) :]


def _degrees(number: float) -> str:
    written_out = f"{number:.{_DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if written_out == "-0" else written_out
