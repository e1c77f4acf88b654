"""A form that is sent twice does its work once: a double click, a page sent again, two at the same moment."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from engine.access.rows import KeptAnswer
from tests.engine.conftest import postgres_template, sqlite_template  # noqa: F401 - fixtures
from tests.engine.conftest import tiny as tiny_on_both  # noqa: F401 - a fixture
from tests.support.configs import form_of, tiny_app
from tests.support.site import Site, words

NEW = "/a/tiny/account/new"


@pytest.fixture
def both(tiny_on_both, tmp_path):  # noqa: F811 - the fixture
    return Site(tiny_on_both.db, tiny_on_both.now, tmp_path)


def token_on(page) -> str:
    return re.search(r'name="-once" value="([^"]+)"', page.text)[1]


def sending(visitor, address: str = NEW, **typed: str) -> dict[str, str]:
    """Return what a person posts who opened the page and filled it in."""
    return {"-once": token_on(visitor.get(address)), **typed}


def kept(tiny) -> list[str]:
    with tiny.db() as session:
        return list(session.scalars(select(KeptAnswer.key)))


def acme(visitor) -> dict[str, str]:
    return sending(visitor, name="Acme", region="north")


def test_every_page_has_a_token_of_its_own(site):
    alice = site.visitor("alice")

    first, second = token_on(alice.get(NEW)), token_on(alice.get(NEW))

    assert first != second
    refused = alice.post(NEW, **{"-once": first}, name="", region="north")
    assert (refused.status_code, token_on(refused)) == (422, first)


def test_form_sent_again_leads_to_the_record_it_made(both, tiny_on_both):  # noqa: F811
    alice = both.visitor("alice")
    sent = acme(alice)

    answers = [alice.post(NEW, **sent) for _ in range(3)]

    assert {(one.status_code, one.location) for one in answers} == {(303, "/a/tiny/account/1")}
    assert tiny_on_both.names("account") == ["Acme"]


def test_two_at_the_same_moment_make_one_record(both, tiny_on_both):  # noqa: F811
    deal = {"name": "Boiler", "amount": "12"}
    tiny_on_both.create("account", name="Acme", region="north")
    visitors = [both.visitor("alice") for _ in range(4)]
    sent = sending(visitors[0], "/a/tiny/deal/new", account="Acme", **deal)
    for one in visitors:
        one.get(NEW)
    together = Barrier(len(visitors))

    def press(visitor):
        together.wait()
        return visitor.post("/a/tiny/deal/new", **sent)

    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(pool.map(press, visitors))

    assert {(one.status_code, one.location) for one in answers} == {(303, "/a/tiny/deal/1")}
    assert tiny_on_both.names("deal") == ["Boiler"]


def test_two_at_the_same_moment_are_not_told_that_their_name_is_taken(both, tiny_on_both):  # noqa: F811
    visitors = [both.visitor("alice") for _ in range(4)]
    sent = acme(visitors[0])
    for one in visitors:
        one.get(NEW)
    together = Barrier(len(visitors))

    def press(visitor):
        together.wait()
        return visitor.post(NEW, **sent)

    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(pool.map(press, visitors))

    assert {one.status_code for one in answers} == {303}
    assert tiny_on_both.names("account") == ["Acme"]


def test_other_entries_from_the_same_page_are_asked_about_before_they_make_another_record(site, tiny):
    alice = site.visitor("alice")
    sent = acme(alice)
    alice.post(NEW, **sent)

    asked = alice.post(NEW, **{**sent, "name": "Bolt"})

    assert (asked.status_code, "This page was saved before" in words(asked)) == (422, True)
    assert 'value="Bolt"' in asked.text
    assert token_on(asked) != sent["-once"]
    assert alice.post(NEW, **{**sent, "name": "Bolt", "-once": token_on(asked)}).status_code == 303
    assert tiny.names("account", sort=["name"]) == ["Acme", "Bolt"]


def test_token_is_good_for_its_person_and_two_days(site, tiny):
    alice, bob = site.visitor("alice"), site.visitor("bob")
    sent = acme(alice)
    alice.post(NEW, **sent)

    assert bob.post(NEW, **sent).status_code == 422  # the name is taken, and that is all Bob learns
    site.later(hours=47)
    assert len(kept(tiny)) == 1
    site.later(hours=2)
    assert kept(tiny) == []
    again = alice.post(NEW, **{**sent, "name": "Bolt"})

    assert (again.status_code, tiny.names("account", sort=["name"])) == (303, ["Acme", "Bolt"])


def test_form_without_a_token_is_like_no_other(site, tiny):
    tiny.create("account", name="Acme", region="north")
    alice = site.visitor("alice")
    for _ in range(2):
        alice.post("/a/tiny/visit/new", account="Acme", subject="Hello", visited_on="2026-03-01")

    assert len(tiny.query("visit").records) == 2


def test_edit_sent_again_is_saved_once_and_meets_no_conflict(both, tiny_on_both):  # noqa: F811
    tiny_on_both.create("account", name="Acme", region="north")
    alice = both.visitor("alice")
    sent = sending(alice, "/a/tiny/account/1/edit", name="Bolt", region="north", version="1")

    answers = [alice.post("/a/tiny/account/1/edit", **sent).status_code for _ in range(2)]

    [record] = tiny_on_both.query("account").records
    assert (answers, record["name"], record.version) == ([303, 303], "Bolt", 2)


def test_comment_sent_again_is_kept_once_with_its_file(both, tiny_on_both):  # noqa: F811
    config = tiny_app()
    for rule in form_of(config, "account")["permissions"]:
        rule["actions"] = [*rule["actions"], "comment"]
    tiny_on_both.publish(config)
    tiny_on_both.create("account", name="Acme", region="north")
    alice, address = both.visitor("alice"), "/a/tiny/account/1"
    sent = sending(alice, address, text="Hello there")

    for _ in range(2):
        alice.post(f"{address}/comments", **sent, **{"files.file": (io.BytesIO(b"%PDF-1.4 x"), "a.pdf")})

    page = alice.get(address).text
    assert (page.count('<li id="comment-'), page.count(">a.pdf<")) == (1, 1)
