"""The system's Chromium under Playwright, and an ear for what its console complains about."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
#: A browser action on localhost that takes longer than this has failed.
TIMEOUT_MS = 10_000
#: What waits for movements to end; those without an end are let be.
_AT_REST = """Promise.allSettled(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().endTime < Infinity).map(one => one.finished))"""


class Complaints:
    """Errors of the console and of scripts, less those which the test provoked on purpose."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._expected: list[str] = []

    def expect(self, text: str) -> None:
        """Forgive complaints that contain this text, such as the status of a refused form."""
        self._expected.append(text)

    def listen_to(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def check(self) -> None:
        unexpected = [one for one in _but_aborts(self.seen) if not any(text in one for text in self._expected)]
        assert not unexpected, "the browser complained:\n" + "\n".join(unexpected)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A violated Content-Security-Policy is an error, too, but with report-only a mere warning.
        if message.type == "error" or "Content Security Policy" in message.text:
            self.seen.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: WebError) -> None:
        self.seen.append(str(error.error))


def _but_aborts(seen: list[str]) -> list[str]:
    """Leave out what htmx says, in two lines, of a request whose page was left before the answer came."""
    aborts = sum(one.startswith("htmx:sendAbort") for one in seen)
    ends = [place for place, one in enumerate(seen) if one.startswith("htmx:afterRequest")][:aborts]
    return [one for place, one in enumerate(seen) if place not in ends and not one.startswith("htmx:sendAbort")]


def find_chromium() -> str | None:
    """The path of a Chromium: STEERWAY_CHROMIUM, or the first one on the PATH."""
    return os.environ.get("STEERWAY_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium; the test is skipped where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; `make browser` installs it, STEERWAY_CHROMIUM names one")
    # Chromium's sandbox refuses to run as root; containers have a small /dev/shm.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=arguments)
        yield running
        running.close()


def new_context(running: Browser, complaints: Complaints, **options: object) -> BrowserContext:
    """A fresh window of laptop size, in English and the sample apps' time zone unless told otherwise."""
    defaults = {"viewport": {"width": 1366, "height": 900}, "locale": "en-GB", "timezone_id": "Asia/Shanghai"}
    context = running.new_context(**{**defaults, **options})  # type: ignore[arg-type]  # options are Playwright's own
    context.set_default_timeout(TIMEOUT_MS)
    complaints.listen_to(context)
    return context


def settle(page: Page) -> None:
    """Wait until a page is drawn: its files have come, htmx is done, editors stand, and nothing moves any more."""
    page.wait_for_load_state("load")
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)
    expect(page.locator("textarea[data-expression]:not([data-dressed])")).to_have_count(0)
    page.evaluate(_AT_REST)
