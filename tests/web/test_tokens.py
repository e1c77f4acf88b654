"""The pages on which people make tokens and read what programs can ask."""

from __future__ import annotations

import re

from tests.support.program import Program


def test_token_is_shown_once_and_works(site):
    alice = site.visitor("alice")

    page = alice.post("/tokens", name="Nightly sync", scopes=["read"], days="30", app="")

    secret = re.search(r'value="(sw_[\w-]{40,})"', page.text)[1]
    program = Program(site.app, secret)
    assert program("GET", "/tiny/deal").status_code == 200
    assert program("POST", "/tiny/deal", {}).status_code == 403
    again = alice.get("/tokens").text
    assert "Nightly sync" in again
    assert secret not in again


def test_mistakes_stand_beside_their_fields_and_nothing_is_lost(site):
    page = site.visitor("alice").post("/tokens", name="", days="0", scopes=["move"])

    assert page.status_code == 422
    assert "Give the token a name" in page.text
    assert re.search(r'value="move" checked', page.text)


def test_token_is_withdrawn_at_once(site):
    alice = site.visitor("alice")
    secret = re.search(r'value="(sw_[\w-]{40,})"', alice.post("/tokens", name="A", scopes=["read"], days="7").text)[1]
    assert Program(site.app, secret)("GET", "/").status_code == 200

    alice.post("/tokens/1/revoke")

    assert Program(site.app, secret)("GET", "/").status_code == 401
    assert site.visitor("bob").post("/tokens/1/revoke").status_code == 404


def test_reference_describes_what_the_reader_may_see(site):
    page = site.visitor("alice").get("/a/tiny/api").text

    assert "/api/v1/tiny/deal/{id}/move" in page
    assert "curl -H" in page
    assert "margin" not in page
    assert "margin" in site.visitor("mona").get("/a/tiny/api").text
