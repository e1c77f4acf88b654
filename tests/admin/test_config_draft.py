"""A config from a file goes into the draft of its app, where one sees what it would change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.design import draft_of, source_in_work
from engine.releases import live
from tests.support.configs import field_of, tiny_app
from tests.support.site import words

if TYPE_CHECKING:
    from tests.support.site import Site

ADDRESS = "/admin/config/draft"


def changed(label: str) -> str:
    whole = tiny_app()
    field_of(whole, "deal", "amount")["label"] = label
    return json.dumps(whole)


def test_a_config_goes_into_the_draft_and_shows_what_it_changes(site: Site) -> None:
    ada = site.visitor("ada")

    answer = ada.post(ADDRESS, text=changed("Worth"))

    assert answer.location == "/admin/design/tiny/publish"
    assert "Worth" in words(ada.get("/admin/design/tiny/publish"))
    with site.db() as session:
        assert live(session, "tiny").number == 1
        assert "Worth" in str(source_in_work(session, "tiny").to_dict())


def test_a_draft_that_is_there_is_replaced_only_when_that_is_meant(site: Site) -> None:
    ada = site.visitor("ada")
    ada.post(ADDRESS, text=changed("Worth"))

    asked = ada.post(ADDRESS, text=changed("Value"))

    assert asked.status_code == 409
    assert "There is a draft of this app with one edit" in words(asked)
    with site.db() as session:
        draft = draft_of(session, "tiny")
        assert draft is not None
        assert "Worth" in draft.config
        over = draft.version
    assert ada.post(ADDRESS, text=changed("Value"), over=over).status_code == 303
    with site.db() as session:
        assert "Value" in str(source_in_work(session, "tiny").to_dict())


def test_a_config_of_a_new_app_begins_its_draft(site: Site) -> None:
    whole = tiny_app()
    whole["app"]["key"] = "fresh"

    answer = site.visitor("ada").post(ADDRESS, text=json.dumps(whole))

    assert answer.location == "/admin/design/fresh/publish"
    assert site.visitor("ada").post(ADDRESS, text="no json").status_code == 422
    assert site.visitor("mona").post(ADDRESS, text=json.dumps(whole)).status_code == 403
