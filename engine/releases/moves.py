"""Where records go whose stage or option a new release does not have any more: asked, read, and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from engine.errors import ConfigError
from engine.releases.fitting import EXAMPLES, called, titles_column
from engine.releases.live import Live
from engine.sql.lists import elements, holds_any
from engine.tables import table_name
from forms.defs import FieldDef
from forms.labels import Label
from rules.errors import N_, Fault
from rules.types import Kind

#: The column of a record's stage, which no field can be called.
STAGE = "stage"
#: Values looked for at most in one field or pipeline.
MOST = 500

Targets = tuple[tuple[str, Label], ...]


@dataclass(frozen=True)
class Moves:
    """(form, field or `stage`) -> what was there -> what is there from now on; None empties the field."""

    by_place: Mapping[tuple[str, str], Mapping[str, str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, lines: Iterable[str]) -> Moves:
        """Read lines like `deal.stage:offer=won`, with nothing behind `=` to empty a field; ConfigError for others."""
        found: dict[tuple[str, str], dict[str, str | None]] = {}
        for line in filter(None, map(str.strip, lines)):
            place, colon, values = line.partition(":")
            form, dot, column = place.partition(".")
            old, sign, new = values.partition("=")
            if not (colon and dot and sign and form and column and old):
                template = N_("“{line}” does not say where records go: write form.stage:old=new or form.field:old=new.")
                raise ConfigError(Fault("moves.line", template, {"line": line[:100]}))
            found.setdefault((form, column), {})[old] = new or None
        return cls(found)

    @property
    def lines(self) -> list[str]:
        """Return what `read` reads."""
        return [
            f"{form}.{column}:{old}={new or ''}"
            for (form, column), values in sorted(self.by_place.items())
            for old, new in sorted(values.items())
        ]

    @property
    def forms(self) -> list[str]:
        """Return the forms whose records are moved."""
        return sorted({form for form, _ in self.by_place})

    def of(self, form: str, column: str) -> Mapping[str, str | None]:
        """Return what becomes of the values of one column."""
        return self.by_place.get((form, column), {})

    def of_form(self, form: str) -> dict[str, Mapping[str, str | None]]:
        """Return column -> what becomes of its values."""
        return {column: values for (one, column), values in self.by_place.items() if one == form}

    def value(self, form: str, column: str, stored: object) -> object:
        """Return what a stored value becomes: an option, or a list of them."""
        moved = self.of(form, column)
        if isinstance(stored, list) and moved:
            kept = [moved.get(item, item) for item in stored]
            return [item for item in dict.fromkeys(kept) if item is not None] or None
        return moved.get(stored, stored) if isinstance(stored, str) else stored


#: Nothing is moved.
NO_MOVES = Moves()


@dataclass(frozen=True)
class Leaving:
    """A stage or an option that goes while `count` records are in it, and where they may go."""

    form: str
    column: str
    old: str
    label: Label
    #: Of the form, and of the field; of the pipeline for a stage.
    form_label: Label
    column_label: Label
    count: int
    examples: tuple[str, ...]
    targets: Targets
    may_empty: bool
    to: str | None = None
    is_mapped: bool = False

    @property
    def place(self) -> str:
        """Return the beginning of the line that says where its records go."""
        return f"{self.form}.{self.column}:{self.old}="

    @property
    def target_label(self) -> Label:
        """Return what the place is called to which its records go; nothing where they lose the value."""
        return dict(self.targets).get(self.to or "", Label())


def leaving(session: Session, before: Live | None, after: Live, moves: Moves = NO_MOVES) -> tuple[Leaving, ...]:
    """Return the stages and options that a release takes away from living records; what nobody is in is not asked for."""
    if before is None:
        return ()
    connection = session.connection()
    return tuple(
        found
        for form in after.app.forms
        if form in before.app.forms and inspect(connection).has_table(table_name(after.key, form))
        for place in (*_stage(before, after, form), *_options(before, after, form))
        for found in _found(session, before, after, place, moves)
    )


@dataclass(frozen=True)
class _Place:
    form: str
    column: str
    label: Label
    known: Mapping[str, Label]
    targets: Targets
    may_empty: bool
    several: bool = False


def _stage(before: Live, after: Live, form: str) -> Iterator[_Place]:
    old, new = before.pipeline(form), after.pipeline(form)
    if new is None:
        return
    targets = tuple((one.key, one.label) for one in new.stages)
    known = {one.key: one.label for one in old.stages} if old else {}
    if not known or known.keys() - dict(targets).keys():
        yield _Place(form, STAGE, new.label, known, targets, may_empty=False)


def _options(before: Live, after: Live, form: str) -> Iterator[_Place]:
    for new in after.app.forms[form].fields:
        old = before.app.forms[form].by_key.get(new.key)
        if old is None or not (_is_chosen(old) and _is_chosen(new)):
            continue
        targets = tuple((one.key, one.label) for one in new.options)
        known = {one.key: one.label for one in old.options}
        if known.keys() - dict(targets).keys():
            yield _Place(form, new.key, new.label, known, targets, not new.required, old.type.several)


def _found(session: Session, before: Live, after: Live, place: _Place, moves: Moves) -> Iterator[Leaving]:
    column = before.tables.current(place.form).c[place.column]
    table, alive = column.table, column.table.c.deleted_at.is_(None)
    there = [key for key, _ in place.targets]
    dialect = session.get_bind().dialect.name
    item = elements(dialect, column) if place.several else None
    value = column if item is None else item.c.value
    rows = table if item is None else table.join(item, sa.true())
    query = sa.select(value, sa.func.count()).select_from(rows).where(alive, value.is_not(None), value.not_in(there))
    form, moved = after.app.forms[place.form], moves.of(place.form, place.column)
    title = form.title if form.title in table.c else ""
    for old, count in session.execute(query.group_by(value).order_by(value).limit(MOST)):
        named = sa.select(table.c.id, titles_column(title)).select_from(rows).where(alive, value == old)
        examples = session.execute(named.order_by(table.c.id).limit(EXAMPLES))
        yield Leaving(
            place.form,
            place.column,
            old,
            place.known.get(old) or Label.of(old),
            form.label,
            place.label,
            count,
            tuple(called(id_, title) for id_, title in examples),
            place.targets,
            place.may_empty,
            moved.get(old),
            old in moved,
        )


def counted_in(session: Session, before: Live, one: Leaving) -> Leaving:
    """Return what is asked of a stage or option, with the records of these tables counted and named."""
    column = before.tables.current(one.form).c[one.column]
    table, dialect = column.table, session.get_bind().dialect.name
    is_list = before.app.shapes[one.form][one.column].kind is Kind.CHOICES
    holds = holds_any(dialect, column, [one.old]) if is_list else column == one.old
    alive = (table.c.deleted_at.is_(None), holds)
    count = session.scalar(sa.select(sa.func.count()).select_from(table).where(*alive)) or 0
    title = before.app.forms[one.form].title
    named = sa.select(table.c.id, titles_column(title if title in table.c else "")).select_from(table).where(*alive)
    examples = session.execute(named.order_by(table.c.id).limit(EXAMPLES))
    return replace(one, count=count, examples=tuple(called(id_, title) for id_, title in examples))


def faults_of(moves: Moves, after: Live) -> Iterator[Fault]:
    """Return a fault for each line that names what is not there, or moves records from where they may stay."""
    for (form, column), values in sorted(moves.by_place.items()):
        there = targets_of(after, form, column)
        if there is None:
            template = N_("{place} is no stage and no field with options: nothing can be moved there.")
            yield Fault("moves.place", template, {"place": f"{form}.{column}"})
            continue
        targets, may_empty = there
        for old, new in sorted(values.items()):
            facts = {"place": f"{form}.{column}", "old": old, "new": new or ""}
            if old in targets:
                yield Fault("moves.stays", N_("“{old}” of {place} is still there: its records stay."), facts)
            elif new is None and not may_empty:
                yield Fault("moves.required", N_("{place} must be filled: say where the records of “{old}” go."), facts)
            elif new is not None and new not in targets:
                yield Fault("moves.target", N_("Records of “{old}” cannot go to “{new}”: {place} has no such."), facts)


def targets_of(after: Live, form: str, column: str) -> tuple[set[str], bool] | None:
    """Return where records can be in a column, and whether it may be empty; None for no stage and no field with options."""
    if form not in after.app.forms:
        return None
    pipeline = after.pipeline(form)
    if column == STAGE:
        return ({one.key for one in pipeline.stages}, False) if pipeline else None
    one = after.app.forms[form].by_key.get(column)
    return ({each.key for each in one.options}, not one.required) if one and _is_chosen(one) else None


def _is_chosen(one: FieldDef) -> bool:
    """Tell whether people choose among the options of a field: nobody moves what is computed."""
    return one.type.has_options and not one.is_derived
