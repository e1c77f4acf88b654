"""Groups of a list with their subtotals: one statement over exactly the records that a person may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.records.expressions import scope_for
from engine.records.filters import Filter, column_of, slot_of
from engine.records.input import unknown_field
from engine.records.query import Drill, tests_of
from engine.records.read import source_of
from engine.records.sort import place_of, sort_keys
from engine.releases.live import Live
from engine.rights import may, visible
from engine.sql.compile import Source
from forms.errors import FormError
from forms.views import PERIODS
from rules.check import check
from rules.checked import Checked
from rules.types import Kind

#: Groups on one page at most.
MOST_GROUPS = 200


@dataclass(frozen=True)
class GroupRow:
    """One group: the value that its records share (of a period its first day), how many, and their totals."""

    value: object
    count: int
    #: Column -> sum, average … as a stored value.
    totals: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Groups:
    """A page of groups, in the order of their values."""

    rows: tuple[GroupRow, ...] = ()
    more: bool = False


def groups(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    *,
    by: str = "",
    period: str = "",
    totals: Mapping[str, str] | None = None,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
    measure: Drill | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Groups:
    """Return the groups of the records that match; without `by` one group of all of them.

    FormError for a field that this person does not see on every record, to group by or to add up.
    """
    if not may(user, "read", live, form):
        return Groups()
    seen = visible(live, form, user)
    for key in (*([by] if by else []), *(totals or {})):
        if key not in seen:
            raise FormError(unknown_field(key))
    source = source_of(session, live, form, user, now)
    tests = tests_of(session, source, live, user, where, text, filters, measure, deleted=False)
    value, order = _value(source, live, form, user, by, period)
    added = {key: agg for key, agg in (totals or {}).items() if agg != "count"}
    columns = [column_of(source, live, form, key).label(f"_t{number}") for number, key in enumerate(added)]
    ordering = [] if order is None else [order.label("_order")]
    rows = source.select(value.label("_value"), *ordering, *columns, scan=True).where(*tests).subquery()
    figures = [_figure(agg, rows.c[f"_t{number}"]) for number, agg in enumerate(added.values())]
    shared = [rows.c["_value"]] if order is None else [rows.c["_value"], rows.c["_order"]]
    limit = max(1, min(limit, MOST_GROUPS))
    statement = sa.select(shared[0] if by else sa.null(), sa.func.count(), *figures).select_from(rows)
    if by:
        first = _order_of(live, form, by, period, shared[0]) if order is None else shared[1]
        statement = statement.group_by(*shared).order_by(first.asc().nulls_first(), shared[0].asc().nulls_first())
    found = session.execute(statement.limit(limit + 1).offset(max(0, offset))).all()
    made = [_row(live, form, added, tuple(row)) for row in found[:limit]]
    return Groups(tuple(made), len(found) > limit)


#: How figures of groups come together; the average of all is not told by those of the groups.
_TOGETHER: Mapping[str, Callable[[Iterable[Any]], object]] = {"sum": sum, "min": min, "max": max}


def together(found: Groups, totals: Mapping[str, str]) -> GroupRow | None:
    """Return what all records come to, out of all their groups; None where these do not tell."""
    added = {key: agg for key, agg in totals.items() if agg != "count"}
    if found.more or not set(added.values()) <= _TOGETHER.keys():
        return None
    figures: dict[str, object] = {}
    for key, agg in added.items():
        known = [one.totals[key] for one in found.rows if one.totals[key] is not None]
        figures[key] = _TOGETHER[agg](known) if known else None
    return GroupRow(None, sum(one.count for one in found.rows), figures)


def _figure(agg: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    match agg:
        case "sum":
            return sa.func.sum(column)
        case "avg":
            return sa.func.avg(column)
        case "min":
            return sa.func.min(column)
    return sa.func.max(column)


def _value(
    source: Source, live: Live, form: str, user: User, by: str, period: str
) -> tuple[ColumnElement[Any], ColumnElement[Any] | None]:
    """Return what the groups are made by, and what orders them; None where the value itself tells, once per group."""
    if not by:
        return sa.null(), None
    if period and period in PERIODS:
        day = f"date_of({by})" if live.app.shapes[form][by].kind is Kind.DATETIME else by
        text = day if period == "day" else f'start_of({day}, "{period}")'
        value = source.expr(check(text, scope_for(live, form, user)))
        return value, None
    [key, *_] = sort_keys(source, live, form, user, [by])
    elsewhere = live.app.shapes[form][by].kind in (Kind.PERSON, Kind.REFERENCE)
    return column_of(source, live, form, by), key.expression if elsewhere else None


def _order_of(live: Live, form: str, by: str, period: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what orders groups by their value alone: options by their place, all others as they are."""
    slot = slot_of(live, form, by)
    is_choice = not period and slot is not None and live.app.shapes[form][by].kind is Kind.CHOICE
    return place_of(value, slot.options) if is_choice and slot is not None and slot.options else value


def _row(live: Live, form: str, added: Mapping[str, str], row: tuple[Any, ...]) -> GroupRow:
    value, count, *figures = row
    kinds = live.app.shapes[form]
    totals = {key: _stored(figure, kinds[key].kind) for key, figure in zip(added, figures, strict=True)}
    return GroupRow(value, count, totals)


def _stored(figure: Any, kind: Kind) -> object:
    """Return a figure as its column holds values: money in whole minor units."""
    if figure is None:
        return None
    if kind is Kind.MONEY:
        return int(Decimal(str(figure)).quantize(Decimal(1), ROUND_HALF_UP))
    return float(figure)
