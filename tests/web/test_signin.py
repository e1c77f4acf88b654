from __future__ import annotations

import pytest

from engine.audit import AuditEvent
from engine.people import Person, set_password
from tests.support.people import PASSWORD
from tests.support.site import words
from web import security


def test_sign_in_leads_to_the_page_that_was_asked_for(site):
    visitor = site.visitor()

    sent_away = visitor.get("/a/tiny/deal/?q=x")
    assert (sent_away.status_code, sent_away.location) == (303, "/sign-in?next=%2Fa%2Ftiny%2Fdeal%2F%3Fq%3Dx")

    visitor.get(sent_away.location)
    entered = visitor.post("/sign-in", sign_in="Alice", password=PASSWORD, next="/a/tiny/deal/?q=x")
    assert (entered.status_code, entered.location) == (303, "/a/tiny/deal/?q=x")


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "evil"],
)
def test_sign_in_never_leads_to_another_site(site, address):
    visitor = site.visitor()

    entered = visitor.post("/sign-in", sign_in="alice", password=PASSWORD, next=address)

    assert entered.location == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice", "x" * 300)]
)
def test_sign_in_says_the_same_about_names_and_passwords(site, name, password):
    visitor = site.visitor()

    answer = visitor.post("/sign-in", sign_in=name, password=password)

    assert answer.status_code == 422
    assert "The sign-in name or the password is not right." in words(answer)


def test_sign_in_of_somebody_who_left_is_refused(site):
    with site.db.begin() as session:
        session.query(Person).filter_by(sign_in="alice").one().active = False

    assert site.visitor().post("/sign-in", sign_in="alice", password=PASSWORD).status_code == 422


def test_sign_in_is_slowed_down_after_ten_failures(site):
    visitor = site.visitor()

    codes = [visitor.post("/sign-in", sign_in="alice", password="wrong").status_code for _ in range(11)]

    assert codes == [422] * 10 + [429]


def test_sign_in_that_succeeds_is_not_counted(site):
    codes = [site.visitor().post("/sign-in", sign_in="alice", password=PASSWORD).status_code for _ in range(11)]

    assert codes == [303] * 11


def test_sign_in_starts_a_fresh_session(site):
    visitor = site.visitor()
    with visitor.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"

    visitor.post("/sign-in", sign_in="alice", password=PASSWORD)

    with visitor.client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_sign_out_ends_the_session(site):
    alice = site.visitor("alice")

    left = alice.post("/sign-out")

    assert left.location == "/sign-in"
    assert alice.get("/").status_code == 303


def test_new_password_ends_every_session(site):
    alice = site.visitor("alice")
    with site.db.begin() as session:
        set_password(session.query(Person).filter_by(sign_in="alice").one(), "another horse 9")

    assert alice.get("/").location == "/sign-in"


def test_deactivation_ends_every_session(site):
    alice = site.visitor("alice")
    with site.db.begin() as session:
        session.query(Person).filter_by(sign_in="alice").one().active = False

    assert alice.get("/").status_code == 303


def test_htmx_without_a_session_is_sent_to_the_sign_in(site):
    answer = site.visitor().htmx("/a/tiny/deal/", "list")

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_forged_posts_are_refused(site):
    alice = site.visitor("alice")
    alice.token = "forged"

    answer = alice.post("/a/tiny/account/new", name="Acme", region="north")

    assert answer.status_code == 400
    assert "This request could not be read" in words(answer)


def test_cookie_is_kept_from_scripts_and_other_sites(site):
    answer = site.app.test_client().get("/sign-in", base_url="https://steerway.example")

    cookie = answer.headers["Set-Cookie"]
    assert all(mark in cookie for mark in ("HttpOnly", "SameSite=Lax", "Secure"))


def test_cookie_works_without_https_on_the_own_machine(site):
    assert "Secure" not in site.app.test_client().get("/sign-in").headers["Set-Cookie"]


def test_coming_and_going_is_in_the_audit_trail(site):
    visitor = site.visitor()
    visitor.get("/sign-in")
    visitor.post("/sign-in", sign_in="Alice", password="wrong")
    visitor.post("/sign-in", sign_in="nobody-such", password="wrong")
    visitor.post("/sign-in", sign_in="alice", password=PASSWORD)
    visitor.post("/sign-out")

    with site.db() as session:
        found = [one for one in session.query(AuditEvent).order_by(AuditEvent.id) if one.kind == "sign_in"]
        assert [(one.verb, one.person, bool(one.subject), one.outcome) for one in found] == [
            ("sign_in", "", True, "failure"),
            ("sign_in", "", False, "failure"),
            ("sign_in", "alice", True, "success"),
            ("sign_out", "alice", True, "success"),
        ]
        assert "nobody-such" not in "".join(one.facts for one in found)
        assert '"ip":"127.0.0.0/24"' in found[0].facts


def test_address_that_tries_too_often_is_noted_once(site, monkeypatch):
    monkeypatch.setattr(security, "_locked", {})
    visitor = site.visitor()
    for _ in range(14):
        visitor.post("/sign-in", sign_in="alice", password="wrong")

    with site.db() as session:
        assert session.query(AuditEvent).filter_by(verb="locked").count() == 1
