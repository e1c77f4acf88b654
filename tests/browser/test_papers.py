"""Files, a signature, a comment with a mention, two moments and the trash, used with mouse and keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import axe
from tests.support.papers import PDF, papers_app, picture

#: Where pictures of the screens go, when somebody wants to look at them.
SHOTS = os.environ.get("STEERWAY_SHOTS", "")


@pytest.fixture
def papers(site, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    site.account = tiny.create("account", name="Acme", region="north").id
    return site


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def shot(page, name):
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("width", [1366, 390])
def test_files_and_a_signature_are_added_and_shown(papers, tiny, window, width, complaints):
    complaints.expect("status of 422")  # the paper among the photos
    complaints.expect("htmx:")  # a question about conditions gives way to the next one
    page = window("alice", width=width)
    page.goto(f"/a/tiny/deal/new?account={papers.account}")
    page.locator("#field-name").fill("Boiler")
    files = [{"name": f"paper {n}.pdf", "mimeType": "application/pdf", "buffer": PDF} for n in (1, 2)]
    page.locator("#field-papers").set_input_files(files)
    expect(page.locator("#wrap-field-papers .file-line")).to_have_count(2)
    page.locator("#wrap-field-papers").get_by_label("Remove paper 1.pdf").click()
    expect(page.locator("#wrap-field-papers .file-line")).to_have_count(1)
    page.locator("#field-photos").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": PDF})
    expect(page.locator("#wrap-field-photos .file-state")).to_contain_text("“x.png” is not a picture.")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture(800, 600, "JPEG", "teal")}
    page.locator("#field-photos").set_input_files(photo)
    expect(page.locator("#wrap-field-photos img.thumb")).to_have_count(1)

    pad = page.locator("#wrap-field-mark canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + step * 18, box["y"] + box["height"] * (0.3 if step % 2 else 0.7))
    page.mouse.up()
    page.get_by_role("button", name="Use this signature").click()
    expect(page.locator("#wrap-field-mark .file-line img")).to_have_count(1)
    assert axe.violations(page) == []
    assert fits(page)
    shot(page, "files-form")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url("**/a/tiny/deal/1")

    [record] = tiny.query("deal").records
    assert [len(record[key]) for key in ("papers", "photos", "mark")] == [1, 1, 1]
    expect(page.locator("dl.fields img")).to_have_count(2)
    assert page.locator("dl.fields img").evaluate_all("all => all.every(one => one.complete)")
    assert axe.violations(page) == []
    assert fits(page)
    shot(page, "files-record")


def test_files_are_dropped(papers, window, complaints):
    complaints.expect("htmx:")
    page = window("alice")
    page.goto("/a/tiny/deal/new")
    data = page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["one"], "one.txt", {type: "text/plain"}));
            data.items.add(new File(["two"], "two.txt", {type: "text/plain"}));
            return data;
        }"""
    )

    page.locator("#wrap-field-papers .file-drop").dispatch_event("drop", {"dataTransfer": data})

    expect(page.locator("#wrap-field-papers .file-line")).to_have_count(2)


@pytest.mark.parametrize("width", [1366, 390])
def test_comment_names_somebody_from_the_list(papers, tiny, window, width):
    deal = tiny.create("deal", name="Boiler", account=papers.account, amount="100")
    page = window("alice", width=width)
    page.goto(f"/a/tiny/deal/{deal.id}")
    area = page.locator("#comment-text")
    area.press_sequentially("Please look, @mo")
    expect(page.get_by_role("option")).to_have_count(1)
    area.press("Enter")
    expect(area).to_have_value("Please look, @mona ")
    page.locator(".talk-files summary").click()
    page.locator("#comment-files").set_input_files({"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(page.locator("#comments form .file-line")).to_have_count(1)
    page.get_by_role("button", name="Comment", exact=True).click()

    expect(page.locator(".talk .mention")).to_have_text("@mona")
    expect(page.locator(".talk .file")).to_contain_text("note.txt")
    expect(page.locator(".talk-followers")).to_contain_text("Alice")
    assert axe.violations(page) == []
    assert fits(page)
    shot(page, "talk-record")
    other = window("mona", width=width)
    other.goto("/inbox")
    expect(other.locator(".notice .sentence")).to_contain_text("Alice mentioned you on Boiler: Please look, @mona")
    shot(other, "talk-inbox")
    other.get_by_role("button", name="Acknowledge").click()
    expect(other.locator(".notice")).to_have_count(0)


@pytest.mark.parametrize("width", [1366, 390])
def test_moments_are_compared_and_the_trash_is_emptied(papers, tiny, window, width):
    deal = tiny.create("deal", "ada", name="Boiler", account=papers.account, amount="100")
    tiny.update(deal, "ada", amount="250", tags=["new"])
    page = window("ada", width=width)
    page.goto(f"/a/tiny/deal/{deal.id}")
    page.get_by_role("link", name="Compare with now").last.click()
    expect(page.locator("table.compare tbody tr")).to_have_count(3)
    assert axe.violations(page) == []
    assert fits(page)
    shot(page, "compare")
    page.get_by_role("button", name="Restore Amount as it was then").click()
    page.wait_for_url(f"**/a/tiny/deal/{deal.id}")
    assert tiny.get(deal, "ada")["amount"] == 10000

    page.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url("**/a/tiny/deal/")
    page.get_by_role("link", name="Trash").click()
    expect(page.locator("table.trash tbody tr")).to_have_count(1)
    page.locator(".trash-purge summary").click()
    assert axe.violations(page) == []
    assert fits(page)
    shot(page, "trash")
    page.locator(".trash-purge").get_by_role("checkbox").check()
    page.locator(".trash-purge button").click()
    expect(page.locator("table.trash")).to_have_count(0)
