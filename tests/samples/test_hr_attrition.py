"""A company of 1,470 people, loaded with a config folder and the importer alone; every figure is declared in its JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from engine.config.load import load_folder
from engine.exports import rows
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.jobs import tick
from engine.people import SYSTEM
from engine.releases import live, publish
from forms.fields import InputContext
from tests.support.loaded import SAMPLES, Loaded, counts, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session, sessionmaker

    from engine.imports.report import Report

IMPORTED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def company(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """The company, loaded once per database; no test changes a record."""
    file = shared_data / "ibm_hr_attrition" / "emp_attrition.csv"
    with fresh_database(request.param, tmp_path_factory.mktemp("hr")) as db:
        yield Loaded(db, "hr_attrition", {"employee": file}, IMPORTED_AT)


def test_every_column_arrives_once(company: Loaded) -> None:
    report = company.reports["employee"]

    assert (counts(report), report.dirt) == ({"create": 1470}, ())
    assert len([column for column in report.columns if column.field]) == len(report.columns) == 35
    assert report.column("Education").mapped == {"1": 170, "2": 282, "3": 572, "4": 398, "5": 48}
    assert counts(company.load("employee")) == {"unchanged": 1470}


def test_the_measures_know_who_left(company: Loaded) -> None:
    assert (company.figure("headcount").value, company.figure("leavers").value) == (1470, 237)
    assert company.groups("leavers_by_department") == {"hr": 12, "research": 133, "sales": 92}
    assert company.groups("leavers_by_age") == {"under 30": 91, "30 to 44": 110, "45 and over": 36}
    assert company.figure("payroll").value == 8_424_768
    assert (company.figure("oldest").value, company.figure("roles_hit").value) == (60, 9)
    assert company.groups("income_by_role")["sales_representative"] == 2626
    assert company.groups("income_by_role")["manager"] == pytest.approx(17181.676470588)


def test_the_key_results_say_how_it_stands(company: Loaded) -> None:
    found = company.key_results("people", IMPORTED_AT)

    assert {key: one.current for key, one in found.items()} == {
        "attrition_rate": 16.12244898,
        "overtime_share": 23.438767234,
        "satisfaction": 2.774939173,
        "sales_attrition": 1.490475067,
        "time_to_hire": None,
        "hires": 0,
    }
    assert {key: one.score for key, one in found.items()} == {
        "attrition_rate": 0.31292517,
        "overtime_share": 1.0,
        "satisfaction": pytest.approx(0.91646391),
        "sales_attrition": 1.0,
        "time_to_hire": None,
        "hires": 0.0,
    }
    assert found["attrition_rate"].target == 12


def test_the_rules_find_good_people_who_may_leave_and_none_twice(company: Loaded) -> None:
    tick(company.db, IMPORTED_AT)
    opened = company.alerts("at_risk"), company.alerts("promotion_due")
    tick(company.db, IMPORTED_AT)

    assert opened == ({"firing": 14}, {"firing": 30})
    assert (company.alerts("at_risk"), company.alerts("promotion_due")) == opened


def test_export_holds_every_cell_of_the_file(company: Loaded) -> None:
    """Every cell of the source, read as its field reads it, is the cell that comes out again."""
    mapping = json.loads((SAMPLES / "imports/hr_attrition/employee.json").read_text(encoding="utf-8"))["columns"]
    places = {name: one if isinstance(one, dict) else {"field": one} for name, one in mapping.items()}
    with company.files["employee"].open(encoding="utf-8-sig", newline="") as file:
        source = {row["EmployeeNumber"]: row for row in csv.DictReader(file)}
    exported = {row["number"]: row for row in csv.DictReader(exported_text(company.db).splitlines())}
    with company.db() as session:
        fields = company.live(session).app.forms["employee"].by_key
    context = InputContext("Asia/Shanghai", "CNY")

    compared = 0
    assert exported.keys() == source.keys()
    for number, row in source.items():
        for name, text in row.items():
            field = fields[places[name]["field"]]
            wanted = places[name].get("values", {}).get(text, text)
            assert field.type.parse_input(field, exported[number][field.key], context) == field.type.parse_input(
                field, wanted, context
            )
            compared += 1
    assert compared == 1470 * 35
    assert sum(row["attrition"] == "yes" for row in exported.values()) == 237


def test_exported_file_makes_the_same_company_again(company: Loaded, tmp_path: Path) -> None:
    first = exported_text(company.db)

    assert counts(imported(company.db, first)) == {"unchanged": 1470}
    with fresh_database("sqlite", tmp_path) as db:
        with db.begin() as session:
            publish(session, load_folder(SAMPLES / "hr_attrition").to_dict(), SYSTEM, IMPORTED_AT, "again")
        assert counts(imported(db, first)) == {"create": 1470}
        assert exported_text(db) == first


def exported_text(db: sessionmaker[Session]) -> str:
    """Return the employees as CSV, without the columns that say where they came from."""
    with db() as session:
        header, *lines = rows(session, live(session, "hr_attrition"), "employee", SYSTEM, IMPORTED_AT)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue()


def imported(db: sessionmaker[Session], text: str) -> Report:
    with db.begin() as session:
        app = live(session, "hr_attrition")
        table = read(text.encode())
        mapping = replace(guess(app.app.forms["employee"], None, table.header), key=("number",))
        return run(session, app, "employee", table, mapping, SYSTEM, IMPORTED_AT)
