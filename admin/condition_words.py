"""Conditions of a config in words: over its own forms, live or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.criteria import Slot
from rules.types import Kind
from web.criteria_words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.desk import Desk as Bench
    from forms.defs import FieldDef
    from rules.types import Type


def fields_of(bench: Bench, form: str) -> Mapping[str, FieldDef]:
    """Return the fields and system names of a form that conditions can ask about, by key."""
    shapes = bench.shapes
    found = {**shapes.fields(form), **shapes.system(form)}
    return {key: one for key, one in found.items() if key in shapes.promised.get(form, {})}


def slots_of(bench: Bench, form: str) -> Mapping[str, Slot]:
    """Return how the language asks about each of them; of people and records by name."""
    shape = bench.shapes.promised.get(form, {})
    return {key: Slot(key, shape[key].kind, _asked_by(bench, key, shape[key])) for key in fields_of(bench, form)}


def _asked_by(bench: Bench, key: str, type_: Type) -> str:
    if type_.kind is Kind.PERSON:
        return f"{key}.name"
    spot = bench.forms.get(type_.form) if type_.kind is Kind.REFERENCE else None
    if spot is None:
        return ""
    titled = bench.shapes.promised[type_.form].get(spot["title"].text)
    return f"{key}.{spot['title'].text}" if titled is not None and titled.kind is Kind.TEXT else ""


def in_words(bench: Bench, form: str, text: str) -> str:
    """Say a condition; what cannot be said stays as it is written."""
    return say(text, fields_of(bench, form), slots_of(bench, form))
