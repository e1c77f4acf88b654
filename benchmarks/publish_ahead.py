"""Seconds of sending all records ahead of a release that takes their stage away, beside the release that moves them itself.

`ahead_s`: all batches one after the other. `ahead_longest_s`: the longest of them, which is how long another writer may
have to wait. `left_s`: the release afterwards, with nobody left to move. `in_release_s`: the release that moves all of them in
its one transaction, and lets nobody write meanwhile. `back_s`: all batches of taking it back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.publish_back import CASES, HELD, WAYS, all_hold, plain, timed
from benchmarks.records_world import APP, NOW, make_world
from engine.acts.doing import advance, send_ahead, take_back
from engine.acts.rows import Act
from engine.people import SYSTEM
from engine.releases import live, publish, roll_back

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker


def sending(url: str, rows: int) -> dict[str, float]:
    """Return the figures for one database."""
    maker, ways = make_world(url, rows), WAYS["moves"]
    without = plain()
    CASES["moves"](without)
    with maker.begin() as session:
        first = publish(session, plain(), SYSTEM, NOW, "for a benchmark").number
    all_hold(maker, HELD["moves"])
    with maker.begin() as session:
        [act] = send_ahead(session, live(session, APP), ways, SYSTEM, NOW)
        number = act.id
    ahead = _batches(maker, number)
    with maker.begin() as session:
        back = take_back(session, live(session, APP), number, SYSTEM, NOW).id
    returned = _batches(maker, back)
    with maker.begin() as session:
        [act] = send_ahead(session, live(session, APP), ways, SYSTEM, NOW)
        number = act.id
    _batches(maker, number)
    left = timed(maker, lambda session: publish(session, without, SYSTEM, NOW, "shorter", moves=ways))
    with maker.begin() as session:
        roll_back(session, APP, first, SYSTEM, NOW)
    all_hold(maker, HELD["moves"])
    whole = timed(maker, lambda session: publish(session, without, SYSTEM, NOW, "shorter", moves=ways))
    return {
        "ahead_s": round(sum(ahead), 2),
        "ahead_longest_s": round(max(ahead), 2),
        "left_s": left,
        "in_release_s": whole,
        "back_s": round(sum(returned), 2),
    }


def _batches(maker: sessionmaker[Session], number: int) -> list[float]:
    """Bring an act to its end as its job does, and return the seconds of each transaction."""
    found, more = [], True
    while more:
        began = time.perf_counter()
        with maker.begin() as session:
            more = advance(session, session.get_one(Act, number), SYSTEM, NOW)
        found.append(time.perf_counter() - began)
    return found
