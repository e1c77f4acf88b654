"""When people are told: quiet hours, digests, days away, silences, as screens."""

from __future__ import annotations

import pytest

from engine.people import person_named
from tests.support.site import words


@pytest.fixture
def stale(site, tiny):
    """Alice's deal that stands still: her alert fires on the 31st day."""
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Boiler", account=account.id, amount="5")
    site.later(hours=1)
    site.later(days=31)
    return deal


def test_wishes_are_kept_and_shown(site):
    alice = site.visitor("alice")

    done = alice.post(
        "/preferences/reminders/when",
        quiet_from="22:00",
        quiet_to="07:00",
        digest="daily",
        digest_at="08:30",
        digest_day="5",
    )

    assert done.status_code == 303
    page = alice.get("/preferences/reminders").text
    for kept in ('value="22:00"', 'value="07:00"', 'value="08:30"', '<option value="daily" selected>'):
        assert kept in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quiet_from": "25:00", "quiet_to": "07:00"}, "Write a time of day as 22:00."),
        ({"quiet_from": "22:00"}, "Quiet hours need a beginning and an end."),
        ({"digest": "hourly"}, "A digest comes daily or weekly."),
    ],
)
def test_wishes_that_cannot_be_are_refused_in_words(site, typed, said):
    answer = site.visitor("alice").post("/preferences/reminders/when", **typed)

    assert answer.status_code == 422
    assert said in words(answer)


def test_days_away_are_written_down_and_removed(site):
    alice = site.visitor("alice")
    with site.db() as session:
        bob = person_named(session, "bob").id

    done = alice.post(
        "/preferences/reminders/absences", starts_on="2030-03-01", ends_on="2030-03-10", substitute=str(bob)
    )
    assert done.status_code == 303
    assert "Bob stands in" in words(alice.get("/preferences/reminders"))
    assert site.visitor("bob").post("/preferences/reminders/absences/1/end").status_code == 404

    alice.post("/preferences/reminders/absences/1/end")
    assert "No days are written down." in words(alice.get("/preferences/reminders"))


def test_last_day_before_the_first_is_refused(site):
    answer = site.visitor("alice").post(
        "/preferences/reminders/absences", starts_on="2030-03-10", ends_on="2030-03-01", substitute=""
    )

    assert answer.status_code == 422
    assert "The last day lies before the first." in words(answer)


def test_silence_is_asked_for_shown_and_ended(site, stale):
    alice = site.visitor("alice")
    page = alice.get("/inbox/1/silence")
    assert "It tells the owner at once." in words(page)
    assert "For everybody" not in words(page)

    done = alice.post("/inbox/1/silence", what="rule", until="week", whom="me")

    assert done.location == "/preferences/reminders"
    assert "Deal stands still For you" in words(alice.get("/preferences/reminders"))
    assert site.visitor("bob").post("/preferences/reminders/silences/1/end").status_code == 404
    alice.post("/preferences/reminders/silences/1/end")
    assert "Nothing is silenced." in words(alice.get("/preferences/reminders"))


def test_silence_for_everybody_is_for_those_who_run_the_app(site, stale):
    assert site.visitor("alice").post("/inbox/1/silence", what="rule", until="week", whom="all").status_code == 403
    assert site.visitor("ada").post("/inbox/1/silence", what="rule", until="week", whom="all").status_code == 303
    assert site.visitor("charlie").get("/inbox/1/silence").status_code == 404


def test_silence_without_an_end_is_refused(site, stale):
    answer = site.visitor("alice").post("/inbox/1/silence", what="record", until="forever")

    assert answer.status_code == 422
    assert "A silence ends in the future, within a year." in words(answer)
