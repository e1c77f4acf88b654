"""The log of the permits lived through once more: a clock moves, cases come and end, and the rule opens and resolves."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine.alerts.backtest import Lives, crossings, grid, portions
from engine.alerts.rows import Alert, AlertEvent
from engine.config.load import load_folder
from engine.jobs import tick
from engine.people import SYSTEM, create_person, grant
from engine.records import create, update
from engine.releases import live, publish
from tests.support.loaded import SAMPLES, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session, sessionmaker

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OCTOBER = datetime(2011, 10, 1, tzinfo=AMSTERDAM)
SOME_FROM, SOME_TO = datetime(2011, 7, 1, tzinfo=UTC), datetime(2011, 12, 1, tzinfo=UTC)
#: `make replay` lives through all of it on SQLite; on PostgreSQL each statement is a trip to the server.
WHOLE = os.environ.get("REPLAY") == "whole"
FIRST, LAST = datetime(2010, 10, 1, tzinfo=UTC), datetime(2012, 2, 1, tzinfo=UTC)


@dataclass
class Case:
    """What the log says of one case."""

    code: str
    started_at: datetime
    deadline_at: datetime
    planned_end_at: datetime
    ended_at: datetime | None


@dataclass
class Replayed:
    """The log after it was lived through, and what stood open on the first of October."""

    db: sessionmaker[Session]
    cases: dict[str, Case]
    ids: dict[str, int]
    firing_in_october: set[str]

    def codes(self, ids: set[int]) -> set[str]:
        names = {id_: code for code, id_ in self.ids.items()}
        return {names[id_] for id_ in ids}


def cases_of(file: Path) -> dict[str, Case]:
    found: dict[str, Case] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            moments = [
                datetime.fromisoformat(text) if (text := line[f"case:{name}"]) else None
                for name in ("startdate", "deadline", "enddate_planned", "enddate")
            ]
            started, deadline, planned, ended = moments
            assert started
            assert deadline
            assert planned
            code = line["case:concept:name"]
            found.setdefault(code, Case(code, started, deadline, planned, ended))
    return found


def some_of(cases: dict[str, Case]) -> dict[str, Case]:
    """Return every third case of the months around the first of October."""
    chosen = sorted(one.code for one in cases.values() if SOME_FROM <= one.started_at < SOME_TO)[::3]
    return {code: cases[code] for code in chosen}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def replayed(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replayed]:
    """Cases written through the verbs at their own moments, with a tick every midnight."""
    cases = cases_of(shared_data / "event_logs" / "receipt.csv")
    if request.param == "postgresql" or not WHOLE:
        cases = some_of(cases)
    config = load_folder(SAMPLES / "permits").to_dict()
    config["alerts"] = [rule for rule in config["alerts"] if rule["key"] == "overdue"]
    config["alerts"][0]["every"] = {"days": 1}  # the moments at which the clock stops below
    with fresh_database(request.param, tmp_path_factory.mktemp("replay")) as db:
        with db.begin() as session:
            publish(session, config, SYSTEM, FIRST, "first release")
            grant(session, create_person(session, "head", "Head", now=FIRST), "permits", "head")
        yield live_through(db, cases)


def live_through(db: sessionmaker[Session], cases: dict[str, Case]) -> Replayed:
    done = Replayed(db, cases, {}, set())
    events = sorted(
        [(one.started_at, 0, one.code) for one in cases.values()]
        + [(one.ended_at, 1, one.code) for one in cases.values() if one.ended_at and one.ended_at > one.started_at],
    )
    for day, happened in groupby(events, lambda event: event[0].astimezone(AMSTERDAM).date()):
        midnight = datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM)
        if not done.firing_in_october and midnight >= OCTOBER:
            tick(db, OCTOBER.astimezone(UTC))
            done.firing_in_october = firing(done)
        tick(db, midnight.astimezone(UTC))
        with db.begin() as session:
            for at, is_end, code in happened:
                write(session, done, cases[code], at.astimezone(UTC), is_end=bool(is_end))
    tick(db, LAST)
    return done


def write(session: Session, done: Replayed, case: Case, now: datetime, *, is_end: bool) -> None:
    app = live(session, "permits")
    if is_end and case.ended_at:
        update(session, app, "permit", done.ids[case.code], {"ended_at": case.ended_at.isoformat()}, SYSTEM, now)
        return
    # Some cases ended, says the log, before they had begun: they come with their end.
    over = ("ended_at",) if case.ended_at and case.ended_at <= case.started_at else ()
    names = ("started_at", "deadline_at", "planned_end_at", *over)
    moments = {name: getattr(case, name).isoformat() for name in names}
    done.ids[case.code] = create(session, app, "permit", {"code": case.code, **moments}, SYSTEM, now).id


def firing(done: Replayed) -> set[str]:
    with done.db() as session:
        return done.codes(set(session.scalars(select(Alert.record_id).where(Alert.state == "firing"))))


def late(cases: dict[str, Case]) -> set[str]:
    return {one.code for one in cases.values() if one.ended_at and one.ended_at > one.deadline_at}


def without_end(cases: dict[str, Case]) -> set[str]:
    return {one.code for one in cases.values() if not one.ended_at and one.deadline_at < LAST}


def overdue(cases: dict[str, Case], at: datetime) -> set[str]:
    """Return what is late and open at a moment."""
    begun = [one for one in cases.values() if one.started_at < at and one.deadline_at < at]
    return {one.code for one in begun if not one.ended_at or one.ended_at >= at}


def test_the_log_says_what_it_is_known_to_say(shared_data: Path) -> None:
    whole = cases_of(shared_data / "event_logs" / "receipt.csv")
    cases = whole.values()

    assert len(late(whole)) == 377
    assert len(overdue(whole, OCTOBER)) == 53
    assert all((len(late(some_of(whole))) > 20, overdue(some_of(whole), OCTOBER), without_end(some_of(whole))))
    assert sum(1 for one in cases if one.ended_at and one.ended_at > one.planned_end_at) == 389
    assert sum(1 for one in cases if not one.ended_at) == 105


def test_the_moving_clock_opens_and_resolves_exactly_the_late_cases(replayed: Replayed) -> None:
    with replayed.db() as session:
        alerts = {alert.record_id: alert for alert in session.scalars(select(Alert))}
        fired = Counter(session.scalars(select(AlertEvent.alert_id).where(AlertEvent.after == "firing")))
    by_state = {state: replayed.codes({id_ for id_, one in alerts.items() if one.state == state}) for state in STATES}

    assert by_state["resolved"] == late(replayed.cases)
    assert by_state["firing"] == without_end(replayed.cases)
    assert set(fired.values()) == {1}
    assert replayed.firing_in_october == overdue(replayed.cases, OCTOBER)


STATES = ("resolved", "firing")


def test_the_backtest_over_the_history_gives_the_same_list(replayed: Replayed) -> None:
    with replayed.db() as session:
        app = live(session, "permits")
        rule = app.app.alerts["overdue"]
        lives = Lives(FIRST, timedelta(minutes=rule.hold_minutes))
        ended = []
        for part in portions(session, app, "permit", grid(app, rule, FIRST, LAST)):
            ended += lives.pass_on(crossings(session, app, rule, part))
        still = lives.still(LAST)

    assert replayed.codes({one.record_id for one in ended}) == late(replayed.cases)
    assert replayed.codes({one.record_id for one in still}) == without_end(replayed.cases)
    assert len(ended) == len({one.record_id for one in ended})
