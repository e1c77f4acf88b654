"""Structured data as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Schema, Storage, register
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_LONGEST = 100_000
_DEEPEST = 50


class _TwiceError(ValueError):
    """A member that is named twice."""


@register
class JsonType(FieldType):
    """Any JSON value, kept as its shortest text in the order in which it was written; a member named twice is refused."""

    key = "json"
    kind = Kind.TEXT
    widget = "json"
    storage = Storage.TEXT
    sortable = False
    filter = "contains"
    can_be_unique = False
    can_default = False
    accepts: ClassVar = {
        '{"b": 1, "a": [true, null]}': '{"b":1,"a":[true,null]}',
        ' "客户" ': '"客户"',
        "12.50": "12.5",
        "[]": "[]",
        "null": "",
    }
    refuses = ("{a: 1}", "[1,", "NaN", "1e999", '{"a": 1, "a": 2}', '"\\ud800"', "[" * 51 + "]" * 51)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the JSON text in its shortest form."""
        if not isinstance(raw, str) or len(raw) > _LONGEST:
            raise self.refuse(field, "json", N_("Write JSON here, at most {limit} characters."), limit=_LONGEST)
        try:
            value = json.loads(raw, object_pairs_hook=_members, parse_constant=_no_number)
            return self._kept(field, value)
        except json.JSONDecodeError as error:
            template = N_("This is not JSON: something is wrong in line {line}, column {column}.")
            raise self.refuse(field, "json", template, line=error.lineno, column=error.colno) from error
        except (ValueError, RecursionError) as error:
            raise self.refuse(field, "json", N_("This is not JSON that can be kept.")) from error

    def _kept(self, field: FieldDef, value: object) -> str | None:
        if value is None:
            return None
        if _depth(value) > _DEEPEST:
            raise self.refuse(field, "json", N_("This JSON is nested too deeply."))
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()  # half a surrogate pair cannot be kept
        return text

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check that a text kept so far is JSON."""
        try:
            json.loads(value) if isinstance(value, str) else None
        except (ValueError, RecursionError):
            return [self.fault(field, "json", N_("This is not JSON that can be kept."))]
        return []

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the value itself."""
        return json.loads(value) if isinstance(value, str) else None

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Allow every value."""
        return {}

    def from_json(self, field: FieldDef, raw: object) -> object:
        """Return the text of a value."""
        return self._kept(field, raw)

    def pretty(self, value: object) -> str:
        """Return the text with its structure in lines."""
        return json.dumps(json.loads(value), ensure_ascii=False, indent=2) if isinstance(value, str) else ""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _TwiceError
    return dict(pairs)


def _no_number(name: str) -> object:
    raise ValueError(name)


def _depth(value: object) -> int:
    level, deepest = [value], 0
    while level and deepest <= _DEEPEST + 1:
        level = [part for one in level for part in _parts(one)]
        deepest += 1
    return deepest - 1


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values()) or [None]
    return (value or [None]) if isinstance(value, list) else []
