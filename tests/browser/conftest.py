"""The small app behind a real server, and people who sign in with a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import browser
from tests.support.people import PASSWORD
from tests.support.site import Site
from tests.web.conftest import db, prepared, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.engine.conftest import Tiny

__all__ = ["db", "prepared", "tiny"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def site(tiny: Tiny, tmp_path: Path) -> Site:
    return Site(tiny.db, tiny.now, tmp_path)


@pytest.fixture
def address(site: Site, serve: Callable[[Any], str]) -> str:
    return serve(site.app)


@pytest.fixture
def window(
    chromium: Browser, site: Site, address: str, complaints: browser.Complaints
) -> Iterator[Callable[..., Page]]:
    """`window("alice", width=390)` opens a window in which she is signed in; `by_hand` lets her do so herself."""
    contexts = []

    def open_window(
        person: str = "", width: int = 1366, locale: str = "en-GB", *, by_hand: bool = False, **options: Any
    ) -> Page:
        height = 844 if width < 500 else 900
        viewport = {"width": width, "height": height}
        context = browser.new_context(
            chromium, complaints, viewport=viewport, locale=locale, base_url=address, **options
        )
        contexts.append(context)
        if person and not by_hand:
            context.add_cookies([{**site.visitor(person).session_cookie(), "url": address}])
        page = context.new_page()
        if person and by_hand:
            _sign_in(page, person)
        elif person:
            page.goto("/")  # where signing in leads
        return page

    yield open_window
    for context in contexts:
        context.close()
    complaints.check()


def _sign_in(page: Page, person: str) -> None:
    page.goto("/sign-in")
    page.locator("#sign_in").fill(person)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/")
