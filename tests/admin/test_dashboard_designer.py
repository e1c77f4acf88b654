"""The dashboard designer: tiles added, ordered and sized by buttons; measures chosen or filled in; formulas completed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from engine import design
from engine.config.check import check
from engine.config.source import Source
from engine.people import SYSTEM, find_user
from engine.releases import publish
from tests.admin.test_alert_designer import deals, edit, words
from tests.admin.test_designers import BASE, content, post, press, sheet
from tests.support.configs import tiny_app
from tests.support.dashboards import app_with_dashboard

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

PATH = "dashboards/sales.json"
PAGE = f"{BASE}/dashboards/sales"


@pytest.fixture
def drafted(site: Site) -> Site:
    """The small app with a dashboard of every type of tile in its draft."""
    with site.db.begin() as session:
        ada = find_user(session, "ada")
        (made,) = app_with_dashboard()["dashboards"]
        design.edit_file(session, "tiny", PATH, made, ada, site.now, seen="")
    return site


def tiles(site: Site) -> list[Any]:
    found: list[Any] = content(site, PATH)["tiles"]
    return found


def at_of(site: Site, key: str) -> str:
    return f"/tiles/{[one['key'] for one in tiles(site)].index(key)}"


def faults(site: Site) -> list[str]:
    with site.db() as session:
        return [str(one) for one in check(design.source_in_work(session, "tiny")) if one.level == "error"]


def test_a_new_dashboard_is_whole_and_every_set_adds_to_it(site: Site) -> None:
    ada = site.visitor("ada")
    made = ada.post(f"{BASE}/new/dashboards", name="Team numbers", form="visit")
    path, page = "dashboards/team_numbers.json", "/dashboards/team_numbers"
    assert made.location == BASE + page
    assert [one["measure"]["of"] for one in content(site, path)["tiles"]] == ["visit"]

    for wanted in ("pipeline", "team", "target"):
        press(site, page, path, f"set:{wanted}")

    types = [one["type"] for one in content(site, path)["tiles"]]
    assert types == [
        "number",
        "number",
        "number",
        "number",
        "bar",
        "funnel",
        "ranking",
        "bar",
        "progress",
        "line",
        "key_results",
    ]
    assert faults(site) == []
    assert "Several at once" in words(ada.get(BASE + page).text)


def test_tiles_of_every_type_are_added_at_a_place_and_are_whole(drafted: Site) -> None:
    page = drafted.visitor("ada").get(PAGE).text
    offered = re.findall(r'value="new:(\w+)" data-type="\1"', page)

    for type_key in offered:
        press(
            drafted, "/dashboards/sales", PATH, f"new:{type_key}", name=f"New {type_key}", section="/tiles", place="1"
        )

    assert [one["type"] for one in tiles(drafted)[1 : len(offered) + 1]] == offered[::-1]
    assert len(offered) == 10
    assert faults(drafted) == []


def test_tiles_are_ordered_and_sized_by_buttons(drafted: Site) -> None:
    before = [one["key"] for one in tiles(drafted)]

    press(drafted, "/dashboards/sales", PATH, "behind:/tiles/0")
    press(drafted, "/dashboards/sales", PATH, "before:/tiles/2")
    press(drafted, "/dashboards/sales", PATH, "drop", what="/tiles/3", place="0")
    for _ in range(5):
        press(drafted, "/dashboards/sales", PATH, "wider:/tiles/0")
    press(drafted, "/dashboards/sales", PATH, "narrower:/tiles/1")

    assert [one["key"] for one in tiles(drafted)[:4]] == [before[3], before[1], before[2], before[0]]
    assert [one.get("width") for one in tiles(drafted)[:3]] == [4, 1, None]
    page = drafted.visitor("ada").get(PAGE).text
    assert 'class="card tile-card width-4" data-drop="/tiles/0"' in page
    for act in ("wider:/tiles/99", "before:/filters/0", "new:magic", "set:magic"):
        assert post(drafted.visitor("ada"), drafted, "/dashboards/sales", PATH, **{"-act": act}).status_code == 404


def test_a_card_says_what_its_tile_shows(drafted: Site) -> None:
    page = words(drafted.visitor("ada").get(PAGE).text)

    assert "One number · Open deals" in page
    assert "Bars · Deal · sum of Amount · by account.region · by Stage" in page
    assert "Progress · Won value of 1,000,000" in page
    assert "Cross table · Deal · number of records · by account.region · by Stage" in page
    assert "One number · 100 * won_deals / decided" in page


def saved(site: Site, key: str, **posted: str) -> Any:
    """Change inputs of the sheet of a tile, save it, and return the tile."""
    ada, at = site.visitor("ada"), at_of(site, key)
    found = sheet(ada.get(f"{PAGE}?at={at}").text)
    answer = ada.post(PAGE, **found | {name: [value] for name, value in posted.items()} | {"-act": ["save"]})
    assert answer.status_code == 303
    return tiles(site)[int(at.rpartition("/")[2])]


def test_a_measure_is_chosen_in_words_or_filled_in(drafted: Site) -> None:
    page = words(drafted.visitor("ada").get(f"{PAGE}?at={at_of(drafted, 'by_stage')}").text)
    assert "Open deals – Deal · number of records" in page

    named = saved(drafted, "by_stage", **{"/measure~": "open_deals"})
    own = saved(drafted, "by_stage", **{"/measure~": "=", "/measure/of": "visit", "/measure/agg": "count"})
    none = saved(drafted, "by_stage", **{"/measure~": ""})
    filled = saved(drafted, "by_stage", **{"/measure/of": "deal", "/measure/agg": "count"})

    assert named["measure"] == "open_deals"
    assert own["measure"] == {"of": "visit", "agg": "count"}
    assert "measure" not in none
    assert filled["measure"] == {"of": "deal", "agg": "count"}


def test_what_a_tile_is_split_by_is_chosen_or_written(drafted: Site) -> None:
    chosen = saved(drafted, "by_stage", **{"/by/field": "owner"})
    month = saved(drafted, "by_stage", **{"/by/field": "created_at", "/by/period": "month"})
    written = saved(drafted, "by_stage", **{"/by/field": "=", "/by": "account.region", "/by/period": ""})

    assert [chosen["by"], month["by"], written["by"]] == [
        "owner", {"expression": "created_at", "period": "month"}, "account.region",
    ]  # fmt: skip


def test_formulas_and_targets_are_completed_by_measures(drafted: Site) -> None:
    ada, at = drafted.visitor("ada"), at_of(drafted, "win_rate")
    number = at.rpartition("/")[2]
    page = ada.get(f"{PAGE}?at={at}").text
    assert f'data-expression="{PAGE}/formula/{number}"' in page

    found = ada.post(f"{PAGE}/formula/{number}/complete", text="", position="0").get_json()["options"]
    wrong = ada.post(f"{PAGE}/formula/{number}/check", text="won_deal / decided").get_json()["faults"]

    assert {"won_deals", "decided", "open_deals"} <= {one["label"] for one in found}
    assert [one["suggestion"] for one in wrong] == ["won_deals"]
    assert ada.post(f"{PAGE}/formula/99/check", text="1").status_code == 404


def test_filters_are_added_and_led_to(drafted: Site) -> None:
    press(drafted, "/dashboards/sales", PATH, "filter:field", name="Tier")
    held = content(drafted, PATH)["filters"]
    page = drafted.visitor("ada").get(PAGE).text

    assert held[-1] == {"key": "tier", "label": "Tier", "type": "field"}
    assert 'value="filter:period"' not in page  # one is there, and one is enough
    assert f"{PAGE}?at=/filters/3" in page
    assert "One problem" in words(page)


def test_a_dashboard_is_taken_away_with_a_look_at_what_uses_it(drafted: Site) -> None:
    ada = drafted.visitor("ada")
    uses = re.search(r'hx-get="([^"]+/uses\?dashboard=sales)"', ada.get(PAGE).text)
    assert uses
    assert "Used nowhere" in words(ada.htmx(uses[1]).text)

    press(drafted, "/dashboards/sales", PATH, "take")

    assert content(drafted, PATH) is None
    with drafted.db() as session:
        whole = design.source_in_work(session, "tiny").to_dict()
    assert not whole.get("dashboards")
    assert check(Source.from_dict(whole)) == check(Source.from_dict(tiny_app()))


# -- what the tiles show now -------------------------------------------------------------------------------------------


def body(page: str, site: Site, key: str) -> str:
    """Return the text that stands on the card of a tile."""
    pieces = page.split('<div class="tile-live" id="tile-now-')
    return next(words(one.partition(">")[2]) for one in pieces if one.startswith(f'{at_of(site, key)[7:]}"'))


def test_tiles_show_the_records_of_whoever_looks_by_the_draft(drafted: Site, tiny: Tiny) -> None:
    deals(tiny, "Old mill", "New mill", amount=300_000)
    ada = drafted.visitor("ada")
    saved(drafted, "by_stage", **{"/measure/where": "name == 'Old mill'"})

    page = ada.htmx(f"{PAGE}/now").text

    assert page.count('hx-swap-oob="true"') == len(tiles(drafted))
    assert body(page, drafted, "by_stage").startswith("Value Bar Figure")
    assert body(page, drafted, "by_stage").endswith("Open 1")
    assert "300,000" not in body(page, drafted, "open")
    assert f'id="tile-now-{len(tiles(drafted)) - 1}"' in ada.get(PAGE).text
    assert "/a/tiny/deal/?measure=" not in page  # the lists of what is live do not know the figures of a draft


def test_what_the_draft_may_not_show_yet_is_not_shown(site: Site) -> None:
    config = app_with_dashboard()
    next(role for role in config["app"]["roles"] if role["key"] == "manager")["may"] = ["design"]
    with site.db.begin() as session:
        publish(session, config, SYSTEM, site.now, "managers may design")
    mona = site.visitor("mona")
    before = mona.htmx(f"{PAGE}/now").text
    rights = content(site, "forms/deal.json")["permissions"]

    edit(
        site, "forms/deal.json", "mona", permissions=[rights[0], {"roles": ["manager"], "actions": ["read"]}, rights[2]]
    )
    after = mona.htmx(f"{PAGE}/now").text

    assert before.count("hx-swap-oob") == len(tiles(site))
    assert words(after) == "The draft changes permissions: what the tiles show is said once those are live."


def test_a_draft_with_problems_shows_no_figures(drafted: Site) -> None:
    press(drafted, "/dashboards/sales", PATH, "filter:field", name="Tier")

    page = drafted.visitor("ada").htmx(f"{PAGE}/now").text

    assert (
        words(page)
        == "What the tiles show is said once the problems of this dashboard, and of what it depends on, are mended."
    )
