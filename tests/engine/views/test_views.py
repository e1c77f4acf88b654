from __future__ import annotations

from typing import Any

import pytest

from engine import records
from engine.errors import NotFound, Refused
from engine.records.grouping import groups, together
from engine.rights import visible
from engine.views import change_view, drop_view, keep_widths, save_view, settle, usage, view_of, views_of, widths_of
from forms.errors import FormError
from forms.views import ViewSettings
from tests.support.configs import form_of, tiny_app

VIEWS = [
    {"key": "mine", "label": "Mine", "filter": "owner == me", "columns": ["name", "amount"], "sort": ["-amount"]},
    {"key": "bosses", "label": "Bosses", "roles": ["manager"], "group": "stage", "totals": {"amount": "sum"}},
    {
        "key": "rich",
        "label": "Rich",
        "filter": "margin > 30 and urgent",
        "sort": ["-margin"],
        "columns": ["margin", "name"],
    },
]


@pytest.fixture
def viewed(tiny):
    config = tiny_app()
    form_of(config, "deal")["views"] = VIEWS
    tiny.publish(config)
    return tiny


def labels(tiny, by: str) -> list[str]:
    with tiny.db() as session:
        return [str(one.label) for one in views_of(session, tiny.live(session), "deal", tiny.user(by))]


def save(tiny, by: str = "alice", roles: Any = (), name: str = "Big ones", **settings: Any):
    with tiny.db.begin() as session:
        made = ViewSettings.of(settings)
        return save_view(session, tiny.live(session), "deal", name, made, tiny.user(by), tiny.now, roles=roles)


def test_views_are_those_of_ones_roles(viewed):
    assert labels(viewed, "alice") == ["Mine", "Rich"]
    assert labels(viewed, "mona") == ["Mine", "Bosses", "Rich"]
    assert labels(viewed, "ada") == ["Mine", "Bosses", "Rich"]


def test_saved_view_is_private_until_it_is_shared(viewed):
    view = save(viewed, filter="amount > 100")
    assert "Big ones" in labels(viewed, "alice")
    assert "Big ones" not in labels(viewed, "mona")
    assert "Big ones" not in labels(viewed, "ada")

    with viewed.db.begin() as session:
        live = viewed.live(session)
        change_view(session, live, "deal", view.key, viewed.user("alice"), viewed.now, roles=["manager"])

    assert "Big ones" in labels(viewed, "mona")
    assert "Big ones" not in labels(viewed, "bob")
    assert "Big ones" in labels(viewed, "ada")


def test_only_the_owner_changes_a_view(viewed):
    view, private = save(viewed, roles=["rep", "manager"]), save(viewed, name="Mine alone")
    with viewed.db() as session:
        live, mona = viewed.live(session), viewed.user("mona")
        with pytest.raises(Refused):
            change_view(session, live, "deal", view.key, mona, viewed.now, name="Mine now")
        with pytest.raises(Refused):
            drop_view(session, live, "deal", view.key, mona)
        for key in (private.key, "999", "²", "mine", "-1", "9" * 30):
            with pytest.raises(NotFound):
                drop_view(session, live, "deal", key, mona)
    with viewed.db.begin() as session:
        drop_view(session, viewed.live(session), "deal", view.key, viewed.user("alice"))
    assert labels(viewed, "alice") == ["Mine", "Rich", "Mine alone"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "view.name"),
        ({"name": "a\x00"}, "view.name"),
        ({"roles": ["nobody"]}, "view.roles"),
        ({"filter": "margin > 3"}, "unknown_name"),
        ({"filter": "amount >"}, "syntax"),
    ],
)
def test_view_that_makes_no_sense_is_not_saved(viewed, changes, code):
    with pytest.raises(FormError) as caught:
        save(viewed, **changes)

    assert caught.value.faults[0].code.startswith(code.split(".")[0])


def settled(tiny, by: str, settings: ViewSettings):
    with tiny.db() as session:
        return settle(tiny.live(session), "deal", settings, tiny.user(by))


def test_what_is_hidden_falls_away_and_the_rest_stays(viewed):
    rich = ViewSettings.of(VIEWS[2])

    seen, lost = settled(viewed, "mona", rich), settled(viewed, "alice", rich)

    assert (seen.settings.filter, seen.lost) == (rich.filter, ())
    assert (lost.settings.filter, lost.settings.sort, lost.settings.columns) == ("urgent", (), ("name",))
    assert lost.lost == ("margin", "margin > 30")
    assert lost.condition is not None


def test_condition_joined_by_or_falls_away_whole(viewed):
    found = settled(
        viewed, "alice", ViewSettings(filter="margin > 30 or urgent", group="margin", totals={"margin": "avg"})
    )

    assert (found.settings, found.condition) == (ViewSettings(), None)


def test_release_that_drops_a_field_keeps_the_view(viewed):
    view = save(viewed, filter="quantity > 3 and amount > 5", columns=["quantity", "name"], group="expected_on:month")
    config = tiny_app()
    deal = form_of(config, "deal")
    deal["fields"] = [one for one in deal["fields"] if one["key"] != "quantity"]
    viewed.publish(config)

    with viewed.db() as session:
        live, alice = viewed.live(session), viewed.user("alice")
        kept = view_of(session, live, "deal", view.key, alice)
        assert kept is not None
        found = settle(live, "deal", kept.settings, alice)

    assert found.settings == ViewSettings(columns=("name",), filter="amount > 5", group="expected_on:month")
    assert found.lost == ("quantity", "quantity > 3")


def test_usage_tells_which_views_need_a_field(viewed):
    save(viewed, name="Calls", filter="days_since(next_call_at) > 3 and account.tier == 'key_account'")
    with viewed.db() as session:
        found = usage(session, viewed.live(session))

    assert [str(one.label) for one in found["deal", "margin"]] == ["Rich"]
    assert [str(one.label) for one in found["deal", "account"]] == ["Calls"]
    assert [str(one.label) for one in found["deal", "next_call_at"]] == ["Calls"]
    assert ("deal", "notes") not in found


def test_widths_are_each_persons_own(viewed):
    with viewed.db.begin() as session:
        live, alice = viewed.live(session), viewed.user("alice")
        keep_widths(session, live, "deal", "mine", {"name": 20, "amount": 300, "nothing": 9}, alice)
        keep_widths(session, live, "deal", "mine", {"amount": 99999}, alice)
    with viewed.db() as session:
        assert widths_of(session, live, "deal", "mine", alice) == {"name": 60, "amount": 900}
        assert widths_of(session, live, "deal", "", alice) == {}
        assert widths_of(session, live, "deal", "mine", viewed.user("bob")) == {}


@pytest.fixture
def deals(viewed):
    acme = viewed.create("account", name="Acme", region="north")
    blue = viewed.create("account", name="Blue", region="south")
    viewed.create("deal", name="A", account=acme.id, amount="10.50", expected_on="2026-03-31", urgent=True)
    viewed.create("deal", name="B", account=blue.id, amount="5", expected_on="2026-03-01")
    viewed.create("deal", name="C", account=acme.id, quantity=3, next_call_at="2026-03-31T23:30")
    viewed.create("deal", by="bob", name="D", account=acme.id, amount="7", expected_on="2026-04-01")
    viewed.create("deal", by="charlie", name="E", account=acme.id, amount="1000")
    return viewed


def grouped(tiny, person: str, **asked: Any):
    with tiny.db() as session:
        live = tiny.live(session)
        found = groups(session, live, "deal", tiny.user(person), tiny.now, **asked)
        return [
            (one.value if not hasattr(one.value, "isoformat") else str(one.value), one.count, dict(one.totals))
            for one in found.rows
        ]


def test_groups_hold_what_a_person_may_see(deals):
    asked = {"by": "stage", "totals": {"amount": "sum"}}

    assert grouped(deals, "alice", **asked) == [("open", 3, {"amount": 1550})]
    assert grouped(deals, "mona", **asked) == [("open", 4, {"amount": 2250})]
    assert grouped(deals, "ada", **asked) == [("open", 5, {"amount": 102250})]


def test_groups_by_month_come_in_order(deals):
    assert grouped(deals, "mona", by="expected_on", period="month", totals={"amount": "avg", "quantity": "max"}) == [
        (None, 1, {"amount": None, "quantity": 3.0}),
        ("2026-03-01", 2, {"amount": 775, "quantity": None}),
        ("2026-04-01", 1, {"amount": 700, "quantity": None}),
    ]


def test_moments_are_grouped_by_the_days_of_the_app(deals):
    assert [one[0] for one in grouped(deals, "alice", by="next_call_at", period="day")] == [None, "2026-03-31"]


def test_groups_by_record_and_person_stand_by_their_names(deals):
    with deals.db() as session:
        live = deals.live(session)
        names = records.titles(session, live, "account", [1, 2], deals.user("ada"), deals.now)

    assert [names[one[0]] for one in grouped(deals, "ada", by="account")] == ["Acme", "Blue"]
    assert [one[1] for one in grouped(deals, "ada", by="owner")] == [3, 1, 1]


def test_groups_are_paged_and_filtered(deals):
    assert grouped(deals, "ada", by="owner", limit=1, offset=1)[0][1] == 1
    assert grouped(deals, "ada", totals={"amount": "min"}) == [(None, 5, {"amount": 500})]


def test_hidden_field_groups_and_adds_nothing(deals):
    with deals.db() as session:
        assert "margin" not in visible(deals.live(session), "deal", deals.user("alice"))
    for asked in ({"by": "margin"}, {"totals": {"margin": "sum"}}, {"by": "nothing"}):
        with pytest.raises(FormError):
            grouped(deals, "alice", **asked)


@pytest.mark.parametrize("person", ["alice", "mona"])
def test_groups_together_are_all_records(deals, person):
    totals = {"amount": "sum", "quantity": "max", "discount": "min"}
    with deals.db() as session:
        live, user = deals.live(session), deals.user(person)
        found = groups(session, live, "deal", user, deals.now, by="stage", totals=totals)
        [all_] = groups(session, live, "deal", user, deals.now, totals=totals).rows

    assert together(found, totals) == all_


def test_groups_do_not_tell_the_average_of_all_or_what_is_on_other_pages(deals):
    with deals.db() as session:
        live, user = deals.live(session), deals.user("mona")
        average = groups(session, live, "deal", user, deals.now, by="stage", totals={"amount": "avg"})
        first = groups(session, live, "deal", user, deals.now, by="name", limit=1)

    assert (together(average, {"amount": "avg"}), first.more, together(first, {})) == (None, True, None)
