"""Whose turn it is: people who can be assigned something, in a fair order that two workers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.alerts.absences import away
from engine.alerts.action_rows import Turn
from engine.alerts.facts import source_of
from engine.alerts.ledger import insert_new
from engine.people import Person, RoleGrant, fold_sign_in
from engine.sql.fallback import condition_of
from rules.checked import Checked

if TYPE_CHECKING:
    from engine.releases.live import Live


class Taken:
    """A turn that is locked until the transaction ends."""

    def __init__(self, row: Turn) -> None:
        self.row = row

    def order(self, people: Sequence[int]) -> list[int]:
        """Return people by how long ago their last turn was; who never had one comes first."""
        return sorted(people, key=lambda one: (self.row.given.get(str(one), 0), one))

    def give(self, person: int, now: datetime) -> None:
        """Note that it was this person's turn."""
        self.row.turns += 1
        self.row.given = {**self.row.given, str(person): self.row.turns}
        self.row.at = now


def taken(session: Session, app_key: str, rule: str, action: str) -> Taken:
    """Return the turn of an action, locked."""
    name = f"{rule}/{action}"
    insert_new(session, Turn, [{"app_key": app_key, "name": name, "given": {}, "turns": 0}])
    query = select(Turn).where(Turn.app_key == app_key, Turn.name == name).with_for_update()
    return Taken(session.scalars(query, execution_options={"populate_existing": True}).one())


def able(session: Session, live: Live, among: Iterable[str], now: datetime) -> list[int]:
    """Return who may get something: active, not absent, and named by one of these words."""
    named = [_named(live, *word.split(":", 1)) for word in among]
    query = select(Person.id).where(Person.active, sa.or_(sa.false(), *named)).order_by(Person.id)
    return present(session, live, list(session.scalars(query)), now)


def present(session: Session, live: Live, people: Sequence[object], now: datetime) -> list[int]:
    """Return those who have not left and are not absent, in the same order."""
    ids = [one for one in people if isinstance(one, int)]
    if not ids:
        return []
    there = set(session.scalars(select(Person.id).where(Person.active, Person.id.in_(ids))))
    absent = away(session, now.astimezone(ZoneInfo(live.app.context.time_zone)).date(), ids)
    return [one for one in ids if one in there and one not in absent]


def _named(live: Live, kind: str, name: str) -> ColumnElement[bool]:
    if kind == "role":
        return Person.grants.any((RoleGrant.app_key == live.key) & (RoleGrant.role == name))
    if kind == "person":
        return Person.sign_in == fold_sign_in(name)
    return (Person.team if kind == "team" else Person.region) == name


def loads(
    session: Session, live: Live, form: str, field: str, load: Checked | None, now: datetime
) -> Mapping[int, int]:
    """Return how many records each person has: those that `load` says, or those not in an end stage."""
    source = source_of(session, live, form, now)
    column = source.table.c[field]
    query = source.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
    pipeline = live.pipeline(form)
    if load is not None:
        condition = condition_of(session, source, load)
        query = source.select(column, sa.func.count()).where(column.is_not(None), condition).group_by(column)
    elif pipeline is not None:
        query = query.where(source.table.c.stage.in_([one.key for one in pipeline.stages if one.kind == "open"]))
    return {row[0]: row[1] for row in session.execute(query)}
