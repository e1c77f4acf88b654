"""A system in which nothing is yet: the first page leads on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.db import create_system_tables, make_engine, sessions
from tests.support.people import make_people
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, now: datetime) -> Iterator[Site]:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    create_system_tables(engine)
    with sessions(engine).begin() as session:
        make_people(session, "nothing", now)
    yield Site(sessions(engine), now, tmp_path)
    engine.dispose()


def test_who_may_make_apps_is_led_to_templates_and_to_nothing(site: Site) -> None:
    for address in ("/", "/admin/"):
        page = site.visitor("ada").get(address).text

        assert 'href="/admin/samples/">' in page
        assert 'href="/admin/new-app/">' in page
    assert 'href="/admin/new-app/">' not in site.visitor("mona").get("/").text
