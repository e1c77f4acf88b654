"""Who tried to save what: refused configs leave a trace although everything else is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from engine.changes import Change
from engine.errors import ConfigError
from engine.people import user_of
from engine.releases import publish
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from tests.support.people import People

HOSTILE = "().__class__.__bases__[0].__subclasses__()"


def hostile() -> dict[str, Any]:
    config = tiny_app()
    config["alerts"] = [
        {
            "key": "evil", "label": "Evil", "form": "deal", "when": HOSTILE, "message": "x", "notify": [{"to": ["owner"]}],
        }
    ]  # fmt: skip
    return config


def refused(db: sessionmaker[Session]) -> list[Change]:
    with db() as session:
        return list(session.scalars(select(Change).where(Change.verb == "refused").order_by(Change.id)))


@pytest.mark.parametrize("published", [True, False])
def test_a_refused_config_is_written_down_with_its_text(
    db: sessionmaker[Session], people: People, now: datetime, published: bool
) -> None:
    if published:
        with db.begin() as session:
            publish(session, tiny_app(), user_of(people.ada), now)
    with pytest.raises(ConfigError), db.begin() as session:
        publish(session, hostile(), user_of(people.ada), now)

    [change] = refused(db)
    faults = (change.diff or {})["faults"][1]
    assert (change.person_id, change.at, change.app_key) == (people.ada.id, now, "tiny" if published else None)
    assert any(one.get("text") == HOSTILE and one["pointer"].endswith("/when") for one in faults)


def test_it_is_written_once_whatever_the_caller_does_next(
    db: sessionmaker[Session], people: People, now: datetime
) -> None:
    with db() as session:
        session.scalar(select(Change.id))
        with pytest.raises(ConfigError):
            publish(session, hostile(), user_of(people.ada), now)
        assert refused(db) == []
        session.rollback()
        assert len(refused(db)) == 1
        publish(session, tiny_app(), user_of(people.ada), now)
        session.commit()
    assert len(refused(db)) == 1


def test_what_records_do_not_fit_is_a_refusal_too(db: sessionmaker[Session], people: People, now: datetime) -> None:
    from engine.records import create
    from engine.releases import live

    ada = user_of(people.ada)
    with db.begin() as session:
        publish(session, tiny_app(), ada, now)
    with db.begin() as session:
        create(session, live(session, "tiny"), "account", {"name": "A long name", "region": "north"}, ada, now)
    narrow = tiny_app()
    narrow["forms"][0]["fields"][0]["max_length"] = 3
    with pytest.raises(ConfigError), db.begin() as session:
        publish(session, narrow, ada, now)
    assert [one.app_key for one in refused(db)] == ["tiny"]
