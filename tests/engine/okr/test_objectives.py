from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from engine.errors import NotFound
from engine.okr.cycle import Span
from engine.okr.drill import all_measures, behind
from engine.okr.objectives import KrValue, objectives
from rules.explain import Explanation
from tests.support.configs import Config
from tests.support.house import NINE, House, open_house

Open = Callable[..., House]


@pytest.fixture
def open_with(database_url: str) -> Iterator[Open]:
    opened: list[House] = []

    def start(change: Callable[[Config], None] = lambda config: None) -> House:
        opened.append(open_house(database_url, change))
        return opened[-1]

    yield start
    for house in opened:
        house.engine.dispose()


@pytest.fixture
def house(open_with: Open) -> House:
    return open_with()


def close(house: House, owner: str, amount: int, stage: str = "won", now: Any = NINE) -> int:
    """Let a person win or lose a deal."""
    account = house.create("account", now, name=f"{owner} {amount} {stage} {now}", region="north")
    values = {"name": "Pump", "account": account, "amount": amount, "owner": house.users[owner].id}
    one = house.create("deal", now, **values)
    if stage == "won":
        house.move("deal", one, "offer", now)
        house.move("deal", one, "won", now)
    else:
        house.move("deal", one, "lost", now, lost_reason="price")
    return one


def results(house: House, now: Any = NINE, **more: Any) -> dict[str, KrValue]:
    found = house.okr("sales", now, **more)
    return {one.definition.key: one for objective in found.objectives for one in objective.key_results}


def test_key_result_is_computed_from_records(house: House) -> None:
    close(house, "alice", 300_000)
    close(house, "bob", 100_000)
    close(house, "bob", 1, "lost")
    close(house, "charlie", 1, "lost")
    close(house, "charlie", 2, "lost")

    found = results(house)

    rate, revenue = found["win_rate"], found["revenue"]
    assert (rate.current, rate.baseline, rate.target, rate.score, rate.progress) == (
        40.0,
        20.0,
        50.0,
        0.666666667,
        0.666666667,
    )
    assert {key: (figure.value, figure.count) for key, figure in rate.measures.items()} == {
        "won": (2, 2),
        "decided": (5, 5),
    }
    assert (revenue.current, revenue.score, revenue.why_empty) == (400_000.0, 0.4, None)
    assert revenue.measures["won_value"].value == 400_000


def test_page_has_cycle_scores_and_health(house: House) -> None:
    close(house, "alice", 1_500_000)

    page = house.okr("sales", NINE)

    (objective,) = page.objectives
    assert page.cycle == Span(date(2026, 1, 1), date(2026, 3, 31))
    assert page.expected == pytest.approx(61 / 90)
    assert [(one.score, one.progress, one.health.color) for one in objective.key_results] == [
        (1.0, 2.666666667, "green"),
        (1.0, 1.5, "green"),
    ]
    assert (objective.score, objective.missing, objective.health.color, page.score) == (1.0, 0, "green", 1.0)


def test_health_falls_behind_the_calendar(house: House) -> None:
    close(house, "alice", 300_000)

    found = results(house)["revenue"]

    assert (found.score, found.health.color, found.health.reason.text) == (
        0.3,
        "red",
        "Behind: 30 % done, 68 % expected by now.",
    )


def test_key_result_without_records_has_no_value_and_says_why(house: House) -> None:
    page = house.okr("sales", NINE)

    rate, revenue = page.objectives[0].key_results
    assert (rate.current, rate.score, rate.health.color) == (None, None, "")
    assert rate.why_empty is not None
    assert rate.why_empty.text == "“Decided deals” is 0, and nothing can be divided by 0."
    assert (revenue.current, revenue.score) == (0.0, 0.0)
    assert (page.objectives[0].score, page.objectives[0].missing) == (0.0, 1)


def test_average_over_nothing_names_the_measure(open_with: Open) -> None:
    def change(config: Config) -> None:
        result = config["okrs"][0]["objectives"][0]["key_results"][1]
        result["measures"]["won_value"]["agg"] = "avg"

    found = results(open_with(change))["revenue"]

    assert (found.current, found.why_empty and found.why_empty.text) == (
        None,
        "The measure “won_value” has no value: no record counts for it.",
    )


def test_weights_count(open_with: Open) -> None:
    house = open_with()
    close(house, "alice", 500_000)

    (objective,) = house.okr("sales", NINE).objectives

    assert objective.score == pytest.approx((1.0 * 1 + 0.5 * 2) / 3)


def test_decrease_and_formulas_for_baseline_and_target(open_with: Open) -> None:
    def change(config: Config) -> None:
        result = config["okrs"][0]["objectives"][0]["key_results"][0]
        result.update(type="decrease", formula="decided - won", baseline="decided * 2", target="baseline / 4")

    house = open_with(change)
    close(house, "alice", 1)
    close(house, "alice", 1, "lost")

    found = results(house)["win_rate"]

    assert (found.current, found.baseline, found.target, found.score) == (1.0, 4.0, 1.0, 1.0)
    assert found.baseline_explanation is not None
    assert found.baseline_explanation.value == 4


def test_computed_values_carry_no_binary_dust(open_with: Open) -> None:
    def change(config: Config) -> None:
        result = config["okrs"][0]["objectives"][0]["key_results"][0]
        result.update(formula="100 * (1 - won / decided)", target="1.1 + 2.2")

    house = open_with(change)
    for amount in range(1, 5):
        close(house, "alice", amount)
    close(house, "bob", 1, "lost")

    found = results(house)["win_rate"]

    assert 100 * (1 - 4 / 5) == 19.999999999999996
    assert (found.current, found.target) == (20.0, 3.3)


def test_formula_may_read_the_cycle(open_with: Open) -> None:
    def change(config: Config) -> None:
        result = config["okrs"][0]["objectives"][0]["key_results"][1]
        result["formula"] = "won_value + days_between(cycle_start, today) + days_between(today, cycle_end)"

    assert results(open_with(change))["revenue"].current == 89


def test_own_measure_of_a_key_result_hides_that_of_the_page(open_with: Open) -> None:
    def change(config: Config) -> None:
        result = config["okrs"][0]["objectives"][0]["key_results"][1]
        result["measures"] = {"won": {"of": "account", "agg": "count"}}
        result["formula"] = "won"

    house = open_with(change)
    house.create("account", name="Alpha", region="north")

    found = results(house)
    assert (found["revenue"].current, found["win_rate"].measures["won"].value) == (1.0, 0)


def test_explanation_shows_the_measures_as_numbers(house: House) -> None:
    close(house, "alice", 1)

    found = results(house)["win_rate"]

    texts = {node.text: node.value for node in _nodes(found.explanation)}
    assert (texts["won"], texts["decided"], found.explanation.value) == (1, 1, 100)


def _nodes(node: Explanation) -> Iterator[Explanation]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def test_page_is_shown_as_it_was(house: House) -> None:
    one = close(house, "alice", 300_000)
    later = NINE + timedelta(days=3)
    house.move("deal", one, "open", later)

    assert results(house, later)["revenue"].current == 0.0
    assert results(house, later, at=NINE + timedelta(days=1))["revenue"].current == 300_000.0


def test_next_cycle_begins_anew(house: House) -> None:
    close(house, "alice", 300_000)

    page = house.okr("sales", NINE + timedelta(days=30))

    assert page.cycle == Span(date(2026, 4, 1), date(2026, 6, 30))
    assert page.objectives[0].key_results[1].current == 0.0


def test_value_is_the_companys_and_the_list_behind_it_is_ones_own(house: House) -> None:
    close(house, "alice", 100_000)
    close(house, "charlie", 200_000)

    assert results(house, by="alice")["revenue"].current == 300_000.0
    with house.maker() as session:
        app = house.live(session)
        okr = app.app.okrs["sales"]
        seen = {
            name: (found.total, found.visible)
            for name, user in house.users.items()
            for found in [behind(session, app, okr, "revenue", "won_value", user, NINE)]
        }
    assert seen == {"ada": (2, 2), "mona": (2, 1), "alice": (2, 1), "bob": (2, 0), "charlie": (2, 1)}


def test_stranger_to_the_app_sees_no_okr(house: House) -> None:
    house.hire("eve")

    with pytest.raises(NotFound):
        house.okr("sales", NINE, by="eve")


def test_unknown_measure_is_not_found(house: House) -> None:
    with house.maker() as session:
        app = house.live(session)
        for key_result, measure in (("revenue", "nope"), ("nope", "won_value"), ("", "won_value")):
            with pytest.raises(NotFound):
                behind(session, app, app.app.okrs["sales"], key_result, measure, house.users["ada"], NINE)


def test_all_measures_are_listed_where_they_are_declared(house: House) -> None:
    close(house, "alice", 100_000)

    with house.maker() as session:
        found = all_measures(session, house.live(session), NINE)

    assert [(one.okr, one.key_result, one.measure.key, one.figure.value) for one in found] == [
        ("", "", "open_deals", 0),
        ("sales", "", "won", 1),
        ("sales", "", "decided", 1),
        ("sales", "revenue", "won_value", 100_000),
    ]


def test_page_reads_each_form_once(house: House) -> None:
    statements: list[str] = []
    with house.maker() as session:
        app = house.live(session)
        event.listen(house.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        objectives(session, app, app.app.okrs["sales"], house.users["ada"], NINE)

    assert len([one for one in statements if "tiny__deal" in one]) == 1


def test_bound_is_expected_to_be_kept_from_the_first_day(open_with: Open) -> None:
    def change(config: Config) -> None:
        result = config["okrs"][0]["objectives"][0]["key_results"][1]
        result.update(type="control_above", target=1, formula="won_value")

    house = open_with(change)

    found = results(house)["revenue"]

    assert (found.score, found.expected, found.health.color) == (0.0, 1.0, "red")
