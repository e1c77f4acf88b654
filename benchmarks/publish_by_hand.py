"""All records sent back into a stage by statements written by hand: what going back is measured against.

The same rows are written as by the product (a line in the journal, history ended and begun, the record itself), by four
statements with every index in place; nothing is checked, no stage is looked up, nobody else is thought of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.records_world import APP, FORM, NOW
from engine.changes import Change
from engine.db import UtcDateTime
from engine.releases import live
from engine.tables import HISTORY_ID

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NUMBER, VERB = 999, "by_hand"


def sent_by_hand(session: Session, stage: str) -> None:
    """Move every record to a stage."""
    app = live(session, APP)
    table, history = app.tables.current(FORM), app.tables.history(FORM)
    now = sa.literal(NOW, UtcDateTime())
    session.execute(_journal(session, table, stage, now))
    session.execute(sa.update(history).where(history.c.valid_to.is_(None)).values(valid_to=now))
    session.execute(sa.update(table).values(stage=stage, stage_entered_at=now))
    given = {"valid_from": now, "valid_to": sa.null(), "changed_by": sa.literal(0), "changed_via": sa.literal("rule")}
    given |= {"change_id": Change.id}
    copied = [column.name for column in table.c if column.name in history.c]
    mine = sa.and_(Change.record_id == table.c.id, Change.verb == VERB)
    rows = sa.select(*(table.c[name] for name in copied), *given.values()).join_from(table, Change, mine)
    assert HISTORY_ID not in copied
    session.execute(sa.insert(history).from_select([*copied, *given], rows))


def _journal(session: Session, table: sa.Table, stage: str, now: sa.ColumnElement[object]) -> sa.Insert:
    lite = session.get_bind().dialect.name == "sqlite"
    array, whole = (
        (sa.func.json_array, sa.func.json_object) if lite else (sa.func.jsonb_build_array, sa.func.jsonb_build_object)
    )
    moments = (sa.cast(one, sa.Text) for one in (table.c.stage_entered_at, now))
    sides = (array(table.c.stage, sa.literal(stage, sa.Text)), array(*moments))
    text = (sa.literal(one, sa.Text) for one in ("stage", "stage_entered_at"))
    diff = whole(*(part for pair in zip(text, sides, strict=True) for part in pair))
    columns = {
        "at": now,
        "via": sa.literal("rule", sa.Text),
        "app_key": sa.literal(APP, sa.Text),
        "form": sa.literal(FORM, sa.Text),
        "record_id": table.c.id,
        "version": table.c.version,
        "verb": sa.literal(VERB, sa.Text),
        "diff": diff,
        "release": sa.literal(NUMBER),
    }
    return sa.insert(Change).from_select(list(columns), sa.select(*columns.values()))
