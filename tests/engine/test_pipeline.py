from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from engine import pipeline, records
from engine.errors import MoveRefused, NotFound, Refused, StaleWrite
from forms.errors import FormError
from tests.support.configs import form_of, tiny_app

if TYPE_CHECKING:
    from engine.pipeline import MoveOption
    from engine.records import Record
    from tests.engine.conftest import Tiny

DAY = timedelta(days=1)


def make_deal(tiny: Tiny, region: str = "north", **values: str) -> Record:
    account = tiny.create("account", name=f"Acme {region}", region=region)
    return tiny.create("deal", name="Alpha", account=account.id, **values)


def options(tiny: Tiny, deal: Record, by: str = "alice") -> list[MoveOption]:
    with tiny.db() as session:
        return pipeline.moves(session, tiny.live(session), "deal", deal, tiny.user(by), tiny.now)


def texts(error: pytest.ExceptionInfo[MoveRefused]) -> list[str]:
    return [fault.text for fault in error.value.faults]


def test_move_enters_the_stage_and_says_when(tiny: Tiny, now: datetime) -> None:
    deal = make_deal(tiny, amount="100")

    moved = tiny.move(deal, "offer", now=now + 2 * DAY)

    assert (moved["stage"], moved["stage_entered_at"], moved.version) == ("offer", now + 2 * DAY, 2)


def test_move_by_its_own_key_or_by_the_stage(tiny: Tiny) -> None:
    deal = make_deal(tiny, amount="100")

    assert tiny.move(deal, "make_offer")["stage"] == "offer"
    assert tiny.move(deal, "lost", lost_reason="price")["stage"] == "lost"


def test_move_sets_what_the_config_says(tiny: Tiny, now: datetime) -> None:
    deal = tiny.move(make_deal(tiny, amount="100"), "offer")

    assert tiny.move(deal, "won", now=now + 20 * 3600 * timedelta(seconds=1))["closed_on"] == date(2026, 3, 3)


def test_move_asks_for_required_fields(tiny: Tiny) -> None:
    deal = make_deal(tiny)

    with pytest.raises(MoveRefused) as error:
        tiny.move(deal, "offer")

    assert [(fault.field, fault.code) for fault in error.value.faults] == [("amount", "field.required")]
    assert tiny.move(deal, "offer", amount="5")["amount"] == 500


def test_move_takes_a_field_that_only_the_new_stage_shows(tiny: Tiny) -> None:
    lost = tiny.move(make_deal(tiny), "lose", lost_reason="too dear")

    assert (lost["stage"], lost["lost_reason"]) == ("lost", "too dear")


def test_guard_says_which_clause_fails_and_what_it_found(tiny: Tiny) -> None:
    deal = tiny.move(make_deal(tiny, "south", amount="100"), "offer")

    with pytest.raises(MoveRefused) as error:
        tiny.move(deal, "won")

    assert texts(error)[0] == "Only northern deals with an amount are won without a manager."
    assert any("account.region == 'north'" in text and "Region: South" in text for text in texts(error)[1:])
    assert len(error.value.explanation) > 0
    assert tiny.get(deal)["stage"] == "offer"


def test_guard_speaks_every_language(tiny: Tiny) -> None:
    deal = tiny.move(make_deal(tiny, "south", amount="100"), "offer")

    with pytest.raises(MoveRefused) as error:
        tiny.move(deal, "won")

    found = [fault.facts["found"] for fault in error.value.faults if "found" in fault.facts]
    assert "区域: 南区" in " ".join(label.pick("zh_Hans") for label in found)


def test_guard_lets_the_right_role_pass(tiny: Tiny) -> None:
    deal = tiny.move(make_deal(tiny, "south", amount="100"), "offer")

    assert tiny.move(deal, "won", by="mona")["stage"] == "won"


def test_guard_reads_what_is_typed_on_the_way(tiny: Tiny) -> None:
    deal = tiny.move(make_deal(tiny, amount="100"), "offer")
    emptied = tiny.update(deal, amount="0")

    with pytest.raises(MoveRefused):
        tiny.move(emptied, "won")
    assert tiny.move(emptied, "won", amount="7")["amount"] == 700


@pytest.mark.parametrize(
    ("words", "told"), [({}, "What this move asks for is not met."), ({"guard_message": "Ask."}, "Ask.")]
)
def test_guard_tells_nothing_of_hidden_fields(tiny: Tiny, words: dict[str, str], told: str) -> None:
    config = tiny_app()
    transition = config["pipelines"][0]["transitions"][1]
    del transition["guard_message"]
    transition |= {"guard": "margin > 20", **words}
    tiny.publish(config)
    deal = tiny.move(make_deal(tiny, amount="100"), "offer")
    tiny.update(deal, by="mona", margin="12")

    with pytest.raises(MoveRefused) as error:
        tiny.move(deal, "won")

    assert (texts(error), error.value.explanation) == ([told], ())


def test_roles_of_a_move_are_asked(tiny: Tiny) -> None:
    deal = tiny.move(make_deal(tiny), "lost", lost_reason="price")

    with pytest.raises(MoveRefused) as error:
        tiny.move(deal, "reopen")

    assert texts(error) == ["Only Sales manager, Administrator may make this move."]
    assert tiny.move(deal, "reopen", by="mona")["stage"] == "open"


def test_stages_without_a_way_between_them_are_refused(tiny: Tiny) -> None:
    deal = make_deal(tiny, amount="100")

    for to in ("won", "open", "nowhere", ""):
        with pytest.raises(MoveRefused) as error:
            tiny.move(deal, to, by="ada")
        assert error.value.code == "move.none"


def test_move_of_a_form_without_stages_is_not_found(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    with pytest.raises(NotFound):
        tiny.move(account, "won", by="ada")


def test_move_needs_the_right_to_move(tiny: Tiny) -> None:
    config = tiny_app()
    form_of(config, "deal")["permissions"][0]["actions"].remove("move")
    tiny.publish(config)
    deal = make_deal(tiny, amount="100")

    with pytest.raises(Refused):
        tiny.move(deal, "offer")
    assert options(tiny, deal) == []


def test_move_with_faulty_values_changes_nothing(tiny: Tiny) -> None:
    deal = make_deal(tiny)

    with pytest.raises(FormError) as error:
        tiny.move(deal, "offer", amount="-5", margin="3")

    assert sorted(fault.field for fault in error.value.faults) == ["margin"]
    with pytest.raises(FormError):
        tiny.move(deal, "offer", amount="-5")
    assert tiny.get(deal).version == 1


def test_stale_move_is_refused(tiny: Tiny) -> None:
    deal = make_deal(tiny, amount="100")
    tiny.update(deal, notes="meanwhile")

    with tiny.db() as session:
        app, alice = tiny.live(session), tiny.user("alice")
        with pytest.raises(StaleWrite):
            pipeline.move(session, app, "deal", deal.id, "offer", {}, alice, tiny.now, version=1)


def test_options_say_what_is_open_and_why_not(tiny: Tiny) -> None:
    deal = make_deal(tiny)
    found = [(one.transition.key, one.allowed, len(one.why), one.missing) for one in options(tiny, deal)]

    offered = tiny.move(deal, "offer", amount="5")
    at_offer = [(one.transition.key, one.allowed, one.missing) for one in options(tiny, offered)]

    assert found == [("make_offer", False, 0, ("amount",)), ("lose", False, 0, ("lost_reason",))]
    assert at_offer == [("win", True, ()), ("lose", False, ("lost_reason",))]


def test_stage_times_come_from_history(tiny: Tiny, now: datetime) -> None:
    deal = make_deal(tiny, amount="100")
    tiny.update(deal, now=now + DAY, notes="still open")
    tiny.move(deal, "offer", now=now + 3 * DAY)
    tiny.move(deal, "won", now=now + 5 * DAY)

    with tiny.db() as session:
        times = pipeline.stage_times(session, tiny.live(session), "deal", deal.id, tiny.user("alice"), now + 9 * DAY)

    assert [(one.stage, one.days, one.left_at) for one in times] == [
        ("open", 3.0, now + 3 * DAY),
        ("offer", 2.0, now + 5 * DAY),
        ("won", 4.0, None),
    ]


def test_move_is_a_change_of_its_own_kind(tiny: Tiny) -> None:
    deal = tiny.move(make_deal(tiny, amount="100"), "offer")

    with tiny.db() as session:
        newest = records.timeline(session, tiny.live(session), "deal", deal.id, tiny.user("alice"), tiny.now)[0]

    assert (newest.verb, newest.fields["stage"]) == ("move", ("open", "offer"))


def test_stage_is_as_it_was_at_a_past_moment(tiny: Tiny, now: datetime) -> None:
    deal = make_deal(tiny, amount="100")
    tiny.move(deal, "offer", now=now + 2 * DAY)

    assert [tiny.get(deal, at=now + days * DAY)["stage"] for days in (0, 1, 2, 3)] == ["open", "open", "offer", "offer"]
