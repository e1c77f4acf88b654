"""Records sent ahead of the release that takes away where they are: in batches, by a job, and back again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.acts import doing
from engine.acts.choosing import Selection
from engine.acts.doing import begin, send_ahead, take_back
from engine.acts.rows import Act, ActLine
from engine.alerts.rows import Alert
from engine.changes import Change
from engine.errors import ConfigError, EngineError, Refused
from engine.jobs import run_all
from engine.jobs.ticking import tick
from engine.people import SYSTEM
from engine.releases import Moves, preview, publish, roll_back
from rules.errors import SteerwayError
from tests.engine.releases.test_moves import _deal as deal
from tests.engine.releases.test_moves import narrowed, with_words
from tests.support.configs import Config, field_of, tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

AHEAD = ["deal.stage:open=offer", "account.tier:key_account=", "deal.tags:new=upsell"]


@pytest.fixture
def filled(tiny: Tiny) -> Tiny:
    """Two accounts; of four deals one is in another stage and one deleted; a computed field reads the stage."""
    tiny.publish(with_words(tiny_app()))
    tiny.create("account", name="Acme", region="north", tier="key_account")
    tiny.create("account", name="Other", region="south")
    made = [
        tiny.create("deal", name=name, account=1, amount="10", tags=tags)
        for name, tags in (("Alpha", "new;renewal;upsell"), ("Beta", "renewal"), ("Gone", "new"), ("Delta", None))
    ]
    tiny.delete(made[2])
    tiny.move(made[1], "offer")
    return tiny


def sent(tiny: Tiny, lines: list[str], by: Any = SYSTEM, reason: str = "") -> list[Act]:
    with tiny.db.begin() as session:
        return send_ahead(session, tiny.live(session), Moves.read(lines), by, tiny.now, reason)


def undone(tiny: Tiny, act: Act, by: Any = SYSTEM) -> Act:
    with tiny.db.begin() as session:
        made = take_back(session, tiny.live(session), act.id, by, tiny.now)
    run_all(tiny.db, tiny.now)
    with tiny.db() as session:
        return session.get_one(Act, made.id)


def rows(tiny: Tiny, form: str, *columns: str) -> list[tuple[Any, ...]]:
    with tiny.db() as session:
        table = tiny.live(session).tables.current(form)
        return [tuple(row) for row in session.execute(sa.select(*(table.c[one] for one in columns)).order_by("id"))]


def test_the_records_go_where_the_lines_say_with_all_that_follows_from_it(filled: Tiny):
    before = rows(filled, "deal", "version")

    acts = sent(filled, AHEAD, reason="fewer stages")

    assert {act.form: act.counts for act in acts} == {"account": {"done": 1}, "deal": {"done": 2}}
    assert rows(filled, "account", "tier") == [(None,), ("standard",)]
    assert rows(filled, "deal", "stage", "tags", "words") == [
        ("offer", ["upsell", "renewal"], "offernorth"),
        ("offer", ["renewal"], "offernorth"),
        ("open", ["new"], "opennorth"),
        ("offer", None, "offernorth"),
    ]
    assert [one for (one,) in rows(filled, "deal", "version")] == [before[0][0] + 1, before[1][0], before[2][0], 2]
    with filled.db() as session:
        change = session.scalars(sa.select(Change).where(Change.verb == "map_ahead", Change.form == "account")).one()
    assert (change.via, change.note, change.diff) == ("bulk", "fewer stages", {"tier": ["key_account", None]})


def test_the_release_then_has_little_left_to_move(filled: Tiny):
    sent(filled, AHEAD)

    with filled.db() as session:
        left = {(one.form, one.column, one.old): one.count for one in preview(session, narrowed()).leaving}

    assert left == {("account", "region", "north"): 1}


def test_a_change_over_many_goes_on_as_a_job_and_survives_an_end_between_its_batches(filled: Tiny, monkeypatch):
    monkeypatch.setattr(doing, "AT_ONCE", 0)
    monkeypatch.setattr(doing.launch, "__defaults__", (0,))
    monkeypatch.setattr(doing, "CHUNK", 1)

    with filled.db.begin() as session:
        [act] = send_ahead(session, filled.live(session), Moves.read(AHEAD[:1]), filled.user("ada"), filled.now)
    assert act.job_id is not None
    assert rows(filled, "deal", "stage")[0] == ("open",)
    with filled.db.begin() as session:  # one batch, and whoever did it is gone
        doing.advance(session, session.get_one(Act, act.id), filled.user("ada"), filled.now)
    filled.create("deal", name="Late", account=1, amount="10")
    run_all(filled.db, filled.now)

    assert [stage for (stage,) in rows(filled, "deal", "stage")] == ["offer", "offer", "open", "offer", "open"]
    with filled.db() as session:
        ended = session.get_one(Act, act.id)
        lines = session.scalars(sa.select(ActLine.record_id).where(ActLine.act_id == act.id)).all()
    assert (ended.counts, ended.total, sorted(lines)) == ({"done": 2}, 2, [1, 4])


def test_it_is_taken_back_except_for_what_somebody_changed_since(filled: Tiny):
    entered = rows(filled, "deal", "stage_entered_at")[0]
    [act] = [one for one in sent(filled, AHEAD) if one.form == "deal"]
    filled.update(deal(filled, 4), "ada", amount="12")

    back = undone(filled, act)

    assert back.counts == {"done": 1, "refused": 1}
    assert rows(filled, "deal", "stage", "tags", "words")[0] == ("open", ["new", "renewal", "upsell"], "opennorth")
    assert rows(filled, "deal", "stage_entered_at")[0] == entered
    assert rows(filled, "deal", "stage")[3] == ("offer",)


def test_it_is_taken_back_after_the_release_was_undone_but_not_while_the_stage_is_gone(filled: Tiny):
    with filled.db() as session:
        first = filled.live(session).number
    [act] = sent(filled, AHEAD[:1])
    with filled.db.begin() as session:
        publish(session, narrowed(), SYSTEM, filled.now, moves=Moves.read([*AHEAD, "account.region:north=east"]))

    refused = undone(filled, act)
    assert refused.counts == {"refused": 2}
    with filled.db() as session:
        codes = session.scalars(sa.select(ActLine.faults).where(ActLine.act_id == refused.id)).all()
    assert {fault["code"] for faults in codes for fault in faults or ()} == {"undo.gone"}

    with filled.db.begin() as session:
        roll_back(session, "tiny", first, SYSTEM, filled.now)
        session.get_one(Act, act.id).undone_by = None
    assert undone(filled, act).counts == {"done": 2}
    assert [stage for (stage,) in rows(filled, "deal", "stage")] == ["open", "offer", "open", "open"]


def test_a_bulk_move_is_not_taken_back_into_a_stage_that_is_gone(filled: Tiny):
    with filled.db.begin() as session:
        ada = filled.user("ada")
        act = begin(session, filled.live(session), "deal", "move", Selection(ids=(1,)), ada, filled.now, to="offer")
    with filled.db.begin() as session:
        publish(session, narrowed(), SYSTEM, filled.now, moves=Moves.read([*AHEAD, "account.region:north=east"]))

    assert undone(filled, act, filled.user("ada")).counts == {"refused": 1}
    assert rows(filled, "deal", "stage")[0] == ("offer",)


def test_triggers_are_not_set_off_and_rules_look_at_the_next_tick(filled: Tiny):
    config: Config = with_words(tiny_app())
    told = {"message": "Look", "notify": [{"to": ["owner"]}]}
    config["alerts"] = [
        {"key": "entered", "form": "deal", "label": "Entered", "changed": {"field": "stage"}, **told},
        {"key": "offered", "form": "deal", "label": "Offered", "when": "stage == 'offer'", **told},
    ]
    filled.publish(config)
    tick(filled.db, filled.now)

    sent(filled, AHEAD[:1])

    with filled.db() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Alert).where(Alert.rule == "entered")) == 0
    tick(filled.db, filled.now + timedelta(seconds=1), due_only=True)
    with filled.db() as session:
        told = session.scalars(sa.select(Alert.record_id).where(Alert.rule == "offered")).all()
    assert sorted(one for one in told if one) == [1, 2, 4]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["account.region:north=east"], "moves.ahead"),
        (["deal.stage:open=nowhere"], "moves.ahead"),
        (["deal.stage:open="], "moves.ahead"),
        (["deal.name:x=y"], "moves.ahead"),
        (["ghost.stage:open=offer"], "moves.ahead"),
        (["deal.stage:lost=offer"], "act.nothing"),
    ],
)
def test_what_is_not_live_cannot_be_a_target(filled: Tiny, lines: list[str], code: str):
    with pytest.raises(SteerwayError) as refused:
        sent(filled, lines)

    assert isinstance(refused.value, ConfigError | EngineError)
    assert [fault.code for fault in refused.value.faults] == [code]
    assert rows(filled, "account", "region")[0] == ("north",)


def test_only_who_may_publish_sends_ahead_or_takes_back(filled: Tiny):
    with pytest.raises(Refused):
        sent(filled, AHEAD, filled.user("bob"))
    [act] = sent(filled, AHEAD[:1])
    with pytest.raises(Refused):
        undone(filled, act, filled.user("bob"))


def test_of_two_records_that_would_become_the_same_one_stays_and_says_so(tiny: Tiny):
    config = tiny_app()
    field_of(config, "account", "region")["unique"] = True
    tiny.publish(config)
    tiny.create("account", name="A", region="north")
    tiny.create("account", name="B", region="south")

    [act] = sent(tiny, ["account.region:north=south"])

    assert act.counts == {"refused": 1}
    assert rows(tiny, "account", "region") == [("north",), ("south",)]
