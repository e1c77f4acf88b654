"""Dashboards on the screen: tiles in words, numbers that lead to their records, what is hidden, filters, statements."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.support.dashboards import app_with_dashboard
from tests.support.site import part, words

PAGE = "/a/tiny/dashboards/sales"


@pytest.fixture
def sales(tiny):
    """Alice has won one deal and offers another, Bob has lost one."""
    tiny.publish(app_with_dashboard())
    north = tiny.create("account", name="Acme", region="north")
    south = tiny.create("account", name="Bolt", region="south")
    won = tiny.create("deal", name="Pump", account=north.id, amount="150000")
    tiny.move(tiny.move(won, "offer"), "won")
    tiny.move(tiny.create("deal", name="Valve", account=south.id, amount="50000"), "offer")
    lost = tiny.create("deal", by="bob", name="Fan", account=north.id, amount="10")
    tiny.move(lost, "lost", by="bob", lost_reason="price")
    return tiny


def tile(visitor, key, query=""):
    answer = visitor.get(f"{PAGE}/{key}{query}")
    assert answer.status_code == 200
    return part(answer, f'id="tile-{key}"', "</section>")


def links(visitor, key, query=""):
    """Text and address of every figure of a tile that leads to records."""
    answer = visitor.get(f"{PAGE}/{key}{query}")
    found = re.findall(r'<a href="(/a/tiny/\w+/\?measure=[^"]+)">([^<]+)</a>', answer.text)
    return [(text, html.unescape(address)) for address, text in found]


def titles(visitor, address):
    return sorted(re.findall(r"data-drawer>(\w+)<", visitor.get(address).text))


def test_page_has_a_frame_for_every_tile_which_comes_by_itself(site, sales):
    page = site.visitor("ada").get(PAGE)

    assert page.text.count('hx-trigger="load"') == 15
    assert 'hx-get="/a/tiny/dashboards/sales/by_stage"' in page.text
    assert '<meta http-equiv="refresh" content="0; url=/a/tiny/dashboards/sales?whole=1">' in page.text
    assert "<h1>Sales at a glance</h1>" in page.text


def test_page_without_scripts_has_all_tiles(site, sales):
    page = site.visitor("ada").get(f"{PAGE}?whole=1")

    assert "hx-get" not in part(page, '<div class="dash-grid">', "</main>")
    assert page.text.count("How this is worked out") == 15
    assert words(page).count("As of Mar 2, 2026 09:00") == 15


def test_piece_of_a_tile_is_the_same_as_on_the_whole_page(site, sales):
    ada = site.visitor("ada")

    piece = ada.htmx(f"{PAGE}/by_stage")

    assert piece.text.lstrip().startswith('<section class="card dash-tile w2 tile-bar" id="tile-by_stage"')
    assert "<h1>" not in piece.text


def test_number_says_what_it_is_how_it_was_and_where_it_comes_from(site, sales):
    said = tile(site.visitor("ada"), "won")

    assert "¥150,000" in said
    assert "before : ¥0" in said.replace("before:", "before :")
    assert "Oct 1, 2025 to Nov 30, 2025" in said
    assert "Deal: sum of Amount, where Stage is Won, Closed on: Jan 1, 2026 to Mar 31, 2026" in said
    assert "Only records that you may see count." in said


def test_tile_says_whose_records_count(site, sales):
    alice = site.visitor("alice")

    assert "Only records that you may see count." in tile(alice, "goal")
    said = tile(alice, "kr")
    assert "Key results are worked out over all records of the app, as on the OKR page." in said
    assert "Only records that you may see count." not in said


def test_change_of_a_percentage_is_told_in_points(site, sales):
    config = app_with_dashboard()
    rate = next(one for one in config["dashboards"][0]["tiles"] if one["key"] == "win_rate")
    rate |= {"compare": "previous", "better": "more"}
    sales.publish(config)
    earlier = sales.now - timedelta(days=130)
    old = sales.create(
        "deal", by="system", now=earlier, name="Old", account=1, amount="5", owner=sales.user("alice").id
    )
    sales.move(old, "lost", by="system", now=earlier, lost_reason="price")

    said = tile(site.visitor("ada"), "win_rate")

    assert "+50.0 points" in said
    assert "before : 0.0 %" in said.replace("before:", "before :")


@pytest.mark.parametrize(
    ("key", "figure", "records"),
    [
        ("open", "1", ["Valve"]),
        ("won", "¥150,000", ["Pump"]),
        ("win_rate", "2", ["Fan", "Pump"]),
        ("goal", "¥150,000", ["Pump"]),
        ("by_stage", "1", ["Valve"]),
        ("by_region", "¥150,000", ["Pump"]),
        ("by_month", "¥150,000", ["Pump"]),
        ("funnel", "2", ["Pump", "Valve"]),
        ("best", "¥150,000", ["Pump"]),
        ("cross", "2", ["Fan", "Pump"]),
    ],
)
def test_figure_leads_to_exactly_its_records(site, sales, key, figure, records):
    ada = site.visitor("ada")

    found = [titles(ada, address) for text, address in links(ada, key) if text == figure]

    assert records in found


def test_list_behind_a_figure_says_which_and_can_be_narrowed_and_exported_like_every_list(site, sales):
    ada = site.visitor("ada")
    address = dict(links(ada, "funnel"))["2"]

    listed = ada.get(address)

    assert "Behind “Funnel”" in words(listed)
    assert titles(ada, f"{address}&f.stage=offer") == ["Valve"]
    assert titles(ada, f"{address}&q=pump") == ["Pump"]


def test_rep_sees_own_figures_and_no_others_behind_them(site, sales):
    bob = site.visitor("bob")

    assert "0" in tile(bob, "open")
    addresses = [address for key in ("funnel", "by_stage", "cross") for _, address in links(bob, key)]
    assert {name for address in addresses for name in titles(bob, address)} == {"Fan"}


def test_tile_over_a_hidden_field_says_so_and_shows_no_figure(site, sales):
    secret = {
        "key": "secret",
        "label": "Margins",
        "type": "number",
        "measure": {"of": "deal", "agg": "max", "value": "margin"},
    }
    sales.publish(app_with_dashboard(tiles=[secret]))
    deal = sales.create("deal", by="system", name="Rich", account=1, margin=77, owner=sales.user("alice").id)
    assert deal["margin"] == 77

    alice, ada = site.visitor("alice"), site.visitor("ada")

    assert "This tile is about a field that you may not see." in tile(alice, "secret")
    assert "77" not in alice.get(f"{PAGE}?whole=1").text
    [(_, address)] = links(ada, "secret")
    assert titles(ada, address) == ["Rich"]
    assert alice.get(address).status_code == 404


def test_dashboard_of_other_roles_is_not_there(site, sales):
    sales.publish(app_with_dashboard(roles=["manager"]))
    alice = site.visitor("alice")

    assert alice.get(PAGE).status_code == 404
    assert alice.get(f"{PAGE}/open").status_code == 404
    assert "/dashboards/" not in alice.get("/a/tiny/deal/").text
    assert PAGE in site.visitor("mona").get("/a/tiny/deal/").text


def test_what_is_not_there_is_not_found(site, sales):
    ada = site.visitor("ada")

    for address in (
        "/a/tiny/dashboards/none",
        f"{PAGE}/none",
        "/a/tiny/deal/?measure=@sales/none",
        "/a/tiny/deal/?measure=@none/open",
    ):
        assert ada.get(address).status_code == 404
    for name in (
        "@sales/by_month?p.at=x",
        "@sales/by_stage?p.by=nowhere",
        "@sales/funnel?p.reached=x",
        "@sales/results",
        "@",
        "@sales",
        "@sales/open?" + "&".join(["a=1"] * 50),
    ):
        assert ada.get(f"/a/tiny/deal/?{urlencode({'measure': name})}").status_code == 404
    assert ada.get("/a/tiny/visit/?measure=@sales/open").status_code == 404


# -- filters -----------------------------------------------------------------------------------------------------------


def test_filters_are_plain_controls_and_go_with_every_tile_and_link(site, sales):
    ada = site.visitor("ada")

    page = ada.get(f"{PAGE}?f.region=south&period=this_year")

    form = part(page, '<form class="dash-filters"', "</form>")
    assert form.startswith("Period Today This week")
    assert "Region All North South" in form
    assert "Owner All Me Alice Bob" in form
    assert re.search(r'<option value="south" selected>', page.text)
    assert 'hx-get="/a/tiny/dashboards/sales/open?period=this_year&amp;f.region=south"' in page.text
    [(text, address)] = links(ada, "open", "?f.region=south")
    assert (text, titles(ada, address)) == ("1", ["Valve"])
    assert links(ada, "won", "?f.region=south")[0][0] == "¥0"


def test_dates_of_ones_own_are_asked_for_when_they_are_chosen(site, sales):
    ada = site.visitor("ada")

    assert 'type="date"' not in ada.get(PAGE).text
    assert ada.get(f"{PAGE}?period=dates").text.count('type="date"') == 2
    said = tile(ada, "won", "?period=dates&from=2026-01-01&to=2026-02-28")
    assert "¥0" in said
    assert "Jan 1, 2026 to Feb 28, 2026" in said


def test_filter_over_a_hidden_field_is_not_offered(site, sales):
    filters = [{"key": "rich", "label": "Rich ones", "type": "field", "fields": {"deal": "margin > 10"}}]
    sales.publish(app_with_dashboard(filters=filters))

    assert "Rich ones" not in site.visitor("alice").get(PAGE).text
    assert "Rich ones" in site.visitor("ada").get(PAGE).text


# -- words and statements ----------------------------------------------------------------------------------------------


def test_empty_tiles_say_what_to_do(site, tiny):
    tiny.publish(app_with_dashboard())
    page = words(site.visitor("alice").get(f"{PAGE}?whole=1"))

    assert "There are no records to count. Choose another period or other filters above." in page
    assert "No records have come into this pipeline yet." in page
    assert "Nobody has a figure yet." in page
    assert "There are no such records." in page


def test_dashboard_is_told_in_chinese(site, sales):
    site.speak("ada", "zh_Hans")
    page = words(site.visitor("ada").get(f"{PAGE}?whole=1"))

    assert "销售一览" in page
    assert "时间段 今天 本周 上周 本月" in page
    assert "商机：金额的" in page


@pytest.mark.parametrize("key", ["open", "by_region", "by_month", "funnel", "best", "cross", "mine", "results"])
def test_tile_asks_as_much_for_many_records_as_for_few(site, sales, statements, key):
    alice = site.visitor("alice")

    def asked():
        with statements() as seen:
            assert alice.htmx(f"{PAGE}/{key}").status_code == 200
        return len(seen)

    def more(first, last):
        for number in range(first, last):
            sales.create("deal", name=f"Deal {number}", account=1, amount=number)

    asked()
    more(0, 6)  # more than the list shows, so that it counts
    few = asked()
    more(6, 36)

    assert asked() == few
    assert few <= 9


def test_frames_ask_little_and_the_same_for_many_records(site, sales, statements):
    alice = site.visitor("alice")
    alice.get(PAGE)

    def asked():
        with statements() as seen:
            alice.get(PAGE)
        return len(seen)

    few = asked()
    for number in range(30):
        sales.create("deal", name=f"Deal {number}", account=1, amount=number)

    assert asked() == few
    assert few <= 8
