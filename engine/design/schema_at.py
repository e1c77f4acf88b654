"""The JSON Schema of a place of a config: references followed, a field's by its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.config.canonical import resolved
from engine.config.schema import schemas
from engine.design.pointers import steps


def pieces_of(noun: str) -> Mapping[str, Any]:
    """Return the shared pieces of a noun's schema."""
    found: Mapping[str, Any] = schemas()[noun].get("$defs", {})
    return found


def schema_at(noun: str, content: Any, pointer: str) -> Mapping[str, Any]:
    """Return the schema of what stands at a pointer of a file; empty for a place that the schema does not know."""
    pieces = pieces_of(noun)
    schema: Mapping[str, Any] = resolved(content, schemas()[noun], pieces)
    for step in steps(pointer):
        if isinstance(content, list):
            content = content[int(step)] if step.isdigit() and int(step) < len(content) else None
            inner = schema.get("items", {})
        else:
            content = content.get(step) if isinstance(content, Mapping) else None
            rest = schema.get("additionalProperties")
            inner = schema.get("properties", {}).get(step, rest if isinstance(rest, Mapping) else {})
        schema = resolved(content, inner, pieces)
    return schema


def reference_name(schema: Mapping[str, Any]) -> str:
    """Return the shared piece that a schema refers to: label, name, expression …; empty for none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def words_of(pointer: str) -> tuple[str, ...]:
    """Return the steps of a pointer without the places in lists: `/fields/3/options/0/label` → fields, options, label."""
    return tuple(step for step in steps(pointer) if not step.isdigit())
