"""Eighteen real issue forms of five projects, each turned into a form of an app and filled in through the web."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from engine.config.check import check
from engine.config.load import load
from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM, create_person, find_user, grant
from engine.records import query
from engine.releases import live, publish
from tests.samples.issue_forms import app_of, field_of, is_form, required_options
from tests.support.site import Site, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "github_issue_forms"


@pytest.fixture(scope="module")
def config(folder: Path) -> dict[str, Any]:
    return app_of(folder)


@pytest.fixture(scope="module")
def issues(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The app with all forms, live, and a reporter called rita."""
    folder = tmp_path_factory.mktemp("issues")
    engine = make_engine(f"sqlite:///{folder / 'issues.db'}")
    create_system_tables(engine)
    with sessions(engine).begin() as session:
        publish(session, config, SYSTEM, NOW, "from YAML")
        grant(session, create_person(session, "rita", "Rita", now=NOW), "issues", "reporter")
    yield Site(sessions(engine), NOW, folder)
    engine.dispose()


def good(form: dict[str, Any]) -> dict[str, Any]:
    """Return an answer to every question."""
    return {one["key"]: answer(one) for one in form["fields"]}


def answer(field: dict[str, Any]) -> Any:
    if field["type"] == "choices":
        return [one["key"] for one in field["options"]]
    return field["options"][0]["key"] if field["type"] == "choice" else f"An answer to {field['key']}"


def stored(site: Site, form: str) -> list[Any]:
    with site.db() as session:
        return list(query(session, live(session, "issues"), form, find_user(session, "rita"), site.now).records)


def test_eighteen_forms_become_one_app_without_a_fault(config: dict[str, Any]) -> None:
    assert len(config["forms"]) == 18
    assert [fault for fault in check(load(config)) if fault.level == "error"] == []


def test_every_element_and_every_note_arrives(folder: Path, config: dict[str, Any]) -> None:
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".yml", ".yaml") and is_form(path))
    for path, form in zip(paths, config["forms"], strict=True):
        body = yaml.safe_load(path.read_text(encoding="utf-8"))["body"]
        questions = [one for one in body if one["type"] != "markdown"]
        text = "\n".join(one.get("help", "") for one in form["fields"])
        assert [one["label"] for one in form["fields"][1:]] == [one["attributes"]["label"].strip() for one in questions]
        assert all(one["attributes"]["value"].strip() in text for one in body if one["type"] == "markdown")


@pytest.mark.parametrize("number", range(18))
def test_every_required_element_is_enforced_and_a_full_answer_is_taken(
    issues: Site, config: dict[str, Any], number: int
) -> None:
    form = config["forms"][number]
    address, visitor = f"/a/issues/{form['key']}/new", issues.visitor("rita")
    must = [one["key"] for one in form["fields"] if one.get("required")]

    page = visitor.get(address)
    assert all(f'id="wrap-field-{one["key"]}"' in page.text for one in form["fields"])
    for key in must:
        refused = visitor.post(address, **{**good(form), key: ""})
        assert (refused.status_code, f'id="field-{key}-error"' in refused.text) == (422, True), key
    nothing = visitor.post(address, **dict.fromkeys((one["key"] for one in form["fields"]), ""))
    assert [key for key in must if f'id="field-{key}-error"' not in nothing.text] == []
    assert stored(issues, form["key"]) == []

    taken = visitor.post(address, **good(form))
    assert taken.status_code == 303, words(taken)
    [record] = stored(issues, form["key"])
    assert {key: record[key] for key in good(form)} == good(form)


def test_every_box_that_must_be_ticked_is_asked_for(issues: Site, folder: Path, config: dict[str, Any]) -> None:
    asked = 0
    for form in config["forms"]:
        for rule in form["assert"]:
            field = next(one for one in form["fields"] if one["key"] == rule["field"])
            wanted = next(one for one in field["options"] if one["label"] in rule["message"])
            others = [one["key"] for one in field["options"] if one is not wanted]
            typed = {**good(form), "title": "Unticked", field["key"]: others}
            refused = issues.visitor("rita").post(f"/a/issues/{form['key']}/new", **typed)
            assert refused.status_code == 422
            assert f'id="field-{field["key"]}-error"' in refused.text
            asked += 1
    found = [
        one
        for path in folder.iterdir()
        if path.suffix in (".yml", ".yaml") and is_form(path)
        for element in yaml.safe_load(path.read_text(encoding="utf-8"))["body"]
        for one in required_options(element)
    ]
    assert asked == len(found) > 0


def test_every_kind_of_element_has_its_field() -> None:
    said = {
        "many": {"type": "dropdown", "attributes": {"label": "Many", "multiple": True, "options": ["A", "B"], "default": 1}},
        "file": {"type": "upload", "attributes": {"label": "File"}, "validations": {"required": True}},
    }  # fmt: skip

    made = [field_of(one, set(), ["Above."]) for one in said.values()]

    assert made == [
        {
            "key": "many",
            "type": "choices",
            "label": "Many",
            "help": "Above.",
            "options": [{"key": "o0_a", "label": "A"}, {"key": "o1_b", "label": "B"}],
            "default": "o1_b",
        },
        {"key": "file", "type": "attachment", "label": "File", "help": "Above.", "required": True},
    ]
