"""A stage goes that very many records are in: sent ahead with a bar that moves, the rest with the release, all of it undone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from engine import design
from engine.config.source import Source
from engine.people import SYSTEM
from tests.browser.test_bulk import filled, worked
from tests.engine.releases.test_moves import narrowed
from tests.support.axe import violations
from tests.support.configs import field_of, tiny_app

MANY = 1200


def _without_open(site: Any) -> None:
    config = tiny_app()
    config["pipelines"], config["alerts"], config["app"]["measures"] = narrowed()["pipelines"], [], {}
    field_of(config, "deal", "amount")["label"] = "Worth"
    with site.db.begin() as session:
        design.replace_config(session, "tiny", Source.from_dict(config), SYSTEM, site.now)


def _stages(tiny: Any) -> Counter[object]:
    with tiny.db() as session:
        return Counter(session.scalars(sa.select(tiny.live(session).tables.current("deal").c.stage)))


def test_very_many_records_go_ahead_of_the_release_and_come_back_with_it(window: Any, site: Any, tiny: Any) -> None:
    filled(tiny, site, MANY)
    _without_open(site)
    page = window("ada")
    page.goto("/admin/design/tiny/publish")
    page.get_by_label("1200 records go to").select_option(label="Offer")
    assert violations(page) == []
    page.get_by_role("button", name="Move them now, ahead of the release").click()

    ahead = page.locator("#ahead")
    expect(ahead).to_contain_text("Open → Offer")
    expect(ahead.get_by_role("progressbar")).to_be_visible()
    page.keyboard.press("Home")  # from under the bar that stays on top
    assert violations(page) == []
    worked(site).join()
    expect(ahead).to_contain_text("1,200 done")
    expect(ahead.get_by_role("progressbar")).to_have_count(0)
    assert _stages(tiny) == {"offer": MANY}

    late = tiny.create("deal", name="Late", account=1)
    page.reload()
    expect(page.get_by_label("one record goes to")).to_have_value("deal.stage:open=offer")
    page.get_by_label("Reason").fill("shorter")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Release 2 of “Tiny sales” is live.")).to_be_visible()
    assert tiny.get(late)["stage"] == "offer"

    page.get_by_role("link", name="What undoing means").click()
    expect(page.get_by_text("1200 records that were moved ahead go back, too")).to_be_visible()
    expect(page.locator("main table")).to_contain_text("Worth")
    assert violations(page) == []
    page.get_by_role("button", name="Undo this release").click()
    expect(page.get_by_text("What was moved ahead of it is being taken back, too")).to_be_visible()
    worked(site).join()
    assert _stages(tiny) == {"open": MANY + 1}
