from __future__ import annotations

import re

import pytest

from tests.support.configs import form_of
from tests.support.order_app import order_app
from tests.support.site import words


@pytest.fixture(autouse=True)
def orders(tiny):
    tiny.publish(order_app())


def _keep(visitor, form="sheet", query="", **typed: object) -> str:
    """Keep a draft as the page does, and return its number."""
    answer = visitor.post(f"/a/tiny/{form}/draft{query}", **typed)
    assert "Draft saved 09:00" in words(answer)
    return re.search(r'name="-draft" value="(\d+)"', answer.text)[1]


def test_draft_is_resumed_on_another_device_and_gone_when_saved(site, tiny):
    alice = site.visitor("alice")
    alice.get("/a/tiny/sheet/new")
    number = _keep(alice, name="Half a sheet", kind="car", plate="", **{"-page": "details"})
    assert _keep(alice, name="Half a sheet!", kind="car", **{"-draft": number, "-page": "details"}) == number

    other = site.visitor("alice")
    for place in ("/", "/a/tiny/sheet/", "/a/tiny/sheet/new"):
        assert "You have an unfinished form : Sheet “Half a sheet!”" in words(other.get(place))
    page = other.get(f"/a/tiny/sheet/new?draft={number}")
    assert 'value="Half a sheet!"' in page.text
    assert 'name="-page" id="form-page" value="details"' in page.text
    assert 'id="wrap-field-plate" class="" hidden' not in page.text
    assert "unfinished" not in words(page)

    saved = other.post("/a/tiny/sheet/new", name="Done", kind="bike", memo="m", **{"-draft": number})
    assert saved.status_code == 303
    assert other.get(f"/a/tiny/sheet/new?draft={number}").status_code == 404


def test_draft_is_nobody_else_s(site):
    alice, mona = site.visitor("alice"), site.visitor("mona")
    alice.get("/a/tiny/sheet/new")
    number = _keep(alice, name="Secret sheet")

    assert mona.get(f"/a/tiny/sheet/new?draft={number}").status_code == 404
    assert mona.post(f"/drafts/{number}/discard").status_code == 404
    assert "Secret sheet" not in words(mona.get("/"))
    mine = _keep(mona, name="Mine", **{"-draft": number})
    assert mine != number


def test_draft_is_discarded(site):
    alice = site.visitor("alice")
    alice.get("/a/tiny/sheet/new")
    number = _keep(alice, name="Half")

    assert alice.post(f"/drafts/{number}/discard", next="/a/tiny/sheet/").location == "/a/tiny/sheet/"
    assert "unfinished form : Sheet" not in words(alice.get("/a/tiny/sheet/"))


def test_draft_of_an_edit_meets_a_newer_record(site, tiny):
    sheet = tiny.create("sheet", name="Sheet", memo="old", kind="car", plate="A")
    alice = site.visitor("alice")
    edit = f"/a/tiny/sheet/{sheet.id}/edit"
    alice.get(edit)
    number = _keep(alice, query=f"?record={sheet.id}", name="Sheet", memo="mine", kind="car", plate="A", version="1")
    assert "mine" in alice.get(f"{edit}?draft={number}").text

    tiny.update(sheet, by="mona", memo="theirs", plate="B")
    merge = alice.get(f"{edit}?draft={number}")

    assert merge.status_code == 409
    assert "Memo theirs mine" in words(merge)
    assert 'value="B"' in merge.text
    assert 'name="version" value="2"' in merge.text
    saved = alice.post(edit, version="2", memo="mine", **{"-draft": number})
    assert saved.status_code == 303
    assert "unfinished" not in words(alice.get("/"))


def test_what_was_typed_into_a_field_that_is_gone_is_kept_and_shown(site, tiny):
    alice = site.visitor("alice")
    alice.get("/a/tiny/sheet/new")
    number = _keep(alice, name="Sheet", memo="about the wheels", kind="car")
    config = order_app()
    sheet = form_of(config, "sheet")
    sheet["fields"] = [one for one in sheet["fields"] if one["key"] != "memo"]
    sheet["sections"][1]["fields"] = ["wheels"]
    tiny.publish(config)

    page = alice.get(f"/a/tiny/sheet/new?draft={number}")

    assert "Fields that this form no longer has" in words(page)
    assert "Memo about the wheels" in words(page)
    assert 'value="Sheet"' in page.text


def test_rows_of_tables_are_part_of_the_draft(site):
    alice = site.visitor("alice")
    alice.get("/a/tiny/order_form/new")
    number = _keep(alice, "order_form", name="Order", lines=["new1", "new2"], lines__new2__quantity="many")

    page = alice.get(f"/a/tiny/order_form/new?draft={number}")

    assert page.text.count("data-row=") == 2
    assert 'name="lines__new2__quantity" aria-required="true" value="many"' in page.text


def test_forgotten_drafts_are_swept(site, tiny):
    alice = site.visitor("alice")
    alice.get("/a/tiny/sheet/new")
    number = _keep(alice, name="Half")

    site.later(days=29)
    assert alice.get(f"/a/tiny/sheet/new?draft={number}").status_code == 200
    site.later(days=2)
    assert alice.get(f"/a/tiny/sheet/new?draft={number}").status_code == 404
