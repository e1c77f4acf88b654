"""Apps combined of several templates are brought up to date template by template, under the keys they have there."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from engine.config.check import check
from engine.config.faults import errors_of
from engine.config.load import load
from engine.config.source import Source
from engine.errors import EngineError, NotFound
from engine.people import SYSTEM
from engine.releases import publish, source_of
from engine.templates import saving, upgrading
from engine.templates.combining import Part, added, combine
from engine.templates.gallery import template_named
from engine.templates.parts import remember_parts
from engine.templates.three_way import CONFLICT, LOCAL, UPSTREAM
from tests.support.configs import Config, field_of, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.templates.gallery import Template
    from engine.templates.upgrading import Upgrade
    from tests.engine.conftest import Tiny


def config(key: str) -> Config:
    whole = copy.deepcopy(tiny_app())
    whole["app"]["key"] = key
    return whole


def note(label: str) -> dict[str, Any]:
    """Return a form that needs no other."""
    return {
        "key": "note",
        "label": label,
        "title": "name",
        "fields": [{"key": "name", "label": "Name", "type": "text"}],
    }


def saved(session: Session, tiny: Tiny, whole: Config) -> Template:
    return saving.save_template(session, load(whole), whole["app"]["key"], "", SYSTEM, tiny.now)


def both(session: Session, tiny: Tiny) -> None:
    """Publish `both`: the templates `one` and `two`, which say the same, so that all of `two` is called otherwise."""
    parts = [(found, Part(found.source)) for found in (saved(session, tiny, config(key)) for key in ("one", "two"))]
    made = combine([part for _, part in parts], "both", "Both")
    publish(session, made.source, SYSTEM, tiny.now)
    remember_parts(session, "both", parts, made.names, tiny.now)


def offered(session: Session) -> dict[str, int]:
    return {one.template.key: one.part for one in upgrading.offers(session, "both", source_of(session, "both"))}


def changed(found: Upgrade, kind: str) -> list[str]:
    return [one.id for one in found.merged.differences if one.kind == kind]


def test_change_of_one_template_is_offered_under_the_keys_of_the_app(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        both(session, tiny)
        assert offered(session) == {}
        newer = config("two")
        field_of(newer, "deal", "amount")["label"] = "Worth"
        saved(session, tiny, newer)
        [(key, part)] = offered(session).items()
        assert key == "two"

        found = upgrading.upgrade(session, "both", part=part)

        assert changed(found, UPSTREAM) == ["/forms/deal_2/fields/amount/label"]
        assert (changed(found, LOCAL), changed(found, CONFLICT)) == ([], [])
        whole = found.merged.source.to_dict()
        assert field_of(whole, "deal_2", "amount")["label"] == "Worth"
        assert field_of(whole, "deal", "amount") == field_of(tiny_app(), "deal", "amount")
        publish(session, found.merged.source, SYSTEM, tiny.now)
        upgrading.follow(session, "both", {}, tiny.now, part)
        assert offered(session) == {}
        with pytest.raises(EngineError):
            upgrading.upgrade(session, "both", part=part)


def test_what_was_changed_here_and_there_is_told_apart(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        both(session, tiny)
        ours = source_of(session, "both").to_dict()
        field_of(ours, "deal_2", "amount")["label"] = "Mine"
        field_of(ours, "deal_2", "name")["label"] = "My name"
        field_of(ours, "deal", "name")["label"] = "Of the other template"
        publish(session, ours, SYSTEM, tiny.now)
        newer = config("two")
        field_of(newer, "deal", "amount")["label"] = "Theirs"
        newer["alerts"] = newer["alerts"][1:]
        saved(session, tiny, newer)
        part = offered(session)["two"]

        found = upgrading.upgrade(session, "both", part=part)

        assert changed(found, CONFLICT) == ["/forms/deal_2/fields/amount/label"]
        assert changed(found, LOCAL) == ["/forms/deal_2/fields/name/label"]
        gone = tiny_app()["alerts"][0]["key"]
        assert changed(found, UPSTREAM) == [f"/alerts/{gone}_2"]
        whole = found.merged.source.to_dict()
        assert field_of(whole, "deal_2", "amount")["label"] == "Mine"
        assert field_of(whole, "deal", "name")["label"] == "Of the other template"
        taken = upgrading.upgrade(
            session, "both", choices={"/forms/deal_2/fields/amount/label": "theirs"}, part=part
        ).merged.source.to_dict()
        assert field_of(taken, "deal_2", "amount")["label"] == "Theirs"
        assert errors_of(check(found.merged.source)) == []


def test_new_things_of_a_template_get_keys_that_are_free_and_are_known_again(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        both(session, tiny)
        newer = [config("one"), config("two")]
        for whole in newer:
            whole["forms"].append(note(whole["app"]["key"]))
            saved(session, tiny, whole)
        for name in ("one", "two"):
            part, ours = offered(session)[name], source_of(session, "both")
            found = upgrading.upgrade(session, "both", part=part)
            upgrading.prepare(session, "both", ours, part)
            publish(session, found.merged.source, SYSTEM, tiny.now)
        forms = {spot["key"].text: spot["label"].text for spot in source_of(session, "both").section("forms")}
        assert (forms["note"], forms["note_2"]) == ("one", "two")

        for name, part in offered(session).items():  # looked at once more, nothing is left to take over
            assert upgrading.upgrade(session, "both", part=part).merged.differences == (), name
            upgrading.follow(session, "both", {}, tiny.now, part)
        assert offered(session) == {}
        field_of(newer[1], "note", "name")["label"] = "Again"
        saved(session, tiny, newer[1])
        found = upgrading.upgrade(session, "both", part=offered(session)["two"])
        assert [one.split("/")[:3] for one in changed(found, UPSTREAM)] == [["", "forms", "note_2"]]


def test_only_the_forms_that_were_taken_are_upgraded(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        whole = config("two")
        whole["forms"].append(note("Note"))
        part = Part(saved(session, tiny, whole).source, ("note",))
        made = added(source_of(session, "tiny"), part)
        publish(session, made.source, SYSTEM, tiny.now, app_key="tiny")
        template = template_named(session, "two")
        assert template is not None
        remember_parts(session, "tiny", [(template, part)], made.names, tiny.now, grows=True)
        field_of(whole, "deal", "amount")["label"] = "Not taken"
        field_of(whole, "note", "name")["label"] = "What"
        whole["app"]["currency"] = "EUR"
        saved(session, tiny, whole)
        [offer] = upgrading.offers(session, "tiny", source_of(session, "tiny"))

        found = upgrading.upgrade(session, "tiny", part=offer.part)

        assert [one.id for one in found.merged.differences] == ["/forms/note/fields/name/label"]
        with pytest.raises(NotFound):
            upgrading.upgrade(session, "both", part=offer.part, ours=source_of(session, "tiny"))


def test_templates_of_which_nothing_is_left_are_not_offered(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        both(session, tiny)
        publish(session, _without_second(source_of(session, "both")), SYSTEM, tiny.now)
        newer = config("two")
        field_of(newer, "deal", "amount")["label"] = "Worth"
        saved(session, tiny, newer)

        assert offered(session) == {}


def _without_second(source: Source) -> dict[str, Any]:
    whole: dict[str, Any] = source.to_dict()
    for section, listed in whole.items():
        if section != "app":
            whole[section] = [one for one in listed if not one["key"].endswith("_2")]
    app = whole["app"]
    app["measures"] = {key: one for key, one in app.get("measures", {}).items() if not key.endswith("_2")}
    app["order"] = [one for one in app.get("order", []) if not one.endswith("_2")]
    whole["app"] = {key: one for key, one in app.items() if one not in ([], {})}
    return whole
