"""A field that becomes required leaves gaps in the rows from before; every evaluator must know that they may be there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine.alerts.evaluate import on_change
from engine.okr.drill import all_measures
from engine.people import SYSTEM
from engine.records.env import values_for
from rules.compiled import compiled
from rules.reference import evaluate
from tests.support.configs import tiny_app
from tests.support.house import NINE, House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITIONS = ["amount * 2 > 5 and amount != 7", "amount != 7", "not (amount < 3)", "amount == amount"]
LATER = NINE + timedelta(hours=2)


@pytest.fixture(params=CONDITIONS)
def gap(request: pytest.FixtureRequest, database_url: str) -> Iterator[tuple[House, int, str]]:
    """A deal without an amount, from before amounts were required; a rule and a measure that read it."""
    house = open_house(database_url)
    deal = house.create("deal", name="Old", account=house.create("account", name="Acme", region="north"))
    config = tiny_app()
    next(field for field in config["forms"][1]["fields"] if field["key"] == "amount")["required"] = True
    config["alerts"][0]["when"] = request.param
    config["app"]["measures"]["gap"] = {"of": "deal", "agg": "count", "where": request.param, "window": "all"}
    house.publish(config)
    yield house, deal, request.param
    house.engine.dispose()


def test_gap_means_the_same_everywhere(gap: tuple[House, int, str]) -> None:
    house, deal, _ = gap
    with house.maker() as session:
        live = house.live(session)
        when = live.app.alerts["stale_deal"].when
        row = dict(session.execute(sa.select(live.tables.current("deal"))).mappings().one())
        values = values_for(session, live, "deal", row, when.reads, SYSTEM, LATER)
        figures = {one.measure.key: one.figure.value for one in all_measures(session, live, LATER)}

    wanted = evaluate(when, values)

    assert compiled(when)(values) is wanted
    assert figures["gap"] == int(wanted is True)
    house.tick(LATER)
    assert [one[:2] for one in house.alerts()] == ([("stale_deal", deal)] if wanted else [])


def test_change_of_a_record_with_a_gap_is_evaluated(gap: tuple[House, int, str]) -> None:
    house, deal, _ = gap

    with house.maker.begin() as session:
        on_change(session, house.live(session), "deal", [deal], frozenset({"amount"}), LATER)

    before = house.alerts()
    house.tick(LATER)
    assert house.alerts() == before
