"""Public forms and short addresses, through the browser of somebody who is not signed in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.links import Link
from engine.people import Person
from tests.support.configs import form_of, tiny_app
from tests.support.site import words

LINKS = "/a/tiny/visit/links"


def shared_app():
    config = tiny_app()
    visit = form_of(config, "visit")
    visit["permissions"][1]["actions"].append("share")
    visit["fields"] += [
        {"key": "score", "type": "number", "label": "Would you recommend us?", "min": 0, "max": 10, "decimals": 0},
        {"key": "why", "type": "long_text", "label": "Why not?", "visible_if": "score < 7", "required_if": "score < 7"},
        {"key": "mail", "type": "email", "label": "Mail", "unique": True},
        {"key": "inner", "type": "text", "label": "Inner"},
    ]
    return config


@pytest.fixture
def open_site(site, tiny):
    tiny.publish(shared_app())
    site.account = tiny.create("account", "mona", name="Acme", region="north")
    tiny.create("account", "mona", name="Globex", region="south")
    return site


def made(site, by="mona", **more):
    """Make a link and return the address it shows once."""
    asked = {
        "name": "Survey", "field": ["subject", "account", "score", "why"], "fixed.visited_on": "2026-03-01",
        "fixed.owner": "alice", "thanks": "Bye!", **more,
    }  # fmt: skip
    page = site.visitor(by).post(LINKS, **asked)
    found = re.search(r'href="http://[^/]+(/f/[\w-]+)"', page.text)
    assert found, words(page)
    return found[1]


def stamped(visitor, address):
    page = visitor.get(address)
    return page, re.search(r'name="-stamp" value="([^"]+)"', page.text)[1]


def send(site, address, *, wait=5, visitor=None, **typed):
    visitor = visitor or site.visitor()
    _, stamp = stamped(visitor, address)
    site.now += timedelta(seconds=wait)
    return visitor.post(address, **{"-stamp": stamp}, **typed)


def visits(site, tiny):
    return [
        (one["subject"], one["owner"], one["created_by"]) for one in tiny.query("visit", "ada", sort=["id"]).records
    ]


def test_stranger_fills_in_a_form_and_the_record_has_its_fixed_values(open_site, tiny):
    address = made(open_site)

    answer = send(
        open_site, address, subject="Hello", account=str(open_site.account.id), score="9", inner="x", owner="bob"
    )

    assert answer.location == f"{address}/thanks"
    assert "Bye!" in words(open_site.visitor().get(answer.location))
    assert visits(open_site, tiny) == [("Hello", tiny.user("alice").id, None)]
    [record] = tiny.query("visit", "ada").records
    assert (record["inner"], str(record["visited_on"]), record["score"]) == (None, "2026-03-01", 9)


def test_form_shows_the_chosen_fields_and_nothing_of_the_app(open_site):
    page = open_site.visitor().get(made(open_site))

    assert set(re.findall(r'name="(subject|account|score|why|mail|inner|owner|notes|deal|visited_on)"', page.text)) == {
        "subject", "account", "score",
    }  # fmt: skip
    assert ["Acme" in page.text, "Globex" in page.text, "Tiny" in page.text, "Alice" in page.text] == [
        True,
        True,
        False,
        False,
    ]
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_conditions_of_the_form_hold_for_strangers(open_site, tiny):
    address = made(open_site)
    visitor = open_site.visitor()
    visitor.get(address)

    asked = visitor.post(f"{address}/conditions", score="3")
    refused = send(open_site, address, subject="Hello", account=str(open_site.account.id), score="3")

    assert 'name="why"' in asked.text
    assert refused.status_code == 422
    assert "Why not? : This field must be filled." in words(refused)
    assert visits(open_site, tiny) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"subject": ""}, "This field must be filled"),
        ({"account": "99"}, "Choose one of the list"),
        ({"score": "11"}, "10"),
    ],
)
def test_wrong_answer_is_told_beside_its_field(open_site, tiny, typed, told):
    good = {"subject": "Hello", "account": str(open_site.account.id), "score": "9"}

    answer = send(open_site, made(open_site), **{**good, **typed})

    assert answer.status_code == 422
    assert told in words(answer)
    assert visits(open_site, tiny) == []


def test_robots_store_nothing(open_site, tiny):
    address, good = made(open_site), {"subject": "Hello", "account": str(open_site.account.id)}

    trapped = send(open_site, address, **good, **{"-homepage": "http://spam.example"})
    hasty = send(open_site, address, wait=0, **good)
    unstamped = open_site.visitor().post(address, **good)

    assert trapped.location.endswith("/thanks")
    assert (hasty.status_code, unstamped.status_code) == (422, 422)
    assert visits(open_site, tiny) == []


def test_post_without_the_token_of_the_page_is_refused(open_site, tiny):
    answer = open_site.visitor().client.post(made(open_site), data={"subject": "Hello"})

    assert answer.status_code in (400, 403)
    assert visits(open_site, tiny) == []


def test_consent_is_asked_for(open_site, tiny):
    address = made(open_site, consent="You may keep this.")
    good = {"subject": "Hello", "account": str(open_site.account.id)}

    without, given = send(open_site, address, **good), send(open_site, address, **good, **{"-consent": "1"})

    assert (without.status_code, given.status_code, len(visits(open_site, tiny))) == (422, 303, 1)


def test_link_ends_with_its_day_its_number_its_maker_and_by_hand(open_site, tiny):
    good = {"subject": "Hello", "account": str(open_site.account.id)}
    few = made(open_site, most="1")
    short = made(open_site, expires_on="2026-03-02")
    closed = made(open_site)
    lent = made(open_site)

    assert send(open_site, few, **good).status_code == 303
    assert open_site.visitor().get(few).status_code == 404
    assert open_site.visitor().get(short).status_code == 200
    open_site.now += timedelta(days=1)
    assert open_site.visitor().get(short).status_code == 404
    ids = re.findall(r'data-link="(\d+)"', open_site.visitor("mona").get(LINKS).text)
    open_site.visitor("mona").post(f"{LINKS}/{ids[1]}/close")
    assert open_site.visitor().get(closed).status_code == 404
    assert open_site.visitor().get(lent).status_code == 200
    with open_site.db.begin() as session:
        session.scalars(sa.select(Person).where(Person.sign_in == "mona")).one().active = False
    assert open_site.visitor().get(lent).status_code == 404


def test_another_address_ends_the_old_one(open_site):
    address = made(open_site)
    page = open_site.visitor("mona").post(f"{LINKS}/1/renew")
    other = re.search(r'href="http://[^/]+(/f/[\w-]+)"', page.text)[1]

    assert (open_site.visitor().get(address).status_code, open_site.visitor().get(other).status_code) == (404, 200)


def test_address_is_not_kept_anywhere(open_site):
    token = made(open_site).removeprefix("/f/")

    with open_site.db() as session:
        [link] = session.scalars(sa.select(Link)).all()
    assert token not in str({name: value for name, value in vars(link).items() if name[0] != "_"})
    assert token not in open_site.visitor("mona").get(LINKS).text


@pytest.mark.parametrize(
    "more",
    [
        {"field": ["subject"]},
        {"field": ["subject", "account", "mail"]},
        {"field": []},
        {"fixed.owner": "nobody"},
        {"expires_on": "2020-01-01"},
        {"name": ""},
    ],
)
def test_link_that_would_leave_strangers_stuck_is_refused(open_site, more):
    asked = {"name": "X", "field": ["subject", "account"], "fixed.visited_on": "2026-03-01", **more}

    answer = open_site.visitor("mona").post(LINKS, **asked)

    assert answer.status_code == 422
    with open_site.db() as session:
        assert session.scalars(sa.select(Link)).all() == []


def test_only_who_may_share_makes_links(open_site):
    assert open_site.visitor("alice").get(LINKS).status_code == 403
    assert open_site.visitor("alice").post(LINKS, name="X", field="subject").status_code == 403
    assert open_site.visitor("mona").get(LINKS).status_code == 200


def test_flood_from_one_address_is_slowed(open_site, tiny):
    address, visitor = made(open_site), open_site.visitor()
    visitor.get(address)

    answers = {visitor.post(address, subject="x").status_code for _ in range(30)}

    assert 429 in answers


def test_short_address_leads_to_the_place_after_sign_in(open_site, tiny):
    target = f"/a/tiny/account/{open_site.account.id}"
    shown = open_site.visitor("alice").post("/share", to=target)
    address = shown.location.removesuffix("/qr")

    stranger = open_site.visitor().get(address)
    again = open_site.visitor("bob").post("/share", to=target)

    assert stranger.status_code == 303
    assert stranger.location.startswith("/sign-in?next=%2Fs%2F")
    assert open_site.visitor("bob").get(address).location == target
    assert again.location == shown.location
    assert "<svg" in open_site.visitor("bob").get(shown.location).text
    assert open_site.visitor("bob").get(f"{address}/qr.svg").mimetype == "image/svg+xml"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/sign-out", "/a/tiny/deal/999", "/nowhere", ""]
)
def test_only_places_in_sight_get_a_short_address(open_site, target):
    assert open_site.visitor("alice").post("/share", to=target).status_code == 404


def test_page_sent_again_is_taken_once(open_site, tiny):
    address, visitor = made(open_site, most="1"), open_site.visitor()
    good = {"subject": "Hello", "account": str(open_site.account.id)}
    _, stamp = stamped(visitor, address)
    open_site.now += timedelta(seconds=5)

    answers = [visitor.post(address, **{"-stamp": stamp}, **good) for _ in range(3)]

    assert {(one.status_code, one.location) for one in answers} == {(303, f"{address}/thanks")}
    assert len(visits(open_site, tiny)) == 1
