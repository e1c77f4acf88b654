"""Seconds of publishing a changed release over many records, and of going back to the one before, case by case.

`forms`: a form, a field, a stage came. `formula`: a computed field is worked out otherwise, and one that reads it follows.
`rollup`: a figure of all parents counts something else. `type`: a number becomes text that the search box finds, and back.
`all`: everything at once. `moves`: the stage goes in which all records stand, and they are sent to another; `options`: the
same of the option that all have. Every record of a case but the first gets another value, a line of history and a change.
"""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from benchmarks.publish_by_hand import sent_by_hand
from benchmarks.records_world import APP, CONFIG, FORM, NOW, REGIONS, make_world
from engine.people import SYSTEM
from engine.records.sweep import mend, sweep
from engine.releases import live, publish, roll_back
from engine.releases.moves import NO_MOVES, Moves

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

Config = dict[str, Any]


def plain() -> Config:
    """Return the config that is gone back to: the app of all benchmarks with figures over figures."""
    config = copy.deepcopy(CONFIG)
    account, deal = config["forms"][0]["fields"], config["forms"][1]["fields"]
    account.append(_rollup("total", "sum", "money", value="weighted"))
    account.append(_rollup("deals", "count", "number"))
    deal.append(_computed("half", "weighted / 2", "money"))
    deal.append({"key": "seats", "type": "number", "label": "Seats"})
    return config


def _rollup(key: str, agg: str, result: str, **measure: str) -> Config:
    return {
        "key": key,
        "type": "rollup",
        "label": key.title(),
        "measure": {"of": FORM, "agg": agg, "via": "account", **measure},
        "result": result,
    }


def _computed(key: str, expression: str, result: str) -> Config:
    return {"key": key, "type": "computed", "label": key.title(), "expression": expression, "result": result}


def _forms(config: Config) -> None:
    config["forms"][1]["fields"].append({"key": "slogan", "type": "text", "label": "Slogan"})
    title = {"key": "title", "type": "text", "label": "Title"}
    config["forms"].append({"key": "note", "label": "Note", "title": "title", "fields": [title]})
    config["pipelines"][0]["stages"].insert(1, {"key": "call", "label": "Call"})
    moves = [("call", ["open"], "call"), ("called", ["call"], "offer")]
    config["pipelines"][0]["transitions"] += [{"key": k, "label": k, "from": f, "to": t} for k, f, t in moves]


def _formula(config: Config) -> None:
    _field(config, 1, "weighted")["expression"] = "amount * (probability + 1) / 50"


def _rollup_changes(config: Config) -> None:
    _field(config, 0, "deals")["measure"]["where"] = "urgent"
    _field(config, 0, "total")["measure"]["value"] = "amount"


def _type(config: Config) -> None:
    _field(config, 1, "seats")["type"] = "text"


def _moves(config: Config) -> None:
    pipeline = config["pipelines"][0]
    pipeline["stages"] = [one for one in pipeline["stages"] if one["key"] != "lost"]
    pipeline["transitions"] = [one for one in pipeline["transitions"] if one["to"] != "lost"]


def _options(config: Config) -> None:
    _field(config, 1, "region")["options"].pop()


def _all(config: Config) -> None:
    for change in (_forms, _formula, _rollup_changes, _type):
        change(config)


CASES: dict[str, Callable[[Config], None]] = {
    "forms": _forms,
    "formula": _formula,
    "rollup": _rollup_changes,
    "type": _type,
    "all": _all,
    "moves": _moves,
    "options": _options,
}
#: Where records go in a case that asks for it.
WAYS = {
    "moves": Moves.read([f"{FORM}.stage:lost=open"]),
    "options": Moves.read([f"{FORM}.region:{REGIONS[-1]}={REGIONS[0]}"]),
}
#: What all records hold before it.
HELD = {"moves": {"stage": "lost"}, "options": {"region": REGIONS[-1]}}


def _field(config: Config, form: int, key: str) -> Config:
    found: Config = next(one for one in config["forms"][form]["fields"] if one["key"] == key)
    return found


def going_back(url: str, rows: int, cases: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Return case -> seconds of publishing the change (`there`) and of going back (`back`).

    The last, `by_hand`, is what all of it is measured against.
    """
    maker = make_world(url, rows)
    with maker.begin() as session:
        release = publish(session, plain(), SYSTEM, NOW, "for a benchmark").number
        table = live(session, APP).tables.current(FORM)
        history = live(session, APP).tables.history(FORM)
        for one in (table, history):
            session.execute(one.update().values(seats=one.c.id % 50_000))
        mend(session, live(session, APP), NOW)  # accounts are made without search texts as they ought to be
    found: dict[str, dict[str, float]] = {}
    for name in cases or CASES:
        config = plain()
        CASES[name](config)
        ways = WAYS.get(name, NO_MOVES)
        if name in HELD:
            all_hold(maker, HELD[name])
        there = timed(
            maker,
            lambda session, config=config, ways=ways: publish(session, config, SYSTEM, NOW, "other", moves=ways),  # type: ignore[misc]
        )
        back = timed(maker, lambda session: roll_back(session, APP, release, SYSTEM, NOW, "back"))
        found[name] = {"there": there, "back": back}
        _check(maker)
    found["by_hand"] = {"back": timed(maker, lambda session: sent_by_hand(session, "open"))}
    return found


def all_hold(maker: sessionmaker[Session], values: dict[str, str]) -> None:
    """Let all records hold these values, and always have held them."""
    with maker.begin() as session:
        tables = live(session, APP).tables
        for one in (tables.current(FORM), tables.history(FORM)):
            session.execute(one.update().values(values))
        mend(session, live(session, APP), NOW)  # search texts say what is held


def timed(maker: sessionmaker[Session], work: Callable[[Session], object]) -> float:
    began = time.perf_counter()
    with maker.begin() as session:
        work(session)
    return round(time.perf_counter() - began, 2)


def _check(maker: sessionmaker[Session]) -> None:
    """No figure of this benchmark is worth anything where a value is stale."""
    with maker() as session:
        stale = [one for one in sweep(session, live(session, APP), NOW) if one.stale]
    if stale:
        raise AssertionError(stale)
