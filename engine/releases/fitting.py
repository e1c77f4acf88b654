"""Whether stored values fit a field as a new release defines it, and what becomes of them when its type changes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.releases.live import Live
from engine.tables import storage_type
from forms.defs import FieldDef
from forms.errors import FormError
from forms.fields import InputContext
from forms.labels import LANGUAGES, Label
from rules.errors import Fault
from rules.types import ITEM_OF, OF_PEOPLE, OF_RECORDS, Kind, Type

#: Records shown of those that do not fit.
EXAMPLES = 3
#: Converted values that a step remembers at most, and the letters of the longest text that it remembers.
MOST_KNOWN, LONGEST_KNOWN = 200_000, 200
#: Kinds whose values are numbers of other rows: meaningless once they point elsewhere.
_POINTERS = OF_RECORDS | OF_PEOPLE
#: What a step knows of a value that it has not seen, and of one that does not fit.
_UNKNOWN, _MISFIT = object(), object()


class MisfitError(Exception):
    """A stored value that the new definition does not accept."""


@dataclass(frozen=True)
class FieldStep:
    """A field that has a column already: how it was defined, and how it is to be."""

    form: str
    old: FieldDef
    new: FieldDef
    old_type: Type
    new_type: Type
    #: When the field was taken out that now comes back.
    gone_at: datetime | None = None
    #: The column that holds what people entered before the field was computed, which it is no more.
    source: str = ""
    #: What the field held when it had its new type once before.
    back: Kept | None = None
    #: What values were converted to: the records are looked through first, and written afterwards.
    known: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def changes_kind(self) -> bool:
        """Tell whether stored values are of another kind from now on."""
        before, after = self.old_type, self.new_type
        return before.kind is not after.kind or (before.kind is Kind.MONEY and before.scale != after.scale)

    @property
    def converts(self) -> bool:
        """Tell whether the values need a new column: of another kind, or what people entered beside what is computed."""
        return self.changes_kind or bool(self.source) or self.old.is_derived is not self.new.is_derived

    @property
    def is_same(self) -> bool:
        """Tell whether nothing changed that stored values could mind."""
        return not self.converts and same_limits(self.old, self.new)


@dataclass(frozen=True)
class Kept:
    """A column that was set aside by an earlier release, and what became of its values since, step by step."""

    column: str
    old: FieldDef
    old_type: Type
    steps: tuple[tuple[FieldStep, Live], ...]

    @cached_property
    def steps_on(self) -> list[tuple[FieldStep, Live]]:
        """Return the steps that follow upon each other.

        A way back whose way there is forgotten, because it took its column up, leads to where one was.
        """
        found, kind = [], (self.old_type.kind, self.old_type.scale)
        for step, live in self.steps:
            if (step.old_type.kind, step.old_type.scale) == kind:
                found.append((step, live))
                kind = step.new_type.kind, step.new_type.scale
        return found

    def became(self, value: object) -> object:
        """Return what a value was made into; None where it did not fit."""
        for step, live in self.steps_on:
            try:
                value = converter(step, live)(value) if value is not None else None
            except MisfitError:
                return None
        return value


def same_limits(one: FieldDef, other: FieldDef) -> bool:
    """Tell whether two definitions of a field take the same values."""
    return _limits(one) == _limits(other)


def _limits(one: FieldDef) -> tuple[object, ...]:
    return one.type.key, sorted(map(repr, one.params.items())), [option.key for option in one.options], one.to


def converter(step: FieldStep, live: Live) -> Callable[[object], object]:
    """Return the function old stored value -> new stored value; it raises MisfitError. A step has one release it is for."""
    return partial(_once, step.known, _converter(step, live))


def _once(known: dict[object, object], convert: Callable[[object], object], value: object) -> object:
    """Convert a value unless that was done before."""
    if isinstance(value, list) or (isinstance(value, str) and len(value) > LONGEST_KNOWN):
        return convert(value)
    found = known.get(value, _UNKNOWN)
    if found is _UNKNOWN:
        try:
            found = convert(value)
        except MisfitError:
            found = _MISFIT
        if len(known) < MOST_KNOWN:
            known[value] = found
    if found is _MISFIT:
        raise MisfitError(value)
    return found


def _converter(step: FieldStep, live: Live) -> Callable[[object], object]:
    context = InputContext(live.app.context.time_zone, live.app.currency, ids=False)
    old, new = step.old, step.new
    if step.new.is_derived:
        return lambda _: None
    if ITEM_OF.get(step.new_type.kind) is step.old_type.kind and old.to == new.to and step.old_type.kind in _POINTERS:
        return lambda value: _validated(new, [value])
    if _POINTERS & {step.old_type.kind, step.new_type.kind} and (step.changes_kind or old.to != new.to):
        return _refuse
    if not step.changes_kind:
        return lambda value: _validated(new, value)
    return lambda value: _reread(old, new, value, context)


def _refuse(value: object) -> object:
    raise MisfitError(value)


def _validated(new: FieldDef, value: object) -> object:
    if new.type.validate(new, value):
        raise MisfitError(value)
    return value


def _reread(old: FieldDef, new: FieldDef, value: object, context: InputContext) -> object:
    """Read the old value's text as if a person typed it into the new field."""
    try:
        return new.type.read(new, old.type.to_text(old, value), context)
    except FormError as error:
        raise MisfitError(value) from error


@dataclass
class Misfits:
    """How many records do not fit, and the first of them."""

    count: int = 0
    examples: list[Label] = field(default_factory=list)

    def add(self, title: str, value: str | Label = "") -> None:
        """Count a record, with the value that does not fit."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            texts = value.texts if isinstance(value, Label) else {"": value}
            self.examples.append(Label({name: f"{title}: {text}" if text else title for name, text in texts.items()}))

    def fault(self, code: str, template: str, file: str, pointer: str, **facts: object) -> Fault:
        """Return the fault that refuses the release."""
        shown = Label({name: "; ".join(one.pick(name) for one in self.examples) for name in LANGUAGES})
        return Fault(code, template, {**facts, "count": self.count, "examples": shown}, file=file, pointer=pointer)


def misfits(
    session: Session,
    after: Live,
    step: FieldStep,
    title: str,
    moved: Callable[[object], object] | None = None,
    among: Collection[int] | None = None,
) -> Misfits:
    """Collect the living records whose value, moved first, the new definition does not accept; `among`: of these alone.

    1. Each different value is tried. 2. Only if one does not fit are the records gone through that hold such.
    """
    found, convert = Misfits(), converter(step, after)

    def fits(was: object) -> bool:
        try:
            now = moved(was) if moved else was
            if now is not None:
                convert(now)
        except MisfitError:
            return False
        return True

    table = after.tables.current(step.form)
    value = old_column(step, step.source or step.old.key)
    these = sa.true() if among is None else table.c.id.in_(among)
    filled = (table.c.deleted_at.is_(None), value.is_not(None), these)
    different = sa.select(value).select_from(table).where(*filled).distinct()
    # To the end: a cursor that is left half read stays open.
    if not sum(not fits(was) for was in session.scalars(different.execution_options(yield_per=1000))):
        return found
    rows = sa.select(table.c.id, titles_column(title), value).where(*filled).order_by(table.c.id)
    for id_, name, was in session.execute(rows.execution_options(yield_per=1000)):
        if not fits(was):
            found.add(called(id_, name), _said(step.old, was))
    return found


def old_column(step: FieldStep, name: str) -> sa.ColumnClause[object]:
    """Return the column that keeps a field's values as they were before."""
    return sa.column(name, storage_type(step.old_type.kind))


def titles_column(title: str) -> sa.ColumnElement[Any]:
    """Return the column that titles records, or nothing where it is not there yet."""
    return sa.cast(sa.column(title), sa.Text).label("title") if title else sa.null().label("title")


def called(id_: int, title: object) -> str:
    """Return how a record is named in a sentence."""
    return f"“{_short(str(title))}” (#{id_})" if title else f"#{id_}"


def _said(old: FieldDef, value: object) -> str | Label:
    """Return a value as people read it: options by their names."""
    held = value if isinstance(value, list) else [value]
    options = [old.option(one) if isinstance(one, str) else None for one in held]
    if held and all(options):
        return Label({name: ", ".join(one.label.pick(name) for one in options if one) for name in LANGUAGES})
    return _short(old.type.to_text(old, value))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
