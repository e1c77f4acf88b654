"""Likely duplicates on the screen, and merging two records there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.records.test_merging import customers

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site


@pytest.fixture
def crm(tiny: Tiny) -> Tiny:
    tiny.publish(customers())
    return tiny


def test_likely_duplicates_show_while_typing(site: Site, crm: Tiny) -> None:
    crm.create("customer", by="mona", name="<b>Acme</b> Industries GmbH", phone="13800138000")
    mona, alice = site.visitor("mona"), site.visitor("alice")
    assert 'hx-post="/a/tiny/customer/duplicates"' in mona.get("/a/tiny/customer/new").text
    answer = mona.post("/a/tiny/customer/duplicates", name="", phone="+86 138 0013 8000")
    assert answer.status_code == 200
    assert "&lt;b&gt;Acme&lt;/b&gt; Industries GmbH" in answer.text
    assert "<b>" not in answer.text
    assert "Industries" not in alice.post("/a/tiny/customer/duplicates", phone="13800138000").text
    assert mona.post("/a/tiny/order/duplicates", number="1").status_code == 404


def test_two_records_are_merged_on_the_screen_and_parted(site: Site, crm: Tiny) -> None:
    one = crm.create("customer", by="mona", name="Acme", city="Bern")
    two = crm.create("customer", by="mona", name="ACME Ltd", phone="13800138000")
    mona = site.visitor("mona")
    page = mona.get(f"/a/tiny/customer/{one.id}/duplicates").text
    assert f"/a/tiny/customer/{one.id}/merge/{two.id}" in page
    form = mona.get(f"/a/tiny/customer/{one.id}/merge/{two.id}").text
    assert 'value="other" checked' in form  # the empty phone is filled from the other record
    sent = {"take.phone": "other", "version": one.version, "other_version": two.version}
    answer = mona.post(f"/a/tiny/customer/{one.id}/merge/{two.id}", **sent)
    assert answer.status_code == 303
    assert crm.get(one, by="mona")["phone"] == "13800138000"
    again = mona.post(f"/a/tiny/customer/{one.id}/merge/{two.id}", **sent)
    assert again.status_code == 404
    page = mona.get(f"/a/tiny/customer/{one.id}/duplicates").text
    [merge_id] = [part.split('"')[0] for part in page.split("/unmerge/")[1:]]
    assert mona.post(f"/a/tiny/customer/{one.id}/unmerge/{merge_id}").status_code == 303
    assert crm.get(two, by="mona")["phone"] == "13800138000"
    assert crm.get(one, by="mona")["phone"] is None


def test_a_stale_page_is_shown_again(site: Site, crm: Tiny) -> None:
    one = crm.create("customer", by="mona", name="Acme")
    two = crm.create("customer", by="mona", name="Acme Ltd")
    mona = site.visitor("mona")
    mona.get(f"/a/tiny/customer/{one.id}/merge/{two.id}")
    crm.update(two, by="mona", city="Basel")
    answer = mona.post(f"/a/tiny/customer/{one.id}/merge/{two.id}", version=one.version, other_version=two.version)
    assert answer.status_code == 409
    assert "Basel" in answer.text
    assert crm.get(two, by="mona")["city"] == "Basel"


def test_merging_needs_the_right_to_delete(site: Site, crm: Tiny) -> None:
    one = crm.create("customer", by="alice", name="Acme")
    two = crm.create("customer", by="alice", name="Acme Ltd")
    alice = site.visitor("alice")
    page = alice.get(f"/a/tiny/customer/{one.id}/duplicates")
    assert "Acme Ltd" in page.text
    assert "/merge/" not in page.text
    assert alice.get(f"/a/tiny/customer/{one.id}/merge/{two.id}").status_code == 403
    assert alice.post(f"/a/tiny/customer/{one.id}/merge/{two.id}").status_code == 403
    assert crm.get(two)["name"] == "Acme Ltd"
