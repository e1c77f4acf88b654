from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from engine import records
from engine.config.canonical import write_folder
from engine.config.load import load
from engine.errors import ConfigError, Refused
from engine.people import SYSTEM
from engine.releases import apps, clone, live, publish, source_of, template_path, templates
from tests.support.configs import form_of, tiny_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import Tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A template that asks for a limit, with two demonstration records."""
    config = tiny_app()
    config["app"]["parameters"] = [
        {"key": "limit", "label": "Largest deal", "type": "number", "default": 1000},
        {"key": "team", "label": "Team", "type": "text", "default": "Sales"},
    ]
    config["app"]["description"] = "For {{team}}."
    form_of(config, "deal")["assert"].append(
        {"condition": "is_empty(amount) or amount <= {{limit}}", "message": "Too much."}
    )
    found = tmp_path / "template"
    write_folder(load(config), found)
    (found / "data").mkdir()
    (found / "data" / "account.csv").write_text("name,region\nAcme,north\nZeta,南区\n", encoding="utf-8")
    return found


def test_shipped_templates_are_listed_with_what_they_ask() -> None:
    found = {one.key: one for one in templates()}

    assert "sales_pipeline" in found
    assert found["sales_pipeline"].label.pick("zh_Hans") != ""
    assert template_path("sales_pipeline") == found["sales_pipeline"].path
    assert template_path("nothing_like_it") is None


def test_clone_makes_an_app_of_its_own(tiny: Tiny, folder: Path) -> None:
    with tiny.db.begin() as session:
        release = clone(session, folder, SYSTEM, tiny.now, key="north", label="North sales", with_records=True)
        assert (release.app_key, release.number) == ("north", 1)

    with tiny.db() as session:
        app = live(session, "north")
        page = records.query(session, app, "account", SYSTEM, tiny.now, sort=["name"])
        assert [(one["name"], one["region"]) for one in page.records] == [("Acme", "north"), ("Zeta", "south")]
        assert (str(app.app.label), str(app.app.description)) == ("North sales", "For Sales.")
        assert [one.key for one in apps(session)] == ["north", "tiny"]


def test_answers_are_put_in(tiny: Tiny, folder: Path) -> None:
    with tiny.db.begin() as session:
        clone(session, folder, SYSTEM, tiny.now, key="north", parameters={"limit": "50", "team": "北区"})
        source = source_of(session, "north")

    text = json.dumps(source.to_dict(), ensure_ascii=False)
    assert ("amount <= 50" in text, "For 北区." in text, "{{" in text, "parameters" in text) == (
        True,
        True,
        False,
        False,
    )


@pytest.mark.parametrize("answers", [{"limit": "many"}, {"nonsense": "1"}, {"team": "x' or True or '"}])
def test_answer_that_does_not_fit_is_refused(tiny: Tiny, folder: Path, answers: dict[str, str]) -> None:
    with tiny.db() as session, pytest.raises(ConfigError):
        clone(session, folder, SYSTEM, tiny.now, key="north", parameters=answers)


def test_clone_and_original_do_not_know_each_other(tiny: Tiny, folder: Path) -> None:
    with tiny.db.begin() as session:
        clone(session, folder, SYSTEM, tiny.now, key="north", with_records=True)
    changed = tiny_app()
    form_of(changed, "account")["fields"].append({"key": "only_here", "type": "text", "label": "x"})
    tiny.publish(changed)
    tiny.create("account", name="Mine", region="north")

    with tiny.db() as session:
        north = live(session, "north")
        assert "only_here" not in north.app.forms["account"].by_key
        assert records.query(session, north, "account", SYSTEM, tiny.now).count == 2
    assert tiny.names("account") == ["Mine"]


def test_key_that_is_taken_is_refused(tiny: Tiny, folder: Path) -> None:
    with tiny.db() as session, pytest.raises(ConfigError) as error:
        clone(session, folder, SYSTEM, tiny.now)

    assert [(one.code, one.field) for one in error.value.faults] == [("app.exists", "key")]


@pytest.mark.parametrize("key", ["No", "x" * 21, "1st", "sw app", ""])
def test_key_that_is_none_is_refused(tiny: Tiny, folder: Path, key: str) -> None:
    with tiny.db() as session, pytest.raises(ConfigError):
        clone(session, folder, SYSTEM, tiny.now, key=key)


def test_only_administrators_make_new_apps(tiny: Tiny, folder: Path) -> None:
    with tiny.db() as session, pytest.raises(Refused):
        clone(session, folder, tiny.user("mona"), tiny.now, key="north")


def test_config_may_be_published_under_another_key(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        assert publish(session, tiny_app(), SYSTEM, tiny.now, app_key="copy").app_key == "copy"
        assert live(session, "copy").app.key == "copy"
