"""Expressions written with the names of fields and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from admin.expression_names import keys_of_measures, named_here
from tests.admin.test_designers import content, post, unseen
from web.expression_names import reworded

if TYPE_CHECKING:
    from tests.support.site import Site

BASE = "/admin/design/tiny"
KEYS = {"完成日期": "done_on", "金额": "amount", "Amount": "amount"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("days_between(today, 完成日期)", "days_between(today, done_on)"),
        ("金额>0 and Amount < 5", "amount>0 and amount < 5"),
        ("金额s + 预金额", "金额s + 预金额"),
        ("name == '金额' and note == \"Amount\"", "name == '金额' and note == \"Amount\""),
        ("account.金额", "account.金额"),
        ("金额(1)", "金额(1)"),
        ("'it\\'s 金额' + 金额", "'it\\'s 金额' + amount"),
    ],
)
def test_names_stand_for_keys(written: str, meant: str) -> None:
    assert reworded(written, KEYS) == meant


def test_names_that_two_things_have_stand_for_none() -> None:
    okr = {"measures": {"won": {"label": "Won"}, "lost": {"label": "Deals"}, "either": {"label": "or"}}}
    result = {"measures": {"deals": {"label": "Deals"}, "rest": {"label": "won"}}}

    assert keys_of_measures(result, okr) == {"Won": "won"}


def test_a_begun_name_is_completed() -> None:
    assert named_here("1 + 完", 5, KEYS) == (4, [("完成日期", "done_on")])
    assert named_here("1 + ", 4, KEYS) == (4, [])


def test_a_formula_written_with_names_is_stored_with_keys(site: Site) -> None:
    ada, path, way = site.visitor("ada"), "forms/deal.json", "/forms/deal"
    post(ada, site, way, path, **{"-act": "new:computed", "at": "", "name": "含税金额"})
    at = f"/fields/{len(content(site, path)['fields']) - 1}"
    values = unseen(ada.get(f"{BASE}{way}?at={at}").text)

    post(ada, site, way, path, **{**values, "/expression": "Amount * 2", "-act": "save"})
    checked = ada.post(f"{BASE}/expression/deal/check", text="Amount * 2").get_json()
    found = ada.post(f"{BASE}/expression/deal/complete", text="Amoun", position=5).get_json()

    assert content(site, path)["fields"][-1]["expression"] == "amount * 2"
    assert checked["faults"] == []
    assert "amount" in str(found)
