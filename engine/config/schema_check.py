"""Checking the files of a config against their JSON Schemas. Nothing is fetched, whatever a file says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from engine.config.schema import schemas
from engine.config.schema_errors import fault_of
from engine.config.schema_parts import Schema
from engine.config.source import SECTIONS, Source
from rules.errors import Fault


def _full_pattern(_validator: Any, pattern: str, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    """Match our own patterns against the whole text: `$` alone would let a line feed pass at the end."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("pattern")


def _if_type(validator: Any, condition: Schema, instance: object, schema: Schema) -> Iterator[ValidationError]:
    """Answer "is this the type of the field" without a validator for each of the types: large forms ask it often."""
    wanted = condition.get("properties", {}).get("type", {})
    if condition.get("required") == ["type"] and wanted.keys() == {"const"} and isinstance(instance, dict):
        if instance.get("type") == wanted["const"]:
            yield from validator.descend(instance, schema["then"], schema_path="then")
    else:
        yield from _plain_if(validator, condition, instance, schema)


_plain_if = Draft202012Validator.VALIDATORS["if"]
#: An empty registry: nothing a config says can make it fetch anything.
_NOTHING_ELSE: Registry[Any] = Registry()
_Validator: Any = extend(Draft202012Validator, {"pattern": _full_pattern, "if": _if_type})  # type: ignore[no-untyped-call]  # untyped upstream


@cache
def _validator(noun: str) -> Any:
    return _Validator(schemas()[noun], registry=_NOTHING_ELSE)


def schema_faults(source: Source) -> list[Fault]:
    """Return how the files of a config differ from their schemas."""
    nouns = {"app": "app", **SECTIONS}
    return [
        fault
        for file in source.files
        for error in _validator(nouns[file.section]).iter_errors(file.content)
        for fault in fault_of(error, file.path)
    ]
