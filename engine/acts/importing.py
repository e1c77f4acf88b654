"""Imports as acts: the sheet is kept in parts, each is one transaction, and a killed import goes on where it stopped."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count, islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.acts.deeds import Outcome
from engine.acts.doing import launch, note
from engine.acts.rows import Act, ActLine, ActPart, SheetMapping
from engine.errors import Refused
from engine.imports.errors import ImportRefused
from engine.imports.kept import PART, Row, packed, unpacked
from engine.imports.mapping import ImportMapping, mapping_of
from engine.imports.read import Table
from engine.imports.report import Report, Verdict
from engine.imports.run import digest, refers_to_itself, run
from engine.people import User
from engine.releases.live import Live
from engine.rights import may

#: Rows that are imported while their person waits; more are imported part by part, each part a transaction.
AT_ONCE = 2000
#: Digests asked for in one statement.
_SOME = 500


def start_import(
    session: Session, live: Live, form: str, table: Table, mapping: ImportMapping, user: User, now: datetime,
    *, name: str = "", at_once: int = AT_ONCE,
) -> Act:  # fmt: skip
    """Keep the sheet and import it: small ones in this transaction, others by a job that is queued with it."""
    if not may(user, "import", live, form):
        raise Refused("import", form)
    payload = {
        "mapping": mapping.to_dict(),
        "header": list(table.header),
        "name": name[:200],
        "whole": refers_to_itself(live, form, mapping),
    }
    act = Act(app_key=live.key, form=form, kind="import", payload=payload, person_id=user.id, at=now)
    act.total, act.cursor, act.counts = len(table.rows), 0, {}
    session.add(act)
    session.flush()
    _keep_rows(session, act, table.rows)
    remember(session, live, form, table.header, mapping, user, now)
    return launch(session, live, act, user, now, at_once)


def _keep_rows(session: Session, act: Act, rows: Iterable[Row]) -> None:
    left = iter(rows)
    for place in count():
        some = list(islice(left, PART))
        if not some:
            return
        part = {"act_id": act.id, "place": place, "first": some[0].number, "data": packed(some)}
        session.execute(sa.insert(ActPart).values(part))


def rows_of(session: Session, act: Act, places: sa.ColumnElement[bool] | None = None) -> Iterator[Row]:
    """Go through the rows of an act's sheet."""
    query = sa.select(ActPart.place).where(ActPart.act_id == act.id).order_by(ActPart.place)
    for place in session.scalars(query if places is None else query.where(places)).all():
        data = session.scalar(sa.select(ActPart.data).where(ActPart.act_id == act.id, ActPart.place == place))
        yield from unpacked(data) if data else ()


@contextmanager
def _at_ease() -> Iterator[None]:
    """Let Python not look for circles among objects meanwhile: a part makes very many, and needs them to its end."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def import_part(session: Session, live: Live, act: Act, user: User, now: datetime) -> bool:
    """Import the next part of the sheet (all of it, where its rows refer to each other); return whether there is more."""
    kept = act.payload
    places = None if kept["whole"] else ActPart.place == act.cursor
    table = Table(tuple(kept["header"]), tuple(rows_of(session, act, places)))
    mapping = _in_order(mapping_of(kept["mapping"], live.form(act.form), live.pipeline(act.form)), table.header)
    earlier = None if kept["whole"] or not mapping.key else lambda marks: _earlier(session, act, marks)
    # What was read before belongs to the act, so that two parts of it know of each other.
    with _at_ease():
        report = run(session, live, act.form, table, mapping, user, now, earlier=earlier, columns=False)
        note(session, act, [_outcome(one) for one in report.verdicts])
    _count_dirt(act, report)
    act.cursor += 1
    return not kept["whole"] and sum((act.counts or {}).values()) < act.total


def _in_order(mapping: ImportMapping, header: Sequence[str]) -> ImportMapping:
    """Return a mapping with its columns as the sheet has them; JSON keeps them by name."""
    places = {name: place for place, name in enumerate(header)}
    return replace(mapping, columns=tuple(sorted(mapping.columns, key=lambda one: places.get(one.column, 0))))


def _outcome(one: Verdict) -> Outcome:
    return Outcome(one.record, one.verdict, one.version, one.faults, one.row, one.mark, one.said)


def _count_dirt(act: Act, report: Report) -> None:
    """Count the cells that were left empty, and keep the first of them."""
    left = [[one.row, one.column, one.value[:200]] for one in report.dirt if one.outcome == "left_empty"]
    if left:
        before = act.payload.get("left_empty", {"count": 0, "first": []})
        found = {"count": before["count"] + len(left), "first": [*before["first"], *left][:100]}
        act.payload = {**act.payload, "left_empty": found}


def _earlier(session: Session, act: Act, marks: Sequence[str]) -> Mapping[str, tuple[int, str, int | None]]:
    found: dict[str, tuple[int, str, int | None]] = {}
    if act.cursor == 0:
        return found
    for start in range(0, len(marks), _SOME):
        some = marks[start : start + _SOME]
        query = sa.select(ActLine).where(ActLine.act_id == act.id, ActLine.mark.in_(some))
        found |= {str(one.mark): (one.row or 0, one.said or "", one.record_id) for one in session.scalars(query)}
    return found


# -- how sheets were read before ---------------------------------------------------------------------------------------------


def remember(
    session: Session, live: Live, form: str, header: Sequence[str], mapping: ImportMapping, user: User, now: datetime
) -> None:
    """Remember how this person read a sheet with these columns."""
    if user.id is None:
        return
    kept = _remembered(session, live, form, header, user)
    if kept is None:
        kept = SheetMapping(app_key=live.key, form=form, person_id=user.id, header=_digest(header))
        session.add(kept)
    reading = {"encoding", "delimiter", "sheet"}  # of that file, not of its columns
    kept.mapping = {key: value for key, value in mapping.to_dict().items() if key not in reading}
    kept.at = now
    session.flush()


def recall(session: Session, live: Live, form: str, header: Sequence[str], user: User) -> ImportMapping | None:
    """Return how this person last read a sheet with these columns, if it can still be read so.

    A sheet of faults has one column more than the sheet it comes from.
    """
    for columns in (header, header[:-1]):
        if kept := _remembered(session, live, form, columns, user):
            try:
                return mapping_of(kept.mapping, live.form(form), live.pipeline(form))
            except ImportRefused:
                return None
    return None


def _remembered(session: Session, live: Live, form: str, header: Sequence[str], user: User) -> SheetMapping | None:
    return session.scalar(
        sa.select(SheetMapping).where(
            SheetMapping.app_key == live.key,
            SheetMapping.form == form,
            SheetMapping.person_id == user.id,
            SheetMapping.header == _digest(header),
        )
    )


def _digest(header: Sequence[str]) -> str:
    return digest(sorted(header))
