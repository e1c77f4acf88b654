"""Apps made from templates, kept apart, saved as templates, brought up to date, tried out and taken away."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine import records
from engine.alerts.inserting import insert_new
from engine.alerts.rows import Alert, Notification
from engine.config.load import load
from engine.db import Base
from engine.errors import ConfigError, EngineError, NotFound, Refused
from engine.people import SYSTEM
from engine.people.rows import RoleGrant
from engine.releases import apps, clone, live, publish, source_of
from engine.releases.rows import App
from engine.templates import questions, removing, saving, upgrading
from engine.templates.gallery import gallery, template_named, versions
from engine.templates.sandbox import open_sandbox
from tests.support.configs import Config, field_of, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.templates.gallery import Template
    from tests.engine.conftest import Tiny


def config() -> Config:
    whole = copy.deepcopy(tiny_app())
    whole["app"]["key"] = "region_sales"
    whole["app"]["label"] = "Sales of {{region}}"
    whole["app"]["parameters"] = [
        {"key": "region", "label": "Region", "type": "region", "default": "North"},
        {"key": "goal", "label": "Goal", "type": "number", "default": 100, "min": 10, "max": 500},
        {"key": "every", "label": "Cycle", "type": "cycle", "default": "quarter"},
        {"key": "lead", "label": "Lead", "type": "person", "default": "alice"},
    ]
    whole["okrs"][0]["cycle"] = {"every": "{{every}}"}
    whole["okrs"][0]["objectives"][0]["key_results"][1]["target"] = "{{goal}}"
    whole["alerts"][0]["fallback"] = ["person:{{lead}}"]
    return whole


def saved(session: Session, tiny: Tiny, whole: Config | None = None, version: str = "1") -> Template:
    return saving.save_template(session, load(whole or config()), "region_sales", version, SYSTEM, tiny.now)


def test_two_clones_and_their_template_know_nothing_of_each_other(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        found = saved(session, tiny)
        clone(session, found, SYSTEM, tiny.now, key="east", parameters={"region": "East", "goal": "50"})
        clone(session, found, SYSTEM, tiny.now, key="west", parameters={"region": "West", "every": "月度"})
        east = source_of(session, "east").to_dict()
        field_of(east, "deal", "amount")["label"] = "Worth"
        publish(session, east, SYSTEM, tiny.now)
        records.create(session, live(session, "east"), "account", {"name": "Acme", "region": "north"}, SYSTEM, tiny.now)

    with tiny.db() as session:
        one, other = (live(session, key).app for key in ("east", "west"))
        assert (str(one.label), str(other.label)) == ("Sales of East", "Sales of West")
        targets = [app.okrs["sales"].objectives[0].key_results[1].target for app in (one, other)]
        assert targets == [50, 100]
        assert "Worth" not in str(source_of(session, "west").to_dict())
        assert "Worth" not in str(found.source.to_dict())
        page = records.query(session, live(session, "west"), "account", SYSTEM, tiny.now)
        assert list(page.records) == []


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        ({"goal": "5"}, ["goal"]),
        ({"goal": "501", "every": "weekly"}, ["goal", "every"]),
        ({"lead": "nobody_here"}, ["lead"]),
    ],
)
def test_wrong_answers_stand_beside_their_question(tiny: Tiny, answers: dict[str, str], fields: list[str]) -> None:
    with tiny.db() as session, pytest.raises(ConfigError) as caught:
        clone(session, saved(session, tiny), SYSTEM, tiny.now, key="east", parameters=answers)

    assert [fault.field for fault in caught.value.faults] == fields


def test_roles_are_given_to_people(tiny: Tiny) -> None:
    role = tiny_app()["app"]["roles"][0]["key"]
    with tiny.db.begin() as session:
        clone(session, saved(session, tiny), SYSTEM, tiny.now, key="east", roles={role: ["alice", "bob"]})
    assert role in tiny.user("alice").roles_in("east")

    with tiny.db() as session, pytest.raises(ConfigError) as caught:
        clone(session, saved(session, tiny), SYSTEM, tiny.now, key="west", roles={role: ["zoe"], "king": ["alice"]})
    assert [fault.field for fault in caught.value.faults] == ["roles", f"role_{role}"]


def test_an_app_becomes_a_template_without_its_people(tiny: Tiny) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["alerts"][0]["fallback"] = ["person:alice", "person:bob"]
    whole["alerts"][0]["when"] = "stage == 'open' and days_in_stage > 30"
    source = load(whole)
    spots = {one.value: one for one in questions.candidates(source) if one.pointer == "/when"}
    role = whole["app"]["roles"][0]["key"]

    assert saving.people_in(source) == ["alice", "bob"]
    found = saving.portable(source, {"bob": role}, {spots[30].id: questions.Question("days", "Days")})

    assert found.to_dict()["alerts"][0]["fallback"] == ["person:{{person_1}}", f"role:{role}"]  # type: ignore[index]
    assert found.to_dict()["alerts"][0]["when"] == "stage == 'open' and days_in_stage > {{days}}"  # type: ignore[index]
    with tiny.db.begin() as session:
        made = saving.save_template(session, found, "mine", "1.0", SYSTEM, tiny.now)
        again = saving.import_template(session, saving.export_template(made), SYSTEM, tiny.now)
        assert (again.number, [one.number for one in versions(session, "mine")]) == (2, [2, 1])
        assert next(one.key for one in gallery(session)) == "mine"
        assert [one.key for one in again.parameters] == ["days", "person_1"]
        clone(session, again, SYSTEM, tiny.now, key="east", parameters={"person_1": "bob", "days": 9})
        assert live(session, "east").app.alerts["stale_deal"].when.text.endswith("> 9")


def test_what_may_not_become_a_template(tiny: Tiny) -> None:
    with tiny.db() as session:
        with pytest.raises(Refused):
            saving.save_template(session, load(config()), "mine", "1", tiny.user("alice"), tiny.now)
        for key in ("sales_pipeline", "Not a key"):
            with pytest.raises(ConfigError):
                saving.save_template(session, load(config()), key, "1", SYSTEM, tiny.now)
        secret = config()
        secret["alerts"][0]["message"] = "password: hunter2hunter2"
        with pytest.raises(ConfigError):
            saved(session, tiny, secret)


def test_an_upgrade_keeps_what_was_changed_here(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        clone(session, saved(session, tiny), SYSTEM, tiny.now, key="east", parameters={"region": "East"})
        assert upgrading.newer(session, "east") is None
        with pytest.raises(EngineError):
            upgrading.upgrade(session, "east")
        ours = source_of(session, "east").to_dict()
        field_of(ours, "deal", "amount")["label"] = "Worth"
        publish(session, ours, SYSTEM, tiny.now)
        newer = config()
        newer["forms"][0]["fields"].append({"key": "site", "type": "url", "label": "Site of {{region}}"})
        newer["app"]["parameters"].append({"key": "days", "label": "Days", "type": "number", "default": 7})
        newer["alerts"][0]["when"] = "stage == 'open' and days_in_stage > {{days}}"
        saved(session, tiny, newer, "2")

        found = upgrading.upgrade(session, "east", answers={"days": 12})

        told = {one.id: one.kind for one in found.merged.differences}
        assert told["/forms/deal/fields/amount/label"] == "local"
        assert told["/forms/account/fields/site"] == "upstream"
        assert (found.new_questions, found.merged.conflicts) == (("days",), ())
        publish(session, found.merged.source, SYSTEM, tiny.now)
        upgrading.follow(session, "east", {"days": 12}, tiny.now)
        app = live(session, "east").app
        assert str(app.forms["account"].by_key["site"].label) == "Site of East"
        assert str(app.forms["deal"].by_key["amount"].label) == "Worth"
        assert app.alerts["stale_deal"].when.text.endswith("> 12")
        assert upgrading.newer(session, "east") is None


def _rows_of(session: Session, key: str) -> dict[str, int]:
    """Count what is left of an app."""
    found = {
        table.name: session.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.app_key == key)) or 0
        for table in Base.metadata.sorted_tables
        if "app_key" in table.c and not table.name.startswith("sw_audit")
    }
    names = sa.inspect(session.connection()).get_table_names()
    return {name: count for name, count in found.items() if count} | {n: 1 for n in names if n.startswith(f"{key}__")}


def test_a_sandbox_is_lived_in_and_goes_by_itself(tiny: Tiny) -> None:
    ada = tiny.user("ada")
    with tiny.db.begin() as session:
        saved(session, tiny)
        template = template_named(session, "region_sales")
        assert template is not None
        key = open_sandbox(session, template, ada, tiny.now).key
        values = {"app_key": key, "rule": "r", "form": "account", "record_id": 1, "episode": 1, "step": 0}
        alert = {"app_key": key, "rule": "r", "form": "account", "severity": "info", "record_id": 1, "state": "quiet"}
        insert_new(session, Alert, [alert | {"version": 0, "episode": 0, "next_step": 0, "release": 1, "reason": {}}])
        values["alert_id"] = session.scalars(sa.select(Alert.id)).one()
        told = {"person_id": ada.id, "channel": "email", "severity": "info", "via": "owner", "state": "queued"}
        moments = {"created_at": tiny.now, "due_at": tiny.now, "attempts": 0, "subject": "s", "text": "t"}
        insert_new(session, Notification, [values | told | moments])
        sent = session.execute(sa.select(Notification.channel, Notification.state)).all()
        assert sent == [("inbox", "sent")]
        records.create(session, live(session, key), "account", {"name": "A", "region": "north"}, SYSTEM, tiny.now)

    assert removing.purge_due(tiny.db, tiny.now + timedelta(hours=1)) == {}
    assert removing.purge_due(tiny.db, tiny.now + timedelta(hours=5)) == {"apps_purged": 1}
    with tiny.db() as session:
        assert _rows_of(session, key) == {"sw_change": 1}
        assert [one.key for one in apps(session)] == ["tiny"]
        assert session.scalar(sa.select(RoleGrant.id).where(RoleGrant.app_key == key)) is None


def test_nobody_chooses_the_key_of_a_sandbox(tiny: Tiny) -> None:
    with tiny.db() as session, pytest.raises(ConfigError):
        clone(session, saved(session, tiny), SYSTEM, tiny.now, key="sandbox_mine")


def test_an_app_is_taken_away_and_brought_back(tiny: Tiny) -> None:
    ada = tiny.user("ada")
    record = tiny.create("account", by="ada", name="Acme", region="north")
    with tiny.db.begin() as session:
        with pytest.raises(Refused):
            removing.remove_app(session, "tiny", tiny.user("alice"), tiny.now)
        removing.remove_app(session, "tiny", ada, tiny.now)
        with pytest.raises(NotFound):
            live(session, "tiny")
        assert (apps(session), [one.key for one in removing.removed_apps(session)]) == ([], ["tiny"])
        removing.restore_app(session, "tiny", ada, tiny.now)
    assert tiny.get(record)["name"] == "Acme"

    with tiny.db.begin() as session:
        removing.remove_app(session, "tiny", ada, tiny.now)
    assert removing.purge_due(tiny.db, tiny.now + timedelta(days=29)) == {}
    assert removing.purge_due(tiny.db, tiny.now + timedelta(days=31)) == {"apps_purged": 1}
    with tiny.db() as session:
        assert _rows_of(session, "tiny") == {"sw_change": 1}
        assert session.scalar(sa.select(App.id)) is None
