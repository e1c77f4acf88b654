"""Pages of a draft tell a designer nothing of records out of sight; who may publish sees the true impact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import design
from engine.config.source import Source
from tests.engine.design.test_narrowed import greedy
from tests.support.configs import Config, form_of, tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

BASE = "/admin/design/tiny"
PAGES = (
    "okrs/sales/values", "okrs/sales/records?result=amount&measure=figure", "alerts/all/now", "publish", "publish/impact",
    "publish/krs", "publish/alerts", "publish/alerts/tried?rule=all", "publish/sight", "publish/hidden", "publish/cost",
)  # fmt: skip
NOTE = "Among the records and fields that you may see."
#: Pages that show figures, and so say that they are narrowed.
FIGURES = ("okrs/sales/values", "alerts/all/now", "publish/impact", "publish/krs", "publish/alerts", "publish/cost")


@pytest.fixture
def world(site: Site, tiny: Tiny) -> Tiny:
    """Alice designs, Mona publishes; Bob's deals are forty, of which Alice sees none."""
    config = tiny_app()
    config["app"]["roles"][0]["may"], config["app"]["roles"][1]["may"] = ["design"], ["publish"]
    tiny.publish(config)
    acme = tiny.create("account", name="Acme", region="north")
    tiny.create("deal", "alice", name="Alpha", account=acme.id, amount=100)
    for number in range(40):
        tiny.create("deal", "bob", name=f"Secret {number}", account=acme.id, amount=1000)
    draft = greedy()
    draft["app"] = config["app"]
    form_of(draft, "deal")["fields"][2] |= {"max": 500}
    _put(site, tiny, draft)
    return tiny


def _put(site: Site, tiny: Tiny, draft: Config) -> None:
    with site.db.begin() as session:
        design.replace_config(session, "tiny", Source.from_dict(draft), tiny.user("alice"), site.now)


def test_designer_learns_nothing_of_records_out_of_sight(site: Site, world: Tiny) -> None:
    alice = site.visitor("alice")
    for page in PAGES:
        answer = alice.get(f"{BASE}/{page}")
        assert answer.status_code == 200, page
        for telling in ("Secret", "40,", "41", "40 "):
            shown = answer.text[answer.text.index('id="content"') :]
            assert telling not in shown, (page, telling, shown[max(0, shown.index(telling) - 200) :][:300])
        assert (NOTE in answer.text) == (page in FIGURES or ("figure" not in page and NOTE in answer.text)), page
    assert "which (Deal › Amount)" in alice.get(f"{BASE}/publish/impact").text
    for page in FIGURES:
        assert NOTE in alice.get(f"{BASE}/{page}").text, page


def test_publisher_sees_the_true_impact(site: Site, world: Tiny) -> None:
    mona = site.visitor("mona")
    said = {page: mona.get(f"{BASE}/{page}").text for page in PAGES}

    assert "Secret" in said["publish/impact"]
    assert "41" in said["publish/krs"]
    assert "41" in said["okrs/sales/records?result=amount&measure=figure"]
    assert not any(NOTE in text for text in said.values())
