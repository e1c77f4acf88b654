from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, select, text

from engine.db import create_system_tables, make_engine, sessions, start_writing
from engine.errors import Busy
from engine.people import Person, create_person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from tests.support.people import People

NOW = datetime(2026, 3, 2, 1, 0, 0, tzinfo=UTC)


def test_system_tables_all_carry_the_prefix(db: sessionmaker[Session]) -> None:
    with db() as session:
        names = inspect(session.connection()).get_table_names()

    assert [name for name in names if not name.startswith("sw_")] == []


def test_system_tables_are_created_once(db: sessionmaker[Session], database_url: str) -> None:
    with db.begin() as session:
        create_person(session, "alice", now=NOW)

    engine = make_engine(database_url)
    create_system_tables(engine)

    with sessions(engine)() as session:
        assert session.scalars(select(Person.sign_in)).all() == ["alice"]
    engine.dispose()


def test_moments_keep_milliseconds_in_utc(db: sessionmaker[Session]) -> None:
    with db.begin() as session:
        create_person(session, "alice", now=datetime.fromisoformat("2026-03-02T09:00:00.987654+08:00"))

    with db() as session:
        assert session.scalar(select(Person.created_at)) == NOW.replace(microsecond=987_000)


def test_a_reader_does_not_wait_for_a_writer(db: sessionmaker[Session]) -> None:
    with db() as writer, db() as reader:
        create_person(writer, "alice", now=NOW)

        found = reader.scalars(select(Person.sign_in)).all()

        writer.commit()
        assert found == []


def test_a_reader_sees_one_moment_on_sqlite(db: sessionmaker[Session]) -> None:
    if db.kw["bind"].dialect.name != "sqlite":
        pytest.skip("under READ COMMITTED every statement sees its own moment")
    with db() as reader, db.begin() as writer:
        before = reader.scalars(select(Person.sign_in)).all()
        create_person(writer, "alice", now=NOW)
        writer.commit()

        assert reader.scalars(select(Person.sign_in)).all() == before


def test_reading_before_writing_never_fails_for_a_later_writer(db: sessionmaker[Session]) -> None:
    with db() as first, db() as second:
        first.scalars(select(Person)).all()
        second.scalars(select(Person)).all()
        create_person(second, "bob", now=NOW)
        second.commit()

        create_person(first, "alice", now=NOW)
        first.commit()

        assert first.scalars(select(Person.sign_in).order_by(Person.id)).all() == ["bob", "alice"]


def test_start_writing_keeps_what_waits_to_be_written(db: sessionmaker[Session]) -> None:
    with db.begin() as session:
        create_person(session, "alice", now=NOW)

    with db.begin() as session:
        person = session.scalars(select(Person)).one()
        person.name = "Alice Li"
        start_writing(session)

    with db() as session:
        assert session.scalar(select(Person.name)) == "Alice Li"


def test_writers_in_threads_wait_for_each_other(db: sessionmaker[Session]) -> None:
    with db.begin() as session:
        create_person(session, "alice", now=NOW, region="0")
    failures: list[Exception] = []

    def add_one() -> None:
        try:
            for _ in range(10):
                with db.begin() as session:
                    start_writing(session)
                    person = session.scalars(select(Person).with_for_update()).one()
                    person.region = str(int(person.region or 0) + 1)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with db() as session:
        assert (failures, session.scalar(select(Person.region))) == ([], "40")


def test_a_rolled_back_transaction_leaves_nothing(db: sessionmaker[Session]) -> None:
    with db() as session:
        create_person(session, "alice", now=NOW)
        session.execute(text("CREATE TABLE sw_half (id INTEGER)"))
        session.rollback()

        assert session.scalars(select(Person)).all() == []
        assert not inspect(session.connection()).has_table("sw_half")


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="only sqlite and postgresql"):
        make_engine("mysql://somewhere/db")


def test_a_deadlock_is_told_as_busy(db: sessionmaker[Session], people: People) -> None:
    if db.kw["bind"].dialect.name == "sqlite":
        pytest.skip("one writer at a time cannot deadlock")
    met, outcomes = threading.Barrier(2, timeout=10), []

    def lock(first: int, second: int) -> None:
        with db() as session:
            session.execute(text(f"SELECT 1 FROM sw_person WHERE id = {first} FOR UPDATE"))
            met.wait()
            try:
                session.execute(text(f"SELECT 1 FROM sw_person WHERE id = {second} FOR UPDATE"))
                outcomes.append("through")
            except Busy:
                outcomes.append("busy")

    ids = people.alice.id, people.bob.id
    threads = [threading.Thread(target=lock, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["busy", "through"]


def test_a_lock_that_is_not_to_be_had_is_told_as_busy(db: sessionmaker[Session], people: People) -> None:
    with db() as holder, db() as waiting:
        start_writing(holder)
        holder.execute(text("UPDATE sw_person SET name = name"))
        if db.kw["bind"].dialect.name == "sqlite":
            waiting.execute(text("PRAGMA busy_timeout=50"))
        else:
            waiting.execute(text("SET lock_timeout = '50ms'"))

        with pytest.raises(Busy):
            waiting.execute(text("UPDATE sw_person SET name = 'x'"))
