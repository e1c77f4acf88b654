"""The permits of a municipality, from the log of their steps: one file fills two forms; every figure is declared in JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from engine.jobs import tick
from engine.people import SYSTEM
from engine.records import every
from engine.records.expressions import condition_from
from tests.support.loaded import Loaded, counts, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPORTED_AT = datetime(2012, 2, 1, 11, tzinfo=UTC)
#: Midnight of the first of October 2011 in the municipality.
OCTOBER = datetime(2011, 9, 30, 22, tzinfo=UTC)
NOVEMBER = datetime(2011, 10, 31, 23, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """The log, loaded once per database; no test changes a record."""
    file = shared_data / "event_logs" / "receipt.csv"
    with fresh_database(request.param, tmp_path_factory.mktemp("permits")) as db:
        yield Loaded(db, "permits", {"permit": file, "step": file}, IMPORTED_AT)


def test_one_line_per_step_makes_each_case_once(office: Loaded) -> None:
    cases, steps = office.reports["permit"], office.reports["step"]

    assert counts(cases) == {"create": 1434, "unchanged": 7143}
    assert counts(steps) == {"create": 8577}
    assert steps.column("org:group").mapped == {"EMPTY": 1936}
    assert counts(office.load("permit")) == {"unchanged": 8577}


def test_the_measures_know_deadlines(office: Loaded) -> None:
    names = ("cases", "after_plan", "without_end", "most_steps", "people", "steps_of_experts", "same_person")

    assert {name: office.figure(name).value for name in names} == {
        "cases": 1434,
        "after_plan": 389,
        "without_end": 105,
        "most_steps": 25,
        "people": 48,
        "steps_of_experts": 95,
        "same_person": 3668,
    }
    assert office.figure("overdue", OCTOBER).value == 53


def test_moments_are_kept_to_the_millisecond(office: Loaded) -> None:
    # Two of them ended 20 milliseconds after their deadline.
    assert office.figure("late").value == 377


def test_the_measures_know_groups(office: Loaded) -> None:
    assert office.groups("cases_by_channel") == {"internet": 1250, "desk": 109, "post": 53, "e_mail": 21, "intern": 1}
    assert office.groups("steps_by_activity")["Confirmation of receipt"] == 1434
    assert office.groups("ended_by_quarter") == {
        "2010-10-01": 114,
        "2011-01-01": 279,
        "2011-04-01": 318,
        "2011-07-01": 296,
        "2011-10-01": 271,
        "2012-01-01": 51,
        "None": 105,
    }


def test_a_case_knows_its_first_and_last_step(office: Loaded) -> None:
    with office.db() as session:
        live = office.live(session)
        one = condition_from(live, "permit", "code == 'case-10011'", SYSTEM)
        [case] = every(session, live, "permit", SYSTEM, IMPORTED_AT, where=one)
        days = [
            int(str(record.values["worked_days"]).split(".")[0])
            for record in every(session, live, "permit", SYSTEM, IMPORTED_AT)
        ]

    assert {key: case.values[key] for key in ("steps", "advice_steps", "worked_days", "ended_at")} == {
        "steps": 4,
        "advice_steps": 0,
        "worked_days": 44,
        "ended_at": None,
    }
    assert f"{case.values['first_step_at']:%F %T}" == "2011-10-11 11:45:40"
    assert f"{case.values['last_step_at']:%F %T}" == "2011-11-24 14:37:16"
    assert (sum(days), max(days)) == (7755, 276)


def test_the_rule_opens_and_resolves_what_the_clock_says(office: Loaded) -> None:
    tick(office.db, OCTOBER)
    opened = office.alerts("overdue")
    tick(office.db, OCTOBER)
    again = office.alerts("overdue")
    tick(office.db, NOVEMBER)
    later = office.alerts("overdue")

    assert opened == again == {"firing": 53}
    assert later["firing"] == office.figure("overdue", NOVEMBER).value
    assert later["resolved"] > 0
