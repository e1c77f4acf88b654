"""Whatever happens in whatever order, in the end everybody concerned was told once of each episode, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from engine import records
from engine.alerts import acknowledge
from engine.alerts.hushes import end_silence, silence
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.wish_rows import Silence
from engine.people import SYSTEM, Person
from tests.engine.alerts.conftest import rule
from tests.support.configs import tiny_app
from tests.support.house import NINE, House

Open = Callable[..., House]

HOUR = timedelta(hours=1)
#: What a release may make of the rule; None takes it out.
VERSIONS: tuple[dict[str, Any] | None, ...] = (
    {"notify": [{"to": ["owner"]}, {"to": ["manager"], "after": {"hours": 8}}]},
    {"notify": [{"to": ["manager"], "after": {"hours": 8}}]},
    {"notify": [{"to": ["owner"]}, {"to": ["role:manager"], "after": {"hours": 4}}], "repeat": {"days": 1}},
    {"for": {"hours": 2}, "notify": [{"to": ["owner"]}]},
    None,
)
WORDS = ("flip", "pass", "long", "back", "silence", "speak", "note", "delete", "restore", "release", "leave", "tick")


@dataclass
class World:
    """Two deals, a rule about what is urgent, and what befalls them."""

    house: House
    random: Random
    now: datetime = NINE
    version: int = 0
    deals: list[int] = field(default_factory=list)
    urgent: dict[int, bool] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    def begin(self) -> None:
        account = self.house.create("account", name="Alpha", region="north")
        for name, owner in (("Pump", "alice"), ("Valve", "bob")):
            owner_id = self.house.users[owner].id
            self.deals.append(self.house.create("deal", name=name, account=account, owner=owner_id, urgent=False))

    def happen(self, word: str) -> None:
        getattr(self, word)()
        if self.random.random() < 0.7:
            self.tick()

    def tick(self) -> None:
        done = self.house.tick(self.now, due_only=self.random.random() < 0.5)
        assert not done.get("failed")

    def flip(self) -> None:
        deal = self.random.choice(self.deals)
        if deal not in self.deleted:
            self.urgent[deal] = not self.urgent.get(deal, False)
            self.house.update("deal", deal, self.now, urgent=self.urgent[deal])

    def pass_(self) -> None:
        self.now += HOUR * self.random.randint(1, 9)

    def long(self) -> None:
        self.now += timedelta(days=self.random.randint(2, 20))

    def back(self) -> None:
        self.now -= HOUR * self.random.choice([1, 30, 24 * 9])

    def silence(self) -> None:
        with self.house.maker.begin() as session:
            app, ada = self.house.live(session), self.house.users["ada"]
            about: dict[str, Any] = {"form": "deal", "record_id": self.deals[0]}
            if "stale_deal" in app.app.alerts and self.random.random() < 0.5:
                about = {"rule": "stale_deal"}
            silence(session, app, ada, self.now, self.now + HOUR * self.random.randint(1, 40), own=False, **about)

    def speak(self) -> None:
        with self.house.maker.begin() as session:
            for one in session.scalars(select(Silence).where(Silence.until > self.now)):
                end_silence(session, one, self.now)

    def note(self) -> None:
        with self.house.maker.begin() as session:
            for alert in session.scalars(select(Alert).where(Alert.state == "firing")).all():
                acknowledge(session, alert.id, self.house.users["ada"], self.now)

    def delete(self) -> None:
        deal = self.deals[1]
        if deal not in self.deleted:
            self.house.delete("deal", deal, self.now)
            self.deleted.add(deal)

    def restore(self) -> None:
        for deal in sorted(self.deleted):
            with self.house.maker.begin() as session:
                records.restore(session, self.house.live(session), "deal", deal, SYSTEM, self.now, via="form")
        self.deleted.clear()

    def release(self) -> None:
        self.version = self.random.randrange(len(VERSIONS))
        config, made = tiny_app(), VERSIONS[self.version]
        config["alerts"] = [] if made is None else [rule(when="urgent", message="{name}", **made)]
        self.house.publish(config, self.now)

    def leave(self) -> None:
        with self.house.maker.begin() as session:
            bob = session.get_one(Person, self.house.users["bob"].id)
            bob.active = not bob.active

    # -- what must be true -------------------------------------------------------------------------------------------

    def calm_down(self) -> None:
        """Let everything come to rest: silences end, and more time passes than any step takes."""
        self.speak()
        for _ in range(4):
            self.now += HOUR * 12
            self.house.tick(self.now, due_only=True)

    def check(self) -> None:
        is_there = VERSIONS[self.version] is not None
        with self.house.maker() as session:
            rows = session.scalars(select(Notification)).all()
            events = session.scalars(select(AlertEvent)).all()
            alerts = {one.record_id: one for one in session.scalars(select(Alert))}
            active = set(session.scalars(select(Person.id).where(Person.active)))
            for deal in self.deals:
                holds = is_there and self.urgent.get(deal, False) and deal not in self.deleted
                alert = alerts.get(deal)
                assert (alert is not None and alert.state in ("firing", "acknowledged")) == holds, (deal, alert)
                if holds and alert is not None and alert.state == "firing":
                    mine = [one for one in rows if one.alert_id == alert.id and one.episode == alert.episode]
                    assert {one.person_id for one in mine} & active, "nobody who is there was told"
        places = Counter((one.rule, one.record_id, one.episode, one.step, one.person_id, one.channel) for one in rows)
        assert set(places.values()) <= {1}
        numbers = Counter((one.alert_id, one.number) for one in events)
        assert set(numbers.values()) <= {1}


setattr(World, "pass", World.pass_)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_or_doubled_in_any_order(open_with: Open, seed: int) -> None:
    made = VERSIONS[0]
    assert made is not None
    world = World(open_with(rule(when="urgent", message="{name}", **made)), Random(seed))
    world.begin()
    said = []
    for _ in range(30):
        said.append(world.random.choice(WORDS))
        world.happen(said[-1])

    world.calm_down()
    world.check()
