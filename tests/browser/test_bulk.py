"""Many records at once, as a person does it: changed with a bar that moves, undone; a sheet mended and loaded again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from engine.acts.importing import start_import
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.jobs import run_all
from engine.people import SYSTEM
from tests.support.axe import violations

if TYPE_CHECKING:
    from pathlib import Path

MANY = 5000


@pytest.fixture
def many(tiny: Any, site: Any) -> None:
    filled(tiny, site, MANY)


def filled(tiny: Any, site: Any, count: int) -> None:
    """Bring so many deals of one account in, by an import."""
    text = "name,account,amount\n" + "".join(f"Deal {number},Acme,{number}\n" for number in range(count))
    tiny.create("account", name="Acme", region="north")
    with tiny.db.begin() as session:
        app, table = tiny.live(session), read(text.encode())
        mapping = guess(app.form("deal"), app.pipeline("deal"), table.header)
        start_import(session, app, "deal", table, mapping, SYSTEM, site.now, at_once=0)
    run_all(site.db, site.now)


def worked(site: Any) -> threading.Thread:
    """Let a worker do what is due, beside the page."""
    worker = threading.Thread(target=run_all, args=(site.db, site.now))
    worker.start()
    return worker


def discounts(tiny: Any) -> set[object]:
    return {one["discount"] for one in tiny.query("deal", "ada", limit=500).records}


def test_five_thousand_records_are_changed_with_a_bar_and_undone(window: Any, site: Any, tiny: Any, many: None) -> None:
    page = window("ada")
    page.goto("/a/tiny/deal/")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    page.locator("[data-pick-page]").check()
    expect(bar).to_contain_text("50 chosen")
    bar.get_by_label("All that match").check()
    assert violations(page) == []
    bar.get_by_role("button", name="Change").click()

    expect(page.locator("h1")).to_have_text("Change 5000 records")
    page.locator("#bulk-discount").fill("12")
    page.locator("#bulk-discount").press("Tab")
    expect(page.locator("[name='-set'][value='discount']")).to_be_checked()
    assert violations(page) == []
    page.get_by_role("button", name="Change 5000 records").click()

    expect(page.locator("progress.job-progress")).to_be_visible()
    assert violations(page) == []
    worker = worked(site)
    page.get_by_role("link", name="Show the result").click(timeout=120_000)
    worker.join()
    expect(page.locator(".figures")).to_contain_text("5,000")
    assert discounts(tiny) == {12}
    assert violations(page) == []

    page.get_by_role("button", name="Undo all of it").click()
    expect(page.locator("progress.job-progress")).to_be_visible()
    worker = worked(site)
    page.get_by_role("link", name="Show the result").click(timeout=120_000)
    worker.join()
    assert discounts(tiny) == {None}


@pytest.mark.parametrize("width", [1366, 390])
def test_sheet_with_mistakes_is_mended_and_loaded_again(window: Any, tiny: Any, tmp_path: Path, width: int) -> None:
    sheet = tmp_path / "firms.csv"
    sheet.write_text("Name,Region\nAcme,North\nBolt,Nowhere\nCrux,South\n", "utf-8")
    page = window("ada", width=width)

    _load(page, sheet)
    expect(page.locator(".figures")).to_contain_text("2")
    expect(page.locator("table")).to_contain_text("“Nowhere” is not one of the options.")
    assert violations(page) == []
    with page.expect_download() as started:
        page.get_by_role("link", name="Rows to mend (CSV)").click()
    started.value.save_as(sheet)
    text = sheet.read_text("utf-8-sig")
    assert text.splitlines()[1].startswith("Bolt,Nowhere,")
    sheet.write_text(text.replace("Nowhere", "North", 1), "utf-8")

    _load(page, sheet)

    assert sorted(tiny.names("account")) == ["Acme", "Bolt", "Crux"]
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.locator("h1")).to_contain_text("Undo")
    assert sorted(tiny.names("account")) == ["Acme", "Crux"]


def _load(page: Any, sheet: Path) -> None:
    page.goto("/a/tiny/account/import")
    page.locator("#file").set_input_files(sheet)
    page.get_by_role("button", name="Upload").click()
    assert violations(page) == []
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Import 1 record").or_(page.get_by_role("button", name="Import 2 records")).click()
    expect(page.locator("h1")).to_contain_text("Import")
    expect(page.get_by_role("button", name="Undo all of it")).to_be_visible()
