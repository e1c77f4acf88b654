from __future__ import annotations

import re

import pytest

from tests.support.papers import picture
from tests.support.plans_app import plans_app
from tests.support.site import part, words


@pytest.fixture
def planned(tiny, site):
    tiny.publish(plans_app())
    return site


@pytest.fixture
def acme(tiny):
    return tiny.create("account", name="Acme", region="north").id


def bars(answer):
    """Return title -> (x, width) of every bar."""
    rows = re.findall(r'data-drawer>([^<]+)</a>.*?class="body" x="(-?\d+)" y="3" width="(\d+)"', answer.text, re.DOTALL)
    return {title: (int(x), int(width)) for title, x, width in rows}


def test_bars_stand_from_first_to_last_day(planned, tiny):
    tiny.create("plan", name="Fair", starts_on="2026-03-03", ends_on="2026-03-05")
    tiny.create("plan", name="Day", starts_on="2026-03-10")
    tiny.create("plan", name="Long", starts_on="2026-01-10", ends_on="2026-05-05")
    tiny.create("plan", name="Past", starts_on="2026-01-10", ends_on="2026-02-28")
    address = "/a/tiny/plan/timeline?start=starts_on&end=ends_on"
    alice = planned.visitor("alice")

    assert bars(alice.get(address)) == {"Fair": (20, 30), "Day": (90, 10), "Long": (0, 310)}
    assert bars(alice.get(f"{address}&zoom=week")) == {"Fair": (10, 30), "Day": (80, 10), "Long": (0, 140)}
    assert "Past" in bars(alice.get(f"{address}&day=2026-02-01"))
    assert bars(alice.get(f"{address}&zoom=quarter"))["Past"] == (120, 500)


def test_bars_read_as_a_table(planned, tiny):
    tiny.create("plan", name="Fair", starts_on="2026-03-03", ends_on="2026-03-05")

    page = planned.visitor("alice").get("/a/tiny/plan/timeline?start=starts_on&end=ends_on")

    assert "Fair Mar 3, 2026 to Mar 5, 2026" in words(page)
    assert ' style="' not in page.text


def test_bars_in_groups_of_a_view(planned, tiny):
    for name, area in (("A", "yard"), ("B", "shop"), ("C", None)):
        tiny.create("plan", name=name, starts_on="2026-03-03", ends_on="2026-03-05", area=area)

    page = planned.visitor("alice").get("/a/tiny/plan/timeline?view=by_area")

    groups = [words(one) for one in re.findall(r'scope="rowgroup"[^>]*>(.*?)</th>', page.text, re.DOTALL)]
    assert groups == ["Shop 1", "Yard 1", "None 1"]
    assert re.findall(r'class="span (\w+)', page.text)[:2] == ["blue", "green"]


def test_a_range_of_days_is_a_bar(planned, tiny):
    tiny.create("plan", name="Leave", away="2026-02-27 ~ 2026-03-03")

    assert bars(planned.visitor("alice").get("/a/tiny/plan/timeline")) == {"Leave": (0, 30)}


def test_bars_that_may_not_be_moved_have_no_grips(planned, tiny):
    tiny.create("plan", name="Fair", starts_on="2026-03-03", ends_on="2026-03-05")
    config = plans_app()
    config["forms"][-1]["permissions"][0]["fields"] |= {"ends_on": "read"}
    address = "/a/tiny/plan/timeline?start=starts_on&end=ends_on"
    assert planned.visitor("alice").get(address).text.count("data-grip") == 2
    tiny.publish(config)

    assert planned.visitor("alice").get(address).text.count("data-grip") == 0


def test_timeline_and_cards_ask_the_database_equally_often(planned, tiny, statements, acme):
    alice = planned.visitor("alice")
    addresses = [
        "/a/tiny/plan/timeline?view=by_area&columns=deal",
        "/a/tiny/plan/cards?columns=deal,area",
        "/a/tiny/deal/board?lanes=account",
        "/a/tiny/deal/board",
    ]

    def costs():
        found = []
        for address in addresses:
            alice.get(address)
            with statements() as asked:
                alice.get(address)
            found.append(len(asked))
        return found

    for number in range(2):
        deal = tiny.create("deal", name=f"D{number}", account=acme)
        tiny.create("plan", name=f"P{number}", starts_on="2026-03-03", area="shop", deal=deal.id)
    few = costs()
    for number in range(30):
        account = tiny.create("account", name=f"A{number}", region="north").id
        deal = tiny.create("deal", name=f"E{number}", account=account)
        area = ["yard", "shop", None][number % 3]
        tiny.create("plan", name=f"Q{number}", starts_on=f"2026-03-{number + 1:02}", area=area, deal=deal.id)

    assert costs() == few
    assert max(few) <= 10


def test_cards_come_page_by_page(planned, tiny):
    for number in range(30):
        tiny.create("plan", name=f"P{number:02}", starts_on="2026-03-03")
    alice = planned.visitor("alice")

    page = alice.get("/a/tiny/plan/cards")
    assert page.text.count('class="gallery-card"') == 24
    more = re.search(r'hx-get="([^"]+after=[^"]+)"', page.text)[1].replace("&amp;", "&")
    piece = alice.htmx(more)

    assert piece.text.count('class="gallery-card"') == 6
    assert "<html" not in piece.text
    assert "<html" in alice.get(more).text


def test_a_picture_tops_its_card(planned, tiny):
    from io import BytesIO

    alice = planned.visitor("alice")
    alice.get("/a/tiny/plan/new")
    alice.client.post(
        "/a/tiny/plan/new",
        data={"csrf_token": alice.token, "name": "Fair", "photos.file": (BytesIO(picture()), "fair.png")},
        content_type="multipart/form-data",
    )

    page = alice.get("/a/tiny/plan/cards")

    assert re.search(r'class="cover[^"]*"><img src="/f[^"]+"', page.text)


def test_the_switch_offers_what_one_may_use(planned):
    def offered(name, form):
        text = planned.visitor(name).get(f"/a/tiny/{form}/").text
        switch = part_source(text, 'class="btn-group kinds"', "</nav>")
        return re.findall(r"<span>([^<]+)</span>", switch)

    assert offered("alice", "plan") == ["List", "Calendar", "Cards", "Timeline"]
    assert offered("alice", "deal") == ["List", "Board", "Calendar", "Cards", "Timeline"]
    assert offered("alice", "account") == ["List", "Cards"]


def part_source(text, start, end):
    begin = text.index(start)
    return text[begin : text.index(end, begin)]


def test_hidden_dates_offer_no_calendar(tiny, site):
    config = plans_app()
    plan = config["forms"][-1]
    plan["views"] = []
    plan["permissions"][0]["fields"] = dict.fromkeys(
        ("starts_on", "ends_on", "meets_at", "away", "secret_on"), "hidden"
    )
    tiny.publish(config)

    assert "plan/calendar" not in site.visitor("alice").get("/a/tiny/plan/").text
    assert site.visitor("alice").get("/a/tiny/plan/calendar").status_code == 404
    assert site.visitor("alice").get("/a/tiny/plan/timeline").status_code == 404
    assert site.visitor("mona").get("/a/tiny/plan/timeline").status_code == 200


def test_a_board_in_lanes_counts_and_adds_up_each(planned, tiny, acme):
    south = tiny.create("account", name="South Co", region="south").id
    tiny.create("deal", name="Boiler", account=acme, amount="12000")
    tiny.create("deal", name="Turbine", account=south, amount="450000")
    moved = tiny.create("deal", name="Valve", account=south, amount="50000")
    tiny.move(moved, "offer")

    page = planned.visitor("alice").get("/a/tiny/deal/board?lanes=account")

    lanes = [words(one) for one in re.findall(r'class="lane-head"[^>]*>(.*?)</h2>', page.text, re.DOTALL)]
    assert lanes == ["Acme 1 ¥12k", "South Co 2 ¥500k"]
    assert "Open 1 ¥450k" in part(page, 'aria-labelledby="head-open-2"')
    assert "Offer 1 ¥50k" in part(page, 'aria-labelledby="head-offer-2"')
    assert "Offer 0" in part(page, 'aria-labelledby="head-offer-1"')


def test_a_lane_with_many_cards_links_to_the_others(planned, tiny, acme):
    for number in range(13):
        tiny.create("deal", name=f"D{number}", account=acme)
    alice = planned.visitor("alice")

    page = alice.get("/a/tiny/deal/board?lanes=account")

    link = re.search(r'href="([^"]+)">3 more', page.text)[1].replace("&amp;", "&")
    assert "13 records" in words(alice.get(link))


def test_a_searched_board_adds_up_what_was_found(planned, tiny, acme):
    tiny.create("deal", name="Boiler", account=acme, amount="12000")
    tiny.create("deal", name="Turbine", account=acme, amount="450000")

    page = planned.visitor("alice").get("/a/tiny/deal/board?q=turb")

    assert "Open 1 ¥450k" in part(page, 'aria-labelledby="head-open"')


def test_lanes_of_a_hidden_field_are_not_drawn(planned, tiny, acme):
    tiny.create("deal", name="Boiler", account=acme)
    config = plans_app()
    deal = next(one for one in config["forms"] if one["key"] == "deal")
    deal["permissions"][0]["fields"] |= {"account": "hidden"}
    tiny.publish(config)

    page = planned.visitor("alice").get("/a/tiny/deal/board?lanes=account")

    assert "lane-head" not in page.text
    assert "Acme" not in page.text


KINDS = ("board", "calendar", "cards", "timeline")


@pytest.fixture
def dealt(planned, tiny, acme):
    for name, amount in (("Boiler", "100"), ("Turbine", "9000")):
        tiny.create("deal", name=name, account=acme, amount=amount, expected_on="2026-03-04")
    return planned


def shown(page):
    return [name for name in ("Boiler", "Turbine") if name in words(page)]


def piece(page, start, end):
    return page.text.partition(start)[2].partition(end)[0]


@pytest.mark.parametrize("kind", ["board", "calendar", "cards"])
def test_conditions_and_filters_narrow_every_way_to_look(dealt, kind):
    alice = dealt.visitor("alice")

    page = alice.get(f"/a/tiny/deal/{kind}?where=amount > 500")
    assert shown(page) == ["Turbine"]
    assert "Amount is more than 500" in words(page)
    page = alice.get(f"/a/tiny/deal/{kind}?f.amount.max=500")
    assert shown(page) == ["Boiler"]


def test_hidden_field_narrows_no_way_to_look(dealt):
    for kind in ("board", "calendar", "cards"):
        page = dealt.visitor("alice").get(f"/a/tiny/deal/{kind}?where=margin > 500")
        assert shown(page) == ["Boiler", "Turbine"]
        assert "There is no “margin” here." in words(page)


@pytest.mark.parametrize("kind", KINDS)
def test_views_stand_above_every_way_to_look(planned, kind):
    page = planned.visitor("alice").get(f"/a/tiny/{'deal' if kind == 'board' else 'plan'}/{kind}")

    tabs = re.findall(r'view=(\w+)"', piece(page, 'class="view-tabs"', "</nav>"))
    assert tabs == ([] if kind == "board" else ["away", "shop", "secret", "by_area"])
    assert f'name="-query.kind" value="{kind}"' in page.text


def test_a_board_is_kept_with_its_lanes_and_conditions(dealt):
    alice = dealt.visitor("alice")
    kept = {"-query.kind": "board", "-query.lanes": "account", "-query.where": "amount > 500"}
    answer = alice.post("/a/tiny/deal/views/keep", **kept, **{"-name": "By account", "-do": "new"})

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/a/tiny/deal/board?view=")
    page = alice.get(answer.headers["Location"])
    assert shown(page) == ["Turbine"]
    assert "Acme" in words(page)
    without = alice.get(f"{answer.headers['Location']}&lanes=-")
    assert '<option value="-" selected>None' in without.text


def test_builder_leads_back_to_where_it_was_opened(dealt):
    alice = dealt.visitor("alice")
    page = alice.get("/a/tiny/deal/views/build?kind=calendar&date=expected_on")
    assert 'name="-query.kind" value="calendar"' in page.text
    sent = {"-query.kind": "calendar", "-query.date": "expected_on", "-text": "amount > 500", "-act": "apply"}

    answer = alice.post("/a/tiny/deal/views/build", **sent)

    assert answer.headers["Location"] == "/a/tiny/deal/calendar?where=amount+%3E+500&date=expected_on"


def test_switch_keeps_what_narrows(dealt):
    page = dealt.visitor("alice").get("/a/tiny/deal/?q=boil&where=amount < 500&sort=name")

    switch = piece(page, 'class="btn-group kinds"', "</nav>")
    assert "/a/tiny/deal/board?q=boil&amp;where=amount+%3C+500" in switch
    assert "sort=" not in switch
