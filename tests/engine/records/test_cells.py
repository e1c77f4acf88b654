from __future__ import annotations

from datetime import date

import pytest

from engine.records.cells import cells, columns_of
from engine.records.filters import MIN, Filter, column_of
from engine.records.spans import Placing, day_of, touches
from tests.support.plans_app import plans_app

MARCH = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture
def planned(tiny):
    tiny.publish(plans_app())
    return tiny


def on_days(tiny, start, end="", by="alice", most=2, first=MARCH[0], last=MARCH[1], **more):
    """Return day -> (count, titles) as a calendar asks for it."""
    with tiny.db() as session:
        live = tiny.live(session)
        placing = Placing(live, "plan", start, end)
        found = cells(
            session, live, "plan", tiny.user(by), tiny.now, lambda source: [day_of(source, placing)],
            within=lambda source: [touches(source, placing, first, last)], most=most, sort=[start, "id"], **more,
        )  # fmt: skip
        return {str(cell.key[0])[:10]: (cell.count, [one["name"] for one in cell.records]) for cell in found}


def test_each_day_has_its_count_and_first_records(planned):
    for number in range(5):
        planned.create("plan", name=f"P{number}", starts_on="2026-03-14")
    planned.create("plan", name="Last", starts_on="2026-03-31")
    planned.create("plan", name="April", starts_on="2026-04-01")
    planned.create("plan", name="Without")

    assert on_days(planned, "starts_on") == {"2026-03-14": (5, ["P0", "P1"]), "2026-03-31": (1, ["Last"])}


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2026-03-01 00:00", "2026-03-01"), ("2026-03-31 23:59", "2026-03-31"), ("2026-02-28 23:59", None), ("2026-04-01 00:00", None)],
)  # fmt: skip
def test_moments_stand_on_the_local_day(planned, typed, day):
    planned.create("plan", name="Call", meets_at=typed)

    assert on_days(planned, "meets_at") == ({day: (1, ["Call"])} if day else {})


@pytest.mark.parametrize(
    ("typed", "touching"),
    [
        ("2026-02-01 ~ 2026-02-28", False), ("2026-02-01 ~ 2026-03-01", True), ("2026-03-31 ~ 2026-04-05", True),
        ("2026-04-01 ~ 2026-04-02", False), ("2026-02-26 ~ 2026-04-02", True),
    ],
)  # fmt: skip
def test_a_range_touches_the_days_it_lasts(planned, typed, touching):
    planned.create("plan", name="Leave", away=typed)

    assert bool(on_days(planned, "away")) is touching


@pytest.mark.parametrize(
    ("starts", "ends", "touching"),
    [
        ("2026-02-01", "2026-02-28", False), ("2026-02-01", "2026-03-01", True), ("2026-03-31", "2026-04-09", True),
        ("2026-04-01", "2026-04-09", False), ("2026-02-01", "2026-04-09", True), ("2026-02-28", None, False),
        ("2026-03-10", None, True), (None, "2026-03-10", True), (None, "2026-04-10", False), (None, None, False),
    ],
)  # fmt: skip
def test_two_dates_are_a_span_and_one_alone_a_day(planned, starts, ends, touching):
    config = plans_app()
    del config["forms"][-1]["assert"]
    planned.publish(config)
    planned.create("plan", name="Fair", starts_on=starts, ends_on=ends)

    assert bool(on_days(planned, "starts_on", "ends_on")) is touching


def test_only_what_one_may_see_is_counted(planned):
    account = planned.create("account", name="Acme", region="north").id
    for number, owner in enumerate(("alice", "alice", "bob")):
        planned.create("deal", by=owner, name=f"D{number}", account=account, amount="10.50")

    def stages(by, value="amount"):
        with planned.db() as session:
            live = planned.live(session)
            found = cells(
                session, live, "deal", planned.user(by), planned.now,
                lambda source: [column_of(source, live, "deal", "stage")], most=1, sort=["id"], value=value,
            )  # fmt: skip
            return [(cell.key[0], cell.count, cell.total, len(cell.records)) for cell in found]

    assert stages("alice") == [("open", 2, 2100, 1)]
    assert stages("mona") == [("open", 3, 3150, 1)]
    assert stages("charlie") == []
    assert stages("alice", value="margin") == [("open", 2, None, 1)]


def test_columns_come_in_one_statement_and_lead_on(planned):
    account = planned.create("account", name="Acme", region="north").id
    for number in range(7):
        planned.create("deal", name=f"D{number}", account=account, amount=str(number))
    planned.move(planned.query("deal").records[0], "offer")

    with planned.db() as session:
        live = planned.live(session)
        found = columns_of(
            session, live, "deal", planned.user("alice"), planned.now, "stage", ["open", "offer", "won"],
            most=4, sort=["-amount"], filters=[Filter("amount", MIN, (100,))],
        )  # fmt: skip

    shown = {stage: [record["name"] for record in page.records] for stage, page in found.items()}
    assert shown == {"open": ["D5", "D4", "D3", "D2"], "offer": ["D6"], "won": []}
    rest = planned.query(
        "deal", filters=[Filter("amount", MIN, (100,)), Filter("stage", "is", ("open",))], sort=["-amount"], after=found["open"].next
    )  # fmt: skip
    assert [record["name"] for record in rest.records] == ["D1"]
    assert (found["open"].more, found["offer"].more) == (True, False)
