"""Tokens: what they open, what they do not, and when they end."""

from __future__ import annotations

import pytest

from engine.access import make_token, revoke_token, tokens_of
from engine.errors import EngineError, NotFound
from engine.people import Person, find_user
from tests.support.program import Program


def test_without_a_token_nothing_opens(site, program):
    known = program("alice")
    for secret in ("", "sw_wrong", "\u00e9", known.secret[:-1], known.secret + "x"):
        answer = Program(site.app, secret)("GET", "/tiny/deal")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_cookies_open_nothing(site):
    alice = site.visitor("alice")

    assert alice.client.get("/api/v1/tiny/deal").status_code == 401


def test_token_is_good_for_its_scopes_only(program):
    reader = program("alice", "read")

    assert reader("GET", "/tiny/deal").status_code == 200
    for method, path in [
        ("POST", "/tiny/deal"),
        ("PATCH", "/tiny/deal/1"),
        ("DELETE", "/tiny/deal/1"),
        ("POST", "/tiny/deal/1/move"),
    ]:
        assert reader(method, path, {}).status_code == 403


def test_token_of_one_app_does_not_know_another(program):
    bound = program("ada", "read", app_key="tiny")

    assert [one["key"] for one in bound("GET", "/").json["apps"]] == ["tiny"]
    assert bound("GET", "/other/deal").status_code == 404


def test_token_ends_with_its_time_its_withdrawal_and_its_person(site, program):
    over, withdrawn, left = program("alice"), program("bob"), program("charlie")
    with site.db.begin() as session:
        user = find_user(session, "bob")
        revoke_token(session, user, tokens_of(session, user)[0].id, site.now)
        session.get(Person, find_user(session, "charlie").id).active = False
    assert withdrawn("GET", "/tiny/deal").status_code == 401
    assert left("GET", "/tiny/deal").status_code == 401
    assert over("GET", "/tiny/deal").status_code == 200
    site.later(days=30)
    assert over("GET", "/tiny/deal").status_code == 401


def test_use_is_noted_once_in_a_while(site, program):
    alice = program("alice")

    def used():
        with site.db() as session:
            return tokens_of(session, find_user(session, "alice"))[0].used_at

    assert used() is None
    alice("GET", "/tiny/deal")
    first = used()
    site.later(minutes=1)
    alice("GET", "/tiny/deal")
    assert used() == first == site.now.replace(minute=0)


def test_secret_is_kept_nowhere(site, program):
    secret = program("alice").secret
    with site.db() as session:
        token = tokens_of(session, find_user(session, "alice"))[0]

    assert secret not in "".join(str(value) for value in vars(token).values())


@pytest.mark.parametrize(
    ("name", "scopes", "days", "app", "code"),
    [
        (" ", ("read",), 1, None, "token_name"),
        ("a", (), 1, None, "token_scopes"),
        ("a", ("everything",), 1, None, "token_scopes"),
        ("a", ("read",), 0, None, "token_days"),
        ("a", ("read",), 400, None, "token_days"),
        ("a", ("read",), 1, "other", "token_app"),
    ],
)
def test_token_that_makes_no_sense_is_refused(site, name, scopes, days, app, code):
    with site.db() as session, pytest.raises(EngineError) as refused:
        make_token(session, find_user(session, "alice"), name, scopes, site.now, days=days, app_key=app)

    assert [fault.code for fault in refused.value.faults] == [code]


def test_nobody_withdraws_what_is_not_theirs(site, program):
    program("alice")
    with site.db() as session:
        token, bob = tokens_of(session, find_user(session, "alice"))[0], find_user(session, "bob")

        with pytest.raises(NotFound):
            revoke_token(session, bob, token.id, site.now)
