"""The requirements of records in the sales sample, each by its number; docs/reference/record-requirements.md names the tests."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.config.defs import WindowDef
from engine.okr.drill import behind
from engine.okr.objectives import objectives
from engine.people import SYSTEM, find_user
from engine.records import query, update
from engine.records.expressions import condition_from
from engine.records.filters import IS, MAX, MIN, Filter
from engine.records.grouping import groups
from engine.records.query import Drill
from engine.records.twins import twins
from engine.views import settle, view_of
from tests.samples.test_sales_pipeline import NOW, House, opened
from tests.support import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.records.record import Record

ROOT = Path(__file__).resolve().parents[2]
IDS = {"DI-01", "DI-02", "DI-08", "FM-05", "FM-08", "FM-09", "CO-05", "CO-06", "PL-13", "DB-05"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample, cloned once per database; no test commits to it."""
    file = tmp_path_factory.mktemp("sample") / "steerway.db"
    with opened(f"sqlite:///{file}" if request.param == "sqlite" else postgres.shared_server().create_database()) as db:
        yield House(db, NOW)


def everything(house: House, form: str, session, sign_in: str = "ada") -> list[Record]:
    live, user = house.live(session), find_user(session, sign_in)
    return list(query(session, live, form, user, house.now, limit=500).records)


def figure(house: House, session, key: str) -> float:
    live = house.live(session)
    found = objectives(session, live, live.app.okrs["reliable_data"], SYSTEM, house.now)
    [value] = [
        one.current for objective in found.objectives for one in objective.key_results if one.definition.key == key
    ]
    assert value is not None
    return float(value)


def of_view(house: House, session, form: str, key: str, sign_in: str = "ada") -> list[Record]:
    live, user = house.live(session), find_user(session, sign_in)
    view = view_of(session, live, form, key, user)
    assert view is not None
    condition = settle(live, form, view.settings, user).condition
    return list(query(session, live, form, user, house.now, where=condition, limit=500).records)


def test_fm_05_a_customer_typed_again_is_found_by_name_sound_and_telephone(house: House) -> None:
    with house.db() as session:
        live, ada = house.live(session), find_user(session, "ada")

        def found(**values: object) -> set[tuple[str, tuple[str, ...]]]:
            return {
                (str(one.record["code"]), one.fields)
                for one in twins(session, live, "customer", ada, house.now, values)
            }

        assert found(name="上海澜岳精密制造") == {("C-0001", ("name",))}
        assert found(name="上海蓝月精密制造有限公司") == {("C-0001", ("name",))}
        assert found(name="另一家", phone="(021) 09160353") == {("C-0001", ("phone",))}


def test_fm_08_leads_are_scored_by_a_formula_and_the_prediction_is_held_against_the_truth(house: House) -> None:
    with house.db() as session:
        leads = everything(house, "lead", session)
        hits = [one for one in leads if one["truly_high"] and one["predicted_high"]]
        true = [one for one in leads if one["truly_high"]]

        assert {one.id: one["predicted_score"] for one in leads} == {one.id: points(one) for one in leads}
        assert all(one["predicted_high"] is (points(one) >= 70) for one in leads)
        assert 0 < len(hits) < len(true) < len(leads)
        assert figure(house, session, "recognised") == pytest.approx(100 * len(hits) / len(true))
        missed = {one.id for one in true} - {one.id for one in hits}
        assert {one.id for one in of_view(house, session, "lead", "missed")} == missed


def points(lead: Record) -> int:
    """Score a lead by hand."""
    source = {"referral": 30, "partner": 30, "marketing": 20}.get(str(lead["source"]), 10)
    budget = int(str(lead["budget"] or 0)) / 100
    worth = 40 if budget >= 300_000 else 25 if budget >= 100_000 else 5
    return source + worth + sum(10 for key in ("email", "mobile", "person") if lead[key])


def test_fm_09_data_quality_is_scored_per_record_person_and_region(house: House) -> None:
    with house.db() as session:
        live, ada = house.live(session), find_user(session, "ada")
        customers = everything(house, "customer", session)
        poor = next(one for one in customers if one["region"] == "east")
        before = poor["data_quality"]
        update(session, live, "customer", poor.id, {"address": "", "phone": ""}, ada, house.now)
        customers = everything(house, "customer", session)
        [after] = [one["data_quality"] for one in customers if one.id == poor.id]
        assert (before, after) == (100, 75)

        for by in ("owner", "region"):
            rows = groups(session, live, "customer", ada, house.now, by=by, totals={"data_quality": "avg"}).rows
            assert {one.value: one.totals["data_quality"] for one in rows} == {
                one.value: pytest.approx(average([c["data_quality"] for c in customers if c[by] == one.value]))
                for one in rows
            }
        east = next(one for one in rows if one.value == "east")
        assert east.totals["data_quality"] < 100
        assert figure(house, session, "customer_quality") < 100


def average(values: list[object]) -> float:
    return sum(float(str(one)) for one in values) / len(values)


def test_di_08_amounts_of_two_sources_agree_within_a_tolerance_for_98_percent(house: House) -> None:
    with house.db() as session:
        live, ada = house.live(session), find_user(session, "ada")
        won = [one for one in everything(house, "opportunity", session) if one["stage"] in ("delivery", "after_sales")]
        contracts = everything(house, "contract", session)
        agreeing = [one for one in won if one["amounts_agree"]]
        assert figure(house, session, "consistency") == pytest.approx(100 * len(agreeing) / len(won))
        assert {one.id for one in of_view(house, session, "opportunity", "disagreeing")} == {
            one.id for one in won if one not in agreeing
        }

        deal = agreeing[0]
        contract = next(one for one in contracts if one["opportunity"] == deal.id)
        for factor, agrees in ((1.02, True), (1.03, False), (0.98, True), (0.97, False)):
            amount = round(int(str(deal["amount"])) * factor) / 100
            update(session, live, "contract", contract.id, {"amount": str(amount)}, ada, house.now)
            [now] = [one for one in everything(house, "opportunity", session) if one.id == deal.id]
            assert now["amounts_agree"] is agrees, factor
        assert figure(house, session, "consistency") == pytest.approx(100 * (len(agreeing) - 1) / len(won))
        assert deal.id in {one.id for one in of_view(house, session, "opportunity", "disagreeing")}


def test_co_05_departments_meet_in_one_space_each_with_its_rights(house: House) -> None:
    with house.db() as session:
        seen = {
            name: len(of_view(house, session, "meeting", "across", name))
            for name in ("ada", "mona", "sun", "li", "zhou")
        }
        live = house.live(session)
        departments = [option.key for option in live.form("meeting").by_key["departments"].options]

    assert len(set(seen.values())) == 1
    assert seen["li"] > 0
    assert departments[:3] == ["sales", "marketing", "product"]


def test_db_05_figures_are_filtered_by_period_region_person_and_product_and_drilled_to_records(house: House) -> None:
    with house.db() as session:
        live, ada = house.live(session), find_user(session, "ada")
        all_ = everything(house, "contract", session)
        li = find_user(session, "li")
        begin, end = date(2025, 10, 1), date(2026, 3, 31)
        filters = [
            Filter("signed_on", MIN, (begin,)),
            Filter("signed_on", MAX, (end,)),
            Filter("owner", IS, (li.id,)),
            Filter("product_type", IS, ("standard",)),
        ]
        region = condition_from(live, "contract", "customer.region == 'east'", ada)
        found = query(session, live, "contract", ada, house.now, filters=filters, where=region, limit=500).records
        east = {one.id for one in everything(house, "customer", session) if one["region"] == "east"}
        wanted = {
            one.id
            for one in all_
            if one["signed_on"]
            and begin <= one["signed_on"] <= end
            and one["owner"] == li.id
            and one["product_type"] == "standard"
            and one["customer"] in east
        }
        assert {one.id for one in found} == wanted
        assert 0 < len(wanted) < len(all_)
        [total] = groups(
            session, live, "contract", ada, house.now, totals={"amount": "sum"}, filters=filters, where=region
        ).rows
        assert total.totals["amount"] == sum(int(str(one["amount"])) for one in found)

        okr = live.app.okrs["reliable_data"]
        opened_ = behind(session, live, okr, "consistency", "agreeing", ada, house.now)
        drilled = query(
            session, live, "opportunity", ada, house.now, measure=Drill(opened_.measure, opened_.cycle), limit=500
        ).records
        assert opened_.measure.window == WindowDef("all")
        assert len(drilled) == opened_.total > 0
        assert all(one["amounts_agree"] for one in drilled)


def test_every_requirement_of_records_names_tests_that_exist() -> None:
    table = (ROOT / "docs" / "reference" / "record-requirements.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert set(re.findall(r"^\| ([A-Z]{2}-\d+)", table, re.MULTILINE)) == IDS
    assert [name for name in re.findall(r"`(test_\w+)`", table) if f"def {name}(" not in sources] == []
