from __future__ import annotations

import re

import pytest

from tests.support.configs import tiny_app
from tests.support.site import part, words


@pytest.fixture
def stale(site, tiny):
    """Alice's deal that stands still: her alert fires on the 31st day."""
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Boiler", account=account.id, amount="5")
    site.later(hours=1)
    site.later(days=31)
    return deal


def test_inbox_shows_the_alert_and_counts_it(site, stale):
    page = site.visitor("alice").get("/inbox")

    said = words(page)
    assert "Deal stands still 1 alert" in said
    assert "Boiler of Acme has stood in Open for 31 days." in said
    assert "1 unread alert" in said
    assert 'href="/a/tiny/deal/1"' in page.text


def test_inbox_is_personal(site, stale):
    assert "Boiler" not in words(site.visitor("bob").get("/inbox"))
    assert "All clear" in words(site.visitor("charlie").get("/inbox"))


def test_inbox_reads_in_the_language_chosen_now(site, stale):
    alice = site.visitor("alice")
    alice.post("/language", language="zh_Hant")

    assert "Acme 的 Boiler 已在 跟進中 停留 31 天。" in words(alice.get("/inbox"))


def test_alert_is_acknowledged(site, stale):
    alice = site.visitor("alice")

    done = alice.post("/inbox/1/acknowledge")

    assert done.location == "/inbox"
    said = words(alice.get("/inbox"))
    assert "acknowledged by Alice" in said
    assert "unread" not in said


def test_alert_of_somebody_else_does_not_exist(site, stale):
    charlie = site.visitor("charlie")

    assert charlie.post("/inbox/1/acknowledge").status_code == 404
    assert charlie.get("/inbox/1/why").status_code == 404


def test_alert_goes_when_its_reason_is_gone(site, tiny, stale):
    tiny.move(stale, "offer", now=site.now)
    alice = site.visitor("alice")

    assert "All clear" in words(alice.get("/inbox"))
    assert "Boiler" in words(alice.get("/inbox?closed=1"))
    assert "unread" not in words(alice.get("/inbox"))


def test_alert_explains_itself(site, stale):
    answer = site.visitor("alice").htmx("/inbox/1/why")

    said = words(answer)
    assert "<html" not in answer.text
    assert "days_in_stage > 30 yes" in said
    assert "Days in stage days_in_stage 31" in said


def test_alert_on_a_date_shows_the_date_as_people_write_it(site, tiny):
    config = tiny_app()
    config["alerts"][0]["when"] = "days_between(expected_on, today) >= 3 and stage_entered_at < now"
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Boiler", account=account.id, expected_on="2026-02-20")
    site.later(hours=1)

    said = words(site.visitor("alice").htmx("/inbox/1/why"))

    assert "expected_on Feb 20, 2026 today Mar 2, 2026" in said


def test_unread_count_is_a_piece_that_asks_again(site, stale):
    answer = site.visitor("alice").htmx("/inbox/unread")

    assert re.search(r'id="unread" hx-get="/inbox/unread"', answer.text)
    assert "1 unread alert" in words(answer)


def test_everything_can_be_marked_as_read(site, stale):
    alice = site.visitor("alice")

    alice.post("/inbox/read")

    said = words(alice.get("/inbox"))
    assert "unread" not in said
    assert "Boiler of Acme" in said


def test_start_page_and_record_show_what_waits(site, stale):
    alice = site.visitor("alice")

    assert "Boiler of Acme has stood in Open for 31 days." in part(alice.get("/"), 'aria-labelledby="waiting"')
    assert "Boiler of Acme has stood in Open for 31 days." in words(alice.get("/a/tiny/deal/1"))


def test_double_tick_tells_nobody_twice(site, stale):
    site.later(seconds=0)
    site.later(minutes=1)

    assert words(site.visitor("alice").get("/inbox")).count("Boiler of Acme") == 1
