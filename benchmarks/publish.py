"""Kills processes while they publish, and times going back and looking ahead: nothing half, and no waiting.

`kills`: a process that publishes one of two configs in turn is killed before a random statement; then the release that is
live must be whole: its number, its tables, its records and their history; `of_moves` is the same of a release that moves all records
(benchmarks/publish_kills.py). `rollback_s_100k`: seconds to publish the older
release again over 100,000 records, `recomputed_s_100k` to publish the other one: the worst of `cases_s_100k`, which
benchmarks/publish_back.py tells apart; `by_hand_s_100k`: the same rows written by hand (benchmarks/publish_by_hand.py), `rollback_by_hand`:
the one as a multiple of the other. `sent_ahead_100k`: records sent ahead of the release that would move them (benchmarks/publish_ahead.py). `preview_s_1m`: seconds until every fault and warning of a change is known that the
records raise (a narrowed field, a removed stage, a field that becomes required), over 1,000,000 records. `impact_s_1m`: seconds until the page
before publishing is whole, its pieces asked for one after the other, for an app with 60 forms and 1,000 fields (benchmarks/publish_impact.py);
beside it how soon the page itself answers, and each piece. `rates_us`: microseconds per record for one index, one value worked out anew with its
history, one search text: what engine/design/impact/cost.py estimates by.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from benchmarks.publish_ahead import sending
from benchmarks.publish_back import going_back
from benchmarks.publish_impact import impact, rates
from benchmarks.publish_kills import kills_of_moves
from benchmarks.records import _address
from benchmarks.records_world import APP, CONFIG, FORM, NOW, make_world
from engine.people import SYSTEM
from engine.releases import live, preview, publish
from tests.support.kills import assert_whole, killed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

RESULTS = Path(__file__).parent / "results" / "publish.json"
#: Statements of one publication, at most: kills are spread over them.
STATEMENTS = 250


def changed() -> dict[str, Any]:
    """Return the other config: a new field, a new form, a stage more; a converted field and another formula as well."""
    config = copy.deepcopy(CONFIG)
    form = next(one for one in config["forms"] if one["key"] == FORM)
    by_key = {one["key"]: one for one in form["fields"]}
    by_key["probability"]["type"] = "number"
    by_key["weighted"]["expression"] = "amount * 2"
    form["fields"].append({"key": "slogan", "type": "text", "label": "Slogan"})
    title = {"key": "title", "type": "text", "label": "Title"}
    config["forms"].append({"key": "note", "label": "Note", "title": "title", "fields": [title]})
    config["pipelines"][0]["stages"].insert(1, {"key": "call", "label": "Call"})
    moves = [("call", ["open"], "call"), ("called", ["call"], "offer")]
    config["pipelines"][0]["transitions"] += [{"key": k, "label": k, "from": f, "to": t} for k, f, t in moves]
    return config


def breaking() -> dict[str, Any]:
    """Return a config that records stand against: a narrowed choice, a removed stage, a required field."""
    config = copy.deepcopy(CONFIG)
    form = next(one for one in config["forms"] if one["key"] == FORM)
    by_key = {one["key"]: one for one in form["fields"]}
    by_key["region"]["options"].pop()
    by_key["notes"]["required"] = True
    config["pipelines"][0]["stages"] = [one for one in config["pipelines"][0]["stages"] if one["key"] != "lost"]
    config["pipelines"][0]["transitions"].pop()
    return config


def next_release(maker: sessionmaker[Session]) -> None:
    """Publish whichever of the two configs is not live."""
    with maker.begin() as session:
        publish(session, CONFIG if _is_changed(session) else changed(), SYSTEM, NOW, "for a benchmark")


def _is_changed(session: Session) -> bool:
    return "note" in live(session, APP).app.forms


def is_whole(session: Session) -> bool:
    """Tell whether the live release has its tables and columns, and its records their history."""
    app, inspector = live(session, APP), sa.inspect(session.connection())
    for form in app.app.forms:
        table = app.tables.current(form)
        there = {one["name"] for one in inspector.get_columns(table.name)}
        if not {column.name for column in table.c} <= there:
            return False
    try:
        assert_whole(session, APP)
    except AssertionError:
        return False
    return True


def kills(database: str, count: int, seed: int) -> dict[str, int]:
    """Return how many publications were killed, came through, and left half a release."""
    chance, found = random.Random(seed), {"kills": 0, "came_through": 0, "half_releases": 0}
    with _address(database) as url:
        maker = make_world(url, 500)
        while found["kills"] < count:
            hit = killed(next_release, url, chance.randrange(1, STATEMENTS))
            found["kills" if hit else "came_through"] += 1
            with maker() as session:
                found["half_releases"] += not is_whole(session)
    return found


def seconds(database: str, rows: int) -> float:
    """Return the seconds of looking ahead over so many records."""
    with _address(database) as url:
        maker = make_world(url, rows)
        with maker.begin() as session:
            began = time.perf_counter()
            faults = {one.code for one in preview(session, breaking()).faults}
            assert faults >= {"release.narrowed", "release.stage"}, faults
        return round(time.perf_counter() - began, 2)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and keep what was measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=50, help="of each database")
    options.add_argument("--rollback-rows", type=int, default=100_000)
    options.add_argument("--impact-rows", type=int, default=1_000_000)
    options.add_argument("--parts", nargs="+", default=["kills", "rollback", "ahead", "preview", "impact", "rates"])
    options.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options.add_argument("--dry", action="store_true", help="print only")
    given = options.parse_args(arguments)
    logging.getLogger("steerway").setLevel(logging.ERROR)
    found: dict[str, Any] = (
        json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() and not given.dry else {}
    )
    each: dict[str, Any] = found.setdefault("databases", {})
    for database in given.databases:
        one = each.setdefault(database, {})
        if "kills" in given.parts:
            one |= kills(database, given.kills, 7)
            one["of_moves"] = kills_of_moves(database, given.kills, 7)
        if "rollback" in given.parts:
            with _address(database) as url:
                one["cases_s_100k"] = cases = going_back(url, given.rollback_rows)
            one["by_hand_s_100k"] = by_hand = cases.pop("by_hand")["back"]
            one["rollback_s_100k"] = max(case["back"] for case in cases.values())
            one["rollback_by_hand"] = round(one["rollback_s_100k"] / by_hand, 2)
            one["recomputed_s_100k"] = max(case["there"] for case in cases.values())
        if "ahead" in given.parts:
            with _address(database) as url:
                one["sent_ahead_100k"] = sending(url, given.rollback_rows)
        if "preview" in given.parts:
            one["preview_s_1m"] = seconds(database, given.impact_rows)
        if "impact" in given.parts:
            one |= impact(database, given.impact_rows)
        if "rates" in given.parts:
            one |= rates(database, given.rollback_rows)
        for name, join in (
            ("kills", sum),
            ("half_releases", sum),
            ("rollback_s_100k", max),
            ("recomputed_s_100k", max),
            ("preview_s_1m", max),
            ("impact_s_1m", max),
        ):
            known = [figures[name] for figures in each.values() if name in figures]
            found |= {name: join(known)} if known else {}
        if not given.dry:
            RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
