"""Where records went with a release, by the names that things had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.people import SYSTEM
from engine.releases import Moves, publish
from tests.support.configs import field_of, tiny_app
from tests.support.site import words

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site


def test_the_audit_trail_says_by_names_where_records_went(site: Site, tiny: Tiny) -> None:
    tiny.create("account", name="Acme", region="north", tier="key_account")
    whole = tiny_app()
    tier = field_of(whole, "account", "tier")
    tier["options"] = [one for one in tier["options"] if one["key"] != "key_account"]
    whole["alerts"], whole["okrs"] = [], []
    with site.db.begin() as session:
        moves = Moves.read(["account.tier:key_account=standard"])
        publish(session, whole, SYSTEM, site.now, "No key accounts any more", moves=moves)

    page = words(site.visitor("ada").get("/admin/audit/"))

    assert "Account › Tier: “Key account” → “Standard”" in page
    assert "account.tier:key_account" not in page
