"""Limits over related records: what all records that refer to one add up to, asked before any of them is written.

Writers of linked forms take turns (`hold_release`), so what was added up here is what stands when the write is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from engine.config.defs import MeasureDef
from engine.records.env import evaluate, holds, reads_of, values_for_many
from engine.records.events import Event, Ledger
from engine.records.writing import Draft, Writing
from engine.rights import HIDDEN, reads_hidden, row_condition
from engine.sql.aggregates import Aggregate
from engine.sql.compile import Source
from forms.defs import FormDef, LimitDef
from forms.errors import FormError
from forms.labels import Label
from rules.checked import Checked
from rules.errors import N_, Fault
from rules.limits import HALF_NINTH
from rules.types import Kind

Row = Mapping[str, object]
#: Money and counts are added up exactly; other numbers as they come.
Figure = Fraction | float
#: Homes asked for in one statement.
CHUNK = 500


@dataclass
class Tally:
    """The figures that count for one home: of the stored records that stay as they are, and of each draft."""

    count: int = 0
    total: Figure = 0.0
    low: Figure | None = None
    high: Figure | None = None
    drafts: dict[int, Figure] = field(default_factory=dict)

    def figure(self, agg: str) -> Figure | None:
        """Return what everything adds up to; None where there is nothing to take an average or an extreme of."""
        mine = self.drafts.values()
        if agg == "count":
            return self.count + len(mine)
        if agg == "sum":
            return self.total + sum(mine)
        if agg == "avg":
            count = self.count + len(mine)
            return (self.total + sum(mine)) / count if count else None
        stored = self.low if agg == "min" else self.high
        values = [*mine, *(() if stored is None else (stored,))]
        return (min if agg == "min" else max)(values) if values else None


@dataclass(frozen=True)
class Bounds:
    """What is allowed for one home; None where there is no limit."""

    most: Figure | None
    least: Figure | None

    def excess(self, figure: Figure | None) -> float:
        """Return how far a figure lies outside; 0 when it is allowed."""
        if figure is None:
            return 0.0
        over = float(figure - self.most) if self.most is not None else 0.0
        under = float(self.least - figure) if self.least is not None else 0.0
        found = max(over, under)
        return found if found >= HALF_NINTH else 0.0


def check_limits(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Note a fault on each draft that would break a limit, or break it further; the others are counted in."""
    for limit in writing.form.limits:
        asked = [*writing.leaving, *drafts]
        _check(writing, limit, [draft for draft in asked if not draft.faults and _concerns(limit, draft)])


def _concerns(limit: LimitDef, draft: Draft) -> bool:
    if draft.old is None or "deleted_at" in draft.changed:
        return True
    names = {limit.via, *(path[0] for path in reads_of(limit.value, limit.where))}
    return bool(names & draft.changed) or any(len(path) > 1 for path in reads_of(limit.value, limit.where))


def _check(writing: Writing, limit: LimitDef, drafts: Sequence[Draft]) -> None:
    homes = {home for draft in drafts for row in (draft.old, draft.new) if (home := _home(limit, row)) is not None}
    if not homes:
        return
    bounds = _bounds(writing, limit, homes)
    tallies = _tallies(writing, limit, homes, {draft.id for draft in drafts if draft.old is not None})
    before = _parts(writing, limit, [draft.old or {} for draft in drafts])
    after = _parts(writing, limit, [draft.new for draft in drafts])
    for number, part in enumerate(before):
        if part is not None:
            tallies[part[0]].drafts[number] = part[1]
    for number, (draft, old, new) in enumerate(zip(drafts, before, after, strict=True)):
        fault = _replace(writing, limit, tallies, bounds, number, old, new)
        if fault is not None:
            draft.faults.append(fault)


Part = tuple[int, Figure]


def _replace(
    writing: Writing,
    limit: LimitDef,
    tallies: Mapping[int, Tally],
    bounds: Mapping[int, Bounds],
    number: int,
    old: Part | None,
    new: Part | None,
) -> Fault | None:
    """Count a draft as it will be; a fault, and it counts as it was, when that is not allowed."""
    homes = sorted({part[0] for part in (old, new) if part is not None})
    was = {home: bounds[home].excess(tallies[home].figure(limit.agg)) for home in homes}
    if old is not None:
        del tallies[old[0]].drafts[number]
    if new is not None:
        tallies[new[0]].drafts[number] = new[1]
    for home in homes:
        figure = tallies[home].figure(limit.agg)
        if bounds[home].excess(figure) > was[home]:
            if new is not None:
                del tallies[new[0]].drafts[number]
            if old is not None:
                tallies[old[0]].drafts[number] = old[1]
            return limit_fault(writing, writing.form, limit, figure, bounds[home])
    return None


def _home(limit: LimitDef, row: Row | None) -> int | None:
    home = row.get(limit.via) if row else None
    return home if isinstance(home, int) else None


def _parts(writing: Writing, limit: LimitDef, rows: Sequence[Row]) -> list[Part | None]:
    """Return, for each record, its home and its part in the figure; None where it has none."""
    reads = reads_of(limit.value, limit.where)
    envs = values_for_many(writing.session, writing.live, writing.key, rows, reads, None, writing.now)
    return [_part(limit, row, env) for row, env in zip(rows, envs, strict=True)]


def _part(limit: LimitDef, row: Row, env: dict[str, object]) -> Part | None:
    home = _home(limit, row)
    if home is None or row.get("deleted_at") is not None or (limit.where is not None and not holds(limit.where, env)):
        return None
    if limit.value is None:
        return home, 1
    value = evaluate(limit.value, env)
    return None if value is None else (home, _exact(limit.value, value))


def _exact(checked: Checked, value: object) -> Figure:
    """Return a figure; money exactly, because the last cent decides."""
    number = float(str(value)) if not isinstance(value, int | float) else value
    if checked.type.kind is Kind.MONEY:
        unit = 10**checked.type.scale
        return Fraction(round(number * unit), unit)
    return number


def _measure(limit: LimitDef, form: FormDef) -> MeasureDef:
    return MeasureDef(limit.key, form.key, limit.agg, limit.label, where=limit.where, value=limit.value)


def _tallies(writing: Writing, limit: LimitDef, homes: Iterable[int], without: set[int]) -> dict[int, Tally]:
    """Return home -> what its living records add up to, without those that are being written."""
    found = {home: Tally() for home in homes}
    wanted = sorted(found)
    for start in range(0, len(wanted), CHUNK):
        for row in _rows(writing, limit, wanted[start : start + CHUNK], without):
            found[row[0]] = _tally(limit, row[1:])
    return found


def _rows(writing: Writing, limit: LimitDef, homes: Sequence[int], without: set[int]) -> Sequence[sa.Row[Any]]:
    live, dialect = writing.live, writing.session.get_bind().dialect.name
    source = Source(live.app, live.tables, writing.key, dialect, writing.now)
    home = source.table.c[limit.via]
    columns: list[sa.ColumnElement[Any]] = [sa.func.count()]
    if limit.value is not None:
        aggregate = Aggregate(source, _measure(limit, writing.form))
        value = aggregate.value
        assert value is not None
        columns = [sa.func.count(value), sa.func.sum(value), sa.func.min(value), sa.func.max(value)]
        columns.append(sa.literal(aggregate.scale if aggregate.scale is not None else -1))
    tests: list[sa.ColumnElement[bool]] = [home.in_(homes)]
    if without:
        tests.append(source.table.c.id.not_in(sorted(without)))
    if limit.where is not None:
        tests.append(source.condition(limit.where))
    return writing.session.execute(source.select(home, *columns).where(*tests).group_by(home)).all()


def _tally(limit: LimitDef, figures: Sequence[Any]) -> Tally:
    count = int(str(figures[0] or 0))
    if limit.value is None or not count:
        return Tally(count)
    _, total, low, high, scale = figures
    low, high, total = (_scaled(value, int(str(scale))) for value in (low, high, total))
    return Tally(count, total, low, high)


def _scaled(value: object, scale: int) -> Figure:
    return Fraction(int(str(value)), 10**scale) if scale >= 0 else float(str(value))


def _bounds(
    writing: Writing, limit: LimitDef, homes: Iterable[int], rows: Sequence[Row] | None = None
) -> dict[int, Bounds]:
    """Return home -> what is allowed there now; nothing is limited where the record referred to is gone."""
    if rows is None:
        table = writing.live.tables.current(limit.home)
        wanted = sa.select(table).where(table.c.id.in_(sorted(homes)), table.c.deleted_at.is_(None))
        rows = [dict(row) for row in writing.session.execute(wanted).mappings()]
    reads = reads_of(limit.at_most, limit.at_least)
    envs = values_for_many(writing.session, writing.live, limit.home, rows, reads, None, writing.now)
    found = dict.fromkeys(homes, Bounds(None, None))
    for row, env in zip(rows, envs, strict=True):
        found[int(str(row["id"]))] = Bounds(_side(limit.at_most, env), _side(limit.at_least, env))
    return found


def _side(checked: Checked | None, env: dict[str, object]) -> Figure | None:
    value = None if checked is None else evaluate(checked, env)
    return None if checked is None or value is None else _exact(checked, value)


# -- what follows from other records ---------------------------------------------------------------------------------


def check_consequences(writing: Writing, ledger: Ledger, own: Iterable[Event]) -> None:
    """Refuse an act whose consequences break a limit: a smaller budget, a value that was worked out anew."""
    written = {(event.form, event.id) for event in own}
    for form in writing.live.app.forms.values():
        there = Writing(writing.session, writing.live, form, writing.user, writing.now, writing.via, writing.verb)
        for limit in form.limits:
            homes = _changed_homes(there, limit, ledger, written)
            if homes:
                _refuse_broken(there, limit, homes)


def _changed_homes(
    there: Writing, limit: LimitDef, ledger: Ledger, written: set[tuple[str, int]]
) -> dict[int, Row | None]:
    """Return home -> its row before, of homes whose bound changed or whose records were worked out anew."""
    bounds = {path[0] for path in reads_of(limit.at_most, limit.at_least)}
    parts = {path[0] for path in reads_of(limit.value, limit.where)}
    found: dict[int, Row | None] = {}
    for event in ledger.by_form.get(there.key, {}).values():
        home = _home(limit, event.after)
        if home is not None and event.changed & parts and (event.form, event.id) not in written:
            found[home] = None
    for event in ledger.by_form.get(limit.home, {}).values():
        if event.before is not None and event.after is not None and event.changed & bounds:
            found[event.id] = event.before
    return found


def _refuse_broken(there: Writing, limit: LimitDef, homes: Mapping[int, Row | None]) -> None:
    now, tallies = _bounds(there, limit, homes), _tallies(there, limit, homes, set())
    before = [row for row in homes.values() if row is not None]
    was = _bounds(there, limit, homes, before) if before else {}
    for home, tally in sorted(tallies.items()):
        figure = tally.figure(limit.agg)
        excess = now[home].excess(figure)
        if excess and not (homes[home] is not None and excess <= was[home].excess(figure)):
            raise FormError(limit_fault(there, there.form, limit, figure, now[home], field=""))


# -- words -----------------------------------------------------------------------------------------------------------


def limit_fault(
    writing: Writing, form: FormDef, limit: LimitDef, figure: Figure | None, bounds: Bounds, field: str | None = None
) -> Fault:
    """Return the fault in the config's words; with figures only for who may see all that they are made of."""
    typed = limit.via not in writing.fixed and writing.access.get(limit.via, HIDDEN) != HIDDEN
    place = limit.via if typed else ""
    words: Label | str = limit.message or limit.label
    facts: dict[str, object] = {"message": words}
    beside = place if field is None else field
    if not _may_know(writing, form, limit) or figure is None:
        return Fault("record.limit", N_("This breaks a limit: {message}"), facts, field=beside)
    over = bounds.most is not None and figure > bounds.most
    bound = bounds.most if over else bounds.least
    facts |= {"figure": _text(figure), "bound": _text(bound if bound is not None else 0)}
    template = N_("{message} ({figure}; at most {bound})") if over else N_("{message} ({figure}; at least {bound})")
    return Fault("record.limit", template, facts, field=beside)


def _may_know(writing: Writing, form: FormDef, limit: LimitDef) -> bool:
    live, user = writing.live, writing.user
    whole = None in row_condition(live, form.key, user, "read") and None in row_condition(
        live, limit.home, user, "read"
    )
    read = [(form.key, one) for one in (limit.value, limit.where) if one is not None]
    read += [(limit.home, one) for one in (limit.at_most, limit.at_least) if one is not None]
    return whole and not any(reads_hidden(live, at, user, one) for at, one in read)


def _text(figure: Figure) -> str:
    """Write a figure without an exponent or trailing zeros."""
    return f"{float(figure):,.9f}".rstrip("0").rstrip(".")
