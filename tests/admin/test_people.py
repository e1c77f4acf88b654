"""People administered on screen: teams, roles per app, invitations, a closed account, a sheet; all of it in the trail."""

from __future__ import annotations

import copy
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from flask_babel import gettext

from engine import records
from engine.alerts import outlets
from engine.audit import AuditEvent, verify
from engine.config.load import load
from engine.errors import ConfigError
from engine.people import SYSTEM, create_person, person_named, user_of
from engine.people.team_rows import Team
from engine.releases import live, publish
from engine.sandboxes import is_sandbox
from engine.staff import teams
from engine.staff.columns import COLUMNS, NAMES, places_of
from tests.support.configs import tiny_app
from tests.support.receivers import MailReceiver
from tests.support.site import words

if TYPE_CHECKING:
    from engine.people import Person
    from tests.support.site import Site


def _person(site: Site, name: str) -> Person:
    with site.db() as session:
        person = person_named(session, name)
        assert person is not None
        return person


def _verbs(site: Site) -> list[str]:
    with site.db() as session:
        assert verify(session).cause == ""
        return [one.verb for one in session.query(AuditEvent).order_by(AuditEvent.id) if one.kind == "people"]


def test_teams_are_added_gathered_renamed_and_led(site: Site) -> None:
    ada = site.visitor("ada")
    ada.post("/admin/teams/gather", kind="region")
    ada.post("/admin/teams/add", kind="region", name="asia", parent="")
    with site.db() as session:
        ids = {one.name: one.id for one in session.query(Team)}
    mona = _person(site, "mona").id
    ada.post(f"/admin/teams/{ids['north']}/save", name="far north", parent=str(ids["asia"]), manager=str(mona))

    page = words(ada.get("/admin/teams/?kind=region"))
    assert "far north Mona 3 3" in page
    assert _person(site, "alice").region == "far north"
    assert (
        "It cannot lie below itself."
        in words(ada.get(ada.post(f"/admin/teams/{ids['asia']}/save", name="asia", parent=str(ids["north"])).location))
        or _verbs(site)[-1] == "team_renamed"
    )
    assert {"team_added", "team_moved", "team_manager", "team_renamed"} <= set(_verbs(site))


def test_roles_of_an_app_are_given_and_taken(site: Site) -> None:
    ada, charlie = site.visitor("ada"), _person(site, "charlie").id
    ada.post("/admin/apps/tiny/people/give", person=str(charlie), role="manager")
    ada.post("/admin/apps/tiny/people/take", person=str(charlie), role="rep")
    ada.post("/admin/apps/*/people/give", person=str(charlie), role="creator")

    with site.db() as session:
        person = person_named(session, "charlie")
        assert person is not None
        assert {(one.app_key, one.role) for one in person.grants} == {("tiny", "manager"), ("*", "creator")}
    assert ada.post("/admin/apps/tiny/people/give", person=str(charlie), role="emperor").status_code == 404
    assert _verbs(site)[-3:] == ["role_granted", "role_revoked", "role_granted"]


def test_person_changed_on_screen_is_in_the_trail_with_before_and_after(site: Site) -> None:
    alice = _person(site, "alice").id
    site.visitor("ada").post(
        f"/admin/people/edit/?id={alice}", name="Alice A.", sign_in="alice", locale="", region="south", active="y",
        held=["tiny:rep", "tiny:manager"], new_password="another password",
    )  # fmt: skip

    assert _verbs(site) == ["password_set", "changed", "role_granted"]
    page = words(site.visitor("ada").get("/admin/audit/?person=alice"))
    assert "Region: north → south" in page
    assert "another password" not in page


def test_invited_person_comes_in_by_the_link(site: Site) -> None:
    ada = site.visitor("ada")
    page = ada.post("/admin/invitations/", email="dora@example.com", name="Dora", roles="tiny:rep").text
    found = re.search(r'value="https?://[^"/]+(/join/[\w-]+)"', page)
    assert found
    link = found[1]
    assert link not in ada.get("/admin/invitations/").text

    stranger = site.visitor()
    assert stranger.get(link).headers["Referrer-Policy"] == "no-referrer"
    typed = {"name": "Dora", "password": "a long password", "again": "a long password"}
    assert stranger.post(link, sign_in="alice", **typed).status_code == 422
    assert stranger.post(link, sign_in="dora", **typed).status_code == 303
    assert stranger.get("/a/tiny/deal/").status_code == 200
    assert [site.visitor().get(one).status_code for one in (link, "/join/made-up")] == [404, 404]
    assert _verbs(site) == ["invited", "created", "role_granted", "joined"]


def test_reset_link_ends_what_was_before(site: Site) -> None:
    alice = site.visitor("alice")
    page = site.visitor("ada").post(f"/admin/invitations/reset/{_person(site, 'alice').id}").text
    found = re.search(r"(/join/[\w-]+)", page)
    assert found

    visitor = site.visitor()
    visitor.get(found[1])
    assert visitor.post(found[1], password="a long password", again="a long password").status_code == 303
    assert alice.get("/").status_code == 303


def test_closed_account_is_handed_over_and_opened_again(site: Site) -> None:
    bob, alice, ada = _person(site, "bob").id, site.visitor("alice"), site.visitor("ada")
    person = _person(site, "alice").id
    ada.post(f"/admin/leaving/{person}", all=str(bob))
    assert not _person(site, "alice").active
    assert alice.get("/").status_code == 303
    site.later(minutes=1)
    assert ada.get(f"/admin/leaving/{person}").status_code == 200

    ada.post(f"/admin/people/{person}/open")
    assert _person(site, "alice").active
    assert {"deactivated", "handed_over", "reactivated"} <= set(_verbs(site))


def test_days_away_are_written_down_for_somebody(site: Site) -> None:
    ada, alice = site.visitor("ada"), _person(site, "alice").id
    bob = str(_person(site, "bob").id)
    ada.post(f"/admin/people/{alice}/away", starts_on="2026-03-02", ends_on="2026-03-09", substitute=bob)

    assert "Bob stands in" in words(ada.get(f"/admin/people/{alice}"))
    assert _verbs(site) == ["substitute_set"]


def test_days_away_that_are_over_are_refused_and_those_that_meet_others_told(site: Site) -> None:
    ada, alice = site.visitor("ada"), _person(site, "alice").id

    told: list[str] = []
    follow = ada.get

    def followed(address: str, **headers: str) -> Any:  # what a post leads to tells, once, what became of it
        answer = follow(address, **headers)
        if address.endswith(f"/people/{alice}"):
            told.append(words(answer))
        return answer

    ada.get = followed  # type: ignore[method-assign]  # listening
    for first, last in (("2026-01-02", "2026-01-09"), ("2026-03-05", "2026-03-12"), ("2026-03-10", "2026-03-20")):
        ada.post(f"/admin/people/{alice}/away", starts_on=first, ends_on=last)

    assert ["These days are over." in one for one in told] == [True, False, False]
    assert ["These days meet others" in one for one in told] == [False, False, True]
    assert _verbs(site) == ["substitute_set", "substitute_set"]


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_columns_of_the_sheet_may_be_headed_as_the_page_calls_them(site: Site, language: str) -> None:
    site.speak("ada", language)

    with site.app.test_request_context("/", headers={"Accept-Language": language.replace("_", "-")}):
        names = [gettext(NAMES[one]) for one in COLUMNS]

    assert list(places_of(names)) == list(COLUMNS)
    assert all(name in site.visitor("ada").get("/admin/people-sheet/").text for name in names)


def test_sheet_says_what_it_would_do_in_words(site: Site) -> None:
    ada = site.visitor("ada")
    data = "登录名,姓名,手机,部门,上级,语言\nnina,Nina,138,Nroth,mona,English\n".encode()

    told = words(ada.post("/admin/people-sheet/", file=(io.BytesIO(data), "people.csv")))
    none = words(ada.post("/admin/people-sheet/", file=(io.BytesIO(b"name\nX\n"), "people.csv")))

    assert "Nothing is read from these columns: 手机." in told
    assert "Team: new in this sheet, and added when it is read in: Nroth." in told
    assert "Team: Nroth Manager: Mona Language: English" in told
    assert "The file has no column Sign-in name." in none
    assert ada.get("/admin/people-sheet/export").text.lstrip("\ufeff").startswith("Name,Sign-in name,E-mail,")


def test_sheet_is_looked_at_first_and_then_read_in(site: Site) -> None:
    ada = site.visitor("ada")
    ada.get("/admin/people-sheet/")
    data = b"sign_in,name,region,manager\nnina,Nina,east,mona\nodd,,,\nbob,,south,\n"
    first = ada.post("/admin/people-sheet/", file=(io.BytesIO(data), "people.csv"))
    token = re.search(r'name="token" value="([^"]+)"', first.text)
    assert token
    assert "1 new 1 changed 0 unchanged 1 refused" in words(first)
    assert "A new person needs a name." in first.text
    assert _verbs(site) == []

    refused = ada.post("/admin/people-sheet/refused", token=token[1]).text
    assert refused.splitlines()[1].startswith("odd,,,,")
    ada.post("/admin/people-sheet/run", token=token[1])
    assert _person(site, "nina").manager_id == _person(site, "mona").id
    assert _person(site, "bob").region == "south"
    with site.db() as session:
        assert "east" in teams.names(session, "region")


def test_rights_of_a_person_are_told_for_every_app(site: Site) -> None:
    page = words(site.visitor("ada").get(f"/admin/people/{_person(site, 'alice').id}/rights"))

    assert "may not configure the app" in page
    assert "may not design the app · may not publish the app" in page
    assert "Entry 0" in page


def test_rights_say_who_designs_and_who_publishes(site: Site) -> None:
    config = tiny_app()
    config["app"]["roles"] = [
        {**role, "may": ["design"]} if role["key"] == "rep" else role for role in config["app"]["roles"]
    ]
    with site.db.begin() as session:
        publish(session, config, SYSTEM, site.now)
    page = words(site.visitor("ada").get(f"/admin/people/{_person(site, 'alice').id}/rights"))

    assert "may design the app · may not publish the app" in page


def test_trail_is_checked_and_saved(site: Site) -> None:
    ada = site.visitor("ada")
    ada.get("/admin/audit/")
    ada.client.post("/admin/audit/verify", data={"csrf_token": ada.token})
    assert "events are as they were written." in words(ada.get("/admin/audit/"))
    assert "published a release" in ada.get("/admin/audit/export?kind=config").text


def test_words_are_there_for_every_verb_that_is_noted(site: Site) -> None:
    page = words(site.visitor("ada").get("/admin/audit/"))

    assert "_" not in page.partition("When Who What was done")[2].partition("Older")[0].replace("tiny_", "")


def test_invitation_goes_out_by_mail_where_there_is_a_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEERWAY_PUBLIC_URL", "https://desk.example")
    monkeypatch.setenv("STEERWAY_ALLOW_NETWORKS", "127.0.0.0/8")
    receiver = MailReceiver()
    try:
        with site.db.begin() as session:
            settings = {"key": "email", "name": "Mail", "host": "127.0.0.1", "port": str(receiver.port)}
            settings |= {"security": "none", "sender": "desk@example.com"}
            outlets.save(session, None, settings, SYSTEM, site.now, type_key="email")
        page = site.visitor("ada").post("/admin/invitations/", email="dora@example.com", name="Dora").text
    finally:
        receiver.stop()

    assert receiver.mails, words(page)
    [mail] = receiver.mails
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["To"] == "Dora <dora@example.com>"
    link = re.search(r"https://desk\.example/join/[\w-]+", body.get_content())
    assert link
    assert link[0] in page
    with site.db() as session:
        assert link[0].rpartition("/")[2] not in str(session.query(AuditEvent.facts).all())


def test_hand_over_is_undone_with_one_click_that_says_what_came_back(site: Site) -> None:
    mona, ada = _person(site, "mona").id, site.visitor("ada")
    ada.post(f"/admin/leaving/{mona}", all=str(_person(site, "bob").id))
    page = ada.get(f"/admin/leaving/{mona}").text
    assert "Open the account again and give it all back" in page
    back = re.search(rf"/admin/leaving/{mona}/back/\d+", page)
    assert back

    assert ada.post(back[0]).status_code == 303

    page = words(ada.get(f"/admin/leaving/{mona}"))
    assert _person(site, "mona").active
    assert "People whose manager they are: 1 came back" in page
    assert "stay ended" in page
    assert "give it all back" not in page


def test_successor_without_a_role_is_told_of(site: Site) -> None:
    with site.db.begin() as session:
        create_person(session, "nina", "Nina", now=site.now)
        alice = person_named(session, "alice")
        assert alice is not None
        records.create(
            session, live(session, "tiny"), "account", {"name": "A", "region": "north"}, user_of(alice), site.now
        )
    ada, alice_id = site.visitor("ada"), _person(site, "alice").id
    ada.get(f"/admin/leaving/{alice_id}")
    ada.client.post(f"/admin/leaving/{alice_id}", data={"csrf_token": ada.token, "all": str(_person(site, "nina").id)})

    site.later(minutes=1)
    page = words(ada.get(f"/admin/leaving/{alice_id}"))
    assert "Nina has no role in “Tiny sales” yet, and sees none of it there." in page
    assert "Look at it, or undo it" in page


def test_sandboxes_are_nobodys_work(site: Site) -> None:
    ada = site.visitor("ada")
    ada.post("/admin/samples/expense_claims/sandbox")
    mine = _person(site, "ada")
    with site.db() as session:
        held = {one.app_key for one in person_named(session, "ada").grants}
        sandbox = next(one for one in held if is_sandbox(one))

    for address in ("/admin/people/", "/admin/invitations/", f"/admin/people/edit/?id={mine.id}"):
        assert f"{sandbox}:" not in ada.get(address).text
    assert "Sandbox: Expense claims –" not in words(ada.get("/admin/people/"))
    assert "Sandbox: Expense claims –" not in words(ada.get(f"/admin/leaving/{mine.id}"))
    page = ada.get(f"/admin/people/edit/?id={mine.id}").text
    assert '<input class="form-check-input" id="held-0" name="held" type="checkbox"' in page

    ada.post(f"/admin/people/edit/?id={mine.id}", name="Ada", sign_in="ada", is_admin="y", active="y", held="tiny:rep")

    with site.db() as session:
        assert {one.app_key for one in person_named(session, "ada").grants} == {"tiny", sandbox}


def test_the_trail_says_faults_in_the_language_of_whoever_reads(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["okrs"][0]["objectives"][0]["key_results"][1]["weight"] = -1
    with site.db() as session:
        try:
            publish(session, load(whole), SYSTEM, site.now)
        except ConfigError:
            session.rollback()
    site.speak("ada", "zh_Hans")

    told = words(site.visitor("ada").get("/admin/audit/?outcome=failure"))

    assert "OKR“销售 OKR”：应不小于 0，实际为 -1。" in told
    assert "objectives" not in told


def test_what_a_config_says_of_somebody_is_told_by_names_and_mended_in_a_designer(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["okrs"][0]["objectives"][0]["key_results"][1]["owner"] = "bob"
    whole["alerts"][0]["notify"][0]["to"] = ["person:bob"]
    account = next(one for one in whole["forms"] if one["key"] == "account")
    account["fields"].append({"key": "team", "type": "text", "label": "Looked after by", "default": "North team"})
    with site.db.begin() as session:
        publish(session, whole, SYSTEM, site.now)
    ada, bob = site.visitor("ada"), _person(site, "bob")
    ada.post("/admin/teams/add", kind="team", name="North team")
    with site.db() as session:
        team = session.query(Team).filter_by(name="North team").one()

    leaving = ada.get(f"/admin/leaving/{bob.id}").text
    named = words(ada.get(f"/admin/teams/{team.id}"))

    assert '<a href="/admin/design/tiny/okrs/sales">OKR “Sales OKR” › ' in leaving
    assert '<a href="/admin/design/tiny/alerts/stale_deal">Alert rule “Deal stands still”</a>' in leaving
    assert "Tiny sales Form “Account”" in named
    assert ".json" not in leaving + named
