"""Refused expressions are written down: who tried to save what (HA-07)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.changes import Change
from engine.config.check import check
from engine.config.load import load
from engine.releases.refusals import note_refusals
from tests.support.configs import tiny_app
from tests.support.house import NINE, House, open_house


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    found = open_house(database_url)
    yield found
    found.engine.dispose()


def test_refused_expressions_are_written_down_with_who_saved_them(house: House) -> None:
    config = tiny_app()
    config["alerts"][0]["when"] = "().__class__.__bases__[0]"
    faults = check(load(config))

    with house.maker.begin() as session:
        count = note_refusals(session, "tiny", faults, house.users["ada"], NINE, via="form")

    assert count > 0
    with house.maker() as session:
        entry = session.scalars(select(Change).where(Change.verb == "refused")).one()
        assert (entry.person_id, entry.app_key, entry.via) == (house.users["ada"].id, "tiny", "form")
        assert "/when:" in (entry.note or "")


def test_config_without_refused_expressions_writes_nothing(house: House) -> None:
    config = tiny_app()
    config["alerts"][0]["form"] = "nothing"

    with house.maker.begin() as session:
        assert note_refusals(session, "tiny", check(load(config)), house.users["ada"], NINE, via="form") == 0
        assert session.scalars(select(Change).where(Change.verb == "refused")).all() == []
