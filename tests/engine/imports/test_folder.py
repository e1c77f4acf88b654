"""Demonstration records and people of a template: order of forms, relative dates, passwords, alerts judged at the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from engine.alerts.rows import Alert
from engine.imports.errors import ImportRefused
from engine.imports.folder import in_order, load_records
from engine.imports.people import create_people
from engine.jobs import tick
from engine.people import SYSTEM, authenticate, find_user
from engine.releases import live, publish
from tests.support.configs import form_of, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

PEOPLE = "sign_in,name,email,region,team,manager,roles\nzoe,Zoë 周,zoe@example.com,north,,max,rep manager\nmax,Max,,,,,admin\n"


def test_people_are_made_with_roles_managers_and_a_password_once(session: Session, now: datetime) -> None:
    first = create_people(session, PEOPLE.encode(), "tiny", now, admins=True)
    again = create_people(session, PEOPLE.encode(), "other", now)

    zoe, max_ = find_user(session, "zoe"), find_user(session, "max")
    assert (zoe.name, zoe.region, zoe.manager_id, zoe.is_admin, max_.is_admin) == (
        "Zoë 周",
        "north",
        max_.id,
        False,
        True,
    )
    assert (zoe.roles_in("tiny"), zoe.roles_in("other")) == ({"rep", "manager"}, {"rep", "manager"})
    assert [authenticate(session, one.sign_in, one.password) is not None for one in first] == [True, True]
    assert [one.password for one in again] == ["", ""]


def test_forms_come_after_those_they_refer_to(session: Session, now: datetime) -> None:
    publish(session, tiny_app(), SYSTEM, now)
    app = live(session, "tiny").app

    assert in_order(app, ["visit", "deal", "account"]) == ["account", "deal", "visit"]
    assert in_order(app, ["visit"]) == ["visit"]


def test_records_of_a_folder_get_real_dates_and_owners(session: Session, now: datetime, tmp_path: Path) -> None:
    publish(session, tiny_app(), SYSTEM, now)
    create_people(session, PEOPLE.encode(), "tiny", now, passwords=False)
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "account.csv").write_text("name,region\nAcme,north\n", encoding="utf-8")
    (tmp_path / "visit.csv").write_text(
        "subject,account,visited_on,owner\nHello,Acme,@-3d,zoe\nLater,Acme,@q:0,gone\n", encoding="utf-8"
    )
    (tmp_path / "no_such_form.csv").write_text("a\n1\n", encoding="utf-8")
    reports = load_records(session, live(session, "tiny"), tmp_path, SYSTEM, now)

    assert {form: report.counts["create"] for form, report in reports.items()} == {"account": 1, "visit": 2}
    table = live(session, "tiny").tables.current("visit")
    rows = session.execute(select(table.c.subject, table.c.visited_on, table.c.owner).order_by(table.c.id)).all()
    zoe = find_user(session, "zoe").id
    assert [(one.subject, one.visited_on.isoformat(), one.owner) for one in rows] == [
        ("Hello", "2026-02-27", zoe),
        ("Later", "2026-01-01", None),
    ]


def test_records_that_do_not_fit_say_file_and_row(session: Session, now: datetime, tmp_path: Path) -> None:
    publish(session, tiny_app(), SYSTEM, now)
    (tmp_path / "account.csv").write_text("name,region\nAcme,north\nBolt,nowhere\n", encoding="utf-8")

    with pytest.raises(ImportRefused) as refused:
        load_records(session, live(session, "tiny"), tmp_path, SYSTEM, now)

    [fault] = refused.value.faults
    assert (fault.file, fault.text) == ("data/account.csv", "Row 3: “nowhere” is not one of the options.")


@pytest.fixture
def lonely(db: sessionmaker[Session], now: datetime, tmp_path: Path) -> sessionmaker[Session]:
    """An app whose rule fires for accounts without a visit; its account.csv comes before visit.csv."""
    config = tiny_app()
    form_of(config, "account")["fields"].append(
        {
            "key": "visits",
            "type": "rollup",
            "label": "Visits",
            "measure": {"of": "visit", "agg": "count", "via": "account"},
        }
    )
    config["alerts"] = [
        {
            "key": "lonely",
            "label": "Lonely",
            "form": "account",
            "when": "visits == 0",
            "message": "{name}",
            "notify": [{"to": ["role:admin"]}],
        }
    ]
    (tmp_path / "account.csv").write_text("name,region\nAcme,north\nBolt,north\n", encoding="utf-8")
    (tmp_path / "visit.csv").write_text("subject,account,visited_on\nHello,Acme,@-3d\n", encoding="utf-8")
    with db.begin() as session:
        publish(session, config, SYSTEM, now)
    return db


def test_rules_are_judged_when_all_forms_are_filled(
    lonely: sessionmaker[Session], now: datetime, tmp_path: Path
) -> None:
    with lonely.begin() as session:
        load_records(session, live(session, "tiny"), tmp_path, SYSTEM, now)
        early = list(session.scalars(select(Alert)))
    tick(lonely, now + timedelta(minutes=1))

    with lonely() as session:
        table = live(session, "tiny").tables.current("account")
        names = session.scalars(select(table.c.name).where(table.c.id.in_(select(Alert.record_id))))
        assert (early, list(names)) == ([], ["Bolt"])
