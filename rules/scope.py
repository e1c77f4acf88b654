"""Which names an expression may use, and their types: the record scope and the value scope, no third."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rules.types import DATE, DATETIME, PERSON, Kind, Type

#: Names of one form (or of a person) with their types.
Shape = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What an app fixes for all its expressions: IANA time zone, working-day calendar (country code), currency digits."""

    time_zone: str = "UTC"
    calendar: str = ""
    money_scale: int = 2


class Scope(Protocol):
    """Resolves a dotted path such as `("customer", "region")` to a type."""

    @property
    def context(self) -> RuleContext: ...

    def resolve(self, path: tuple[str, ...]) -> Type | None:
        """Return the type of a path, or None when there is no such name."""

    def names(self, path: tuple[str, ...] = ()) -> Shape:
        """Return the names that may follow `path` (all top names for the empty path): for completion and suggestions."""


#: Names every record expression may use beside the form's own.
CLOCK: Shape = {"today": DATE.never_empty(), "now": DATETIME.never_empty()}
_EVERYWHERE: Shape = {"me": PERSON.never_empty(), **CLOCK}


@dataclass(frozen=True, slots=True)
class RecordScope:
    """Names of one form: its fields, references followed by dots, system fields, `me`, `today`, `now`."""

    #: form key -> its shape (fields and system fields).
    shapes: Mapping[str, Shape]
    form: str
    #: What `me.` and any person field may be followed by.
    person: Shape = field(default_factory=dict)
    context: RuleContext = field(default_factory=RuleContext)

    def names(self, path: tuple[str, ...] = ()) -> Shape:
        """Return the names that may follow `path`."""
        if not path:
            return {**self.shapes.get(self.form, {}), **_EVERYWHERE}
        found = self.resolve(path)
        if found is None:
            return {}
        if found.kind is Kind.PERSON:
            return self.person
        return self.shapes.get(found.form, {}) if found.kind is Kind.REFERENCE else {}

    def resolve(self, path: tuple[str, ...]) -> Type | None:
        """Return the type of a path; behind a reference everything may be empty."""
        if len(path) == 1:
            return _EVERYWHERE.get(path[0]) or self.shapes.get(self.form, {}).get(path[0])
        names, found = self.names(), None
        for depth, part in enumerate(path):
            found = names.get(part)
            if found is None:
                return None
            if depth + 1 < len(path):
                names = self._behind(found)
        if found is None:
            return None
        return Type(found.kind, True, found.options, found.form, found.scale, found.item)

    def _behind(self, found: Type) -> Shape:
        if found.kind is Kind.PERSON:
            return self.person
        return self.shapes.get(found.form, {}) if found.kind is Kind.REFERENCE else {}


@dataclass(frozen=True, slots=True)
class ValueScope:
    """Names of figures: the measures declared beside a formula, `baseline`, `target`, cycle dates and the like."""

    values: Shape
    context: RuleContext = field(default_factory=RuleContext)

    def names(self, path: tuple[str, ...] = ()) -> Shape:
        """Return the names that may follow `path`; dotted names (`parent.target`) are kept whole in `values`."""
        head = ".".join(path) + "." if path else ""
        return {n[len(head) :].split(".")[0]: t for n, t in self.values.items() if n.startswith(head)}

    def resolve(self, path: tuple[str, ...]) -> Type | None:
        """Return the type of a name."""
        return self.values.get(".".join(path))
