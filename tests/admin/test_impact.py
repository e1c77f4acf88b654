"""Pieces of the page before publishing: each is asked for by the page, and a page of its own without scripts."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from admin.design.publishing import PIECES
from engine import design
from engine.config.source import Source
from engine.people import SYSTEM
from tests.support.configs import field_of, form_of, tiny_app
from tests.support.site import words

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

PAGE = "/admin/design/tiny/publish"


@pytest.fixture
def desk(site: Site, tiny: Tiny) -> Site:
    """The small app with five deals, and a draft that changes what they come to."""
    account = tiny.create("account", by="ada", name="Acme", region="north")
    for number in range(5):
        name, amount = f"Pump {number}", 100 * number
        tiny.create("deal", by="alice", name=name, account=account.id, amount=amount, notes="said", discount=50)
    config = tiny_app()
    deal = form_of(config, "deal")
    deal["fields"] = [one for one in deal["fields"] if one["key"] != "notes"]
    deal["sections"] = [
        {**one, "fields": [key for key in one["fields"] if key != "notes"]} for one in deal.get("sections", [])
    ]
    deal["fields"].append({"key": "bonus", "type": "money", "label": "Bonus"})
    field_of(config, "deal", "net_amount")["expression"] = "amount + if_empty(bonus, 1)"
    deal["permissions"][0] |= {"records": "owner.region == me.region", "fields": {"discount": "hidden"}}
    config["alerts"][0] |= {"when": "net_amount > 200", "every": {"hours": 1}}
    result = config["okrs"][0]["objectives"][0]["key_results"][1]
    result["measures"]["won_value"] = {"of": "deal", "agg": "sum", "value": "net_amount"}
    _save(site, config)
    return site


def _save(site: Site, config: dict[str, Any]) -> None:
    with site.db.begin() as session:
        design.replace_config(session, "tiny", Source.from_dict(config), SYSTEM, site.now)


def _piece(site: Site, name: str) -> str:
    """Return the words of a piece, which must be the same on its page."""
    ada = site.visitor("ada")
    piece, page = ada.htmx(f"{PAGE}/{name}"), ada.get(f"{PAGE}/{name}")
    assert (piece.status_code, page.status_code) == (200, 200), name
    assert "<html" not in piece.text
    said = words(piece)
    assert said in words(page)
    return said


def test_page_asks_for_each_piece_and_answers_before_them(desk: Site) -> None:
    page = desk.visitor("ada").get(PAGE).text

    asked = [html.unescape(one) for one in re.findall(r'hx-get="([^"]+)"', page)]
    assert [one.removeprefix(f"{PAGE}/") for one in asked if one.startswith(PAGE)] == [
        "impact", "krs", "alerts", "sight", "hidden", "cost"
    ]  # fmt: skip
    assert len(PIECES) == 6


def test_key_results_are_shown_before_and_after(desk: Site) -> None:
    said = _piece(desk, "krs")

    assert "Won value of 1,000,000 Sales OKR changes 0 CNY of 1,000,000 CNY" in said
    assert "1,005 CNY of 1,000,000 CNY" in said
    assert "One key result stays as it is" in said


def test_alerts_that_would_open_are_named(desk: Site) -> None:
    said = _piece(desk, "alerts")

    assert "Deal stands still changes 0 3 Pump 2, Pump 3, Pump 4 0" in said


def test_rules_are_tried_on_the_past_side_by_side(desk: Site) -> None:
    ada = desk.visitor("ada")

    assert words(ada.htmx(f"{PAGE}/alerts/tried?rule=stale_deal")) == "0 times → 3 times"
    assert ada.get(f"{PAGE}/alerts/tried?rule=stale_deal").status_code == 200
    assert ada.get(f"{PAGE}/alerts/tried?rule=nothing").status_code == 404


def test_who_sees_more_or_less_is_named(desk: Site) -> None:
    said = _piece(desk, "sight")

    assert "It changes for 3 people." in said
    assert "Deal Bob + sees 0 records now, 5 then" in said
    assert "Deal Alice, Charlie + sees from then on: Margin" in said
    assert "sees no longer: Discount" in said


def test_hidden_values_are_counted(desk: Site) -> None:
    assert "Deal › Notes : 5 records hold a value here" in _piece(desk, "hidden")


def test_cost_is_told(desk: Site) -> None:
    said = _piece(desk, "cost")

    assert "Publishing takes a moment." in said
    assert "New column “Bonus” in “Deal”: no record is touched" in said
    assert "is worked out anew in 5 records" in said


def test_pieces_are_for_designers_and_stand_without_a_draft(site: Site) -> None:
    for endpoint in ("krs", "alerts", "sight", "hidden", "cost"):
        assert site.visitor("mona").get(f"{PAGE}/{endpoint}").status_code == 403
        assert "Nothing to look at." in site.visitor("ada").get(f"{PAGE}/{endpoint}").text
