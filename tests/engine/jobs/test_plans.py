"""What ticks look for again and again is found by an index of due rows, however many others there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.alerts.action_rows import ActionRow
from engine.alerts.rows import Alert, Notification
from engine.jobs.ticks import run_tick, ticks
from tests.support.house import NINE, House, open_house

#: Tables that grow for ever, with the index by which their due rows are found.
GROWING = {"sw_notification": "ix_sw_notification_due_at", "sw_alert_action": "ix_sw_alert_action_due_at"}


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    opened = open_house(database_url)
    yield opened
    opened.engine.dispose()


@contextmanager
def asked(house: House) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    sa.event.listen(house.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(house.engine, "before_cursor_execute", note)


def plan(house: House, statement: str, parameters: Any) -> str:
    with house.engine.connect() as connection:
        word = "EXPLAIN QUERY PLAN"
        if house.engine.dialect.name == "postgresql":
            word = "EXPLAIN"
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a few rows are read faster without any index
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{word} {statement}", parameters))


@pytest.mark.parametrize("name", ["deliveries", "actions"])
def test_due_work_is_found_by_its_index(house: House, name: str) -> None:
    tick = next(one for one in ticks(20) if one.name == name)

    with asked(house) as seen:
        with house.maker() as session:
            tick.is_due(session, NINE)
        run_tick(house.maker, tick, NINE + timedelta(minutes=1), "test")

    looks = [(table, one) for one in seen for table in GROWING if f"FROM {table}" in one[0]]
    assert len(looks) >= 2
    for table, (statement, parameters) in looks:
        assert GROWING[table] in plan(house, statement, parameters), statement


def test_waking_alerts_are_found_by_their_index(house: House) -> None:
    tick = next(one for one in ticks(20) if one.name == "rules")

    with asked(house) as seen:
        run_tick(house.maker, tick, NINE, "test")

    looks = [one for one in seen if "sw_alert.wake_at <=" in one[0]]
    assert looks
    for statement, parameters in looks:
        assert "ix_sw_alert_wake_at" in plan(house, statement, parameters), statement


def test_indexes_of_due_rows_are_there() -> None:
    tables = (Alert.__table__, Notification.__table__, ActionRow.__table__)
    names = {index.name for table in tables for index in table.indexes}  # type: ignore[attr-defined]  # a Table it is

    assert {*GROWING.values(), "ix_sw_alert_wake_at"} <= names
