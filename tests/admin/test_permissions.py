"""The matrix of permissions: it writes back what it shows, and a tick is one edit of the form's own JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import design
from engine.people import SYSTEM, find_user
from engine.records.role_sight import RoleSight, role_sights
from engine.releases import live, publish
from tests.admin.test_designers import BASE, content, post
from tests.support.configs import form_of, tiny_app
from tests.support.html_forms import posted_values
from tests.support.site import words

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site, Visitor

DEAL = "forms/deal.json"


def grid(visitor: Visitor, form: str = "deal") -> dict[str, list[str]]:
    """Return what a browser posts from the matrix as it is shown."""
    page = visitor.get(f"{BASE}/permissions/{form}").get_data(as_text=True)
    shown = posted_values(page[page.index('id="matrix"') :].partition("</form>")[0])
    return {name: values for name, values in shown.items() if name[:2] in ("a/", "f/")}


def save(visitor: Visitor, site: Site, values: dict[str, Any], form: str = "deal") -> list[Any]:
    """Save the matrix and return the entries that the draft then holds."""
    answer = post(visitor, site, f"/permissions/{form}", f"forms/{form}.json", **{**values, "-act": "grid"})
    assert answer.status_code == 303
    return list(content(site, f"forms/{form}.json").get("permissions", []))


@pytest.mark.parametrize("form", ["account", "deal", "visit"])
def test_matrix_saved_as_shown_leaves_the_form_as_it_was(site: Site, form: str) -> None:
    ada, before = site.visitor("ada"), content(site, f"forms/{form}.json")

    save(ada, site, grid(ada, form), form)

    assert content(site, f"forms/{form}.json") == before


def test_ticks_and_choices_change_the_entries_they_stand_for(site: Site) -> None:
    ada = site.visitor("ada")
    before = form_of(tiny_app(), "deal")["permissions"]
    values = {**grid(ada), "f/manager/margin": ["read"], "a/manager/share": ["1"]}
    del values["a/rep/export"]

    after = save(ada, site, values)

    rep = [one for one in before[0]["actions"] if one != "export"]
    manager = {**before[1], "actions": [*before[1]["actions"], "share"], "fields": {"margin": "read"}}
    assert after == [{**before[0], "actions": rep}, manager, *before[2:]]


def test_nobody_left_who_reads_is_told_before_publishing(site: Site) -> None:
    ada = site.visitor("ada")
    values = {name: one for name, one in grid(ada).items() if not name.endswith("/read")}

    save(ada, site, values)

    said = "Nobody but administrators may see records of this form: no line of its permissions lets anybody read."
    assert said in words(ada.get(f"{BASE}/permissions/deal"))
    assert said in words(ada.get(f"{BASE}/publish"))


def test_shared_entry_is_split_before_its_records_change_for_one_role(site: Site) -> None:
    ada = site.visitor("ada")
    shared = {"roles": ["rep", "manager"], "actions": ["read"], "fields": {"margin": "hidden"}}
    with site.db.begin() as session:
        changed = {**content(site, DEAL), "permissions": [shared]}
        design.edit_file(session, "tiny", DEAL, changed, find_user(session, "ada"), site.now)

    answer = post(ada, site, "/permissions/deal", DEAL, **{"-act": "own:manager:0"})

    assert "at=/permissions/1/records" in answer.headers["Location"].replace("%2F", "/")
    assert content(site, DEAL)["permissions"] == [{**shared, "roles": ["rep"]}, {**shared, "roles": ["manager"]}]
    assert ada.get(answer.headers["Location"]).status_code == 200


def test_forms_and_roles_are_shown_together(site: Site) -> None:
    page = words(site.visitor("ada").get(f"{BASE}/permissions"))

    assert "Sales manager" in page
    assert "Owner is me" in page


def test_role_sees_as_many_records_as_its_people(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Alpha", account=account.id, amount="100")
    tiny.create("deal", by="bob", name="Beta", account=account.id, amount="100")

    with tiny.db() as session:
        total, found = role_sights(session, live(session, "tiny"), "deal", ("rep", "admin", "nobody"), tiny.now)

    assert total == 2
    assert found == {"rep": RoleSight(1, "Alice"), "admin": RoleSight(2), "nobody": RoleSight(0)}


def test_a_link_that_htmx_follows_in_the_browsers_stead_brings_the_whole_page(site: Site) -> None:
    ada = site.visitor("ada")
    address = f"{BASE}/condition?path={DEAL}&at=/permissions/0/records"

    boosted = ada.get(address, **{"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "content"}).text
    piece = ada.get(address, **{"HX-Request": "true"}).text

    assert 'id="content"' in boosted
    assert 'id="content"' not in piece


def test_records_of_one_role_are_chosen_where_nothing_is_granted_yet(site: Site) -> None:
    whole = tiny_app()
    form_of(whole, "visit").pop("permissions")
    with site.db.begin() as session:
        publish(session, whole, SYSTEM, site.now, "Open to all")
    ada = site.visitor("ada")
    assert 'value="own:rep:0"' in ada.get(f"{BASE}/permissions/visit").text

    answer = post(ada, site, "/permissions/visit", "forms/visit.json", **{"-act": "own:rep:0"})

    assert "/condition?path=forms/visit.json&at=/permissions/1/records" in answer.location.replace("%2F", "/")
    assert [one["roles"] for one in content(site, "forms/visit.json")["permissions"]] == [["manager", "admin"], ["rep"]]
