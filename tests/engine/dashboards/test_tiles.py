from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from engine.dashboards.answering import Answer, answer, ask, behind, dashboards_of, written
from engine.errors import NotFound
from engine.records import query
from engine.releases.indexes import wanted_indexes
from tests.engine.conftest import Tiny
from tests.support.dashboards import app_with_dashboard

#: People of the north: alice (rep); bob (rep) and mona (manager) see what their rights say.
TODAY = date(2026, 3, 2)


@pytest.fixture
def sales(tiny: Tiny) -> Tiny:
    """The tiny app with its dashboard and four deals, of which one is won and one is lost."""
    tiny.publish(app_with_dashboard())
    north = tiny.create("account", "system", name="Acme", region="north")
    south = tiny.create("account", "system", name="Bolt", region="south")
    earlier = tiny.now - timedelta(days=20)

    def deal(name: str, owner: str, account: int, amount: int, **more: Any) -> Any:
        owned = tiny.user(owner).id
        return tiny.create("deal", "system", earlier, name=name, account=account, amount=amount, owner=owned, **more)

    pump = deal("Pump", "alice", north.id, 1000)
    valve = deal("Valve", "alice", south.id, 500)
    deal("Motor", "bob", north.id, 300)
    fan = deal("Fan", "bob", south.id, 70)
    tiny.move(pump, "offer", "system", earlier + timedelta(days=4))
    tiny.move(pump, "won", "system")
    tiny.move(valve, "offer", "system", earlier + timedelta(days=10))
    tiny.move(fan, "lost", "system", lost_reason="price")
    return tiny


def shown(tiny: Tiny, key: str, by: str = "ada", **args: str) -> Answer:
    with tiny.db() as session:
        asking = ask(session, tiny.live(session), "sales", tiny.user(by), tiny.now, args)
        tile = asking.dashboard.tile(key)
        assert tile is not None
        return answer(asking, tile)


def content(tiny: Tiny, key: str, by: str = "ada", **args: str) -> Any:
    found = shown(tiny, key, by, **args)
    assert found.refused is None
    return found.content


def names_behind(
    tiny: Tiny, key: str, who: str = "ada", args: dict[str, str] | None = None, **part: str
) -> list[object]:
    """The titles of the records behind a figure, as the list shows them."""
    with tiny.db() as session:
        live, user = tiny.live(session), tiny.user(who)
        asking = ask(session, live, "sales", user, tiny.now, args or {})
        tile = asking.dashboard.tile(key)
        assert tile is not None
        _, drill = behind(session, live, written(asking, tile, part), user, tiny.now)
        page = query(session, live, drill.measure.of, user, tiny.now, measure=drill, sort=["name"])
        return [record["name"] for record in page.records]


def test_number_counts_and_its_records_can_be_listed(sales: Tiny) -> None:
    found = content(sales, "open")

    assert (found.value, found.before) == (2, None)
    assert names_behind(sales, "open") == ["Motor", "Valve"]


def test_number_is_compared_with_the_same_stretch_of_the_period_before(sales: Tiny) -> None:
    found = content(sales, "won")

    assert (found.value, found.before, found.change, found.good) == (1000, 0, None, None)
    assert (found.before_span.start, found.before_span.end) == (date(2025, 10, 1), date(2025, 11, 30))
    assert names_behind(sales, "won", before="1") == []


def test_change_is_judged_by_what_is_better(sales: Tiny) -> None:
    config = app_with_dashboard()
    tiles = {tile["key"]: tile for tile in config["dashboards"][0]["tiles"]}
    tiles["won"] |= {"measure": {"of": "deal", "agg": "count", "during": "created_at"}}
    sales.publish(config)
    sales.create("deal", "system", name="New", account=1, amount=1)

    found = content(sales, "won", period="last_7_days")

    assert (found.value, found.before, found.change, found.good) == (1, 0, None, None)
    found = content(sales, "won", period="dates", **{"from": "2026-02-20", "to": "2026-03-02"})
    assert (found.value, found.before, found.change, found.good) == (1, 4, -0.75, False)


def test_formula_of_a_tile_is_worked_out_from_its_measures(sales: Tiny) -> None:
    found = content(sales, "win_rate")

    assert found.value == 50.0
    assert {name: one.count for name, one in found.figures.items()} == {"won_deals": 1, "decided": 2}
    assert names_behind(sales, "win_rate", measure="decided") == ["Fan", "Pump"]


def test_progress_is_a_share_of_its_target_or_a_key_result(sales: Tiny) -> None:
    goal, result = content(sales, "goal"), content(sales, "kr")

    assert (goal.value, goal.target, goal.share) == (1000, 1000000, 0.001)
    assert (result.result.current, result.result.target) == (1000, 1000000)


def test_bars_stand_in_the_order_of_the_stages(sales: Tiny) -> None:
    found = content(sales, "by_stage")

    assert [(bar.key, bar.figure.value) for bar in found.bars] == [("open", 1), ("offer", 1), ("won", 1), ("lost", 1)]
    assert names_behind(sales, "by_stage", by="offer") == ["Valve"]


def test_bars_are_divided_and_ordered_by_size(sales: Tiny) -> None:
    found = content(sales, "by_region")

    assert found.splits == ("open", "offer", "won")
    assert [(bar.key, bar.figure.value) for bar in found.bars] == [("north", 1300), ("south", 500)]
    assert [None if part is None else part.value for part in found.bars[0].parts] == [300, None, 1000]
    assert names_behind(sales, "by_region", by="north", split="won") == ["Pump"]


def test_line_adds_up_month_by_month_and_stops_at_today(sales: Tiny) -> None:
    found = content(sales, "by_month", period="this_half_year")

    assert found.steps == tuple(date(2026, month, 1) for month in range(1, 7))
    assert [None if one is None else one.value for one in found.lines[0].points] == [0, 0, 1000, None, None, None]
    assert found.target == tuple(50000 * number for number in range(1, 7))
    assert names_behind(sales, "by_month", args={"period": "this_half_year"}, at="2026-03-01") == ["Pump"]
    assert names_behind(sales, "by_month", args={"period": "this_half_year"}, at="2026-02-01") == []


def test_line_of_history_shows_what_stood_then(sales: Tiny) -> None:
    found = content(sales, "open_then", period="all")

    assert found.steps[-1] == TODAY
    assert [one.value for one in found.lines[0].points] == [0, 0, 0, 0, 4, 4, 4, 2]
    assert names_behind(sales, "open_then", args={"period": "all"}, at="2026-02-23") == [
        "Fan",
        "Motor",
        "Pump",
        "Valve",
    ]


def test_funnel_counts_what_came_as_far_and_how_long_it_stayed(sales: Tiny) -> None:
    found = content(sales, "funnel")

    steps = {one.stage: (one.reached.count, one.reached.value, one.now.count, one.conversion) for one in found.steps}
    assert steps == {"open": (4, 1870, 1, None), "offer": (2, 1500, 1, 0.5), "won": (1, 1000, 1, 0.5)}
    assert [(one.stage, one.now.count) for one in found.lost] == [("lost", 1)]
    assert found.whole == 0.25
    days = {one.stage: round(one.days or 0, 3) for one in found.steps}
    assert days == {"open": round((4 + 10 + 20 + 20) / 4, 3), "offer": 13.0, "won": 0.0}
    assert names_behind(sales, "funnel", reached="offer") == ["Pump", "Valve"]
    assert names_behind(sales, "funnel", now="offer") == ["Valve"]


def test_stay_in_a_stage_begins_when_a_record_entered_it(sales: Tiny) -> None:
    """Records that were brought in tell of a stage they had entered before."""
    brought = sales.create("deal", "system", name="Brought", account=1)
    with sales.db.begin() as session:
        for table in (sales.live(session).tables.current("deal"), sales.live(session).tables.history("deal")):
            entered = sales.now - timedelta(days=100)
            session.execute(table.update().where(table.c.id == brought.id).values(stage_entered_at=entered))

    days = {one.stage: round(one.days or 0, 3) for one in content(sales, "funnel").steps}

    assert days["open"] == round((4 + 10 + 20 + 20 + 100) / 5, 3)


def test_ranking_gives_equal_figures_the_same_place(sales: Tiny) -> None:
    config = app_with_dashboard()
    tiles = {tile["key"]: tile for tile in config["dashboards"][0]["tiles"]}
    tiles["best"] |= {"measure": {"of": "deal", "agg": "count"}, "target": 4}
    sales.publish(config)
    sales.create("deal", "system", name="Solo", account=1, owner=sales.user("charlie").id)

    found = content(sales, "best")

    people = {sales.user(name).id: name for name in ("alice", "bob", "charlie")}
    assert [(one.rank, people[one.key], one.figure.value, one.attained) for one in found.places] == [
        (1, "alice", 2, 0.5),
        (1, "bob", 2, 0.5),
        (3, "charlie", 1, 0.25),
    ]


def test_ranking_holds_each_against_a_target_of_its_own(sales: Tiny) -> None:
    config = app_with_dashboard()
    tiles = {tile["key"]: tile for tile in config["dashboards"][0]["tiles"]}
    del tiles["best"]["target"]
    tiles["best"]["target_measure"] = {"of": "deal", "agg": "sum", "value": "amount", "by": "owner"}
    sales.publish(config)

    found = content(sales, "best")

    assert [(one.rank, one.figure.value, one.target, round(one.attained, 3)) for one in found.places] == [
        (1, 1000, 1500, 0.667),
        (2, 0, 370, 0.0),
    ]


def test_cross_table_adds_up_rows_and_columns(sales: Tiny) -> None:
    found = content(sales, "cross")

    assert (found.rows, found.columns) == (("north", "south"), ("open", "offer", "won", "lost"))
    assert {key: one.value for key, one in found.cells.items()} == {
        ("north", "open"): 1, ("north", "won"): 1, ("south", "offer"): 1, ("south", "lost"): 1,
    }  # fmt: skip
    assert ({key: one.value for key, one in found.by_row.items()}, found.total.value) == ({"north": 2, "south": 2}, 4)
    assert names_behind(sales, "cross", rows="south", columns="lost") == ["Fan"]
    assert names_behind(sales, "cross", rows="south") == ["Fan", "Valve"]


def test_list_shows_what_is_asked_of_whoever_looks(sales: Tiny) -> None:
    mine = content(sales, "mine", "alice")

    assert [record["name"] for record in mine.page.records] == ["Valve"]
    assert mine.columns == ("name", "account", "amount", "stage")
    assert content(sales, "mine", "ada").page.records == ()


def test_key_results_and_their_lights_are_those_of_the_okr_page(sales: Tiny) -> None:
    page, lights = content(sales, "results").page, content(sales, "lights")

    assert [one.definition.key for one in page.objectives[0].key_results] == ["win_rate", "revenue"]
    assert [one.astimezone().date() for one in lights.moments][:2] == [date(2026, 1, 31), date(2026, 2, 28)]
    assert [page.objectives[0].key_results[1].current for page in lights.pages] == [0, 0, 1000]


# -- filters -----------------------------------------------------------------------------------------------------------


def test_filters_narrow_tiles_and_what_is_behind_them(sales: Tiny) -> None:
    args = {"f.region": "south"}

    assert content(sales, "open", **args).value == 1
    assert names_behind(sales, "open", args=args) == ["Valve"]
    assert [one.reached.count for one in content(sales, "funnel", **args).steps] == [2, 1, 0]
    assert content(sales, "open", **{"f.owner": str(sales.user("bob").id)}).value == 1
    assert content(sales, "open", "alice", **{"f.owner": "me"}).value == 1
    assert content(sales, "open", **{"f.owner": "-"}).value == 0


@pytest.mark.parametrize("text", ["nowhere", "1; drop", "'", "\x00", "9" * 30])
def test_filter_that_makes_no_sense_counts_as_not_chosen(sales: Tiny, text: str) -> None:
    assert content(sales, "open", **{"f.region": text, "period": text}).value == 2


@pytest.mark.parametrize("text", ["north_team", "nobody", "\x00", "\ud800", "' or 1=1 --", "二队"])
def test_values_of_texts_are_taken_as_they_are(sales: Tiny, text: str) -> None:
    filters = [{"key": "team", "label": "Team", "type": "field", "fields": {"deal": "owner.team"}}]
    sales.publish(app_with_dashboard(filters=filters))

    found = content(sales, "open", **{"f.team": text}).value

    assert found == (2 if text in ("north_team", "\x00", "\ud800") else 0)


def test_period_moves_what_is_counted_by_a_date(sales: Tiny) -> None:
    assert content(sales, "goal", period="this_month").value == 1000
    assert content(sales, "goal", period="last_month").value == 0
    assert content(sales, "open", period="last_month").value == 2  # a measure of all time has no date to go by


# -- rights ------------------------------------------------------------------------------------------------------------


def test_everybody_sees_the_figures_of_their_own_records(sales: Tiny) -> None:
    """A rep sees their own deals alone (`owner == me`): in figures, parts, ranks, funnels, and behind them."""
    assert content(sales, "open", "alice").value == 1
    assert [(bar.key, bar.figure.value) for bar in content(sales, "by_region", "alice").bars] == [
        ("north", 1000),
        ("south", 500),
    ]
    assert [one.reached.count for one in content(sales, "funnel", "alice").steps] == [2, 2, 1]
    assert [one.key for one in content(sales, "best", "alice").places] == [sales.user("alice").id]
    assert [one.value for one in content(sales, "open_then", "alice", period="all").lines[0].points][-3:] == [2, 2, 1]
    assert names_behind(sales, "funnel", "bob", reached="open") == ["Fan", "Motor"]
    assert names_behind(sales, "open_then", "bob", {"period": "all"}, at="2026-02-23") == ["Fan", "Motor"]


def hidden_tiles() -> Iterator[tuple[str, dict[str, Any]]]:
    """Tiles each of which reads the margin, hidden from reps, at another place."""
    count = {"of": "deal", "agg": "count"}
    sums = {"of": "deal", "agg": "sum", "value": "margin"}
    yield "value", {"type": "number", "measure": sums}
    yield "where", {"type": "number", "measure": {**count, "where": "margin > 10"}}
    yield "filter", {"type": "number", "measure": count, "filter": "margin > 10"}
    yield "formula", {"type": "number", "measures": {"all_of": count, "sum_of": sums}, "formula": "sum_of / all_of"}
    yield "target", {"type": "progress", "measure": count, "target": "sum_of", "measures": {"sum_of": sums}}
    yield "by", {"type": "bar", "measure": count, "by": "margin > 20"}
    yield "split", {"type": "bar", "measure": count, "by": "stage", "split": "margin > 10"}
    yield "line", {"type": "line", "measure": {**sums, "during": "created_at"}, "every": "week"}
    yield "history", {"type": "line", "measure": sums, "every": "week", "history": True}
    yield "funnel", {"type": "funnel", "pipeline": "deal_pipeline", "measure": sums}
    yield "ranking", {"type": "ranking", "measure": count, "by": "owner", "target_measure": {**sums, "by": "owner"}}
    yield "pivot", {"type": "pivot", "measure": count, "rows": "stage", "columns": "margin > 10"}
    yield "list", {"type": "list", "form": "deal", "columns": ["name"], "filter": "margin > 10"}


@pytest.mark.parametrize(("name", "tile"), list(hidden_tiles()), ids=[name for name, _ in hidden_tiles()])
def test_tile_over_a_hidden_field_says_so_and_shows_nothing(sales: Tiny, name: str, tile: dict[str, Any]) -> None:
    sales.publish(app_with_dashboard(tiles=[{"key": "secret", "label": "Secret", **tile}]))

    found = shown(sales, "secret", "alice")

    assert found.content is None
    assert found.refused is not None
    assert found.refused.code == "tile.hidden"
    assert "margin" not in str(found.refused)
    part = {"by": "yes", "at": "2026-03-02", "reached": "open", "rows": "open", "columns": "yes", "measure": "sum_of"}
    if name not in ("target", "ranking"):
        with pytest.raises(NotFound):
            names_behind(sales, "secret", "alice", **part)
    assert shown(sales, "secret", "ada").refused is None


def test_sorting_and_columns_of_a_list_leave_out_what_is_hidden(sales: Tiny) -> None:
    tile = {"type": "list", "form": "deal", "columns": ["name", "margin"], "sort": ["-margin"]}
    sales.publish(app_with_dashboard(tiles=[{"key": "secret", "label": "Secret", **tile}]))

    found = content(sales, "secret", "alice")

    assert found.columns == ("name",)
    assert all("margin" not in record.values for record in found.page.records)


def test_filter_by_a_hidden_field_tells_nothing(sales: Tiny) -> None:
    filters = [{"key": "rich", "label": "Rich", "type": "field", "fields": {"deal": "margin > 10"}}]
    sales.publish(app_with_dashboard(filters=filters))

    assert shown(sales, "open", "alice", **{"f.rich": "yes"}).refused is not None
    assert content(sales, "open", "alice").value == 1


def test_forms_that_a_person_may_not_read_show_nothing(sales: Tiny) -> None:
    config = app_with_dashboard()
    deal = next(form for form in config["forms"] if form["key"] == "deal")
    deal["permissions"] = [one for one in deal["permissions"] if "rep" not in one["roles"]]
    sales.publish(config)

    found = shown(sales, "open", "alice")

    assert (found.content, found.refused and found.refused.code) == (None, "tile.records")


def test_dashboard_opens_for_its_roles_alone(sales: Tiny) -> None:
    sales.publish(app_with_dashboard(roles=["manager"]))

    with sales.db() as session:
        live = sales.live(session)
        assert [one.key for one in dashboards_of(live, sales.user("alice"))] == []
        assert [one.key for one in dashboards_of(live, sales.user("mona"))] == ["sales"]
        with pytest.raises(NotFound):
            ask(session, live, "sales", sales.user("alice"), sales.now)


def test_number_of_statements_does_not_grow_with_the_records(sales: Tiny, statements: Any) -> None:
    def asked() -> dict[str, int]:
        counts = {}
        with sales.db() as session:
            live, user = sales.live(session), sales.user("alice")
            asking = ask(session, live, "sales", user, sales.now)
            for tile in asking.dashboard.tiles:
                with statements() as seen:
                    answer(asking, tile)
                counts[tile.key] = len(seen)
        return counts

    def more(first: int, last: int) -> None:
        owner = sales.user("alice").id
        for number in range(first, last):
            sales.create("deal", "system", name=f"Deal {number}", account=1, amount=number, owner=owner)

    more(0, 6)  # more than a list shows, so that it counts
    few = asked()
    more(6, 36)

    assert asked() == few
    assert {key: few[key] for key in ("open", "won", "by_stage", "by_region", "funnel", "cross")} == {
        "open": 1, "won": 2, "by_stage": 1, "by_region": 2, "funnel": 3, "cross": 4,
    }  # fmt: skip


def test_publishing_keeps_indexes_for_what_tiles_look_for(tiny: Tiny) -> None:
    def kept() -> set[tuple[str, ...]]:
        with tiny.db() as session:
            return {one.columns for one in wanted_indexes(tiny.live(session), "deal")}

    before = kept()
    measure = {"of": "deal", "agg": "count", "where": "urgent", "during": "next_call_at"}
    tiles = [
        {"key": "calls", "label": "Calls", "type": "number", "measure": measure, "filter": "quantity > 3"},
        {
            "key": "late",
            "label": "Late",
            "type": "list",
            "form": "deal",
            "columns": ["name"],
            "filter": "expected_on < today",
        },
    ]
    tiny.publish(app_with_dashboard(tiles=tiles, filters=[]))

    assert kept() - before == {("urgent",), ("next_call_at",), ("quantity",), ("expected_on",)}
