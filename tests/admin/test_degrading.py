"""With a fault in one part of a draft, the others are still previewed, worked out and tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import design
from engine.people import SYSTEM

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

BASE = "/admin/design/tiny"
WAITS = {
    f"{BASE}/forms/deal/preview": "The preview comes once",
    f"{BASE}/forms/visit/preview": "The preview comes once",
    f"{BASE}/okrs/sales/values": "The values come once",
    f"{BASE}/alerts/stale_deal/now": "Who would be told now is said once",
    f"{BASE}/alerts/stale_deal": "The rule in words comes once",
}


def _spoil(site: Site, path: str, title: str) -> None:
    with site.db.begin() as session:
        content = design.content_of(design.source_in_work(session, "tiny"), path)
        assert isinstance(content, dict)
        design.edit_file(session, "tiny", path, {**content, "title": title}, SYSTEM, site.now)


def _waiting(site: Site) -> set[str]:
    ada = site.visitor("ada")
    return {page.removeprefix(f"{BASE}/") for page, words in WAITS.items() if words in ada.get(page).text}


def test_only_what_depends_on_a_fault_waits(site: Site, tiny: Tiny) -> None:
    tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Alpha", account=1, amount=100)
    assert _waiting(site) == set()

    _spoil(site, "forms/visit.json", "nowhere")
    assert _waiting(site) == {"forms/visit/preview"}
    assert "One fault stands in the way of publishing." in site.visitor("ada").get(f"{BASE}/").text

    _spoil(site, "forms/deal.json", "nowhere")
    assert _waiting(site) == {page.removeprefix(f"{BASE}/") for page in WAITS}
