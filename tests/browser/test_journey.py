"""The main job from end to end, as a person does it: in three languages, on a laptop and on a phone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from engine.people import Person

WORDS = {
    "en": {
        "new": "New",
        "save": "Save",
        "not_saved": "Not saved yet",
        "empty": "This field must be filled.",
        "guard": "Only northern deals with an amount are won without a manager.",
        "offer": "Make an offer",
        "win": "Win",
        "alert": "Boiler of South Co has stood in Open for 31 days.",
        "clear": "All clear",
        "behind": "Behind “Won deals”",
        "created": "Mona created this record",
    },
    "zh-CN": {
        "new": "新建",
        "save": "保存",
        "not_saved": "尚未保存",
        "empty": "此字段必须填写。",
        "guard": "只有北区且有金额的商机无需经理即可赢单。",
        "offer": "报价",
        "win": "赢单",
        "alert": "South Co 的 Boiler 已在 跟进中 停留 31 天。",
        "clear": "一切正常",
        "behind": "“赢单数”背后的记录",
        "created": "Alice新建了这条记录",
    },
}


@dataclass
class Case:
    locale: str
    width: int

    def __getitem__(self, key: str) -> str:
        return WORDS.get(self.locale, WORDS["en"])[key]

    @property
    def is_phone(self) -> bool:
        return self.width < 500


@pytest.fixture(
    params=[("en-GB", 1366), ("zh-CN", 1366), ("en-GB", 390), ("zh-CN", 390)], ids=lambda p: f"{p[0]}-{p[1]}"
)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*request.param)


@pytest.fixture
def alice(case, site, tiny, window):
    tiny.create("account", name="South Co", region="south")
    return window("alice", width=case.width, locale=case.locale, by_hand=True)


def open_menu(page, case):
    if case.is_phone:
        page.locator("[data-open-side]").click()


def choose(page, field, text):
    """Type into a search-as-you-type select and take the first proposal."""
    page.locator(f"#field-{field}-ts-control").click()
    page.locator(f"#field-{field}-ts-control").press_sequentially(text[:4])
    page.locator(f"#wrap-field-{field} .ts-dropdown .option", has_text=text).click()


def test_main_job(case, site, tiny, alice, complaints):
    complaints.expect("422 (UNPROCESSABLE ENTITY)")
    complaints.expect("409 (CONFLICT)")

    # A record with a mistake, mended.
    open_menu(alice, case)
    alice.locator("#side a[href='/a/tiny/deal/']").first.click()
    alice.get_by_role("link", name=case["new"], exact=True).click()
    alice.locator("#field-amount").fill("much")
    choose(alice, "account", "South Co")
    alice.get_by_role("button", name=case["save"]).click()
    summary = alice.get_by_role("alert")
    expect(summary).to_contain_text(case["not_saved"])
    expect(summary).to_be_focused()
    expect(alice.locator("#field-name-error")).to_have_text(case["empty"])
    expect(alice.locator("#field-amount-error")).to_contain_text("“much”")
    summary.get_by_role("link").first.click()
    alice.locator("#field-name").fill("Boiler")
    alice.locator("#field-amount").fill("1.2万")
    alice.get_by_role("button", name=case["save"]).click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Boiler")
    expect(alice.locator(".fields", has_text="¥12,000").first).to_be_visible()

    # It stands still: an alert arrives.
    site.later(hours=1)
    site.later(days=31)
    alice.goto("/inbox")
    expect(alice.locator(".notice")).to_contain_text(case["alert"])
    expect(alice.locator(".top .unread")).to_have_text("1")

    # It moves on the board; the alert goes.
    alice.goto("/a/tiny/deal/board")
    if case.is_phone:
        alice.locator("#card-1 summary").click()
        alice.locator("#card-1").get_by_role("button", name=case["offer"]).click()
        alice.locator("#stage-picker").select_option("offer")
    else:
        alice.locator("#card-1 h3").hover()
        alice.locator("#card-1").drag_to(
            alice.locator("[data-stage=offer] .column-cards"), source_position={"x": 120, "y": 12}
        )
    expect(alice.locator(".column[data-stage=offer] #card-1[data-version='2']")).to_be_visible()
    alice.goto("/inbox")
    expect(alice.get_by_text(case["clear"])).to_be_visible()

    # A guard refuses, with the reason; the card stays.
    alice.goto("/a/tiny/deal/board")
    if case.is_phone:
        alice.locator("#stage-picker").select_option("offer")
        alice.locator("#card-1 summary").click()
        alice.locator("#card-1").get_by_role("button", name=case["win"]).click()
        expect(alice.get_by_role("alert")).to_contain_text(case["guard"])
        alice.goto("/a/tiny/deal/board")
        alice.locator("#stage-picker").select_option("offer")
    else:
        alice.locator("#card-1").drag_to(
            alice.locator("[data-stage=won] .column-cards"), source_position={"x": 120, "y": 12}
        )
        dialog = alice.locator("dialog#dialog")
        expect(dialog).to_contain_text(case["guard"])
        dialog.locator("[data-close-dialog]").click()
        expect(dialog).to_be_hidden()
    expect(alice.locator(".column[data-stage=offer] #card-1")).to_be_visible()


def test_key_result_opens_its_records(case, site, tiny, window):
    north = tiny.create("account", name="North Co", region="north")
    for name in ("Boiler", "Turbine"):
        deal = tiny.create("deal", name=name, account=north.id, amount="5000")
        tiny.move(tiny.move(deal, "offer"), "won")
    tiny.move(tiny.create("deal", name="Valve", account=north.id), "lost", lost_reason="price")
    mona = window("mona", width=case.width, locale=case.locale)

    mona.goto("/a/tiny/okr/sales")
    kr = mona.locator("#kr-win_rate")
    expect(kr.locator(".value")).to_contain_text("66.7")
    kr.locator("details.why > summary").click()
    kr.locator(".measures a").filter(has_text="2").click()

    expect(mona.locator(".chip")).to_contain_text(case["behind"])
    expect(mona.locator("td.title a")).to_have_text(["Turbine", "Boiler"])


def test_language_is_switched_and_kept(window, site):
    page = window("alice")

    page.locator("details.menu", has=page.locator("[name=language]")).locator("summary").click()
    page.get_by_role("button", name="繁體中文").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.locator("#side")).to_contain_text("收件匣")
    with site.db() as session:
        assert session.query(Person).filter_by(sign_in="alice").one().locale == "zh_Hant"
