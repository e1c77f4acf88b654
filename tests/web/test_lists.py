from __future__ import annotations

import pytest

from engine.releases import live
from tests.support.order_app import order_app
from tests.support.site import part, words


@pytest.fixture
def acme(tiny):
    return tiny.create("account", name="Acme", region="north", tier="key_account")


@pytest.fixture
def deals(tiny, acme):
    """Three deals of Alice, one of Bob, one of Charlie."""
    return [
        tiny.create("deal", name="Boiler", account=acme.id, amount="12000", expected_on="2026-04-01", urgent=True),
        tiny.create("deal", name="Turbine", account=acme.id, amount="450000.50", tags=["new", "upsell"]),
        tiny.create("deal", name="Valve", account=acme.id),
        tiny.create("deal", by="bob", name="Pump", account=acme.id, amount="7"),
        tiny.create("deal", by="charlie", name="Crane", account=acme.id, amount="9"),
    ]


def titles(answer):
    return [words(one.split("</a>")[0]) for one in answer.text.split('<td class="title"')[1:]]


def titled(answer):
    return [title.split("> ")[-1] for title in titles(answer)]


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("alice", ["Valve", "Turbine", "Boiler"]),
        ("bob", ["Pump"]),
        ("charlie", ["Crane"]),
        ("mona", ["Pump", "Valve", "Turbine", "Boiler"]),
        ("ada", ["Crane", "Pump", "Valve", "Turbine", "Boiler"]),
    ],
)
def test_list_shows_what_each_person_may_see(site, deals, person, seen):
    assert titled(site.visitor(person).get("/a/tiny/deal/")) == seen


def test_list_writes_values_for_readers(site, deals):
    row = words(site.visitor("alice").get("/a/tiny/deal/?q=turbine").text.split("<tbody>")[1])

    assert row.split(" Steerway")[0].startswith("Turbine Acme ¥450,000.50 Open A Alice")


def test_list_says_what_narrows_it(site, deals, acme):
    address = f"/a/tiny/deal/?q=e&f.stage=open&f.stage=won&f.amount.min=10000&f.account={acme.id}&f.tags=new"

    answer = site.visitor("alice").get(address)

    assert part(answer, 'class="chips"', "</div>").replace(" Clear all", "") == (
        'class="chips"> Contains “e” Account is Acme Amount from ¥10,000 Tags is New Stage is Open or Won'
    )
    assert titled(answer) == ["Turbine"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f.amount.min=12000", ["Turbine", "Boiler"]),
        ("f.amount.max=1.2万", ["Boiler"]),
        ("f.amount.empty=1", ["Valve"]),
        ("f.urgent=yes", ["Boiler"]),
        ("f.name=URB", ["Turbine"]),
        ("f.expected_on.min=2026-03-31&f.expected_on.max=2026-04-01", ["Boiler"]),
        ("f.account=Acme", ["Valve", "Turbine", "Boiler"]),
        ("f.owner=alice", ["Valve", "Turbine", "Boiler"]),
        ("q=turb+acme", []),
        ("q=turb", ["Turbine"]),
        ("sort=amount", ["Boiler", "Turbine", "Valve"]),
        ("sort=-name", ["Valve", "Turbine", "Boiler"]),
        ("sort=nonsense&page=-4", ["Valve", "Turbine", "Boiler"]),
    ],
)
def test_list_finds(site, deals, query, found):
    assert sorted(titled(site.visitor("alice").get(f"/a/tiny/deal/?{query}"))) == sorted(found)


@pytest.mark.parametrize(
    ("query", "order"),
    [("sort=name", ["Boiler", "Turbine", "Valve"]), ("sort=-amount", ["Turbine", "Boiler", "Valve"])],
)
def test_list_sorts(site, deals, query, order):
    answer = site.visitor("alice").get(f"/a/tiny/deal/?{query}")

    assert [one for one in titled(answer) if one != "Valve"] == [one for one in order if one != "Valve"]
    assert 'aria-sort="' in answer.text


def test_list_says_what_it_does_not_understand(site, deals):
    answer = site.visitor("alice").get("/a/tiny/deal/?f.quantity.min=plenty")

    assert "“plenty” is not a number." in words(answer)
    assert len(titled(answer)) == 3


def test_hidden_field_cannot_be_asked_about(site, tiny, acme):
    tiny.create("deal", by="mona", name="Secret", account=acme.id, margin="33", owner="alice")
    alice, mona = site.visitor("alice"), site.visitor("mona")

    for query in ("f.margin.min=30", "f.margin.min=40", "sort=margin", "sort=-margin", "q=33"):
        assert "Margin" not in alice.get(f"/a/tiny/deal/?{query}").text
    assert titled(alice.get("/a/tiny/deal/?f.margin.min=40")) == ["Secret"]
    assert titled(mona.get("/a/tiny/deal/?f.margin.min=40")) == []


def test_empty_list_says_what_to_do_next(site):
    answer = site.visitor("alice").get("/a/tiny/account/")

    assert "No records yet" in words(answer)
    assert 'href="/a/tiny/account/new"' in answer.text
    assert 'href="/a/tiny/account/import"' in answer.text


def test_narrowed_list_without_hits_offers_all(site, acme):
    answer = site.visitor("alice").get("/a/tiny/account/?q=zzz")

    assert "Nothing fits" in words(answer)
    assert titled(answer) == []


def test_form_without_rights_does_not_exist(site, tiny):
    config_stranger = site.visitor("charlie")

    assert config_stranger.get("/a/tiny/nothing/").status_code == 404
    assert config_stranger.get("/a/other/deal/").status_code == 404


def test_htmx_gets_the_table_alone(site, deals):
    answer = site.visitor("alice").htmx("/a/tiny/deal/?sort=name&f.amount.min=&q=", "list")

    assert answer.text.startswith('<section id="list"')
    assert answer.headers["HX-Push-Url"] == "/a/tiny/deal/?sort=name"
    assert "HX-Request" in answer.headers["Vary"]


def test_list_is_cut_into_pages(site, tiny):
    for number in range(53):
        tiny.create("account", name=f"Account {number:02}", region="north")
    alice = site.visitor("alice")

    first, second = alice.get("/a/tiny/account/"), alice.get("/a/tiny/account/?page=2")

    assert len(titled(first)) == 50
    assert titled(second) == ["Account 50", "Account 51", "Account 52"]
    assert "53 records" in words(first)
    assert 'rel="next"' in first.text
    assert 'rel="prev"' in second.text


def test_list_asks_the_database_as_often_for_30_records_as_for_one(site, tiny, acme, statements):
    alice = site.visitor("alice")
    tiny.create("deal", name="First", account=acme.id, amount="1", reviewer="bob")
    alice.get("/a/tiny/deal/")
    with statements() as for_one:
        alice.get("/a/tiny/deal/")
    for number in range(29):
        account = tiny.create("account", name=f"Account {number}", region="south")
        tiny.create("deal", name=f"Deal {number}", account=account.id, amount="5", reviewer="mona")

    with statements() as for_thirty:
        answer = alice.get("/a/tiny/deal/")

    assert len(titled(answer)) == 30
    assert len(for_thirty) == len(for_one)


def test_list_page_stays_small(site, tiny, acme):
    for number in range(50):
        tiny.create("deal", name=f"Deal {number}", account=acme.id, amount="5")

    assert len(site.visitor("alice").get("/a/tiny/deal/").data) < 120_000


def test_lookup_finds_within_rights(site, deals):
    alice, charlie = site.visitor("alice"), site.visitor("charlie")

    assert alice.get("/a/tiny/deal/lookup?q=val").json == {"results": [{"id": str(deals[2].id), "title": "Valve"}]}
    assert charlie.get("/a/tiny/deal/lookup?q=val").json == {"results": []}
    assert charlie.get("/a/other/deal/lookup?q=val").status_code == 404


def test_lookup_finds_people(site):
    assert site.visitor("alice").get("/a/tiny/people?q=mon").json["results"][0]["title"] == "Mona"


def test_search_goes_through_all_forms_within_rights(site, deals):
    marked = "<mark>Turb</mark>ine"
    assert marked in site.visitor("alice").get("/search?q=turb").text
    assert marked not in site.visitor("charlie").get("/search?q=turb").text


def test_an_app_opens_at_a_form_whose_records_are_no_rows(site, tiny):
    config = order_app()
    kept = ("line", "order_form", "product")  # in the order in which a stored config has them
    config["forms"] = sorted((one for one in config["forms"] if one["key"] in kept), key=lambda one: one["key"])
    tiny.publish(config)

    opened = site.visitor("ada").client.get("/a/tiny/")

    assert opened.location != "/a/tiny/line/"
    assert next(iter(live(tiny.db(), "tiny").app.forms)) == "line"
