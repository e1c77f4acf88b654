"""The page of the search: hits of all forms, marked, and nothing that somebody may not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.people import SYSTEM, find_people, grant, person_named
from engine.releases import publish
from tests.engine.records.test_search import customers
from tests.support.site import counted
from web.marks import marked

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site


@pytest.fixture
def crm(tiny: Tiny) -> Tiny:
    tiny.publish(customers())
    tiny.create("customer", by="mona", name="<i>北京星河</i>科技", secret="Zebra 暗号", note="Likes Coffee & cake")
    return tiny


def test_hits_are_marked_and_escaped(site: Site, crm: Tiny) -> None:
    page = site.visitor("alice").get("/search?q=星河").text
    assert "&lt;i&gt;北京<mark>星河</mark>&lt;/i&gt;科技" in page
    assert "<i>北京" not in page


def test_hits_outside_the_title_say_where(site: Site, crm: Tiny) -> None:
    page = site.visitor("alice").get("/search?q=COFFEE").text
    assert "Note: likes <mark>coffee</mark> &amp; cake" in page


def test_hidden_fields_are_not_searched_and_not_shown(site: Site, crm: Tiny) -> None:
    assert "Zebra" not in site.visitor("alice").get("/search?q=zebra").text.replace("“zebra”", "")
    assert "Nothing found" in site.visitor("alice").get("/search?q=zebra").text
    assert "<mark>zebra</mark>" in site.visitor("mona").get("/search?q=zebra").text


def test_all_apps_are_searched_in_one_statement(site: Site, crm: Tiny) -> None:
    second = customers()
    second["app"] = {**second["app"], "key": "second", "label": "Second"}
    with crm.db.begin() as session:
        publish(session, second, SYSTEM, crm.now, "for a test")
        mona = person_named(session, "mona")
        assert mona is not None
        grant(session, mona, "second", "manager")
    visitor = site.visitor("mona")
    visitor.get("/a/tiny/customer/")
    with counted(crm.db) as seen:
        page = visitor.get("/search?q=星河&in=all").text
    assert len([one for one in seen if "second__customer" in one or "tiny__customer" in one]) == 1
    assert "Customers" in page
    assert "Only in this app" in page
    assert "Second" not in site.visitor("alice").get("/search?q=星河&in=all").text


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("Ａcme & Co", "acme", "<mark>Ａcme</mark> &amp; Co"),
        ("Straße", "strasse", "<mark>Straße</mark>"),
        ("<b>", "b", "&lt;<mark>b</mark>&gt;"),
        ("aXa", "a", "<mark>a</mark>X<mark>a</mark>"),
        ("", "a", ""),
        ("plain", "", "plain"),
    ],
)
def test_marks(text: str, asked: str, shown: str) -> None:
    assert str(marked(text, asked)) == shown


def test_people_are_found_by_letters(crm: Tiny) -> None:
    with crm.db.begin() as session:
        alice = person_named(session, "alice")
        assert alice is not None
        alice.name = "欧阳晓燕"
        session.flush()
        for text in ("oyxy", "ouyang", "xiao yan", "晓燕", "alice"):
            assert find_people(session, text) == [(alice.id, "欧阳晓燕")], text
        assert find_people(session, "z1") == []
