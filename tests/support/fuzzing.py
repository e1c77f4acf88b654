"""Random typed expressions over random records until enough rows were compared, or until evaluators differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from engine.db import make_engine
from rules.check import faults_of
from rules.registry import FUNCTIONS
from tests.support.differential import Difference, Evaluate, Tally, by_compiled, by_database, differences
from tests.support.expr_gen import any_expressions, calls, wild_expressions
from tests.support.expr_world import World, make_world

#: Time zones with a fixed offset, with summer time, with one that ends a minute past midnight; a calendar with each.
PLACES = (("Asia/Shanghai", "CN"), ("Europe/Berlin", "DE"), ("America/St_Johns", ""), ("UTC", "US"))


#: What the generator cannot help now and then.
TOO_MUCH = frozenset({"too_long", "too_deep", "too_many_nodes", "unknown_option", "magnitude"})
MIXED = st.one_of(any_expressions(), wild_expressions(), wild_expressions(5))


class DifferenceError(AssertionError):
    """Two evaluators differ."""

    def __init__(self, found: list[Difference]) -> None:
        super().__init__(f"{len(found)} rows; the first:\n{found[0]}")
        self.found = found


@dataclass
class Fuzz:
    """The evaluators under test, the databases they use, and what was compared so far."""

    databases: Mapping[str, sa.Engine]
    tally: Tally

    @classmethod
    def on(cls, urls: Mapping[str, str]) -> Fuzz:
        """Return a fuzz over some databases by name."""
        return cls({name: make_engine(url) for name, url in urls.items()}, Tally())

    @property
    def evaluators(self) -> Mapping[str, Evaluate]:
        return {"compiled": by_compiled, **{name: by_database(engine) for name, engine in self.databases.items()}}

    def world(self, number: int, size: int) -> World:
        """Make a world and keep it in every database."""
        zone, calendar = PLACES[number % len(PLACES)]
        world = make_world(number, size, zone, calendar)
        for engine in self.databases.values():
            world.store(engine)
        return world

    def batch(self, number: int, examples: int, size: int, strategy: st.SearchStrategy[str] | None = None) -> None:
        """Compare some expressions over a new world; DifferenceError with the smallest one for which they differ."""
        self._compare(self.world(number, size), number, examples, MIXED if strategy is None else strategy)

    def _compare(self, world: World, number: int, examples: int, strategy: st.SearchStrategy[str]) -> None:
        evaluators = self.evaluators

        @seed(number)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )
        @given(strategy)
        def compare(text: str) -> None:
            codes = {fault.code for fault in faults_of(text, world.scope)}
            assume(not codes & TOO_MUCH)
            found = differences(world, text, evaluators, self.tally)
            if found:
                raise DifferenceError(found)

        compare()

    def every_function(self, number: int, size: int) -> None:
        """Compare a few calls of each function, whatever chance would have drawn."""
        world = self.world(number, size)
        for name in FUNCTIONS:
            self._compare(world, number, 5, calls(name))

    def close(self) -> None:
        for engine in self.databases.values():
            engine.dispose()
