"""A field that gets back the type it had before: the column that was set aside for the other type is taken up again.

What people entered since is converted; there is little of it as a rule. All else is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from engine.records.search_many import MANY
from engine.releases.fitting import FieldStep, converter, same_limits
from engine.releases.live import Live
from engine.releases.rewriting import careful
from engine.releases.since import first_line
from engine.tables import HISTORY_ID, storage_type


@dataclass(frozen=True)
class Since:
    """A line of history that was written since the type was changed, beside the record's last one before."""

    line: int
    record: int
    in_force: bool
    value: object
    before: object
    #: What the one before held in the column set aside; `known` without it there was none before.
    kept: object
    known: bool
    #: A release that was undone had moved it, and what is set aside went back with this line.
    returned: bool = False

    @property
    def is_untouched(self) -> bool:
        """Tell whether nobody entered another value with it."""
        return self.known and (self.returned or self.value == self.before)


def lines_since(session: Session, step: FieldStep, live: Live) -> Sequence[Since] | None:
    """Return the lines since a field was changed, if its former column can be taken up; None where it cannot."""
    back = step.back
    if back is None or step.gone_at is not None or step.source or len(back.steps_on) != 1:
        return None
    if not same_limits(back.old, step.new):
        return None
    first = first_line(session, live, step.form, back.steps_on[0][1].number)
    if first is None:
        return ()
    types = {"id": storage_id(live, step.form), step.new.key: storage_type(step.old_type.kind)}
    types |= {back.column: storage_type(step.new_type.kind), "valid_to": sa.DateTime(), HISTORY_ID: types["id"]}
    found = session.execute(_beside(live.tables.history(step.form).name, types, step, back.column, first)).all()
    return None if len(found) > MANY else [Since(*row) for row in found]


def storage_id(live: Live, form: str) -> TypeEngine[Any]:
    """Return the type of a form's ids."""
    found: TypeEngine[Any] = live.tables.current(form).c.id.type
    return found


def _beside(name: str, types: dict[str, TypeEngine[Any]], step: FieldStep, column: str, first: int) -> sa.Select[Any]:
    table = sa.table(name, *(sa.column(key, type_) for key, type_ in types.items()))
    line, before, earlier = (table.alias(one) for one in ("line", "before", "earlier"))
    last = sa.select(sa.func.max(earlier.c[HISTORY_ID])).where(earlier.c.id == line.c.id, earlier.c[HISTORY_ID] < first)
    joined = line.outerjoin(before, before.c[HISTORY_ID] == last.scalar_subquery())
    key = step.new.key
    # Lines with which a release moved records carry along what is set aside, as it was then.
    kept = sa.func.coalesce(line.c[column], before.c[column])
    returned = sa.and_(line.c[column].is_not(None), line.c[column].is_distinct_from(before.c[column]))
    columns = (line.c[HISTORY_ID], line.c.id, line.c.valid_to.is_(None), line.c[key], before.c[key], kept)
    wanted = (
        sa.select(*columns, before.c.id.is_not(None), returned).select_from(joined).where(line.c[HISTORY_ID] >= first)
    )
    return wanted.order_by(line.c[HISTORY_ID]).limit(MANY + 1)


def take_back(session: Session, step: FieldStep, live: Live, lines: Sequence[Since]) -> None:
    """Fill in what was written since the column was set aside, which is in its place again."""
    convert = careful(converter(step, live))
    records: dict[int, object] = {}
    values: dict[int, object] = {}
    for one in lines:
        values[one.line] = _value(one, convert)
        if one.in_force:
            records[one.record] = values[one.line]
    current, history = live.tables.current(step.form), live.tables.history(step.form)
    _write(session, history, HISTORY_ID, step.new.key, values)
    _write(session, current, "id", step.new.key, records)
    # Deleted records have lines that no change of theirs tells of.
    held, told = current.c[step.new.key], history.c[step.new.key]
    apart = (current.c.id == history.c.id, history.c.valid_to.is_(None), told.is_distinct_from(held))
    session.execute(sa.update(history).where(*apart).values({told: held}))


def _value(one: Since, convert: Callable[[object], object]) -> object:
    if one.is_untouched:
        return one.kept
    return convert(one.value) if one.value is not None else None


def _write(session: Session, table: sa.Table, by: str, key: str, values: dict[int, object]) -> None:
    if not values:
        return
    change = (
        sa.update(table)
        .where(table.c[by] == sa.bindparam("the_id"))
        .values({table.c[key]: sa.bindparam("value", type_=table.c[key].type)})
    )
    session.connection().execute(change, [{"the_id": id_, "value": value} for id_, value in values.items()])
