"""Who follows what: a record, an objective, a key result. Whether they may see it is asked when they are told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.alerts.ledger import insert_new
from engine.people import Person
from engine.talk.rows import Follower

RECORD, OBJECTIVE, KEY_RESULT = "record", "objective", "key_result"


def record_thing(form: str, record_id: int) -> str:
    """Return how a record is named among what can be followed."""
    return f"{form}/{record_id}"


def follow(session: Session, app_key: str, kind: str, thing: str, person_id: int, now: datetime) -> bool:
    """Let a person follow something; False when they did already. The caller has checked that they may see it."""
    row = {"app_key": app_key, "kind": kind, "thing": thing, "person_id": person_id, "since": now}
    return insert_new(session, Follower, [row]) == 1


def unfollow(session: Session, app_key: str, kind: str, thing: str, person_id: int) -> None:
    """End it."""
    session.execute(delete(Follower).where(*_of(app_key, kind, [thing]), Follower.person_id == person_id))


def followers(session: Session, app_key: str, form: str, record_id: int) -> list[int]:
    """Return the ids of the people who follow a record and have not left, the longest-standing first."""
    return followers_of_many(session, app_key, form, [record_id]).get(record_id, [])


def followers_of_many(session: Session, app_key: str, form: str, record_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return record id -> ids of the people who follow it, for many records of a form."""
    things = {record_thing(form, id_): id_ for id_ in record_ids}
    found: dict[int, list[int]] = {}
    names = sorted(things)
    for start in range(0, len(names), 500):
        for thing, person in session.execute(_active(app_key, RECORD, names[start : start + 500])):
            found.setdefault(things[thing], []).append(person)
    return found


def followers_of(session: Session, app_key: str, kind: str, thing: str) -> list[int]:
    """Return the ids of the people who follow an objective, a key result or a record."""
    return [person for _, person in session.execute(_active(app_key, kind, [thing]))]


def followed_by(session: Session, app_key: str, kind: str, person_id: int) -> set[str]:
    """Return what a person follows of a kind."""
    query = select(Follower.thing).where(
        Follower.app_key == app_key, Follower.kind == kind, Follower.person_id == person_id
    )
    return set(session.scalars(query))


def _active(app_key: str, kind: str, things: list[str]):  # type: ignore[no-untyped-def]  # a Select of two columns
    query = select(Follower.thing, Follower.person_id).join(Person, Person.id == Follower.person_id)
    return query.where(*_of(app_key, kind, things), Person.active).order_by(Follower.id)


def _of(app_key: str, kind: str, things: list[str]):  # type: ignore[no-untyped-def]  # conditions for WHERE
    return Follower.app_key == app_key, Follower.kind == kind, Follower.thing.in_(things)
