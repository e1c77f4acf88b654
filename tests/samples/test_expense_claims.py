"""The sample `expense_claims`: it is clean, it can be cloned, and a claim is filled step by step as its people would."""

from __future__ import annotations

import pytest

from engine.config.check import check
from engine.config.load import load
from engine.people import SYSTEM, grant
from engine.people.rows import Person
from engine.releases import publish
from tests.support.rooms import ROOT
from tests.support.site import Site, words
from tests.web.conftest import db, prepared, tiny

__all__ = ["db", "prepared", "tiny"]

FOLDER = ROOT / "sample_configs" / "expense_claims"
NEW = "/a/expense_claims/claim/new"


@pytest.fixture
def site(tiny, tmp_path):
    with tiny.db.begin() as session:
        publish(session, load(FOLDER), SYSTEM, tiny.now, "for a test")
        for name, role in (("alice", "employee"), ("bob", "employee"), ("mona", "finance")):
            grant(session, session.query(Person).filter_by(sign_in=name).one(), "expense_claims", role)
    return Site(tiny.db, tiny.now, tmp_path)


def test_sample_has_no_faults():
    assert check(load(FOLDER)) == []


def test_claim_is_filled_in_three_steps(site):
    alice = site.visitor("alice")
    alice.get(NEW)
    trip = {"subject": "Fair in Shenzhen", "kind": "trip"}
    wrong = alice.post(NEW, **{"-page": "about", "go": "-next", **trip, "destination": "", "left_on": "2026-02-20"})
    assert (wrong.status_code, "This field must be filled." in words(wrong)) == (422, True)

    trip |= {"destination": "Shenzhen", "left_on": "2026-02-20", "back_on": "2026-02-22"}
    items = alice.post(NEW, **{"-page": "about", "go": "-next", **trip})
    assert 'id="form-page" value="spent"' in items.text
    empty = alice.post(NEW, **{"-page": "spent", "go": "-next", **trip})
    assert "At least 1 rows are needed; there are 0." in words(empty)

    rows: dict[str, object] = {"items": ["new1", "new2"]}
    for row, (what, amount) in enumerate((("Train", "538.50"), ("Hotel", "420")), 1):
        rows |= {f"items__new{row}__what": what, f"items__new{row}__amount": amount}
        rows |= {f"items__new{row}__spent_on": "2026-02-20"}
    pay = alice.post(NEW, **{"-page": "spent", "go": "-next", **trip, **rows})
    assert 'id="form-page" value="paid"' in pay.text
    saved = alice.post(NEW, **{"-page": "paid", **trip, **rows, "account": "6222 0000", "confirmed": "yes"})

    assert saved.status_code == 303
    page = words(alice.get(saved.location))
    assert "¥958.50" in page
    assert site.visitor("bob").get(saved.location).status_code == 404
    assert "Train" in words(site.visitor("mona").get(saved.location))


def test_what_is_no_trip_has_no_destination(site):
    alice = site.visitor("alice")
    alice.get(NEW)
    typed = {"subject": "Lunch", "kind": "guests", "guests": "Two customers", "destination": "Shenzhen"}
    row = {"items": "new1", "items__new1__what": "Lunch", "items__new1__amount": "300"}
    saved = alice.post(NEW, **typed, **row, account="6222", confirmed="yes")

    assert saved.status_code == 303
    assert "Shenzhen" not in words(alice.get(saved.location))
