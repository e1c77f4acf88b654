"""Canonical form: members in the order of the schema, the same formatting everywhere, so that a changed config gives a clean diff."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.config.schema import schemas

if TYPE_CHECKING:
    from engine.config.source import Source

#: The first date that a zip file can name, and its word for who made it: a moment or a machine would change the bytes.
FIRST_DATE, UNIX = (1980, 1, 1, 0, 0, 0), 3


def canonical(value: object, noun: str) -> object:
    """Return a file's content with its members in the order of the noun's schema."""
    schema = schemas()[noun]
    return _ordered(value, schema, schema.get("$defs", {}))


def canonical_text(value: object) -> str:
    """Return JSON as it is written to files and releases: two spaces, readable Chinese, a line feed at the end."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def files_of(source: Source) -> dict[str, str]:
    """Return path -> text of every file of a config: one file per thing, named by its key, app.json first."""
    from engine.config.source import APP_FILE, SECTIONS, file_path

    whole = source.to_dict()
    files = {APP_FILE: whole["app"]}
    for section in SECTIONS:
        listed: Any = whole.get(section, [])
        files |= {file_path(section, content, number): content for number, content in enumerate(listed)}
    return {name: canonical_text(content) for name, content in files.items()}


def write_folder(source: Source, folder: Path) -> list[Path]:
    """Write a config as a folder, one file per thing, named by its key.

    Over an older copy of the same app, the files of things that are gone are removed; nothing else ever is.
    """
    from engine.config.source import APP_FILE, SECTIONS

    files = files_of(source)
    again = _app_key(folder / APP_FILE) == source.app["key"].value
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for stale in (path for section in SECTIONS for path in sorted((folder / section).glob("*.json"))):
        if again and stale.relative_to(folder).as_posix() not in files:
            stale.unlink()
    return [folder / name for name in files]


def zip_of(source: Source) -> bytes:
    """Return a config as a zip file of such a folder: the same bytes for the same config, on every machine."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, text in files_of(source).items():
            entry = zipfile.ZipInfo(name, FIRST_DATE)
            entry.external_attr, entry.create_system = 0o644 << 16, UNIX
            archive.writestr(entry, text.encode())
    return packed.getvalue()


def _app_key(path: Path) -> object:
    try:
        return _member(json.loads(path.read_bytes()), "key")
    except (OSError, ValueError, RecursionError):
        return None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _ordered(value: object, schema: Mapping[str, Any], pieces: Mapping[str, Any]) -> object:
    schema = resolved(value, schema, pieces)
    if isinstance(value, list):
        return [_ordered(item, schema.get("items", {}), pieces) for item in value]
    if not isinstance(value, dict):
        return value
    properties: Mapping[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties")
    rest = others if isinstance(others, Mapping) else {}
    names = [name for name in properties if name in value]
    # Members that the schema does not name are keys of the author's own: their order is the author's.
    names += [name for name in value if name not in properties]
    return {name: _ordered(value[name], properties.get(name, rest), pieces) for name in names}


def resolved(value: object, schema: Mapping[str, Any], pieces: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a schema's references to shared pieces; a field or a tile has the piece of its type."""
    while "$ref" in schema:
        schema = pieces.get(str(schema["$ref"]).rpartition("/")[2], {})
    if "allOf" in schema and isinstance(value, dict):
        schema = _of_type(str(value.get("type")), schema, pieces)
    return schema


def _of_type(type_: str, schema: Mapping[str, Any], pieces: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the piece that a schema picks by the type of the value; the schema itself for a type that it does not know."""
    picked = (one["then"]["$ref"] for one in schema["allOf"] if one["if"]["properties"]["type"]["const"] == type_)
    found: Mapping[str, Any] = pieces.get(next(picked, "").rpartition("/")[2], schema)
    return found
