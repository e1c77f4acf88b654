"""The back office's page of channels, and each person's own preferences; secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from engine.alerts import outlets
from engine.alerts.ways import contact_of
from engine.channels import CHANNELS
from engine.people import person_named
from tests.support.receivers import WebReceiver

if TYPE_CHECKING:
    from tests.support.site import Site

TYPES = sorted(key for key, channel in CHANNELS.items() if channel.asks)
TOKEN, SECRET = "tokentokentoken987654", "SEC-verysecret-0123456789"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebReceiver]:
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "the secret of a test")
    monkeypatch.setenv("STEERWAY_ALLOW_NETWORKS", "127.0.0.0/8")
    receiver = WebReceiver()
    yield receiver
    receiver.stop()


def add(site: Site, web: WebReceiver, **changes: str) -> int:
    facts = {"key": "hook", "name": "Our hook", "url": web.url(f"/x/{TOKEN}"), "secret": SECRET, **changes}
    return site.visitor("ada").post("/admin/channels/new/webhook", **facts).status_code


@pytest.mark.parametrize("address", ["/admin/channels/", *(f"/admin/channels/new/{key}" for key in TYPES)])
def test_pages_answer_administrators_only(site: Site, address: str) -> None:
    assert site.visitor("ada").get(address).status_code == 200
    assert site.visitor("mona").get(address).status_code == 403
    assert site.visitor().get(address).status_code == 303


def test_only_administrators_add(site: Site, web: WebReceiver) -> None:
    facts = {"key": "hook", "url": web.url(), "secret": SECRET}
    assert site.visitor("mona").post("/admin/channels/new/webhook", **facts).status_code == 403
    assert "No channel is set up yet" in site.visitor("ada").get("/admin/channels/").get_data(as_text=True)


def test_secrets_are_never_shown_again(site: Site, web: WebReceiver) -> None:
    assert add(site, web) == 303
    ada = site.visitor("ada")
    web.answers = [(500, f"no {TOKEN} {SECRET}")]
    ada.post("/admin/channels/1/test")
    addresses = ["/admin/channels/", "/admin/channels/1", "/admin/changes/", "/admin/notifications/"]
    pages = [ada.get(address).get_data(as_text=True) for address in addresses]

    assert [word for word in (TOKEN, SECRET) for page in pages if word in page] == []
    assert "Our hook" in pages[0]
    assert len(web.received) == 1


def test_refused_form_keeps_what_was_typed_but_no_secret(site: Site, web: WebReceiver) -> None:
    facts = {"key": "Bad Key", "name": "Kept", "url": web.url(f"/x/{TOKEN}"), "secret": SECRET}
    answer = site.visitor("ada").post("/admin/channels/new/webhook", **facts)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "Kept" in page
    assert TOKEN not in page
    assert SECRET not in page


def test_empty_secret_keeps_the_present_one(site: Site, web: WebReceiver) -> None:
    add(site, web)
    site.visitor("ada").post("/admin/channels/1", name="Renamed", url="", secret="")
    with site.db() as session:
        row = outlets.outlets(session)[0]
        assert (row.name, outlets.setup_of(row).get("secret")) == ("Renamed", SECRET)


def test_test_message_and_switch(site: Site, web: WebReceiver) -> None:
    add(site, web)
    ada = site.visitor("ada")
    ada.get("/admin/channels/")
    ada.client.post("/admin/channels/1/test", data={"csrf_token": ada.token})
    page = ada.get("/admin/channels/").get_data(as_text=True)
    assert "The test was delivered." in page
    assert web.received[0].json["text"] == "This channel works."

    ada.post("/admin/channels/1/switch")
    with site.db() as session:
        assert not outlets.outlets(session)[0].enabled


def test_everybody_chooses_for_themselves(site: Site, web: WebReceiver) -> None:
    add(site, web)
    alice = site.visitor("alice")
    assert "Our hook" in alice.get("/preferences").get_data(as_text=True)
    facts = {"email": "alice@home.example", "mobile": "+86 138-0000-0000", "use-hook": "never"}
    assert alice.post("/preferences", **facts).status_code == 303
    assert alice.post("/preferences", email="no address", mobile="").status_code == 422
    with site.db() as session:
        person = person_named(session, "alice")
        assert person is not None
        found = contact_of(session, person.id)
    assert (found.email, found.mobile, found.never) == ("alice@home.example", "+8613800000000", {"hook"})


def test_nobody_can_have_everything_written_to_a_group(site: Site, web: WebReceiver) -> None:
    add(site, web)
    site.visitor("alice").post("/preferences", email="", mobile="", **{"use-hook": "always"})
    with site.db() as session:
        person = person_named(session, "alice")
        assert person is not None
        assert contact_of(session, person.id).always == frozenset()


def test_broken_channel_stands_in_the_administrators_inbox(site: Site, web: WebReceiver) -> None:
    add(site, web)
    with site.db.begin() as session:
        row = outlets.outlets(session)[0]
        outlets.went_wrong(session, row, "HTTP 404", site.now, broken=True, passing=False)
    ada = site.visitor("ada")
    page = ada.get("/inbox").get_data(as_text=True)

    assert "Our hook no longer delivers: HTTP 404" in page
    assert 'href="/admin/channels/"' in page
    assert ada.get("/").status_code == 200
    assert ada.get("/admin/alerts/").status_code == 200
