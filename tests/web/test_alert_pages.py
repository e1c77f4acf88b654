"""The journal, the explanation and the backtest, as people meet them."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from engine.alerts.rows import Notification
from engine.changes import Change
from engine.jobs import run_all, tick
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

RULE = {
    "key": "big",
    "label": "Big deal",
    "form": "deal",
    "when": "amount > 100 and is_empty(closed_on)",
    "message": "{name} is big.",
    "notify": [{"to": ["owner"]}],
}


@pytest.fixture
def deal(tiny: Tiny, site: Site) -> int:
    """A big deal of Alice's, of which she was told."""
    config = tiny_app()
    config["alerts"] = [RULE]
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north").id
    id_ = tiny.create("deal", name="=Big", account=account, amount="500").id
    site.later(minutes=1)
    return id_


def test_the_journal_lists_what_fired_and_is_for_those_who_configure(site: Site, deal: int) -> None:
    page = site.visitor("ada").get("/a/tiny/alerts/journal")
    assert page.status_code == 200
    assert "Big deal" in page.text
    assert "amount=500" in page.text
    assert "Alice" in page.text
    assert site.visitor("alice").get("/a/tiny/alerts/journal").status_code == 403
    assert "alerts/journal" not in site.visitor("alice").get("/inbox").text


def test_the_journal_is_filtered_and_goes_out_as_a_file(site: Site, deal: int) -> None:
    ada = site.visitor("ada")
    assert "Nothing fired that fits." in ada.get("/a/tiny/alerts/journal?state=resolved").text
    assert "Nothing fired that fits." in ada.get("/a/tiny/alerts/journal?failed=1").text
    assert "Nothing fired that fits." in ada.get("/a/tiny/alerts/journal?until=2020-01-01").text
    assert "is no date" in ada.get("/a/tiny/alerts/journal?since=soon").text

    file = ada.get("/a/tiny/alerts/journal?format=csv&rule=big")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert file.mimetype == "text/csv"
    assert [(row["rule"], row["record"], row["person"], row["sent"]) for row in rows] == [
        ("big", str(deal), "Alice", "sent")
    ]
    assert rows[0]["values"].startswith("amount=500")


PLACES: dict[str, dict[str, object]] = {
    "calendar": {"schedule": {"every": "day", "at": "09:00"}, "notify": [{"to": ["role:rep"]}]},
    "figure": {"figure": {"measure": "open_deals"}, "when": "value >= 0", "notify": [{"to": ["role:rep"]}]},
    "result": {
        "figure": {"okr": "sales", "key_result": "revenue"},
        "when": "value >= 0",
        "notify": [{"to": ["owner", "role:rep"]}],
    },
    "page": {"okr_changed": "sales", "notify": [{"to": ["role:rep"]}]},
    "people": {
        "missing": {"form": "visit", "via": "owner", "for": {"days": 7}, "people": ["role:rep"]},
        "notify": [{"to": ["owner"]}],
    },
}


def test_why_is_told_of_rules_without_records_too(tiny: Tiny, site: Site) -> None:
    config = tiny_app()
    config["alerts"] = [{"key": key, "label": key.title(), "message": key, **one} for key, one in PLACES.items()]
    tiny.publish(config)
    site.later(days=8)
    tick(tiny.db, site.now)
    alice = site.visitor("alice")

    assert "Empty for a rule that watches no records." in alice.get("/a/tiny/alerts/why").text
    for key in ("calendar", "figure", "result", "page"):
        page = alice.get(f"/a/tiny/alerts/why?rule={key}").text
        assert "firing</span>" in page, key
        assert "Number of the record" not in page, key
    asked = alice.get("/a/tiny/alerts/why?rule=people").text
    assert (">Alice</option>" in asked, ">Bob</option>" in asked) == (True, False)
    own = alice.get(f"/a/tiny/alerts/why?rule=people&record={tiny.user('alice').id}").text
    assert "was firing" in own
    assert alice.get(f"/a/tiny/alerts/why?rule=people&record={tiny.user('bob').id}").status_code == 404
    journal = site.visitor("ada").get("/a/tiny/alerts/journal?rule=people").text
    assert f"rule=people&amp;record={tiny.user('bob').id}" in journal
    assert (
        "People · Bob" in site.visitor("ada").get(f"/a/tiny/alerts/why?rule=people&record={tiny.user('bob').id}").text
    )


def test_why_asks_for_the_record_where_one_is_watched(tiny: Tiny, site: Site, deal: int) -> None:
    assert "Which record? Write its number." in site.visitor("alice").get("/a/tiny/alerts/why?rule=big").text


def test_why_is_told_to_who_may_see_the_record(site: Site, deal: int) -> None:
    address = f"/a/tiny/alerts/why?rule=big&record={deal}"
    page = site.visitor("alice").get(address).text
    assert "was firing" in page
    assert "owner" in page
    assert "exactly once" in page
    assert site.visitor("charlie").get(address).status_code == 404
    before = site.visitor("alice").get(address + "&at=2020-01-01 10:00").text
    assert "there was no such record" in before or "had no such rule" in before
    assert "is no date and time" in site.visitor("alice").get(address + "&at=whenever").text


def test_the_record_and_the_inbox_lead_there(site: Site, deal: int) -> None:
    alice = site.visitor("alice")
    assert f"/a/tiny/alerts/why?form=deal&amp;record={deal}" in alice.get(f"/a/tiny/deal/{deal}").text
    assert alice.get(f"/a/tiny/alerts/why?form=deal&record={deal}").status_code == 200
    why = next(part for part in alice.get("/inbox").text.split('"') if part.endswith("/why"))
    assert "/a/tiny/alerts/why?rule=big" in alice.get(why).text


def test_a_draft_is_tried_on_the_past(site: Site, deal: int) -> None:
    ada = site.visitor("ada")
    assert "&#34;amount &gt; 100" in ada.get("/a/tiny/alerts/backtest?rule=big").text
    draft = json.dumps({**RULE, "when": "amount > 1000"})
    answer = ada.post("/a/tiny/alerts/backtest", rule="big", days="30", draft=draft)
    run_all(site.db, site.now)
    job = answer.location.rpartition("/")[2]
    page = ada.get(f"/a/tiny/alerts/backtest/{job}").text

    assert "Live rule" in page
    assert "Draft" in page
    assert ada.get(f"/jobs/{job}").status_code == 200
    assert site.visitor("alice").get(f"/a/tiny/alerts/backtest/{job}").status_code == 403
    assert ada.get("/a/tiny/alerts/backtest/99999").status_code == 404


def test_who_would_be_told_now_is_shown_and_nothing_is_written(site: Site, deal: int) -> None:
    ada = site.visitor("ada")
    ada.get("/a/tiny/alerts/backtest")
    draft = json.dumps({**RULE, "when": "amount > 1", "message": "{name} to look at", "for": {"hours": 3}})
    with site.db() as session:
        before = session.query(Notification).count()

    page = ada.post("/a/tiny/alerts/backtest/now", rule="big", draft=draft, days="30")

    assert page.status_code == 200
    assert "1 record" in page.text
    assert "=Big to look at" in page.text
    assert "Alice" in page.text
    assert "This must hold for 3 hours." in page.text
    assert "amount &gt; 1" in page.text  # the draft is still there
    none = ada.post("/a/tiny/alerts/backtest/now", rule="big", draft=draft.replace("> 1", "> 10000"), days="30")
    assert "nobody would be told" in none.text
    assert "1 record" in ada.post("/a/tiny/alerts/backtest/now", rule="big", draft="", days="").text
    assert ada.post("/a/tiny/alerts/backtest/now", rule="big", draft="{", days="9").status_code == 422
    assert site.visitor("alice").post("/a/tiny/alerts/backtest/now", rule="big").status_code == 403
    with site.db() as session:
        assert session.query(Notification).count() == before


def test_what_is_wrong_with_a_draft_stands_beside_it(site: Site, deal: int) -> None:
    ada = site.visitor("ada")
    answer = ada.post("/a/tiny/alerts/backtest", rule="", days="30", draft=json.dumps({**RULE, "when": "amuont > 1"}))
    assert answer.status_code == 422
    assert "amuont" in answer.text
    assert ada.post("/a/tiny/alerts/backtest", rule="big", days="many", draft="").status_code == 422
    assert ada.post("/a/tiny/alerts/backtest", rule="gone", days="3", draft="").status_code == 404
    assert site.visitor("alice").post("/a/tiny/alerts/backtest", rule="big", days="3").status_code == 403


def test_an_expression_that_is_refused_in_a_draft_is_written_down(site: Site, deal: int) -> None:
    ada = site.visitor("ada")
    ada.get("/a/tiny/alerts/backtest")
    draft = json.dumps({**RULE, "when": "name.__class__ == 1"})

    answer = ada.post("/a/tiny/alerts/backtest", rule="big", draft=draft, days="9")

    assert answer.status_code == 422
    with site.db() as session:
        found = session.query(Change).filter_by(verb="refused").one()
        assert (found.app_key, found.via, found.person_id is not None) == ("tiny", "form", True)
        assert (found.note or "").startswith("alerts/big.json/when: ")
