"""Lists of records: filtered, searched, sorted and paged, within a person's rights, now or at a past moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import EllipsisType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.config.defs import MeasureDef
from engine.okr.cycle import Span
from engine.people.users import User
from engine.records.filters import Filter, filter_conditions
from engine.records.names import name_of
from engine.records.narrowing import Narrowing, is_common, reaches_all
from engine.records.read import records_of, row_keys, source_of, today_too
from engine.records.record import Record
from engine.records.search import finds, words_in
from engine.records.sight import shown_when, sight_columns
from engine.records.sort import SortKey, backwards, parts_after, read_cursor, sort_keys, write_cursor
from engine.records.titles import titles_for
from engine.releases.live import Live
from engine.rights import check_reads, may, row_condition, row_filter, visible
from engine.sql.compile import Source
from engine.sql.fallback import condition_of
from engine.sql.measures import where_of
from rules.checked import Checked
from rules.types import Kind

#: Records counted at most; beyond it a list says "more than".
COUNT_CAP = 10_000
#: The same of a search: whoever has found a thousand types another word.
SEARCH_CAP = 1_000
#: Records on one page at most.
MOST_RECORDS = 500
#: Begins the names of the columns that hold a row's place in the order.
_PLACE = "_place"


class Drill(NamedTuple):
    """The records behind a measure in a cycle, or behind one group of it; `narrowed` adds conditions over their source."""

    measure: MeasureDef
    cycle: Span
    group: float | str | datetime | EllipsisType | None = ...
    narrowed: Callable[[Source], ColumnElement[bool]] | None = None


@dataclass(frozen=True)
class Page:
    """A part of a list: `count` is None beyond `cap` or when not asked for, `next` leads to the following page.

    `first` is the place of the first record: `before` it ends the page that precedes this one.
    """

    records: tuple[Record, ...]
    more: bool = False
    count: int | None = None
    #: form key (or PEOPLE) -> id -> title of what the records refer to.
    titles: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    next: str = ""
    first: str = ""
    #: The words were too short for an index, and looked for in the latest records alone, of very many.
    latest_only: bool = False
    #: As far as was counted.
    cap: int = COUNT_CAP


def query(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    *,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
    sort: Sequence[str] | None = None,
    limit: int = 50,
    offset: int = 0,
    after: str = "",
    before: str = "",
    measure: Drill | None = None,
    at: datetime | None = None,
    count: bool = True,
    titles: Iterable[str] | None = None,
    deleted: bool = False,
) -> Page:
    """Return a page of the records that this person may see.

    `where` is an expression that a person typed: it may read no more than that person. A measure is the config's and
    may. `sort` None is the list's own order. `titles` names the references to resolve (None: all). `deleted` lists
    only deleted records, to those who may delete. The number of statements does not depend on the number of records.
    """
    live.form(form)
    if not may(user, "delete" if deleted else "read", live, form):
        return Page((), count=0)
    source = source_of(session, live, form, user, now, at)
    filters, words = tuple(filters), words_in(text)
    common = bool(words) and is_common(session, source.table, words)
    keys = sort_keys(source, live, form, user, _default_sort(live, form, user) if sort is None else sort)
    limit = max(1, min(limit, MOST_RECORDS))
    columns = [*(source.table.c[key] for key in row_keys(live, form)), *sight_columns(source, live, form, user)]

    def tests(how: Narrowing) -> list[ColumnElement[bool]]:
        made = tests_of(session, source, live, user, where, text, filters, measure, deleted=deleted, how=how)
        return made + today_too(source, live, form, user, now)

    served = _in_order(live, form, keys)
    # Who owns a record and where it stands is in the indexes of orders, so that they alone answer how many there are.
    scan = bool(words or where or measure or {one.field for one in filters} - {"owner", "stage"})
    places = [key.expression.label(f"{_PLACE}{number}") for number, key in enumerate(keys)]
    asked = tests(Narrowing.NONE if common and served else Narrowing.LIST)  # first: they bring the joins
    statement = source.select(*columns, *places, deleted=deleted, scan=not served).where(*asked)
    rows, more = _rows(session, statement, keys, limit, max(0, offset), after, before)
    records = records_of(session, live, form, rows, user, now, at)
    return Page(
        records,
        more,
        _count(
            session,
            source,
            tests,
            common,
            bool(words),
            len(rows),
            offset,
            more,
            after + before,
            deleted=deleted,
            scan=scan,
        )
        if count
        else None,
        titles_for(session, live, form, records, user, now, at, titles),
        _place(keys, rows[-1]) if more else "",
        _place(keys, rows[0]) if rows else "",
        latest_only=bool(words) and count and not more and not reaches_all(session, source.table, words),
        cap=SEARCH_CAP if words else COUNT_CAP,
    )


def _in_order(live: Live, form: str, keys: Sequence[SortKey]) -> bool:
    """Tell whether an index gives the records in an order (engine.releases.indexes)."""
    served = {"id", "created_at", "updated_at", *(one.removeprefix("-") for one in live.form(form).list_sort[:1])}
    return keys[0].name.removeprefix("-") in served


def _rows(
    session: Session,
    statement: sa.Select[Any],
    keys: Sequence[SortKey],
    limit: int,
    offset: int,
    after: str,
    before: str,
) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows of a page in their order, and whether others follow them."""
    order = backwards(keys) if before else keys
    wanted = statement.order_by(*(key.order() for key in order))
    place = before or after
    parts = parts_after(order, read_cursor(keys, place)) if place else [sa.true()]
    rows: list[dict[str, Any]] = []
    for part in parts:
        asked = wanted.where(part).limit(limit + 1 - len(rows)).offset(offset)
        found = session.execute(asked)
        names = tuple(found.keys())
        rows += [dict(zip(names, row, strict=True)) for row in found]
        if len(rows) > limit:
            break
    if before:
        return rows[:limit][::-1], True
    return rows[:limit], len(rows) > limit


def _count(
    session: Session,
    source: Source,
    tests: Callable[[Narrowing], Sequence[ColumnElement[bool]]],
    common: bool,
    searched: bool,
    shown: int,
    offset: int,
    more: bool,
    place: str,
    *,
    deleted: bool,
    scan: bool,
) -> int | None:
    """Return how many records there are: the last page knows without asking."""
    cap = SEARCH_CAP if searched else COUNT_CAP
    if not more and not place and (shown or not offset):
        known = max(0, offset) + shown
        return known if known <= cap else None
    asked = tests(Narrowing.COUNT if common else Narrowing.LIST)
    return count_of(session, source, asked, cap, deleted=deleted, scan=scan)


def every(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    *,
    where: Checked | None = None,
    at: datetime | None = None,
    limit: int | None = None,
) -> Iterator[Record]:
    """Go through all records that this person may see, by id, a page at a time."""
    after, left = "", limit
    while left is None or left > 0:
        size = MOST_RECORDS if left is None else min(left, MOST_RECORDS)
        page = query(
            session, live, form, user, now,
            where=where, sort=["id"], limit=size, after=after, at=at, count=False, titles=(),
        )  # fmt: skip
        yield from page.records
        after, left = page.next, None if left is None else left - len(page.records)
        if not page.more:
            return


def _place(keys: Sequence[SortKey], row: Mapping[str, object]) -> str:
    return write_cursor(keys, [row[f"{_PLACE}{number}"] for number in range(len(keys))])


def _default_sort(live: Live, form: str, user: User) -> list[str]:
    seen = visible(live, form, user)
    return [one for one in live.form(form).list_sort if one.removeprefix("-") in seen]


def count_of(
    session: Session,
    source: Source,
    tests: Sequence[ColumnElement[bool]],
    cap: int = COUNT_CAP,
    *,
    deleted: bool = False,
    scan: bool = False,
) -> int | None:
    """Return how many records meet the tests, or None beyond the cap."""
    some = source.select(sa.literal(1), deleted=deleted, scan=scan).where(*tests).limit(cap + 1).subquery()
    found = session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return found if found <= cap else None


def tests_of(
    session: Session,
    source: Source,
    live: Live,
    user: User,
    where: Checked | None,
    text: str,
    filters: Iterable[Filter],
    measure: Drill | None,
    *,
    deleted: bool,
    how: Narrowing = Narrowing.LIST,  # noqa: PT028 - no test, whatever its name
) -> list[ColumnElement[bool]]:
    """Return the conditions of a list, this person's rights among them, for statements made elsewhere."""
    form = source.form
    tests = [row_filter(source, live, form, user, "read")]
    if deleted:
        tests += [row_filter(source, live, form, user, "delete"), source.table.c.deleted_at.is_not(None)]
    tests += filter_conditions(source, live, form, user, filters)
    if text.strip():
        search, seen = source.table.c.search_text, visible(live, form, user)
        partly = shown_when(source, live, form, user)
        tests.append(finds(search, live.form(form), text, seen, source.dialect, how=how, partly=partly))
    if where is not None:
        check_reads(live, form, user, where)
        tests += [condition_of(session, source, where), *within_sight(source, live, user, where)]
    if measure is not None:
        tests.append(where_of(session, source, measure.measure, measure.cycle, measure.group))
        if measure.narrowed is not None:
            tests.append(measure.narrowed(source))
    return tests


def within_sight(source: Source, live: Live, user: User, where: Checked) -> list[ColumnElement[bool]]:
    """Keep a condition from telling about records behind references that this person may not see."""
    hops = {path[:depth] for path in where.reads for depth in range(1, len(path))}
    made = []
    for path in sorted(hops):
        type_ = source.type_of(path) if path[0] != "me" else None
        if type_ is None or type_.kind is not Kind.REFERENCE or None in row_condition(live, type_.form, user, "read"):
            continue
        own = Source(source.app, source.tables, type_.form, source.dialect, source.now, user, at=source.at)
        allowed = row_filter(own, live, type_.form, user, "read")
        key = source.expr(name_of(live, source.form, path))
        made.append(sa.or_(key.is_(None), key.in_(own.select(own.table.c.id).where(allowed))))
    return made


def ids_of(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    *,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
    measure: Drill | None = None,
    deleted: bool = False,
    above: int = 0,
    upto: int | None = None,
    limit: int = MOST_RECORDS,
) -> list[int]:
    """Return ids of the records that match and that this person may see, in their order, above one and up to another."""
    source, tests = _matching(session, live, form, user, now, where, text, filters, measure, deleted=deleted)
    key = source.table.c.id
    tests += [key > above, *([] if upto is None else [key <= upto])]
    return list(session.scalars(source.select(key, deleted=deleted).where(*tests).order_by(key).limit(limit)))


def extent_of(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    *,
    where: Checked | None = None,
    text: str = "",
    filters: Iterable[Filter] = (),
    measure: Drill | None = None,
    deleted: bool = False,
) -> tuple[int, int]:
    """Return how many records match, counted to the last one, and the highest id among them."""
    source, tests = _matching(session, live, form, user, now, where, text, filters, measure, deleted=deleted)
    key = source.table.c.id
    some = source.select(key.label("id"), deleted=deleted).where(*tests).subquery()
    count, last = session.execute(sa.select(sa.func.count(), sa.func.max(some.c.id))).one()
    return int(count), int(last or 0)


def _matching(
    session: Session,
    live: Live,
    form: str,
    user: User,
    now: datetime,
    where: Checked | None,
    text: str,
    filters: Iterable[Filter],
    measure: Drill | None,
    *,
    deleted: bool,
) -> tuple[Source, list[ColumnElement[bool]]]:
    source = source_of(session, live, form, user, now)
    if not may(user, "delete" if deleted else "read", live, form):
        return source, [sa.false()]
    return source, tests_of(session, source, live, user, where, text, filters, measure, deleted=deleted)
