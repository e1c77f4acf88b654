"""A pass over rules that have nothing new: one question each, several in one transaction, nothing forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from engine.alerts.quiet import pass_over
from engine.alerts.rows import RuleSchedule
from engine.alerts.schedule import make_due
from tests.engine.alerts.conftest import rule
from tests.support.house import NINE, House

HOUR = timedelta(hours=1)


def plain(key: str, when: str, **more: object) -> dict[str, object]:
    return rule(key=key, when=when, on_change=False, notify=[{"to": ["owner"]}], **more)


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(house.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(house.engine, "before_cursor_execute", note)


def deal(house: House, name: str, **values: object) -> int:
    account = house.create("account", name=f"Account of {name}", region="north")
    return house.create("deal", name=name, account=account, owner=house.users["alice"].id, **values)


def due_at(house: House) -> dict[str, object]:
    with house.maker() as session:
        return {one.rule: one.due_at for one in session.scalars(select(RuleSchedule))}


def test_rules_without_news_are_asked_once_and_read_nothing(open_with: Callable[..., House]) -> None:
    house = open_with(*(plain(f"rule_{number}", f"quantity == {number}") for number in range(30)))
    for number in range(3):
        deal(house, f"D{number}", quantity=number)
    house.tick(NINE)

    with statements(house) as seen:
        done = house.tick(NINE + HOUR, due_only=True)

    asked = [one for one in seen if "tiny__deal" in one]
    assert (done["rules"], len(asked), len(set(asked))) == (30, 30, 1)
    assert [one for one in asked if "name" in one or "FOR SHARE" in one] == []
    assert set(due_at(house).values()) == {NINE + 2 * HOUR}


def test_rules_with_news_are_evaluated_beside_those_without(open_with: Callable[..., House]) -> None:
    rules = [
        plain("few", "quantity < 5"),
        plain("until", "quantity > 90", until="quantity < 10"),
        plain("no", "urgent"),
    ]
    house = open_with(*rules)
    few = deal(house, "Few", quantity=4)
    many = deal(house, "Many", quantity=95)
    first = house.tick(NINE, due_only=True)
    house.update("deal", few, NINE, quantity=50)
    house.update("deal", many, NINE, quantity=50)

    second = house.tick(NINE + HOUR, due_only=True)
    house.update("deal", many, NINE + HOUR, quantity=9)
    third = house.tick(NINE + 2 * HOUR, due_only=True)

    assert [one["rules"] for one in (first, second, third)] == [3, 3, 3]
    assert [(one.get("firing", 0), one.get("resolved", 0)) for one in (first, second, third)] == [
        (2, 0),
        (0, 1),
        (0, 1),
    ]
    assert set(due_at(house).values()) == {NINE + 3 * HOUR}


def test_question_follows_the_day_and_the_moment(open_with: Callable[..., House]) -> None:
    house = open_with(plain("past", "expected_on < today"), plain("call", "next_call_at < now"))
    deal(house, "D", expected_on=NINE.date(), next_call_at=NINE + 2 * HOUR)

    fired = [house.tick(NINE + hours * HOUR).get("firing", 0) for hours in (0, 1, 2, 3, 14, 15)]

    assert fired == [0, 0, 0, 1, 0, 1]  # after eleven; and when the next day has begun in Shanghai, at 16:00 UTC


def test_rule_that_fails_leaves_the_others_alone(open_with: Callable[..., House]) -> None:
    house = open_with(plain("broken", "margin > 5"), plain("few", "quantity < 5"), plain("no", "urgent"))
    house.tick(NINE)
    deal(house, "Few", quantity=4)
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tiny__deal RENAME COLUMN margin TO lost")

    done = house.tick(NINE + HOUR, due_only=True)

    assert (done["failed"], done["rules"], done["firing"]) == (1, 2, 1)
    with house.maker() as session:
        errors = {one.rule: bool(one.error) for one in session.scalars(select(RuleSchedule))}
    assert errors == {"broken": True, "few": False, "no": False}


@pytest.mark.parametrize("with_news", [False, True])
def test_rule_made_due_while_it_is_looked_at_is_looked_at_again(
    open_with: Callable[..., House], *, with_news: bool
) -> None:
    house = open_with(plain("few", "quantity < 5"), plain("no", "urgent"))
    house.tick(NINE)
    if with_news:
        deal(house, "Few", quantity=4)
    ready = Event()

    def poke() -> None:
        ready.set()
        with house.maker.begin() as session:
            make_due(session, house.live(session), house.live(session).app.alerts.values(), NINE + HOUR)

    other = Thread(target=poke)
    with house.maker.begin() as session:
        app = house.live(session)
        quiet = pass_over(session, app, list(app.app.alerts.values()), NINE + HOUR, always=False)
        other.start()
        ready.wait(10)
        other.join(0.3)  # it waits for the rows, until this transaction has ended
        assert other.is_alive()
    other.join(30)

    assert quiet == ({"no"} if with_news else {"few", "no"})
    assert set(due_at(house).values()) == {NINE + HOUR}


def test_rule_that_somebody_else_took_is_left_to_them(open_with: Callable[..., House]) -> None:
    house = open_with(plain("few", "quantity < 5"), plain("no", "urgent"))
    house.tick(NINE)

    with house.maker.begin() as session:
        app = house.live(session)
        rules = list(app.app.alerts.values())
        first = pass_over(session, app, rules, NINE + HOUR, always=False)
        second = pass_over(session, app, rules, NINE + HOUR, always=False)

    assert (first, second) == ({"few", "no"}, set())
