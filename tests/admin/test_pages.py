"""Who may enter the back office, and what its pages do."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from engine.changes import Change
from engine.people import person_named
from engine.releases import apps, live
from tests.support.configs import field_of, tiny_app
from tests.support.site import words

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

PAGES = [
    "/admin/",
    "/admin/apps/tiny",
    "/admin/apps/tiny/releases/1",
    "/admin/samples/",
    "/admin/samples/sales_pipeline",
    "/admin/config/",
    "/admin/config/?app=tiny",
    "/admin/people/",
    "/admin/people/new/",
    "/admin/people/edit/?id=1",
    "/admin/people/1",
    "/admin/people/1/rights",
    "/admin/leaving/1",
    "/admin/teams/",
    "/admin/teams/?kind=region",
    "/admin/invitations/",
    "/admin/people-sheet/",
    "/admin/people-sheet/export",
    "/admin/apps/tiny/people?q=a",
    "/admin/apps/*/people",
    "/admin/audit/",
    "/admin/audit/?person=ada&kind=people&text=x&since=2026-01-01&until=2026-12-31&before=9",
    "/admin/audit/export",
    "/admin/jobs/",
    "/admin/alerts/",
    "/admin/notifications/",
    "/admin/changes/",
    "/admin/changes/details/?id=1",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_answer_administrators_only(site: Site, address: str) -> None:
    assert site.visitor("ada").get(address).status_code == 200
    assert site.visitor("mona").get(address).status_code == 403
    assert site.visitor().get(address).status_code == 303


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_pages_speak_every_language(site: Site, language: str) -> None:
    site.speak("ada", language)
    page = site.visitor("ada").get("/admin/people/").get_data(as_text=True)

    assert {"en": "Sign-in name", "zh_Hans": "登录名", "zh_Hant": "登入名稱"}[language] in page


def test_a_faulty_config_comes_back_with_every_fault_and_publishes_nothing(site: Site) -> None:
    config = tiny_app()
    config["forms"][0]["title"] = "nmae"
    config["forms"][1]["fields"][2]["type"] = "mony"

    answer = site.visitor("ada").post("/admin/config/publish", text=json.dumps(config))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "forms/account.json#/title" in page
    assert "forms/deal.json#/fields/2/type" in page
    assert _number(site) == 1


def test_text_that_is_no_json_stays_in_the_editor(site: Site) -> None:
    answer = site.visitor("ada").post("/admin/config/check", text='{"app": ')

    assert answer.status_code == 422
    assert "{&#34;app&#34;: " in answer.get_data(as_text=True)


def test_checking_publishes_nothing(site: Site) -> None:
    config = tiny_app()
    config["forms"][0]["fields"].append({"key": "note", "type": "text", "label": "Note"})

    answer = site.visitor("ada").post("/admin/config/check", text=json.dumps(config))

    assert answer.status_code == 200
    assert _number(site) == 1


def test_a_right_config_is_published_and_seen_at_once(site: Site) -> None:
    config = tiny_app()
    config["forms"][0]["fields"].append({"key": "slogan", "type": "text", "label": "Slogan of theirs"})
    ada = site.visitor("ada")

    answer = ada.post("/admin/config/publish", text=json.dumps(config), reason="slogans")

    assert answer.status_code == 303
    assert _number(site) == 2
    assert "Slogan of theirs" in ada.get("/a/tiny/account/new").get_data(as_text=True)
    assert "slogans" in ada.get("/admin/apps/tiny").get_data(as_text=True)


def test_a_zip_file_is_read(site: Site) -> None:
    packed = io.BytesIO()
    config = tiny_app()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.json", json.dumps(config["app"]))
        for section in ("forms", "pipelines", "okrs", "alerts"):
            for one in config[section]:
                archive.writestr(f"{section}/{one['key']}.json", json.dumps(one))
    packed.seek(0)

    answer = site.visitor("ada").post("/admin/config/publish", file=(packed, "tiny.zip"), reason="from a file")

    assert answer.status_code == 303
    assert _number(site) == 2


def test_a_sample_is_cloned_under_a_key_of_its_own(site: Site) -> None:
    answer = site.visitor("ada").post("/admin/samples/sales_pipeline", key="mine", label="Mine")

    assert answer.status_code == 303
    with site.db() as session:
        assert [row.key for row in apps(session)] == ["mine", "tiny"]


def test_a_clone_with_a_taken_key_is_refused_in_words(site: Site) -> None:
    answer = site.visitor("ada").post("/admin/samples/sales_pipeline", key="tiny")

    assert answer.status_code == 422
    assert "tiny" in answer.get_data(as_text=True)


def test_a_new_person_signs_in_with_the_roles_given(site: Site) -> None:
    site.visitor("ada").post(
        "/admin/people/new/",
        name="Nina",
        locale="",
        sign_in="Nina",
        region="north",
        held="tiny:rep",
        new_password="correct horse battery",
        active="y",
    )

    visitor = site.visitor()
    assert visitor.post("/sign-in", sign_in="nina", password="correct horse battery").status_code == 303
    assert visitor.get("/a/tiny/deal/").status_code == 200


def test_a_taken_sign_in_name_is_refused_beside_the_field(site: Site) -> None:
    answer = site.visitor("ada").post("/admin/people/new/", name="Other", sign_in="ALICE", locale="", active="y")

    assert "Somebody else has this sign-in name." in answer.get_data(as_text=True)


def test_nobody_shuts_themselves_out(site: Site) -> None:
    with site.db() as session:
        ada = person_named(session, "ada")
        assert ada is not None
    answer = site.visitor("ada").post(f"/admin/people/edit/?id={ada.id}", name="Ada", sign_in="ada", locale="")

    assert "You cannot take away your own access." in answer.get_data(as_text=True)
    assert site.visitor("ada").get("/admin/").status_code == 200


def test_who_is_deactivated_is_signed_out_at_once(site: Site) -> None:
    alice = site.visitor("alice")
    with site.db() as session:
        person = person_named(session, "alice")
        assert person is not None
    site.visitor("ada").post(
        f"/admin/people/edit/?id={person.id}", name="Alice", sign_in="alice", locale="", held="tiny:rep"
    )

    assert alice.get("/").status_code == 303


def test_an_older_release_is_published_again(site: Site) -> None:
    boss, first = site.visitor("ada"), _number(site)
    config = tiny_app()
    field_of(config, "deal", "amount")["label"] = "Worth"
    boss.post("/admin/config/publish", text=json.dumps(config))

    live_page = boss.get(f"/admin/apps/tiny/releases/{first + 1}").get_data(as_text=True)
    old_page = boss.get(f"/admin/apps/tiny/releases/{first}").get_data(as_text=True)
    back = f"/admin/design/tiny/undo-release?to={first}"
    page = boss.get(back).get_data(as_text=True)
    answer = boss.post("/admin/design/tiny/undo-release", to=first, number=first + 1, reason="too early")

    assert (back in live_page, back in old_page) == (False, True)
    assert all(words in page for words in ("Worth", "Amount", "What changes"))
    assert (answer.status_code, _number(site)) == (303, first + 2)
    assert "too early" in boss.get("/admin/apps/tiny").get_data(as_text=True)
    assert "Worth" not in boss.get("/a/tiny/deal/new").get_data(as_text=True)
    for to in (99, 0, first + 2):
        assert boss.post("/admin/design/tiny/undo-release", to=to, number=first + 2).status_code == 404


def test_a_release_that_no_longer_fits_is_not_published_again(site: Site) -> None:
    boss, first = site.visitor("ada"), _number(site)
    config = tiny_app()
    field_of(config, "account", "region")["options"].append({"key": "east", "label": "East"})
    boss.post("/admin/config/publish", text=json.dumps(config))
    boss.post("/a/tiny/account/new", name="Acme", region="east")

    back = {"to": first, "number": first + 1}
    answer = boss.post("/admin/design/tiny/undo-release", **back)

    assert (answer.status_code, _number(site)) == (422, first + 1)
    assert "“East”: one record goes to" in answer.get_data(as_text=True)
    assert boss.post("/admin/design/tiny/undo-release", **back, map="account.region:east=south").status_code == 303


def test_posts_without_a_token_are_refused(site: Site) -> None:
    client = site.visitor("ada").client

    assert client.post("/admin/config/check", data={"text": "{}"}).status_code == 400


def _number(site: Site) -> int:
    with site.db() as session:
        return live(session, "tiny").number


def test_a_refused_expression_is_in_the_audit_trail(site: Site) -> None:
    config = tiny_app()
    config["alerts"][0]["when"] = "().__class__"

    answer = site.visitor("ada").post("/admin/config/publish", text=json.dumps(config), reason="")

    assert answer.status_code == 422
    with site.db() as session:
        entry = session.query(Change).filter_by(verb="refused").one()
        assert (entry.app_key, entry.person.sign_in) == ("tiny", "ada")


def test_sandboxes_and_channels_are_called_what_they_are(site: Site, tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Boiler", account=account.id, amount="12000")
    ada = site.visitor("ada")
    ada.post("/admin/samples/expense_claims/sandbox")
    site.later(days=40)

    assert "Sandbox: Expense claims" in words(ada.get("/admin/"))
    assert "Sandbox: Expense claims" in words(ada.get("/admin/audit/"))
    assert 'data-label="Channel">Inbox</td>' in ada.get("/admin/notifications/").text


def test_journals_call_records_by_their_titles(site: Site, tiny: Tiny) -> None:
    number = tiny.create("account", name="Acme", region="north").id

    page = site.visitor("ada").get("/admin/changes/").text

    assert f'<a href="/a/tiny/account/{number}">Acme</a>' in page
