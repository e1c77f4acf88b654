"""A year of real sales, loaded with a config folder and the importer alone; every figure is declared in its JSON."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from engine.alerts.rows import Alert
from engine.config.load import load_folder
from engine.db import create_system_tables, make_engine, sessions
from engine.imports.mapping import ImportMapping, mapping_of
from engine.imports.read import Table, read
from engine.imports.run import plan, run
from engine.jobs import tick
from engine.okr.cycle import Span
from engine.okr.objectives import objectives
from engine.people import SYSTEM
from engine.releases import live, publish
from engine.sql.measures import compute
from tests.support import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session, sessionmaker

    from engine.imports.report import Report
    from engine.releases import Live
    from engine.sql.measures import Figure

HERE = Path(__file__).parent
#: Form -> file, in the order of their references.
FILES = {"sales_agent": "sales_teams", "product": "products", "account": "accounts", "opportunity": "sales_pipeline"}
IMPORTED_AT = datetime(2018, 1, 5, 12, tzinfo=UTC)
END_OF_YEAR = datetime(2017, 12, 31, tzinfo=UTC)


class Sales:
    """The loaded app: what the config and the importer say about the data."""

    def __init__(self, db: sessionmaker[Session], data: Path) -> None:
        self.db, self.data = db, data
        with db.begin() as session:
            publish(session, load_folder(HERE / "crm_maven").to_dict(), SYSTEM, IMPORTED_AT, "first release")
        self.reports = {form: self.load(form) for form in FILES}

    def live(self, session: Session) -> Live:
        return live(session, "crm_maven")

    def table(self, form: str) -> Table:
        return read((self.data / f"{FILES[form]}.csv").read_bytes())

    def mapping(self, session: Session, form: str, **changes: object) -> ImportMapping:
        config = json.loads((HERE / "imports" / "crm_maven" / f"{form}.json").read_text(encoding="utf-8")) | changes
        app = self.live(session).app
        return mapping_of(config, app.forms[form], app.pipeline_of(form))

    def load(self, form: str) -> Report:
        with self.db.begin() as session:
            mapping = self.mapping(session, form)
            return run(session, self.live(session), form, self.table(form), mapping, SYSTEM, IMPORTED_AT)

    def figure(self, name: str, now: datetime = IMPORTED_AT) -> Figure:
        with self.db() as session:
            app = self.live(session)
            return compute(session, app, {name: app.app.measures[name]}, Span(), now)[name]

    def groups(self, name: str) -> Mapping[str, object]:
        return {str(group.key): group.value for group in self.figure(name).groups or ()}

    def alerts(self, rule: str) -> Counter[str]:
        with self.db() as session:
            return Counter(session.scalars(select(Alert.state).where(Alert.rule == rule)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sales(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sales]:
    """The year, loaded once per database; no test changes a record."""
    file = tmp_path_factory.mktemp("maven") / "steerway.db"
    url = f"sqlite:///{file}" if request.param == "sqlite" else postgres.shared_server().create_database()
    engine = make_engine(url)
    create_system_tables(engine)
    yield Sales(sessions(engine), shared_data / "crm_maven")
    engine.dispose()


def counts(report: Report) -> dict[str, int]:
    return {verdict: count for verdict, count in report.counts.items() if count}


def test_every_row_arrives_once(sales: Sales) -> None:
    assert {form: counts(report) for form, report in sales.reports.items()} == {
        "sales_agent": {"create": 35},
        "product": {"create": 7},
        "account": {"create": 85},
        "opportunity": {"create": 8800},
    }
    assert {form: counts(sales.load(form)) for form in FILES} == {
        "sales_agent": {"unchanged": 35},
        "product": {"unchanged": 7},
        "account": {"unchanged": 85},
        "opportunity": {"unchanged": 8800},
    }
    assert sales.figure("opportunities").value == 8800


def test_the_dirt_of_the_file_is_reported(sales: Sales) -> None:
    report = sales.reports["opportunity"]

    assert report.column("product").mapped == {"GTXPro": 1480}
    assert (report.column("account").filled, report.column("account").empty) == (7375, 1425)
    assert Counter((dirt.column, dirt.reason.code, dirt.outcome) for dirt in report.dirt) == {
        ("account", "empty", "noted"): 1425
    }
    assert sales.reports["account"].column("sector").mapped == {"technolgy": 12}
    assert sales.figure("without_account").value == 1425


def test_a_dry_run_offers_the_product_that_was_meant(sales: Sales) -> None:
    with sales.db() as session:
        mapping = sales.mapping(session, "opportunity", columns={"opportunity_id": "code", "product": "product"})
        report = plan(
            session, sales.live(session), "opportunity", sales.table("opportunity"), mapping, SYSTEM, IMPORTED_AT
        )

    [unknown] = report.column("product").unknown
    assert (unknown.value, unknown.rows, unknown.candidates) == ("GTXPro", 1480, (("GTX Pro", "GTX Pro"),))
    assert counts(report) == {"unchanged": 7320, "refused": 1480}
    assert {dirt.reason.text for dirt in report.dirt} == {"No record is called “GTXPro”."}
    assert sales.figure("opportunities").value == 8800


def test_the_measures_know_the_year(sales: Sales) -> None:
    assert sales.groups("opportunities_by_stage") == {"won": 4238, "lost": 2473, "engaging": 1589, "prospecting": 500}
    assert sales.groups("won_value_by_office") == {"central": 3_346_293, "west": 3_568_647, "east": 3_090_594}
    assert list(sales.groups("won_value_by_quarter").values()) == [1_134_672, 3_086_111, 2_982_255, 2_802_496]


def test_the_key_results_know_the_year(sales: Sales) -> None:
    with sales.db() as session:
        app = sales.live(session)
        found = objectives(session, app, app.app.okrs["year_2017"], SYSTEM, END_OF_YEAR)

    current = {one.definition.key: one.current for objective in found.objectives for one in objective.key_results}
    assert current == {
        "won_value": 10_005_534,
        "win_rate": pytest.approx(63.15, abs=0.005),
        "deals_won": 4238,
        "stale_share": pytest.approx(100 * 1479 / 1589),
    }


def test_the_rules_open_an_alert_for_each_stale_opportunity_and_none_twice(sales: Sales) -> None:
    assert (
        sales.figure("engaging_over_90", END_OF_YEAR).value,
        sales.figure("engaging_over_180", END_OF_YEAR).value,
    ) == (1479, 730)

    tick(sales.db, END_OF_YEAR)
    opened = (sales.alerts("engaging_90"), sales.alerts("engaging_180"))
    tick(sales.db, END_OF_YEAR)

    assert opened == ({"firing": 1479}, {"firing": 730})
    assert (sales.alerts("engaging_90"), sales.alerts("engaging_180")) == opened
