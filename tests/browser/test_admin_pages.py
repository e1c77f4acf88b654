"""The pages of administrators on a phone and by night: nothing scrolls sideways, everybody can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.browser import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.site import Site

PAGES = (
    "/admin/",
    "/admin/new-app/",
    "/admin/samples/",
    "/admin/samples/combine-several",
    "/admin/samples/sales_pipeline",
    "/admin/apps/tiny",
    "/admin/apps/tiny/people",
    "/admin/audit/",
    "/admin/invitations/",
    "/admin/leaving/2",
    "/admin/people/",
    "/admin/people/2",
    "/admin/people/2/rights",
    "/admin/people-sheet/",
    "/admin/teams/",
    "/admin/design/tiny/add-template",
    "/admin/design/tiny/permissions",
    "/admin/design/tiny/permissions/deal",
    "/admin/design/tiny/publish",
    "/admin/design/tiny/save-as-template",
    "/admin/design/tiny/tests",
    "/admin/design/tiny/upgrade",
)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_pages_of_administrators_fit_on_a_phone(site: Site, window: Callable[..., Any], language: str) -> None:
    site.speak("ada", language)
    page, wrong = window("ada", width=390), []

    for address in PAGES:
        page.goto(address)
        settle(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 390:
            wrong.append(f"{address}: {wide} px")
        hidden = page.evaluate(
            """[...document.querySelectorAll(".tabs [aria-current]")].filter(one => {
                const place = one.getBoundingClientRect();
                return place.left < 0 || place.right > innerWidth;
            }).map(one => one.innerText)"""
        )
        wrong += [f"{address}: the tab {one} is out of sight" for one in hidden]

    assert not wrong, "\n".join(wrong)


def test_pages_of_administrators_are_readable_by_night(window: Callable[..., Any]) -> None:
    page, wrong = window("ada"), []
    page.emulate_media(color_scheme="dark")

    for address in PAGES:
        page.goto(address)
        settle(page)
        wrong += [f"{address}: {one}" for one in axe.violations(page, only="color-contrast")]

    assert not wrong, "\n".join(wrong)


def test_times_are_those_on_the_wall(window: Callable[..., Page]) -> None:
    page = window("ada")  # in Shanghai

    page.goto("/admin/jobs/")

    expect(page.locator(".page-head")).to_contain_text("(Asia/Shanghai)")
