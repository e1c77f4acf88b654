"""The OKR designer: what key results are worth by the draft, the records behind them, and formulas over their measures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.admin.test_alert_designer import deals, edit, words
from tests.admin.test_designers import BASE, content, sheet
from tests.support.html_forms import posted_values

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

PATH = "okrs/sales.json"
PAGE = f"{BASE}/okrs/sales"
REVENUE = "/objectives/0/key_results/1"


def with_measure(site: Site, **members: object) -> list[object]:
    """Return the objectives with another measure for the revenue."""
    objectives = content(site, PATH)["objectives"]
    objectives[0]["key_results"][1]["measures"]["won_value"] |= members
    return objectives  # type: ignore[no-any-return]  # JSON


def test_values_are_worked_out_by_the_draft_and_lead_to_their_records(site: Site, tiny: Tiny) -> None:
    deals(tiny, "Old mill", "New mill", amount=300_000)
    ada = site.visitor("ada")
    live = words(ada.htmx(f"{PAGE}/values").text)

    edit(site, PATH, objectives=with_measure(site, where="name == 'Old mill'", during="created_at"))
    page = ada.htmx(f"{PAGE}/values").text
    link = next(one for one in re.findall(r'href="([^"]+)"', page) if "won_value" in one).replace("&amp;", "&")
    behind = words(ada.get(link).text)

    assert "Won value of 1,000,000 0 CNY" in live
    assert "Won value of 1,000,000 300,000 CNY" in words(page)
    assert 'id="value-0-1" hx-swap-oob="true"' in page
    assert 'id="value-0-1"' in ada.get(PAGE).text
    assert "Old mill" in behind
    assert "New mill" not in behind


def test_a_key_result_without_a_value_says_why(site: Site) -> None:
    said = words(site.visitor("ada").htmx(f"{PAGE}/values").text)

    assert "Win rate reaches 50 % No value: “Decided deals” is 0" in said


def test_formulas_are_completed_by_the_measures_they_may_name(site: Site) -> None:
    ada = site.visitor("ada")
    area = re.search(r'data-expression="([^"]+/formula/0/1)"', ada.get(f"{PAGE}?at={REVENUE}").text)
    assert area

    found = ada.post(f"{area[1]}/complete", text="1 + won_", position="8").get_json()
    wrong = ada.post(f"{area[1]}/check", text="won_valu / target").get_json()

    assert "won_value" in [one["label"] for one in found["options"]]
    assert "stage" not in [
        one["label"] for one in ada.post(f"{area[1]}/complete", text="", position="0").get_json()["options"]
    ]
    assert [one["suggestion"] for one in wrong["faults"]] == ["won_value"]
    assert ada.post(f"{PAGE}/formula/0/9/check", text="1").status_code == 404


def test_target_and_baseline_are_completed_by_what_they_may_name(site: Site) -> None:
    ada = site.visitor("ada")
    page = ada.get(f"{PAGE}?at={REVENUE}").text
    offered = {}
    for what in ("formula", "target", "baseline"):
        assert f'data-expression="{PAGE}/{what}/0/1"' in page
        options = ada.post(f"{PAGE}/{what}/0/1/complete", text="", position="0").get_json()["options"]
        offered[what] = {one["label"] for one in options} & {"won_value", "baseline", "target"}

    assert offered == {
        "formula": {"won_value", "baseline", "target"},
        "target": {"won_value", "baseline"},
        "baseline": {"won_value"},
    }
    assert ada.post(f"{PAGE}/weight/0/1/check", text="1").status_code == 404


def test_a_measure_is_split_by_an_expression_or_a_period(site: Site) -> None:
    ada = site.visitor("ada")
    stored = []
    for expression, period in (("stage", ""), ("", "month"), ("close_on", "quarter"), ("", "")):
        posted = sheet(ada.get(f"{PAGE}?at={REVENUE}").text)
        by = {
            "/measures/@0/by/field": ["="],
            "/measures/@0/by": [expression],
            "/measures/@0/by/period": [period],
            "-act": ["save"],
        }
        ada.post(PAGE, **posted | by)
        held = content(site, PATH)["objectives"][0]["key_results"][1]["measures"]["won_value"]
        stored.append(held.get("by"))

    assert stored == ["stage", {"period": "month"}, {"expression": "close_on", "period": "quarter"}, None]


def test_a_measure_has_a_heading_and_its_condition_is_filled_in_test_by_test(site: Site) -> None:
    ada = site.visitor("ada")
    page = ada.get(f"{PAGE}?at={REVENUE}").text
    posted = sheet(page) | {"-act": ["condition:/measures/@0/where"]}
    onward = ada.post(PAGE, **posted).location
    asked = {name: one[0] for name, one in parse_qs(urlsplit(onward).query).items()}
    stored = ada.post(f"{BASE}/condition", **sheet_of_condition(ada.get(onward).text), **{"-act": "apply"})

    assert "won_value Deal · sum of Amount · Stage is Won" in words(page)
    assert asked["at"] == f"{REVENUE}/measures/won_value/where"
    assert stored.status_code == 303
    assert content(site, PATH)["objectives"][0]["key_results"][1]["measures"]["won_value"]["where"] == 'stage == "won"'


def sheet_of_condition(page: str) -> dict[str, list[str]]:
    """Return what a browser posts from the conditions of a page."""
    found = re.search(r'(?s)<form id="criteria".*?</form>', page)
    assert found
    return {name: values for name, values in posted_values(found[0]).items() if name and name != "-act"}


def test_measures_of_the_page_and_of_the_app_are_edited_too(site: Site) -> None:
    ada = site.visitor("ada")
    for address, path in (("/okrs/sales", PATH), ("/settings", "app.json")):
        posted = sheet(ada.get(BASE + address).text) | {
            "/measures/@0/agg": ["count_distinct"],
            "/measures/@0/value": ["name"],
        }
        ada.post(BASE + address, **posted | {"-act": ["save"]})

        assert next(iter(content(site, path)["measures"].values()))["agg"] == "count_distinct"


def test_advice_on_a_card_is_no_alarm(site: Site) -> None:
    ada, found = site.visitor("ada"), []
    objectives = content(site, PATH)["objectives"]
    result = objectives[0]["key_results"][0]
    for mistake in ("unit", "target"):
        wrong = {name: value for name, value in result.items() if name != mistake}
        first = {**objectives[0], "key_results": [wrong, *objectives[0]["key_results"][1:]]}
        edit(site, PATH, objectives=[first, *objectives[1:]])
        page = ada.get(f"{BASE}/okrs/sales").text
        found.append(re.findall(r'<span class="pill (\w+)">(?:One problem|\d+ problems)', page))

    assert found == [["warn"], ["bad"]]
