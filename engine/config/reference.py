"""The reference pages of configs and field types, generated from the same registries as the schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.config.schema import schemas
from engine.config.schema_parts import Schema
from forms.fields import FIELD_TYPES, FieldType

_FILES = {
    "app": "app.json",
    "form": "forms/KEY.json",
    "pipeline": "pipelines/KEY.json",
    "okr": "okrs/KEY.json",
    "alert": "alerts/KEY.json",
    "dashboard": "dashboards/KEY.json",
    "test": "tests/KEY.json",
}
_NOTE = "This page is generated; `pytest tests/engine/config/test_reference.py --update-golden` writes it anew.\n"


def config_page() -> str:
    """Return the page on the files of an app."""
    parts = [
        "# Reference: config files",
        _NOTE,
        (
            "An app is a folder of JSON files; `steerway check FOLDER` says what is wrong with one. A *label* is one text, or an object with "
            "`en`, `zh_Hans`, `zh_Hant`. A *key* is lower-case letters, digits and single underscores, and is never renamed. *Expressions* are "
            "described in [expressions.md](expressions.md), field types in [fields.md](fields.md)."
        ),
    ]
    for noun, file in _FILES.items():
        schema = schemas()[noun]
        parts += [f"## {file}", *_tables(noun, schema, schema.get("$defs", {}))]
        parts += _tiles(schema["$defs"]) if noun == "dashboard" else ()
    parts += ["## Shared pieces", *_shared(*(schemas()[noun]["$defs"] for noun in ("okr", "form", "alert", "test")))]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


_TILES = (
    "A *tile_measure* is a measure of the app by its key, or one of its own; a *tile_group* is an expression over one "
    "record, or an object with `expression` and `period`."
)


def _tiles(pieces: Schema) -> Iterator[str]:
    """Yield a part for each type of tile, with what it has beside the members of all."""
    names = _tile_names(pieces)
    common = set.intersection(*(set(pieces[name]["properties"]) for name in names))
    listed = ", ".join(f"`{name}`" for name in pieces[names[0]]["properties"] if name in common)
    yield f"### tile\n\nEvery tile has {listed}. {_TILES}"
    for name in names:
        own = {key: part for key, part in pieces[name]["properties"].items() if key not in common}
        yield f"### tile of type {name.removeprefix('tile_')}\n\n{pieces[name]['description']}"
        yield from _tables(name, {**pieces[name], "properties": own}, pieces)


def _tile_names(pieces: Schema) -> list[str]:
    return [f"tile_{name}" for name in pieces["tile"]["properties"]["type"]["enum"]]


def _shared(okr: Schema, form: Schema, alert: Schema, test: Schema) -> Iterator[str]:
    for name, pieces in (
        ("measure", okr),
        ("rollup", form),
        ("duration", alert),
        ("option", form),
        ("expectations", test),
        ("expected_record", test),
    ):
        yield from _tables(name, pieces[name], pieces, alone=True)


def _tables(name: str, schema: Mapping[str, Any], pieces: Schema, *, alone: bool = False) -> Iterator[str]:
    """Yield a table for an object, then one for each object inside it."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    if not properties:
        return
    if alone:
        yield f"### {name}"
    required = schema.get("required", ())
    rows = [
        f"| `{member}` | {_kind(part)} | {'yes' if member in required else ''} | {_said(part, pieces)} |"
        for member, part in properties.items()
        if member != "$schema"
    ]
    yield "\n".join(["| member | holds | required | meaning |", "|---|---|---|---|", *rows])
    for member, part in properties.items():
        inner = part.get("items", part)
        if "properties" in inner and isinstance(inner, dict) and inner.get("type") == "object":
            yield from _tables(f"{name}.{member}", inner, pieces, alone=True)


def _kind(part: Mapping[str, Any]) -> str:
    if "$ref" in part:
        return str(part["$ref"]).rpartition("/")[2]
    if "enum" in part:
        return " · ".join(f"`{value}`" for value in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    kinds = part.get("type", "any value")
    if kinds == "array":
        return f"list of {_kind(part['items'])}"
    if kinds == "object" and isinstance(part.get("additionalProperties"), dict):
        return f"object: key → {_kind(part['additionalProperties'])}"
    if "pattern" in part and "minLength" in part:
        return f"key, at most {part['maxLength']}"
    return " or ".join(_WORDS.get(kind, str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds]))


_WORDS = {"string": "text", "boolean": "true or false", "integer": "whole number", "array": "list"}


def _said(part: Mapping[str, Any], pieces: Schema) -> str:
    own = str(part.get("description", ""))
    if not own and "$ref" in part:
        own = str(pieces.get(_kind(part), {}).get("description", ""))
    return _cell(own)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def fields_page() -> str:
    """Return the page on field types."""
    parts = [
        "# Reference: field types",
        _NOTE,
        (
            "Every field has `key`, `type`, `label` and may have `help`, `visible_if`; those a person fills may have `required`, `required_if`, "
            "`read_only_if`, `default_expression`, most also `default` and `unique`. What each type understands beyond that:"
        ),
        "\n".join(
            [
                "| type | what it holds |",
                "|---|---|",
                *(f"| [{name}](#{name}) | {_cell(_line(t))} |" for name, t in _types()),
            ]
        ),
    ]
    for name, type_ in _types():
        parts += [f"## {name}", _line(type_), *_details(type_)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _types() -> list[tuple[str, FieldType]]:
    return sorted(FIELD_TYPES.items())


def _line(type_: FieldType) -> str:
    return (type_.__doc__ or "").splitlines()[0]


def _details(type_: FieldType) -> Iterator[str]:
    if type_.params:
        rows = [
            f"| `{name}` | {_kind(schema)} | {'yes' if name in type_.required_params else ''} | {schema['description']} |"
            for name, schema in type_.params.items()
        ]
        yield "\n".join(["| parameter | holds | required | meaning |", "|---|---|---|---|", *rows])
    if type_.accepts:
        rows = [f"| {_quoted(raw)} | {_quoted(text)} |" for raw, text in type_.accepts.items()]
        yield "\n".join(["| typed | kept as |", "|---|---|", *rows])
    if type_.refuses and not type_.derived:
        shown = [_quoted(text) for text in type_.refuses if text.isprintable() and text.isascii()]
        yield "Refused, for example: " + ", ".join(shown or [_quoted(text) for text in type_.refuses[:1]]) + "."


def _quoted(text: str) -> str:
    shown = text if text.isprintable() else text.encode("unicode_escape").decode()
    return f"`{_cell(shown)}`"
