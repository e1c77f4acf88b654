"""Expressions that are a mere name, for sorting and filtering by what is no plain column."""

from __future__ import annotations

from engine.releases.live import Live
from rules.checked import Checked
from rules.tree import Name
from rules.types import TEXT, Kind, Type

Path = tuple[str, ...]


def type_at(live: Live, form: str, path: Path) -> Type | None:
    """Return the type of a dotted path, or None when there is no such name."""
    shape, found = live.app.shapes[form], None
    for number, name in enumerate(path):
        found = shape.get(name)
        if found is None:
            return None
        if found.kind is Kind.PERSON and number + 1 < len(path):
            return TEXT if path[number + 1] != "manager" else Type(Kind.PERSON)
        shape = live.app.shapes.get(found.form, {})
    return found


def name_of(live: Live, form: str, path: Path) -> Checked:
    """Return the expression that is this name; KeyError for a name that does not exist."""
    type_ = type_at(live, form, path)
    if type_ is None:
        raise KeyError(".".join(path))
    text = ".".join(path)
    return Checked(text, Name(type_, 0, len(text), path), type_, frozenset({path}), live.app.context)
