"""JSON Schemas of a config (draft 2020-12), generated from the registries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.config import schema_nouns, schema_tests
from engine.config.schema_alerts import alert_schema
from engine.config.schema_parts import Schema, shared

DRAFT = "https://json-schema.org/draft/2020-12/schema"


@cache
def schemas() -> Mapping[str, Schema]:
    """Return the schema of each noun: app, form, pipeline, okr, alert, dashboard, test."""
    from engine.config import schema_dashboards  # which needs this module to check

    made = {
        "app": schema_nouns.app_schema(),
        "form": schema_nouns.form_schema(),
        "pipeline": schema_nouns.pipeline_schema(),
        "okr": schema_nouns.okr_schema(),
        "alert": alert_schema(),
        "dashboard": schema_dashboards.dashboard_schema(),
        "test": schema_tests.test_schema(),
    }
    return {noun: _whole(noun, schema) for noun, schema in made.items()}


def _whole(noun: str, schema: Schema) -> Schema:
    from engine.config import schema_dashboards

    own = {
        "form": schema_nouns.field_schemas,
        "test": schema_tests.test_pieces,
        "dashboard": schema_dashboards.tile_pieces,
    }
    pieces = shared() | (own[noun]() if noun in own else {})
    used = _used(schema, pieces)
    defs = {name: piece for name, piece in pieces.items() if name in used}
    return {"$schema": DRAFT, "title": f"Steerway {noun}", **schema, **({"$defs": defs} if defs else {})}


def _used(schema: Schema, pieces: Schema) -> set[str]:
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        names = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(waiting.pop()))) - found
        found |= names
        waiting.extend(pieces[name] for name in names)
    return found


def schema_files() -> dict[str, str]:
    """Return file name -> content of the schema files that ship beside the templates."""
    return {
        f"{noun}.schema.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for noun, schema in schemas().items()
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write the schema files into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in schema_files().items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in schema_files()]
