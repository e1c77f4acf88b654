"""Why a message waited, as people read it on a laptop and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.alerts.wishes import Wishes, keep_wishes
from engine.people import Person
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Tiny
    from tests.support.site import Site

RULE = {
    "key": "big",
    "label": "Big deal",
    "form": "deal",
    "when": "amount > 100",
    "message": "{name} is big.",
    "notify": [{"to": ["owner"]}, {"to": ["manager"], "after": {"working_hours": 8}}],
}


@pytest.mark.parametrize("width", [1366, 390])
def test_quiet_hours_and_steps_are_named(site: Site, tiny: Tiny, window: Callable[..., Any], width: int) -> None:
    tiny.publish(tiny_app() | {"alerts": [RULE]})
    with site.db.begin() as session:
        alice = session.query(Person).filter_by(sign_in="alice").one()
        keep_wishes(session, alice.id, Wishes(quiet_from="00:00", quiet_to="23:59"))
    account = tiny.create("account", name="Acme", region="north").id
    id_ = tiny.create("deal", name="Big pump", account=account, amount="500").id
    site.later(minutes=1)

    page = window("ada", width=width)
    page.goto(f"/a/tiny/alerts/why?rule=big&record={id_}")

    text = page.inner_text("main")
    assert "quiet hours" in text
    assert "Step 1 was due at" in text
    assert "Step 2 would have been due at" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
