"""Photographs every main screen of the demonstration into var/shots: two sizes, two languages; `make shots`.

python -m scripts.shots [--out FOLDER] [--only PART_OF_A_NAME] [--dark] [--person SIGN_IN]
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app import create_app
from engine.db import create_system_tables, make_engine, sessions
from engine.imports.people import create_people
from engine.jobs import tick
from engine.people import SYSTEM, everybody, set_password
from engine.releases import clone, template_path
from tests.support.browser import Complaints, launched, new_context
from tests.support.server import LiveServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAMPLE = "sales_pipeline"
PASSWORD = "steerway-shots"
SIZES = {"wide": {"width": 1400, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = ("en", "zh_Hans")
A = f"/a/{SAMPLE}"
D = f"/admin/design/{SAMPLE}"
#: name -> (person, address, what to click first); `{record}` is the first opportunity in needs analysis.
SCREENS: dict[str, tuple[str, ...]] = {
    "sign-in": ("", "/sign-in"),
    "home": ("mona", "/"),
    "inbox": ("mona", "/inbox"),
    "list": ("mona", f"{A}/opportunity/"),
    "list-filtered": (
        "mona",
        f"{A}/opportunity/?f.stage=analysis&f.stage=negotiation&f.amount.min=100000&sort=-amount",
    ),
    "list-empty": ("mona", f"{A}/opportunity/?q=zzzzz"),
    "list-filter": ("mona", f"{A}/opportunity/?f.stage=analysis", ".toolbar summary"),
    "list-drawer": ("mona", f"{A}/opportunity/?f.stage=analysis", "td.title a"),
    "board": ("mona", f"{A}/opportunity/board"),
    "record": ("mona", f"{A}/opportunity/{{record}}"),
    "record-lower": ("mona", f"{A}/customer/2"),
    "move": ("mona", f"{A}/opportunity/{{record}}/move?to=lose"),
    "refused": ("mona", f"{A}/opportunity/{{record}}", ".moves button"),
    "edit": ("mona", f"{A}/opportunity/{{record}}/edit"),
    "new": ("li", f"{A}/opportunity/new"),
    "okr": ("mona", f"{A}/okr/quarter"),
    "okr-why": ("mona", f"{A}/okr/quarter", "details.why > summary"),
    "dashboard": ("mona", f"{A}/dashboards/sales"),
    "dashboard-whole": ("li", f"{A}/dashboards/sales?whole=1&period=this_year"),
    "customers": ("mona", f"{A}/customer/"),
    "import": ("mona", f"{A}/customer/import"),
    "expression": ("mona", f"{A}/opportunity/expression?text=amount+%3E+0+and+days_in_stage+%3E+10&record={{record}}"),
    "search": ("mona", "/search?q=科技"),
    "not-found": ("li", f"{A}/opportunity/999999"),
    "design": ("ada", f"{D}/"),
    "design-form": ("ada", f"{D}/forms/opportunity?at=/fields/3"),
    "design-pipeline": ("ada", f"{D}/pipelines/opportunity?at=/transitions/1"),
    "design-okr": ("ada", f"{D}/okrs/quarter?at=/objectives/0/key_results/0"),
    "design-alert": ("ada", f"{D}/alerts/opportunity_stalled"),
    "design-dashboard": ("ada", f"{D}/dashboards/sales?at=/tiles/0"),
    "design-settings": ("ada", f"{D}/settings?at=/roles/1"),
    "design-condition": (
        "ada",
        f"{D}/condition?path=pipelines/opportunity.json&at=/transitions/1/guard",
    ),
    "design-new": ("ada", "/admin/new-app/"),
    "design-tests": ("ada", f"{D}/tests"),
    "design-test": ("ada", f"{D}/tests/opportunity_all_the_way?run=1&at=/steps/0"),
    "design-uses": ("ada", f"{D}/uses?form=opportunity&field=amount"),
    "design-file": ("ada", f"{D}/files/forms/lead.json"),
    "design-permissions": ("ada", f"{D}/permissions/opportunity"),
    "design-permissions-all": ("ada", f"{D}/permissions"),
    "templates": ("ada", "/admin/samples/"),
    "template": ("ada", "/admin/samples/sales_pipeline"),
    "audit": ("ada", "/admin/audit/"),
    "alerts-why": ("ada", f"{A}/alerts/why"),
    "alerts-backtest": ("ada", f"{A}/alerts/backtest"),
    "alerts-journal": ("ada", f"{A}/alerts/journal"),
    "alerts-reminders": ("mona", "/preferences/reminders"),
    "admin": ("ada", "/admin/"),
    "admin-jobs": ("ada", "/admin/jobs/"),
}


def demonstration(folder: Path) -> LiveServer:
    """Serve a fresh demonstration."""
    url = f"sqlite:///{folder / 'shots.db'}"
    engine = make_engine(url)
    create_system_tables(engine)
    maker = sessions(engine)
    now = datetime.now(UTC).replace(microsecond=0)
    sample = template_path(SAMPLE)
    assert sample is not None
    with maker() as session:
        create_people(session, (sample / "data" / "people.csv").read_bytes(), SAMPLE, now, admins=True)
        clone(session, sample, SYSTEM, now, with_records=True)
        for person in everybody(session):
            set_password(person, PASSWORD)
        session.commit()
    tick(maker, now)
    return LiveServer(create_app({"SESSIONS": maker, "SECRET_KEY": "shots", "UPLOADS": folder / "uploads"}))


class Photographer:
    """Goes through the screens in one size and language."""

    def __init__(self, browser: Browser, url: str, out: Path, *, dark: bool) -> None:
        self.browser, self.url, self.out, self.dark = browser, url, out, dark

    def shoot(self, size: str, language: str, names: list[str]) -> None:
        """Photograph screens; fail on what the console complains about."""
        complaints = Complaints()
        complaints.expect("404 (NOT FOUND)")
        complaints.expect("409 (CONFLICT)")
        people = {SCREENS[name][0] for name in names}
        for person in sorted(people):
            context = new_context(
                self.browser,
                complaints,
                viewport=SIZES[size],
                locale=language.replace("_", "-"),
                color_scheme="dark" if self.dark else "light",
            )
            page = context.new_page()
            self.sign_in(page, person)
            for name in names:
                if SCREENS[name][0] == person:
                    self.photograph(page, name, size, language)
            context.close()
        complaints.check()

    def sign_in(self, page: Page, person: str) -> None:
        page.goto(self.url + "/sign-in")
        if person:
            page.locator("#sign_in").fill(person)
            page.locator("#password").fill(PASSWORD)
            page.locator("#password").press("Enter")
            page.wait_for_url(self.url + "/")

    def photograph(self, page: Page, name: str, size: str, language: str) -> None:
        address = SCREENS[name][1]
        if "{record}" in address:
            page.goto(self.url + f"{A}/opportunity/?f.stage=analysis")
            href = page.locator("td.title a").first.get_attribute("href") or ""
            address = address.replace("{record}", href.rsplit("/", 1)[-1])
        page.goto(self.url + address)
        page.wait_for_load_state("networkidle")
        for selector in SCREENS[name][2:]:
            page.locator(selector).first.click()
            page.wait_for_timeout(600)
        file = self.out / f"{name}-{size}-{language}{'-dark' if self.dark else ''}.png"
        page.screenshot(path=file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/shots"))
    parser.add_argument("--only", default="")
    parser.add_argument("--size", default="")
    parser.add_argument("--language", default="")
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = [name for name in SCREENS if any(part in name for part in options.only.split(","))]
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        server = demonstration(Path(folder))
        photographer = Photographer(browser, server.url, options.out, dark=options.dark)
        for size in SIZES:
            for language in LANGUAGES:
                if options.size in size and options.language in language:
                    photographer.shoot(size, language, names)
        server.stop()
    print(f"{len(list(options.out.glob('*.png')))} pictures in {options.out}")


if __name__ == "__main__":
    main()
