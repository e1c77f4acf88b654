"""Drafts: shared, edited file by file, never overwriting anybody, never touching what is live."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine import design
from engine.config.source import Source
from engine.design import StaleDraft
from engine.errors import ConfigError, EngineError, NotFound, Refused
from engine.people import SYSTEM
from engine.releases import live, publish, release_of
from tests.support.configs import field_of, tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

DEAL = "forms/deal.json"


def test_first_edit_begins_a_draft_and_leaves_what_is_live(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        content = _deal(session)
        draft = design.edit_file(session, "tiny", DEAL, {**content, "label": "Sales"}, SYSTEM, tiny.now, note="renamed")

        assert (draft.base_number, draft.version) == (1, 2)
        assert design.source_in_work(session, "tiny").section("forms").__next__().file == "forms/account.json"
        assert _deal(session)["label"] == "Sales"
        assert live(session, "tiny").app.forms["deal"].label.pick("en") == "Deal"
        assert [(edit.path, edit.note) for edit in design.edits_of(session, draft)] == [(DEAL, "renamed")]


def test_edit_of_what_somebody_else_changed_is_refused_with_their_side(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        source = design.source_in_work(session, "tiny")
        seen, content = design.seen_of(source, DEAL), _deal(session)
        design.edit_file(session, "tiny", DEAL, {**content, "label": "Theirs"}, SYSTEM, tiny.now, seen=seen)

        with pytest.raises(StaleDraft) as caught:
            design.edit_file(session, "tiny", DEAL, {**content, "label": "Mine"}, SYSTEM, tiny.now, seen=seen)

        assert caught.value.theirs["label"] == "Theirs"
        assert _deal(session)["label"] == "Theirs"


def test_edits_of_different_files_do_not_meet(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        source = design.source_in_work(session, "tiny")
        for path in (DEAL, "forms/account.json"):
            content = {**design.content_of(source, path), "label": "New"}
            design.edit_file(session, "tiny", path, content, SYSTEM, tiny.now, seen=design.seen_of(source, path))

        after = design.source_in_work(session, "tiny")
        assert [design.content_of(after, path)["label"] for path in (DEAL, "forms/account.json")] == ["New", "New"]


def test_undo_takes_back_one_edit_also_of_a_key(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        before = design.source_in_work(session, "tiny").to_dict()
        content = _deal(session)
        draft = design.edit_file(session, "tiny", DEAL, {**content, "key": "bargain"}, SYSTEM, tiny.now)
        assert design.content_of(design.draft_source(draft), DEAL) is None

        design.undo(session, "tiny", design.edits_of(session, draft)[0].id, SYSTEM, tiny.now)

        assert design.source_in_work(session, "tiny").to_dict() == before


def test_file_is_added_and_taken_out(tiny: Tiny) -> None:
    form = {"key": "note", "label": "Note", "title": "text", "fields": [{"key": "text", "type": "text", "label": "T"}]}
    with tiny.db.begin() as session:
        design.edit_file(session, "tiny", "forms/note.json", form, SYSTEM, tiny.now, seen="")
        assert design.content_of(design.source_in_work(session, "tiny"), "forms/note.json") == form

        design.edit_file(session, "tiny", "forms/note.json", None, SYSTEM, tiny.now)
        assert design.content_of(design.source_in_work(session, "tiny"), "forms/note.json") is None


def test_key_of_another_file_is_refused(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        for path in (DEAL, "forms/fresh.json"):
            with pytest.raises(EngineError) as caught:
                design.edit_file(session, "tiny", path, {**_deal(session), "key": "account"}, SYSTEM, tiny.now)
            fault = caught.value.faults[0]
            assert (fault.code, fault.pointer, fault.text) == (
                "draft.key_taken",
                "/key",
                "forms/account.json has the key “account” already; choose another one.",
            )

        design.edit_file(session, "tiny", DEAL, {**_deal(session), "key": "stale_deal"}, SYSTEM, tiny.now)
        assert design.content_of(design.source_in_work(session, "tiny"), "forms/stale_deal.json") is not None


def test_edit_that_changes_nothing_begins_no_draft(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        turned = dict(reversed(_deal(session).items()))

        assert design.edit_file(session, "tiny", DEAL, turned, SYSTEM, tiny.now) is None
        assert design.draft_of(session, "tiny") is None


def test_faulty_draft_is_kept_but_not_published(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        design.edit_file(session, "tiny", DEAL, {**_deal(session), "title": "nmae"}, SYSTEM, tiny.now)
        assert [
            one.pointer for one in design.faults_of(design.source_in_work(session, "tiny")) if one.level == "error"
        ] == ["/title"]

        with pytest.raises(ConfigError):
            design.publish_draft(session, "tiny", SYSTEM, tiny.now)

        assert design.draft_of(session, "tiny") is not None
        assert live(session, "tiny").number == 1


def test_published_draft_is_gone(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        design.edit_file(session, "tiny", DEAL, {**_deal(session), "label": "Sales"}, SYSTEM, tiny.now)
        release = design.publish_draft(session, "tiny", SYSTEM, tiny.now, "why")

        assert (release.number, release.reason) == (2, "why")
        assert design.draft_of(session, "tiny") is None
        assert live(session, "tiny").app.forms["deal"].label.pick("en") == "Sales"


def test_discarded_draft_leaves_nothing(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        design.edit_file(session, "tiny", DEAL, {**_deal(session), "label": "Sales"}, SYSTEM, tiny.now)
        design.discard(session, "tiny", SYSTEM, tiny.now)

        assert design.draft_of(session, "tiny") is None
        with pytest.raises(NotFound):
            design.discard(session, "tiny", SYSTEM, tiny.now)


def test_new_app_begins_as_a_draft(tiny: Tiny) -> None:
    source = Source.from_dict(tiny_app() | {"app": {**tiny_app()["app"], "key": "fresh"}})
    creator = replace(tiny.user("alice"), roles=frozenset({("*", "creator")}))
    with tiny.db.begin() as session:
        design.begin(session, source, creator, tiny.now)
        assert design.can(session, "fresh", creator, "design")
        assert not design.can(session, "fresh", tiny.user("bob"), "design")
        with pytest.raises(EngineError):
            design.begin(session, source, creator, tiny.now)

        design.publish_draft(session, "fresh", creator, tiny.now)
        assert release_of(session, "fresh", 1).published_by == creator.id
        assert design.can(session, "fresh", creator, "publish")


def test_roles_split_design_from_publishing(tiny: Tiny) -> None:
    config = tiny_app()
    config["app"]["roles"][0]["may"] = ["design"]
    config["app"]["roles"].append({"key": "publisher", "label": "Publisher", "may": ["publish"]})
    role = config["app"]["roles"][0]["key"]
    designer = replace(tiny.user("alice"), roles=frozenset({("tiny", role)}))
    publisher = replace(tiny.user("bob"), roles=frozenset({("tiny", "publisher")}))
    with tiny.db.begin() as session:
        publish(session, config, SYSTEM, tiny.now)
        design.edit_file(session, "tiny", DEAL, {**_deal(session), "label": "Sales"}, designer, tiny.now)
        with pytest.raises(Refused):
            design.publish_draft(session, "tiny", designer, tiny.now)
        with pytest.raises(Refused):
            publish(session, config, designer, tiny.now)
        design.publish_draft(session, "tiny", publisher, tiny.now)

        assert live(session, "tiny").number == 3


def test_who_may_not_design_is_refused(tiny: Tiny) -> None:
    nobody = replace(tiny.user("bob"), roles=frozenset())
    with tiny.db.begin() as session, pytest.raises(Refused):
        design.edit_file(session, "tiny", DEAL, _deal(session), nobody, tiny.now)


def test_key_of_the_app_stays(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        app = design.content_of(design.source_in_work(session, "tiny"), "app.json")
        design.edit_file(session, "tiny", "app.json", {**app, "key": "other", "label": "Named"}, SYSTEM, tiny.now)

        assert design.source_in_work(session, "tiny").app["key"].text == "tiny"
        assert design.source_in_work(session, "tiny").app["label"].text == "Named"


def test_field_added_to_a_draft_is_checked_with_the_rest(tiny: Tiny) -> None:
    config = tiny_app()
    field_of(config, "deal", "amount")["type"] = "text"
    with tiny.db.begin() as session:
        draft = design.replace_config(session, "tiny", Source.from_dict(config), SYSTEM, tiny.now, "from a file")

        assert design.edits_of(session, draft)[0].note == "from a file"
        assert any(one.level == "error" for one in design.faults_of(design.draft_source(draft)))


def _deal(session: object) -> dict[str, object]:
    return design.content_of(design.source_in_work(session, "tiny"), DEAL)
