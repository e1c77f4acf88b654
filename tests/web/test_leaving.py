"""Leaving digests by the link of a mail: asked first when it is opened, at once when a mail program posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.alerts.leaving import token_of
from engine.alerts.ways import contact_of

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site


@pytest.fixture
def link(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "for a test")
    return f"/leave/{token_of(tiny.user('alice').id or 0, 'post')}"


def never(tiny: Tiny) -> frozenset[str]:
    with tiny.db() as session:
        return contact_of(session, tiny.user("alice").id or 0).never


def test_opening_the_link_changes_nothing(site: Site, tiny: Tiny, link: str) -> None:
    page = site.visitor().get(link)
    assert page.status_code == 200
    assert "Alice" in page.text
    assert never(tiny) == frozenset()


def test_a_mail_program_posts_without_a_session(site: Site, tiny: Tiny, link: str) -> None:
    answer = site.visitor().client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert never(tiny) == {"post"}


def test_a_forged_link_finds_nothing(site: Site, tiny: Tiny, link: str) -> None:
    for forged in (link[:-1] + ("0" if link[-1] != "0" else "1"), "/leave/1.post.x", "/leave/1"):
        assert site.visitor().get(forged).status_code == 404
        assert site.visitor().client.post(forged).status_code == 404
    assert never(tiny) == frozenset()
