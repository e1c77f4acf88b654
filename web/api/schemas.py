"""JSON Schemas of what fields hold, for the description of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forms.fields._base import Storage
from web.i18n import told

if TYPE_CHECKING:
    from forms.defs import FieldDef

Schema = dict[str, Any]
_PLAIN: Mapping[Storage, Schema] = {
    Storage.TEXT: {"type": "string"},
    Storage.NUMBER: {"type": "number"},
    Storage.MONEY: {"type": "number"},
    Storage.YES_NO: {"type": "boolean"},
    Storage.DATE: {"type": "string", "format": "date"},
    Storage.DATETIME: {"type": "string", "format": "date-time"},
    Storage.KEY: {"type": "string"},
    Storage.KEYS: {"type": "array", "items": {"type": "string"}},
    Storage.RECORD: {"type": "integer"},
    Storage.PERSON: {"type": "integer"},
    Storage.IDS: {"type": "array", "items": {"type": "integer"}},
}


def value_schema(field: FieldDef) -> Schema:
    """Return the schema of a field's JSON value; every value may be empty, which is null."""
    schema = _with_options(field, _bare(field))
    described = {"title": str(told(field.label)) or field.key, **_or_null(schema)}
    if text := str(told(field.help)):
        described["description"] = text
    if field.type.derived:
        described["readOnly"] = True
    return described


def _bare(field: FieldDef) -> Mapping[str, Any]:
    special = field.type.json_schema(field)
    return _PLAIN[field.type.storage_of(field)] if special is None else special


def _with_options(field: FieldDef, schema: Schema | Mapping[str, Any]) -> Schema:
    made, keys = dict(schema), [option.key for option in field.options]
    if not keys:
        return made
    if made.get("type") == "array":
        return {**made, "items": {"type": "string", "enum": keys}}
    return {**made, "enum": keys} if made.get("type") == "string" else made


def _or_null(schema: Schema) -> Schema:
    if "type" not in schema:
        return schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    made = {**schema, "type": [*types, "null"]}
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made
