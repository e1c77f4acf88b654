"""A published app with people in it, and short words for what happens there: for tests of what follows from records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from engine import jobs, people, pipeline, records
from engine.alerts.rows import Alert, Notification
from engine.db import create_system_tables, make_engine, sessions
from engine.okr.objectives import OkrValue, objectives
from engine.people import SYSTEM, Person, User
from engine.releases import live, publish
from engine.releases.live import Live
from tests.support.configs import Config, tiny_app

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine in the morning in Shanghai


@dataclass
class House:
    """An app that runs on one database."""

    engine: Engine
    app_key: str
    maker: sessionmaker[Session] = field(init=False)
    users: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.maker = sessions(self.engine)

    # -- setting the scene ---------------------------------------------------------------------------------------

    def publish(self, config: Config, now: datetime = NINE) -> None:
        """Make a config live."""
        with self.maker.begin() as session:
            publish(session, config, SYSTEM, now, "for a test")

    def hire(self, sign_in: str, *roles: str, manager: str = "", **facts: Any) -> User:
        """Add a person with roles in the app."""
        with self.maker.begin() as session:
            manager_id = self.users[manager].id if manager else None
            person = people.create_person(session, sign_in, sign_in.title(), now=NINE, manager_id=manager_id, **facts)
            people.grant(session, person, self.app_key, *roles)
            self.users[sign_in] = people.user_of(person)
        return self.users[sign_in]

    def leave(self, sign_in: str) -> None:
        """Let a person leave."""
        with self.maker.begin() as session:
            session.get_one(Person, self.users[sign_in].id).active = False

    # -- records -------------------------------------------------------------------------------------------------

    def create(self, form: str, now: datetime = NINE, by: str = "", **values: Any) -> int:
        """Create a record; return its id."""
        with self.maker.begin() as session:
            user = self.users[by] if by else SYSTEM
            return records.create(session, self.live(session), form, values, user, now, via="form").id

    def update(self, form: str, record_id: int, now: datetime, **values: Any) -> None:
        """Change a record."""
        with self.maker.begin() as session:
            records.update(session, self.live(session), form, record_id, values, SYSTEM, now, via="form")

    def move(self, form: str, record_id: int, to: str, now: datetime, **values: Any) -> None:
        """Move a record to a stage."""
        with self.maker.begin() as session:
            pipeline.move(session, self.live(session), form, record_id, to, values, SYSTEM, now)

    def delete(self, form: str, record_id: int, now: datetime) -> None:
        """Delete a record."""
        with self.maker.begin() as session:
            records.delete(session, self.live(session), form, record_id, SYSTEM, now, via="form")

    # -- what follows --------------------------------------------------------------------------------------------

    def tick(self, now: datetime, **more: Any) -> dict[str, int]:
        """Do what is due."""
        return jobs.tick(self.maker, now, **more)

    def alerts(self) -> list[tuple[str, int, str, int]]:
        """Return (rule, record, state, episode) of all alerts."""
        with self.maker() as session:
            found = session.scalars(select(Alert).where(Alert.state != "quiet").order_by(Alert.rule, Alert.record_id))
            return [(one.rule, one.record_id, one.state, one.episode) for one in found]

    def told(self) -> list[tuple[str, str, int, str]]:
        """Return (person, via, step, text) of all notifications, in order."""
        with self.maker() as session:
            query = select(Person.sign_in, Notification.via, Notification.step, Notification.text)
            rows = session.execute(query.join(Person, Person.id == Notification.person_id).order_by(Notification.id))
            return [(row[0], row[1], row[2], row[3]) for row in rows]

    def okr(self, key: str, now: datetime, at: datetime | None = None, by: str = "") -> OkrValue:
        """Return an OKR page."""
        with self.maker() as session:
            app = self.live(session)
            return objectives(session, app, app.app.okrs[key], self.users[by] if by else SYSTEM, now, at)

    def live(self, session: Session) -> Live:
        """Return the live release."""
        return live(session, self.app_key)


def open_house(url: str, change: Callable[[Config], None] = lambda config: None) -> House:
    """Publish the tiny app, changed as asked, with alice and bob (north), charlie (south), mona over alice and bob, ada."""
    engine = make_engine(url)
    create_system_tables(engine)
    config = tiny_app()
    change(config)
    house = House(engine, config["app"]["key"])
    house.publish(config)
    house.hire("ada", "admin", is_admin=True)
    house.hire("mona", "manager", region="north")
    house.hire("alice", "rep", manager="mona", region="north")
    house.hire("bob", "rep", manager="mona", region="north")
    house.hire("charlie", "rep", region="south")
    return house
