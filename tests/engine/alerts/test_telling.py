"""Whom alerts reach, when, and as how many messages: nothing is dropped, much may come later."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.alerts import inbox, unread
from engine.alerts.absences import be_away
from engine.alerts.bundles import close_due
from engine.alerts.hushes import end_silence, silence
from engine.alerts.rows import Notification
from engine.alerts.wish_rows import Bundle, Silence
from engine.channels import CHANNELS, Channel, Outgoing, Setup
from forms.labels import Label
from tests.engine.alerts.conftest import rule
from tests.engine.alerts.urgent_deals import Open, at, deal, urgent, wish
from tests.support.house import NINE, House


def told(house: House) -> list[tuple[str, str]]:
    return [(who, via) for who, via, _, _ in house.told()]


def waiting(house: House, who: str) -> list[str]:
    """What stands in a person's inbox."""
    with house.maker() as session:
        assert unread(session, house.users[who]) == len(inbox(session, house.users[who]))
        return [item.text for item in reversed(inbox(session, house.users[who], which="all"))]


# -- recipients -------------------------------------------------------------------------------------------------------


def test_region_manager_of_a_field_and_expression_are_found(open_with: Open) -> None:
    house = open_with(
        urgent("region:manager", key="a"), urgent("manager_of:reviewer", key="b"), urgent("=owner.manager", key="c")
    )
    house.hire("mia", "manager", region="south")
    deal(house, reviewer=house.users["bob"].id)

    assert told(house) == [("mona", "region:manager"), ("mona", "manager_of:reviewer"), ("mona", "=owner.manager")]


def test_team_and_followers_are_found_if_they_may_read_it(open_with: Open) -> None:
    from engine.talk.followers import follow, record_thing

    house = open_with(urgent("team:Sales", key="a"), urgent("followers", key="b"))
    house.hire("tom", "manager", region="north", team="Sales")
    house.hire("tim", "rep", region="south", team="Sales")  # may not read the deals of others
    one = deal(house, urgent=False)
    with house.maker.begin() as session:
        for who in ("mona", "charlie"):
            thing = record_thing("deal", one)
            follow(session, "tiny", "record", thing, house.users[who].id or 0, NINE)

    house.update("deal", one, at(hours=1), urgent=True)

    assert told(house) == [("tom", "team:Sales"), ("mona", "followers")]


def test_nobody_left_goes_to_the_named_fallback_then_to_administrators(open_with: Open) -> None:
    house = open_with(urgent("field:reviewer", key="a", fallback=["role:manager"]), urgent("field:reviewer", key="b"))
    house.hire("zoe", "rep", region="north")
    deal(house, owner=house.users["zoe"].id)

    assert told(house) == [("mona", "fallback"), ("ada", "fallback")]


def test_substitute_is_told_with_a_word_of_why(open_with: Open) -> None:
    house = open_with(urgent())
    with house.maker.begin() as session:
        alice, mona = house.users["alice"].id or 0, house.users["mona"].id
        be_away(session, alice, date(2026, 3, 1), date(2026, 3, 10), mona, NINE)
    deal(house)

    assert [(who, via, text) for who, via, _, text in house.told()] == [
        ("mona", "substitute:alice", "For Alice, who is away until 2026-03-10:\nPump")
    ]


def test_row_of_substitutes_is_followed_and_a_loop_leads_back(open_with: Open) -> None:
    house = open_with(urgent())
    ids = {who: house.users[who].id or 0 for who in ("alice", "bob", "mona", "ada")}
    with house.maker.begin() as session:
        be_away(session, ids["alice"], date(2026, 3, 1), date(2026, 3, 10), ids["mona"], NINE)
        be_away(session, ids["mona"], date(2026, 3, 1), date(2026, 3, 10), ids["ada"], NINE)
    deal(house)
    with house.maker.begin() as session:
        be_away(session, ids["ada"], date(2026, 3, 1), date(2026, 3, 10), ids["alice"], NINE)
    deal(house, at(hours=1))

    assert told(house) == [("ada", "substitute:alice"), ("alice", "owner")]


def test_substitute_who_may_not_read_it_is_not_told(open_with: Open) -> None:
    house = open_with(urgent())
    with house.maker.begin() as session:
        alice, charlie = house.users["alice"].id or 0, house.users["charlie"].id
        be_away(session, alice, date(2026, 3, 1), date(2026, 3, 10), charlie, NINE)
    deal(house)

    assert told(house) == [("alice", "owner")]


def test_escalation_waits_for_working_hours(open_with: Open) -> None:
    steps = [{"to": ["owner"]}, {"to": ["manager"], "after": {"working_hours": 8}}]
    house = open_with(rule(when="urgent", message="{name}", notify=steps))
    deal(house, at(hours=6))  # Monday 15:00: three hours left

    house.tick(at(days=1, hours=4, minutes=59))
    assert told(house) == [("alice", "owner")]
    house.tick(at(days=1, hours=5))

    assert told(house) == [("alice", "owner"), ("mona", "manager")]


# -- silences, muting -------------------------------------------------------------------------------------------------


def test_silence_holds_back_and_its_end_tells(open_with: Open) -> None:
    house = open_with(urgent())
    with house.maker.begin() as session:
        silence(session, house.live(session), house.users["mona"], NINE, at(hours=4), rule="stale_deal", own=False)
    one = deal(house, at(hours=1))
    assert house.alerts() == [("stale_deal", one, "firing", 1)]
    assert told(house) == []

    house.tick(at(hours=3))
    assert told(house) == []
    house.tick(at(hours=4), due_only=True)

    assert told(house) == [("alice", "owner")]


def test_silence_ended_early_tells_with_the_next_pass(open_with: Open) -> None:
    house = open_with(urgent())
    with house.maker.begin() as session:
        silence(session, house.live(session), house.users["mona"], NINE, at(days=4), rule="stale_deal", own=False)
    deal(house, at(hours=1))

    with house.maker.begin() as session:
        end_silence(session, session.scalars(select(Silence)).one(), at(hours=2))
    house.tick(at(hours=2), due_only=True)

    assert told(house) == [("alice", "owner")]


def test_own_silence_moves_only_ones_own_message(open_with: Open) -> None:
    house = open_with(urgent("owner", "manager"))
    one = deal(house, urgent=False)
    with house.maker.begin() as session:
        silence(session, house.live(session), house.users["alice"], NINE, at(days=1), form="deal", record_id=one)

    house.update("deal", one, at(hours=1), urgent=True)
    house.tick(at(hours=2))
    assert (waiting(house, "alice"), waiting(house, "mona")) == ([], ["Pump"])
    house.tick(at(days=1))

    assert waiting(house, "alice") == ["Pump"]


def test_rule_that_speaks_for_another_mutes_it_until_it_stops(open_with: Open) -> None:
    big = rule(key="a_big", when="amount >= 5000", message="big", notify=[{"to": ["manager"]}])
    house = open_with(urgent(key="b_urgent", muted_by=["a_big"]), big)
    one = deal(house, amount=6000)
    assert told(house) == [("mona", "manager")]
    assert [state for _, _, state, _ in house.alerts()] == ["firing", "firing"]

    house.update("deal", one, at(hours=2), amount=100)

    assert told(house) == [("mona", "manager"), ("alice", "owner")]


# -- quiet hours, working hours ---------------------------------------------------------------------------------------


def test_quiet_hours_move_the_message_to_their_end(open_with: Open) -> None:
    house = open_with(urgent())
    wish(house, "alice", quiet_from="20:00", quiet_to="07:30")
    deal(house, at(hours=14))  # 23:00

    house.tick(at(hours=22, minutes=29))
    assert waiting(house, "alice") == []
    house.tick(at(hours=22, minutes=30))
    house.tick(at(hours=23))

    assert waiting(house, "alice") == ["Pump"]
    assert len(house.told()) == 1


def test_rule_that_tells_in_working_hours_waits_over_the_weekend(open_with: Open) -> None:
    house = open_with(urgent(tell="working_hours"))
    deal(house, at(days=5))  # Saturday 7 March

    house.tick(at(days=6, hours=23))
    assert waiting(house, "alice") == []
    house.tick(at(days=7))

    assert waiting(house, "alice") == ["Pump"]


def test_rule_that_tells_at_once_knows_no_quiet_hours(open_with: Open) -> None:
    house = open_with(urgent(tell="at_once"))
    wish(house, "alice", quiet_from="00:00", quiet_to="23:59", digest="daily")
    deal(house)

    assert waiting(house, "alice") == ["Pump"]


# -- one message for several ------------------------------------------------------------------------------------------


class Paper(Channel):
    """A channel that keeps what it was given."""

    key = "paper"
    label = Label({"en": "Paper"})
    sent: list[Outgoing] = []  # noqa: RUF012 - emptied by the test that uses it

    def send(self, message: Outgoing, setup: Setup) -> None:
        self.sent.append(message)


def by_paper(**members: object) -> dict[str, object]:
    return rule(when="urgent", message="{name}", notify=[{"to": ["owner"], "channels": ["inbox", "paper"]}], **members)


def test_messages_within_the_groups_time_are_one_with_a_list(open_with: Open) -> None:
    CHANNELS["paper"], Paper.sent = Paper(), []
    try:
        house = open_with(by_paper(group={"minutes": 10}))
        for number in range(3):
            deal(house, at(minutes=number), name=f"Pump {number}")
        house.tick(at(minutes=9))
        assert (Paper.sent, waiting(house, "alice")) == ([], [])

        house.tick(at(minutes=10))
        house.tick(at(minutes=20))
        deal(house, at(minutes=30), name="Alone")
        house.tick(at(minutes=40))
    finally:
        del CHANNELS["paper"]

    lists = ["• Deal stands still: Pump 0\n• Deal stands still: Pump 1\n• Deal stands still: Pump 2", "Alone"]
    assert [message.text for message in Paper.sent] == lists
    assert [message.subject for message in Paper.sent] == ["3 alerts", "Deal stands still"]
    assert waiting(house, "alice") == ["Pump 0", "Pump 1", "Pump 2", "Alone"]
    with house.maker() as session:
        grouped = session.scalars(select(Notification).where(Notification.state == "grouped")).all()
        assert len(grouped) == 3
        assert len({one.bundle_id for one in grouped}) == 1


def test_list_too_long_for_one_message_goes_out_as_several_and_names_everything(
    open_with: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHANNELS, "paper", Paper())
    monkeypatch.setattr(Paper, "list_bytes", 100)
    Paper.sent = []
    house = open_with(by_paper(group={"minutes": 10}))
    names = [f"Pump {number}" for number in range(7)]
    for minute, name in enumerate(names):
        deal(house, at(minutes=minute), name=name)
    house.tick(at(minutes=10))
    house.tick(at(minutes=11))

    assert [line.rpartition(": ")[2] for one in Paper.sent for line in one.text.splitlines()] == names
    assert [one.subject for one in Paper.sent] == [f"7 alerts ({number}/3)" for number in (1, 2, 3)]
    assert all(len(one.text.encode()) <= 100 for one in Paper.sent)


def test_list_for_somebody_who_left_meanwhile_reaches_the_manager_line_by_line(
    open_with: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHANNELS, "paper", Paper())
    Paper.sent = []
    house = open_with(by_paper(group={"minutes": 10}))
    for minute in range(2):
        deal(house, at(minutes=minute), name=f"Pump {minute}")
    close_due(house.maker, at(minutes=10))
    house.leave("alice")
    house.tick(at(minutes=10))

    assert (Paper.sent, sorted(waiting(house, "mona"))) == ([], ["Pump 0", "Pump 1"])


def test_daily_digest_comes_at_its_time_and_a_rule_can_be_left_out_of_it(open_with: Open) -> None:
    house = open_with(urgent(), urgent(key="loud"))
    wish(house, "alice", digest="daily", digest_at="17:00", rules={"tiny/loud": "now"})
    deal(house, name="One")
    deal(house, at(hours=1), name="Two")
    assert waiting(house, "alice") == ["One", "Two"]

    house.tick(at(hours=8))
    house.tick(at(hours=9))

    assert sorted(waiting(house, "alice")) == ["One", "One", "Two", "Two"]
    with house.maker() as session:
        assert [(one.kind, one.size) for one in session.scalars(select(Bundle))] == [("digest", 2)]


def test_weekly_digest_comes_on_its_day(open_with: Open) -> None:
    house = open_with(urgent())
    wish(house, "alice", digest="weekly", digest_day=5)
    deal(house)

    house.tick(at(days=3, hours=23))
    assert waiting(house, "alice") == []
    house.tick(at(days=4))

    assert waiting(house, "alice") == ["Pump"]


def test_more_than_the_cap_go_into_a_digest(database_url: str) -> None:
    from tests.support.house import open_house

    def change(config: dict[str, object]) -> None:
        config["app"]["reminders"] = {"most_per_hour": 2}  # type: ignore[index]
        config["alerts"] = [urgent()]

    house = open_house(database_url, change)
    for number in range(5):
        deal(house, at(minutes=number), name=f"Pump {number}")
    assert waiting(house, "alice") == ["Pump 0", "Pump 1"]

    house.tick(at(hours=1))

    assert waiting(house, "alice") == [f"Pump {number}" for number in range(5)]
    house.engine.dispose()


@pytest.mark.parametrize(
    "wanted", [{"quiet_from": "08:00", "quiet_to": "10:00"}, {"digest": "daily", "digest_at": "10:00"}]
)
def test_what_waited_for_somebody_who_left_reaches_the_manager(open_with: Open, wanted: dict[str, str]) -> None:
    house = open_with(urgent())
    wish(house, "alice", **wanted)
    deal(house)
    house.leave("alice")

    house.tick(at(hours=1))
    house.tick(at(hours=2))

    assert waiting(house, "mona") == ["Pump"]
    assert told(house) == [("alice", "owner"), ("mona", "fallback")]
