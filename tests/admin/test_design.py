"""The frame of the designers: who enters, what is edited where, and what stays untouched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from engine import design
from engine.people import SYSTEM
from engine.releases import clone, live, template_path
from tests.support.site import words

if TYPE_CHECKING:
    from tests.support.site import Site

BASE = "/admin/design/tiny"


@pytest.mark.parametrize("address", ["/", "/files", "/files/forms/deal.json", "/files/app.json"])
def test_pages_answer_designers_only(site: Site, address: str) -> None:
    assert site.visitor("ada").get(BASE + address).status_code == 200
    assert site.visitor("mona").get(BASE + address).status_code == 403
    assert site.visitor().get(BASE + address).status_code == 303


def test_the_frame_shows_the_app_that_is_designed(site: Site) -> None:
    with site.db.begin() as session:
        clone(session, template_path("expense_claims"), SYSTEM, site.now, key="claims")
    ada = site.visitor("ada")

    for key, other in (("claims", "tiny"), ("tiny", "claims"), ("claims", "tiny")):
        page = ada.get(f"/admin/design/{key}/").text
        home = ada.get("/").text
        assert (f'class="item" href="/admin/design/{key}/" aria-current' in page) is True
        assert (f'class="item" href="/admin/design/{other}/"' in page) is False
        assert (f'class="item" href="/admin/design/{key}/"' in home) is True


def test_an_app_that_nobody_has_a_part_in_says_so(site: Site) -> None:
    with site.db.begin() as session:
        clone(session, template_path("expense_claims"), SYSTEM, site.now, key="claims")

    lonely = site.visitor("ada").get("/admin/design/claims/").text

    assert "Nobody has a role in this app yet" in lonely
    assert 'href="/admin/apps/claims/people"' in lonely
    assert "Nobody has a role" not in site.visitor("ada").get(f"{BASE}/").text


def test_unknown_app_and_file_are_not_found(site: Site) -> None:
    ada = site.visitor("ada")

    assert ada.get("/admin/design/nothing/").status_code == 404
    assert ada.get(f"{BASE}/files/forms/nothing.json").status_code == 404


def test_edited_json_goes_into_the_draft(site: Site) -> None:
    ada = site.visitor("ada")
    with site.db() as session:
        source = design.source_in_work(session, "tiny")
        text, seen = (
            design.text_of("forms/deal.json", design.content_of(source, "forms/deal.json")),
            design.seen_of(source, "forms/deal.json"),
        )
    changed = json.dumps({**json.loads(text), "label": "Bargains"})

    answer = ada.post(f"{BASE}/files/forms/deal.json", text=changed, seen=seen)
    again = ada.post(f"{BASE}/files/forms/deal.json", text=text, seen=seen)

    assert (answer.status_code, again.status_code) == (303, 409)
    assert "Bargains" in ada.get(f"{BASE}/").get_data(as_text=True)
    with site.db() as session:
        assert live(session, "tiny").app.forms["deal"].label.pick("en") == "Deal"


def test_text_that_is_no_json_comes_back(site: Site) -> None:
    answer = site.visitor("ada").post(f"{BASE}/files/forms/deal.json", text='{"key": ', seen="")

    assert answer.status_code == 422
    assert "{&#34;key&#34;: " in answer.get_data(as_text=True)


def test_renamed_file_is_shown_under_its_new_name(site: Site) -> None:
    ada = site.visitor("ada")
    with site.db() as session:
        source = design.source_in_work(session, "tiny")
        content, seen = design.content_of(source, "forms/deal.json"), design.seen_of(source, "forms/deal.json")

    taken = ada.post(f"{BASE}/files/forms/deal.json", text=json.dumps({**content, "key": "account"}), seen=seen)
    renamed = ada.post(f"{BASE}/files/forms/deal.json", text=json.dumps({**content, "key": "bargain"}), seen=seen)

    assert taken.status_code == 422
    assert "forms/account.json has the key" in taken.get_data(as_text=True)
    assert renamed.location.endswith("/files/forms/bargain.json")
    assert ada.get(renamed.location).status_code == 200


def test_the_audit_trail_names_the_part_that_was_edited(site: Site) -> None:
    ada = site.visitor("ada")
    with site.db() as session:
        source = design.source_in_work(session, "tiny")
        content, seen = design.content_of(source, "forms/deal.json"), design.seen_of(source, "forms/deal.json")
    ada.post(f"{BASE}/files/forms/deal.json", text=json.dumps({**content, "icon": "truck"}), seen=seen)

    page = words(ada.get("/admin/audit/"))

    assert "Part of the app: Form “Deal”" in page
    assert "forms/deal.json" not in page
