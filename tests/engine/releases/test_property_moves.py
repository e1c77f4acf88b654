"""Stages and options come and go at random, people move records between, and releases are gone back to.

What a record holds then is what somebody last gave it, but for what releases that are in force made of it.
"""

from __future__ import annotations

import itertools
import os
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import records
from engine.people import SYSTEM
from engine.pipeline import move
from engine.records.sweep import sweep
from engine.releases import Moves, config_of, leaving_of, live, publish, roll_back
from tests.engine.records.test_property_derived import assert_history_continues

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

EXAMPLES = int(os.environ.get("FUZZ_RELEASES", "6"))
LETTERS = ("a", "b", "c", "d")
#: What is watched: a stage with the moment since when, one option, several.
COLUMNS = {"stage": ("stage", "stage_entered_at"), "grade": ("grade",), "tags": ("tags",)}
_numbers = itertools.count(1)

Cell = tuple[int, str]
Value = tuple[Any, ...]


def app(key: str, stages: tuple[str, ...], grades: tuple[str, ...], tags: tuple[str, ...]) -> dict[str, Any]:
    """Return an app of one form with these stages and options, and what is computed from them."""

    def options(keys: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"key": one, "label": one.upper()} for one in keys]

    moves = [{"key": f"to_{to}", "label": to, "from": [one for one in stages if one != to], "to": to} for to in stages]
    words = "concat(stage, if_empty(grade, ''))"
    fields = [
        {"key": "name", "type": "text", "label": "Name"},
        {"key": "grade", "type": "choice", "label": "Grade", "options": options(grades)},
        {"key": "tags", "type": "choices", "label": "Tags", "options": options(tags)},
        {"key": "words", "type": "computed", "label": "Words", "expression": words, "result": "text"},
    ]
    return {
        "app": {"key": key, "label": key, "version": "1", "time_zone": "Asia/Shanghai", "currency": "CNY"},
        "forms": [{"key": "thing", "label": "Thing", "title": "name", "fields": fields}],
        "pipelines": [
            {
                "key": "way",
                "label": "Way",
                "form": "thing",
                "initial": stages[0],
                "stages": options(stages),
                "transitions": moves if len(stages) > 1 else [],
            }
        ],
    }


class Life:
    """One app, and what became of each cell: (by whom, value before, value after), with the release that was live."""

    def __init__(self, db: sessionmaker[Session], key: str, chance: Random, now: datetime) -> None:
        self.db, self.key, self.chance, self.now = db, key, chance, now
        self.story: dict[Cell, list[tuple[int, bool, Value, Value]]] = {}
        self.number = 0

    def cells(self) -> dict[Cell, Value]:
        with self.db() as session:
            table = live(session, self.key).tables.current("thing")
            rows = session.execute(sa.select(table)).mappings()
            return {
                (row["id"], name): tuple(_plain(row[one]) for one in kept)
                for row in rows
                for name, kept in COLUMNS.items()
            }

    def does(self, act: Callable[[Session], object], *, people: bool) -> None:
        """Do something, and write down what it made of whom."""
        self.now += timedelta(minutes=1)
        before = self.cells() if self.number else {}
        with self.db.begin() as session:
            act(session)
            self.number = live(session, self.key).number
        for cell, value in self.cells().items():
            if cell not in before or before[cell] != value:
                self.story.setdefault(cell, []).append((self.number, people, before.get(cell, ()), value))

    def wanted(self, number: int) -> dict[Cell, Value]:
        """Return what each cell ought to hold in an older release: the rule in one place."""
        found = {}
        for cell, value in self.cells().items():
            told = [one for one in self.story[cell] if one[0] > number or (one[0] == number and one[1])]
            people = [place for place, one in enumerate(told) if one[1]]
            rest = told[people[-1] + 1 :] if people else told
            found[cell] = rest[0][2] if rest else value
        return found

    def people(self) -> None:
        """Let somebody make, move or change a record."""
        what = self.chance.random()
        with self.db() as session:
            form = live(session, self.key).app.forms["thing"]
            stages = [one.key for one in live(session, self.key).app.pipelines["way"].stages]
            table = live(session, self.key).tables.current("thing")
            held = {row.id: row.stage for row in session.execute(sa.select(table.c.id, table.c.stage))}
        grades, tags = ([one.key for one in form.by_key[key].options] for key in ("grade", "tags"))
        values = {
            "grade": self.chance.choice(grades),
            "tags": self.chance.sample(tags, self.chance.randint(0, len(tags))),
        }
        some = self.chance.choice(list(held)) if held else 0
        to = [one for one in stages if one != held.get(some)]

        def act(session: Session) -> None:
            now_live = live(session, self.key)
            if what < 0.4 or not held:
                records.create(session, now_live, "thing", {"name": "x", **values}, SYSTEM, self.now)
            elif what < 0.7 and to:
                move(session, now_live, "thing", some, self.chance.choice(to), {}, SYSTEM, self.now)
            else:
                records.update(session, now_live, "thing", some, values, SYSTEM, self.now)

        self.does(act, people=True)

    def way_out(self, config: dict[str, Any]) -> Moves:
        with self.db() as session:
            found = leaving_of(session, config)
        targets = ((one, [key for key, _ in one.targets] + [""] * one.may_empty) for one in found)
        return Moves.read([f"{one.form}.{one.column}:{one.old}={self.chance.choice(to)}" for one, to in targets])

    def publish(self) -> None:
        config = app(
            self.key, *(tuple(sorted(self.chance.sample(LETTERS, self.chance.randint(1, 4)))) for _ in range(3))
        )
        moves = self.way_out(config) if self.number else Moves.read([])
        self.does(lambda session: publish(session, config, SYSTEM, self.now, moves=moves), people=False)

    def go_back(self) -> None:
        """Go back to a release, and hold every record against the rule."""
        number = self.chance.randint(1, self.number)
        wanted = self.wanted(number)
        with self.db() as session:
            config: Any = config_of(session, self.key, number)
        there = {
            "stage": {one["key"] for one in config["pipelines"][0]["stages"]},
            **{one["key"]: {option["key"] for option in one["options"]} for one in config["forms"][0]["fields"][1:3]},
        }
        stray = {
            (name, one) for (_, name), value in wanted.items() for one in _each(value[0]) if one not in there[name]
        }
        # All of these go to one place; records that go back from it are told from those that go there.
        ways = {(name, one): self.chance.choice(sorted(there[name])) for name, one in sorted(stray)}
        lines = [f"thing.{name}:{one}={to}" for (name, one), to in ways.items()]
        self.does(
            lambda session: roll_back(session, self.key, number, SYSTEM, self.now, moves=Moves.read(lines)),
            people=False,
        )
        for (id_, name), value in self.cells().items():
            expected = wanted[id_, name]
            sent = _sent(name, expected[0], ways)
            if sent == expected[0]:
                assert value == expected, (id_, name, self.story[id_, name])
            else:
                assert value[0] == sent, (id_, name, self.story[id_, name])
        self.check()

    def check(self) -> None:
        with self.db() as session:
            now_live = live(session, self.key)
            assert [one for one in sweep(session, now_live, self.now) if one.stale] == []
            assert_history_continues(session, now_live, "thing")


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _each(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _sent(name: str, value: Any, ways: dict[tuple[str, str], str]) -> Any:
    if not isinstance(value, tuple):
        return ways.get((name, value), value)
    return tuple(sorted({ways.get((name, one), one) for one in value}))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    database=None,
    print_blob=True,
)
@given(seed=st.integers(0, 2**32))
def test_what_somebody_gave_a_record_last_comes_back_whatever_releases_made_of_it(
    house: sessionmaker[Session], how_many: str, now: datetime, seed: int
) -> None:
    life = Life(house, f"m{next(_numbers)}", Random(seed), now)
    life.publish()
    for _ in range(4):
        life.people()
    for _ in range(8):
        act = life.chance.choice([life.publish, life.go_back, life.people])
        act()
        life.people()
    life.check()
