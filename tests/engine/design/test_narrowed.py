"""A designer who may not publish learns of no record and no field beyond what the live release shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.config.source import Source
from engine.design import impact
from engine.design.impact import look_ahead
from engine.design.impact.narrowed import Sight
from engine.design.on_records import over_records
from engine.okr.drill import first_behind
from engine.okr.objectives import objectives
from engine.people import SYSTEM
from engine.releases import leaving_of
from tests.support.configs import Config, form_of, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.releases import Live
    from tests.engine.conftest import Tiny


def _kr(key: str, **measure: Any) -> Config:
    given = {"key": key, "label": key, "type": "reach", "baseline": 0, "target": 1000, "formula": "figure"}
    return {**given, "measures": {"figure": {"of": "deal", "agg": "sum", **measure}}}


def greedy() -> Config:
    """Return the draft of somebody who wants to know it all: it opens every right, and copies what is hidden."""
    config = tiny_app()
    deal, account = form_of(config, "deal"), form_of(config, "account")
    for entry in deal["permissions"]:
        entry.pop("records", None)
        entry.pop("fields", None)
    deal["fields"] += [
        {"key": "copied", "type": "computed", "result": "number", "label": "Copied", "expression": "margin * 1"},
        {"key": "worth", "type": "computed", "result": "money", "label": "Worth", "expression": "amount * 1"},
    ]
    summed = {"of": "deal", "via": "account", "agg": "sum", "value": "amount"}
    account["fields"].append({"key": "total", "type": "rollup", "label": "Total", "measure": summed})
    config["okrs"][0]["measures"] = {}
    config["okrs"][0]["objectives"][0]["key_results"] = [
        _kr("count", agg="count"),
        _kr("amount", value="amount"),
        _kr("worth", value="worth"),
        _kr("margin", value="margin"),
        _kr("copied", value="copied"),
        _kr("total", of="account", value="total"),
        _kr("whose", agg="count", where="owner.name == 'Bob'"),
    ]
    rule = {"key": "all", "label": "All", "form": "deal", "when": "amount > 0", "every": {"hours": 1}}
    config["alerts"] = [{**rule, "message": "{name}", "notify": [{"to": ["owner"]}]}]
    return config


@pytest.fixture
def world(tiny: Tiny) -> Tiny:
    """Alice has two deals, Bob one that is worth far more."""
    acme = tiny.create("account", name="Acme", region="north")
    for name, by, amount in (("Alpha", "alice", 100), ("Beta", "alice", 200), ("Secret", "bob", 4000)):
        made = tiny.create("deal", by, name=name, account=acme.id, amount=amount)
        tiny.update(made, "ada", margin=5)
    return tiny


def figures(session: Session, tiny: Tiny, live: Live) -> dict[str, float | None]:
    page = objectives(session, live, live.app.okrs["sales"], SYSTEM, tiny.now)
    return {one.definition.key: one.current for goal in page.objectives for one in goal.key_results}


def sight_of(session: Session, tiny: Tiny, name: str) -> Sight:
    return Sight(session, tiny.live(session), tiny.user(name), tiny.now)


def test_figures_of_a_greedy_draft_stop_at_what_is_in_sight(world: Tiny) -> None:
    draft = Source.from_dict(greedy())
    with world.db() as session:

        def ask(sight: Sight | None) -> dict[str, float | None]:
            asked = (session, world.live(session), draft, world.now, lambda live: figures(session, world, live))
            return over_records(*asked, sight)

        all_of_it = {"count": 3, "amount": 4300, "worth": 4300, "total": 4300, "whose": 1}
        assert {key: value for key, value in ask(None).items() if key not in ("margin", "copied")} == all_of_it
        assert {ask(None)["margin"], ask(None)["copied"]} == {15}
        mine = ask(sight_of(session, world, "alice"))
        assert mine | {"margin": 0, "copied": 0} == {
            "count": 2, "amount": 300, "worth": 300, "total": 300, "whose": 0, "margin": 0, "copied": 0
        }  # fmt: skip
        assert {mine["margin"], mine["copied"]} <= {0, None}
        assert ask(sight_of(session, world, "ada"))["count"] == 3


def test_records_behind_figures_and_impact_stop_there_as_well(world: Tiny) -> None:
    draft = Source.from_dict(greedy())
    with world.db() as session:
        before, sight = world.live(session), sight_of(session, world, "alice")
        ahead = look_ahead(session, before, draft, world.now, sight)

        def behind(live: Live) -> tuple[int, int]:
            _, total, ids = first_behind(session, live, live.app.okrs["sales"], "count", "figure", world.now, 9)
            return total, len(ids)

        assert over_records(session, before, draft, world.now, behind, sight) == (2, 2)
        [rule] = [
            one
            for one in impact.rules_impact(session, before, ahead, world.user("alice"), world.now, sight)
            if one.key == "all"
        ]
        assert rule.opens.count == 2
        known = impact.krs(session, sight.narrowed, ahead, world.now)
        counted = [one.after.current for one in known if one.after and one.after.definition.key == "count"]
        assert counted == [2]
        cost = impact.cost_of(session, sight.narrowed, ahead)
        assert {count for *_, count in cost.worked_out} <= {2, 1}


def test_what_goes_out_of_sight_and_where_records_go_is_counted_in_sight(world: Tiny) -> None:
    gone = {"margin", "amount"}
    with world.db() as session:
        sight = sight_of(session, world, "alice")
        app = world.live(session).app
        _, lost = impact.hidden(session, sight.narrowed, _without(app, gone), world.now)
        assert {one.key: one.count for one in lost} == {"amount": 2, "margin": 0}

        found = leaving_of(session, _without_open())
        assert [(one.old, one.count, len(one.examples)) for one in found] == [("open", 3, 3)]
        told = sight.leaving(found)
        assert [(one.count, one.examples) for one in told] == [(2, ("“Alpha” (#1)", "“Beta” (#2)"))]


def test_past_is_narrowed_too_and_old_forms_are_empty(world: Tiny) -> None:
    with world.db() as session:
        sight = sight_of(session, world, "alice")
        history = sight.narrowed.tables.history("deal")
        seen = session.execute(sa.select(history.c.name, history.c.margin)).all()

        assert {row.name for row in seen} == {"Alpha", "Beta"}
        assert {row.margin for row in seen} == {None}
        assert session.scalars(sight.rows("long_gone")).all() == []  # type: ignore[arg-type]  # nobody may see it
        assert sight.rows("account") is None
        assert sight.narrows
        assert not sight_of(session, world, "ada").narrows


def _without(app: Any, gone: set[str]) -> Any:
    form = app.forms["deal"]
    kept = replace(form, fields=tuple(one for one in form.fields if one.key not in gone))
    return replace(app, forms={**app.forms, "deal": kept})


def _without_open() -> Config:
    config = tiny_app()
    pipeline = config["pipelines"][0]
    pipeline["stages"], pipeline["initial"] = pipeline["stages"][1:], "offer"
    pipeline["transitions"] = [{"key": to, "label": to, "from": ["offer"], "to": to} for to in ("won", "lost")]
    config["app"]["measures"], config["alerts"] = {}, []
    return config
