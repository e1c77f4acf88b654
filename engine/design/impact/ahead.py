"""The draft as if it were live: its definitions over the tables as they are, without touching them.

Where a table lacks what the draft says, its place is taken by a subselect with the columns that the draft would have:
a new field is empty, a derived field whose formula differs is worked out by the database. What cannot be told so is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import Session

from engine.config.source import Source
from engine.design.impact.tables import AheadTables, nothing, select_from
from engine.people.users import SYSTEM
from engine.records.fresh import computed_in, select_fresh
from engine.releases.compiling import compile_source
from engine.releases.follow import worked_out_anew
from engine.releases.live import Live
from engine.sql.functions import NoSqlForm
from engine.sql.source import Source as SqlSource
from engine.tables import HISTORY_COLUMNS, HISTORY_ID, field_columns, storage_type
from rules.types import OF_RECORDS, Kind, Type

if TYPE_CHECKING:
    from engine.design.impact.narrowed import Sight
    from engine.records.graph import Derived

#: Why something could not be told as it will be: the form or field is new; the field changes its type; it is worked
#: out only when it is published; it is known now, but not as it would have been in the past.
NEW_FORM, NEW, CONVERTED, DERIVED, PAST = "new_form", "new", "converted", "derived", "past"

#: Names that say something else at every moment.
CLOCK = frozenset({"today", "now", "days_in_stage"})


@dataclass(frozen=True)
class Gap:
    """A form (without `key`), or a field of it, that is not looked at as it will be, and why."""

    form: str
    key: str
    code: str


@dataclass(frozen=True)
class Ahead:
    """A draft as a release over the live tables. `touched` are the fields that say something else than they do now."""

    live: Live
    gaps: tuple[Gap, ...] = ()
    touched: frozenset[tuple[str, str]] = frozenset()
    #: Derived fields that publishing works out anew.
    anew: tuple[tuple[str, str], ...] = ()
    #: Fields that change their type, so that their values are written anew.
    converted: frozenset[tuple[str, str]] = frozenset()
    #: (form, field) that have no column yet, in forms that have a table.
    new_fields: tuple[tuple[str, str], ...] = ()
    new_forms: tuple[str, ...] = ()

    @property
    def for_scans(self) -> Live:
        """Return the release for figures over whole tables: see AheadTables.for_scans."""
        tables = self.live.tables
        assert isinstance(tables, AheadTables)
        return Live(self.live.app, tables.for_scans(), self.live.number, self.live.checksum)

    def gaps_in(self, reads: Iterable[tuple[str, str]]) -> tuple[Gap, ...]:
        """Return the gaps among forms and fields; a field of a new form stands for the form."""
        wanted = set(reads)
        forms = {form for form, _ in wanted}
        return tuple(
            one for one in self.gaps if (one.form, one.key) in wanted or (one.code == NEW_FORM and one.form in forms)
        )


def look_ahead(
    session: Session, before: Live | None, draft: Source, now: datetime, sight: Sight | None = None
) -> Ahead:
    """Return the draft over the live tables, or over what is in `sight` of them; ConfigError for one that is faulty."""
    app, _, checksum = compile_source(draft)
    tables = AheadTables(app)
    live = Live(app, tables, before.number if before else 0, checksum)
    view = _View(session, before, live, tables, now)
    for form in app.forms:
        view.lay_form(form)
        if sight is not None and form not in view.new_forms:
            sight.lay_over(tables, form)
        view.enter_pipeline(form)
    view.lay_derived()
    return Ahead(
        live,
        tuple(view.gaps),
        frozenset(view.touched),
        tuple(one.node for one in view.anew if one.form not in view.new_forms),
        frozenset(view.converted),
        tuple(view.new_fields),
        tuple(view.new_forms),
    )


@dataclass
class _View:
    """Lays subselects over those tables that the draft sees differently."""

    session: Session
    before: Live | None
    after: Live
    tables: AheadTables
    now: datetime
    gaps: list[Gap] = field(default_factory=list)
    touched: set[tuple[str, str]] = field(default_factory=set)
    converted: set[tuple[str, str]] = field(default_factory=set)
    new_fields: list[tuple[str, str]] = field(default_factory=list)
    new_forms: list[str] = field(default_factory=list)
    anew: list[Derived] = field(default_factory=list)

    def lay_form(self, form: str) -> None:
        """Lay a form's new and converted fields over its tables, where it has any."""
        old, new = self._shape(form), self.after.app.shapes[form]
        stored = list(field_columns(new))
        if old is not None and all(key in old and _is_alike(old[key], new[key]) for key in stored):
            return
        there = self._columns(form)
        if there is None:
            self.new_forms.append(form)
            self.gaps.append(Gap(form, "", NEW_FORM))
            self._lay(form, dict.fromkeys(self.tables.under(form).c.keys()), empty=True)
            return
        given: dict[str, ColumnElement[Any] | None] = {}
        for key in stored:
            if key not in there:
                given[key] = None
                self.new_fields.append((form, key))
                self.gaps += [] if self._is_derived(form, key) else [Gap(form, key, NEW)]
            elif old is None or key not in old:
                self._come_back(form, key, given)
            elif not _is_alike(old[key], new[key]):
                self._convert(form, key, old[key], new[key], given)
        self.touched.update((form, key) for key in given)
        if given:
            self._lay(form, given)

    def enter_pipeline(self, form: str) -> None:
        """Let records that never had a stage stand in the first one, as publishing will have it."""
        pipeline = self.after.pipeline(form)
        if form in self.new_forms:
            return
        if pipeline is None or (self.before and form in self.before.app.forms and self.before.pipeline(form)):
            return
        under = self.tables.current(form)
        stage = sa.func.coalesce(under.c.stage, sa.literal(pipeline.initial, under.c.stage.type))
        entered = sa.func.coalesce(under.c.stage_entered_at, sa.literal(self.now, under.c.stage_entered_at.type))
        self.tables.lay(form, select_from(under, {"stage": stage, "stage_entered_at": entered}), past=False)
        self.touched.update({(form, "stage"), (form, "stage_entered_at")})

    def lay_derived(self) -> None:
        """Lay what derived fields would hold over what they hold, each after those it reads."""
        self.anew = worked_out_anew(self.before, self.after, self.converted)
        known = {one.node for one in self.anew}
        for one in self._following(known):
            if one.form in self.new_forms:
                continue
            self.touched.add(one.node)
            try:
                self._lay_computed(one) if one.measure is None else self._lay_rollup(one)
            except NoSqlForm:
                self.gaps.append(Gap(*one.node, DERIVED))

    def _following(self, known: set[tuple[str, str]]) -> Iterable[Derived]:
        """Return the derived fields that are worked out anew or read what is touched, in their order."""
        from engine.records.graph import derived_fields

        for one in derived_fields(self.after):
            if one.node in known or any((link.form, link.name) in self.touched for link in one.links):
                yield one

    # -- what is there -------------------------------------------------------------------------------------------------

    def _shape(self, form: str) -> Mapping[str, Type] | None:
        return self.before.app.shapes[form] if self.before and form in self.before.app.forms else None

    def _columns(self, form: str) -> set[str] | None:
        """Return the columns a form's table has, which a form taken out long ago still does; None without a table."""
        name = self.tables.under(form).name
        inspector = sa.inspect(self.session.connection())
        if not (self.before and form in self.before.app.forms) and not inspector.has_table(name):
            return None
        return {str(one["name"]) for one in inspector.get_columns(name)}

    def _is_derived(self, form: str, key: str) -> bool:
        found = self.after.app.forms[form].by_key.get(key)
        return found is not None and found.is_derived

    # -- what is laid over it ------------------------------------------------------------------------------------------

    def _come_back(self, form: str, key: str, given: dict[str, ColumnElement[Any] | None]) -> None:
        """A field that was taken out once: its column is there, and holds what the release that had it last says."""
        from engine.releases.plan import last_with

        past = last_with(self.session, self.after, form, key) if self.after.number else None
        old = past.app.shapes[form][key] if past is not None else None
        new = self.after.app.shapes[form][key]
        if old is not None and _is_alike(old, new):
            self.touched.add((form, key))
        elif old is not None:
            self._convert(form, key, old, new, given)
        else:
            given[key] = None
            self.gaps.append(Gap(form, key, CONVERTED))

    def _convert(self, form: str, key: str, old: Type, new: Type, given: dict[str, ColumnElement[Any] | None]) -> None:
        """Take values as they are where they would be stored alike; else leave them out, and say so."""
        self.converted.add((form, key))
        if self._is_derived(form, key):
            given[key] = None
            return
        if _is_text(old) and _is_text(new):
            self.touched.add((form, key))
            return
        given[key] = None
        self.gaps.append(Gap(form, key, CONVERTED))

    def _lay(self, form: str, given: Mapping[str, ColumnElement[Any] | None], *, empty: bool = False) -> None:
        """Lay a subselect over both tables of a form: these columns replaced, None by nothing."""
        for past in (False, True):
            under = self.tables.history(form) if past else self.tables.current(form)
            own = {*given, *((HISTORY_ID, *HISTORY_COLUMNS) if past and empty else ())}
            values = {key: _or_nothing(given.get(key), under.c[key]) for key in own}
            self.tables.lay(form, select_from(under, values, empty=empty), past=past)

    def _lay_computed(self, one: Derived) -> None:
        """Lay the formula over what is stored; over the past as well, where it reads nothing but the record itself."""
        self._lay_value(one, past=False)
        assert one.field.expression is not None
        if all(len(path) == 1 and path[0] not in CLOCK for path in one.field.expression.reads):
            self._lay_value(one, past=True)
        else:
            self.gaps.append(Gap(*one.node, PAST))

    def _lay_value(self, one: Derived, *, past: bool) -> None:
        dialect = self.session.get_bind().dialect.name
        source = (_Lines if past else SqlSource)(self.after.app, self.tables, one.form, dialect, self.now, SYSTEM)
        value = {one.field.key: computed_in(source, self.after, one)}
        under = self.tables.at(one.form, past=past)
        self.tables.lay(one.form, select_from(under, value, source.from_clause()), past=past)

    def _lay_rollup(self, one: Derived) -> None:
        """Lay figures over those stored, beside each record; the past stays as it is stored."""
        fresh = select_fresh(self.session, self.after, one, self.now)
        if fresh is None:
            self.gaps.append(Gap(*one.node, DERIVED))
            return
        under = self.tables.current(one.form)
        worked = fresh.subquery(f"fresh_{one.field.key}")
        joined = sa.outerjoin(under, worked, under.c.id == worked.c.id)
        type_ = storage_type(self.after.app.shapes[one.form][one.field.key].kind)
        value = {one.field.key: sa.type_coerce(worked.c.fresh, type_)}
        self.tables.lay(one.form, select_from(under, value, joined), past=False)
        self.gaps.append(Gap(*one.node, PAST))


class _Lines(SqlSource):
    """Each line of a form's history by itself, whatever its moment."""

    def _table_of(self, form: str) -> Table:
        return self.tables.history(form)


def _or_nothing(value: ColumnElement[Any] | None, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return nothing(column.type) if value is None else value


def _is_alike(old: Type, new: Type) -> bool:
    """Tell whether stored values mean the same under both types."""
    if old.kind is not new.kind or (old.kind is Kind.MONEY and old.scale != new.scale):
        return False
    return old.kind not in OF_RECORDS or old.form == new.form


def _is_text(one: Type) -> bool:
    return isinstance(storage_type(one.kind), type(storage_type(Kind.TEXT)))


__all__ = ["CONVERTED", "DERIVED", "NEW", "NEW_FORM", "PAST", "Ahead", "Gap", "look_ahead"]
