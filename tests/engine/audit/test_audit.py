"""The trail grows only with what happened, is refused by the database to whoever would change it, and shows who did."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from engine.audit import AuditEvent, note, note_apart, verify
from engine.audit.chain import CHANGED, CUT, GONE, MOVED
from engine.people import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

#: How each database lets go of its guards, for whoever owns it.
UNGUARD = {
    "sqlite": ["DROP TRIGGER sw_audit_update", "DROP TRIGGER sw_audit_delete", "DROP TRIGGER sw_audit_insert"],
    "postgresql": ["DROP TRIGGER sw_audit_keep ON sw_audit", "DROP TRIGGER sw_audit_keep_all ON sw_audit"],
}


def _note(session: Session, now: datetime, verb: str, **more: object) -> None:
    note(session, kind="people", verb=verb, user=SYSTEM, now=now, facts=more)


def _fill(db: sessionmaker[Session], now: datetime, count: int = 5) -> None:
    for number in range(count):
        with db.begin() as session:
            _note(session, now, "changed", number=number, name="张伟 \x00 \ud800")


def _verbs(db: sessionmaker[Session]) -> Sequence[tuple[str, str]]:
    with db() as session:
        query = sa.select(AuditEvent.verb, AuditEvent.outcome).order_by(AuditEvent.id)
        return [(row.verb, row.outcome) for row in session.execute(query)]


def _verify(db: sessionmaker[Session]) -> tuple[int | None, str]:
    with db() as session:
        found = verify(session)
        return found.broken, found.cause


def _tamper(db: sessionmaker[Session], *statements: str) -> None:
    with db.begin() as session:
        for statement in (*UNGUARD[session.get_bind().dialect.name], *statements):
            session.execute(sa.text(statement))


def test_what_was_written_is_sound_and_has_an_anchor(db: sessionmaker[Session], now: datetime) -> None:
    _fill(db, now)
    with db() as session:
        found = verify(session)
        again = verify(session, found.anchor)

    assert (found.count, found.last_id, found.cause) == (5, 5, "")
    assert again == found


def test_event_goes_with_its_transaction_and_with_its_savepoint(db: sessionmaker[Session], now: datetime) -> None:
    with db() as session:
        _note(session, now, "rolled_back")
        session.rollback()
        _note(session, now, "kept")
        inner = session.begin_nested()
        _note(session, now, "inner_gone")
        inner.rollback()
        with session.begin_nested(), session.begin_nested():
            _note(session, now, "inner_kept")
        session.commit()
        _note(session, now, "closed")
    assert _verbs(db) == [("kept", "success"), ("inner_kept", "success")]
    assert _verify(db) == (None, "")


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_failure_stays_whatever_becomes_of_its_transaction(db: sessionmaker[Session], now: datetime, end: str) -> None:
    with db() as session:
        _note(session, now, "tried")
        note_apart(session, kind="config", verb="publish", user=None, now=now)
        getattr(session, end)()

    kept = [("tried", "success")] if end == "commit" else []
    assert _verbs(db) == [*kept, ("publish", "failure")]


def test_no_secret_is_written(db: sessionmaker[Session], now: datetime) -> None:
    with db.begin() as session:
        _note(session, now, "changed", password="hunter2", more={"secret": "hunter2", "long": "x" * 9999})

    with db() as session:
        facts = session.scalars(sa.select(AuditEvent.facts)).one()
    assert "hunter2" not in facts
    assert len(facts) < 600


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sw_audit SET verb = 'x' WHERE id = 2",
        "DELETE FROM sw_audit WHERE id = 5",
        "DELETE FROM sw_audit_head",
        """INSERT OR REPLACE INTO sw_audit SELECT 2, at, kind, 'x', person_id, person, subject, app_key, facts, outcome,
        prev_hash, hash FROM sw_audit WHERE id = 2""",
        "TRUNCATE sw_audit",
    ],
)
def test_database_refuses_to_change_it(db: sessionmaker[Session], now: datetime, statement: str) -> None:
    _fill(db, now)

    with pytest.raises(DatabaseError), db.begin() as session:
        session.execute(sa.text(statement))

    assert _verify(db) == (None, "")


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE sw_audit SET verb = 'x' WHERE id = 3"], (3, CHANGED)),
        (["UPDATE sw_audit SET facts = '{}' WHERE id = 1"], (1, CHANGED)),
        (["DELETE FROM sw_audit WHERE id = 3"], (3, GONE)),
        (["DELETE FROM sw_audit WHERE id = 1"], (1, GONE)),
        (["DELETE FROM sw_audit WHERE id >= 4"], (4, CUT)),
        (["DELETE FROM sw_audit"], (1, CUT)),
        (
            [
                "UPDATE sw_audit SET id = 9 WHERE id = 2",
                "UPDATE sw_audit SET id = 2 WHERE id = 3",
                "UPDATE sw_audit SET id = 3 WHERE id = 9",
            ],
            (2, CHANGED),
        ),
    ],
)
def test_whoever_changes_it_all_the_same_is_found(
    db: sessionmaker[Session], now: datetime, statements: list[str], found: tuple[int, str]
) -> None:
    _fill(db, now)

    _tamper(db, *statements)

    assert _verify(db) == found


def test_event_that_was_hashed_anew_does_not_fit_its_neighbour(db: sessionmaker[Session], now: datetime) -> None:
    from engine.audit.chain import link

    _fill(db, now)
    table = AuditEvent.__table__
    with db() as session:
        row = dict(session.execute(sa.select(table).where(table.c.id == 2)).mappings().one())
    row["verb"] = "forged"
    _tamper(db, f"UPDATE sw_audit SET verb = 'forged', hash = '{link(row)}' WHERE id = 2")

    assert _verify(db) == (3, MOVED)


def test_trail_that_was_written_anew_is_known_by_an_anchor(db: sessionmaker[Session], now: datetime) -> None:
    _fill(db, now)
    with db() as session:
        anchor = verify(session).anchor
    _tamper(db, "DELETE FROM sw_audit", f"UPDATE sw_audit_head SET last_id = 0, last_hash = '{'0' * 64}'")
    _fill(db, now, 4)

    with db() as session:
        assert verify(session).cause == ""
        assert verify(session, anchor).cause == CUT


def test_many_at_once_make_one_chain(db: sessionmaker[Session], now: datetime) -> None:
    def work(name: str) -> None:
        for number in range(50):
            with db.begin() as session:
                _note(session, now, name, number=number)
            with db() as session:
                note_apart(session, kind="sign_in", verb=name, user=None, now=now)

    _together([lambda: work("one"), lambda: work("two")])

    with db() as session:
        found = verify(session)
    assert (found.count, found.last_id, found.cause) == (200, 200, "")


def _together(works: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
