"""Kills while a release moves all records of a form out of a stage, and while it is gone back to the one before.

So many records that columns are set aside and taken up (PostgreSQL). After each kill everybody stands where the release
that is live has them, which is whole.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.publish_back import CASES, HELD, WAYS, all_hold, plain
from benchmarks.records import _address
from benchmarks.records_world import APP, FORM, NOW, make_world
from engine.people import SYSTEM
from engine.releases import live, publish, roll_back
from tests.support.kills import assert_whole, killed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

#: More than releases treat as few.
ROWS = 6000
#: Statements of one release, at most: kills are spread over them.
STATEMENTS = 110
CASE = "moves"


def kills_of_moves(database: str, count: int, seed: int) -> dict[str, int]:
    """Return how many releases were killed, came through, and left records where the live release does not have them."""
    chance, found = random.Random(seed), {"kills": 0, "came_through": 0, "half_releases": 0}
    with _address(database) as url:
        maker = make_world(url, ROWS)
        with maker.begin() as session:
            publish(session, plain(), SYSTEM, NOW, "for a benchmark")
        all_hold(maker, HELD[CASE])
        while found["kills"] < count:
            hit = killed(there_or_back, url, chance.randrange(1, STATEMENTS))
            found["kills" if hit else "came_through"] += 1
            with maker() as session:
                found["half_releases"] += not _is_whole(session)
        maker.kw["bind"].dispose()
    return found


def there_or_back(maker: sessionmaker[Session]) -> None:
    """Take the stage away in which all stand, or give it back."""
    with maker.begin() as session:
        if _is_gone(session):
            roll_back(session, APP, 2, SYSTEM, NOW, "back")
            return
        config = plain()
        CASES[CASE](config)
        publish(session, config, SYSTEM, NOW, "there", moves=WAYS[CASE])


def _is_gone(session: Session) -> bool:
    stages = live(session, APP).app.pipelines["sales"].stages
    return HELD[CASE]["stage"] not in {one.key for one in stages}


def _is_whole(session: Session) -> bool:
    table = live(session, APP).tables.current(FORM)
    stages = set(session.scalars(sa.select(table.c.stage).distinct()))
    try:
        assert_whole(session, APP)
    except AssertionError:
        return False
    return stages == ({"open"} if _is_gone(session) else {HELD[CASE]["stage"]})
