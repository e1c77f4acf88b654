"""The config of a release as a zip file."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from engine.config.load import load
from engine.design import replace_config
from engine.people import SYSTEM
from engine.releases import publish
from tests.support.configs import field_of, tiny_app
from tests.support.site import words

if TYPE_CHECKING:
    from tests.support.site import Site


def test_config_of_a_release_is_sent_as_zip(site: Site) -> None:
    ada = site.visitor("ada")

    first, again = (ada.get("/admin/apps/tiny/releases/1.zip") for _ in range(2))

    assert first.mimetype == "application/zip"
    assert first.data == again.data
    assert load(first.data).app["key"].text == "tiny"


def _second(site: Site) -> None:
    """Publish a second release, and begin a draft."""
    for label in ("Worth", "Value"):
        whole = copy.deepcopy(tiny_app())
        field_of(whole, "deal", "amount")["label"] = label
        with site.db.begin() as session:
            if label == "Worth":
                publish(session, whole, SYSTEM, site.now)
            else:
                replace_config(session, "tiny", load(whole), SYSTEM, site.now, "by hand")


@pytest.mark.parametrize(
    ("beside", "row"),
    [
        ("", "changed Form “Deal” › Field “Amount” › Title Amount Worth"),
        ("release:1", "changed Form “Deal” › Field “Amount” › Title Amount Worth"),
        ("draft", "changed Form “Deal” › Field “Value” › Title Value Worth"),
        ("template:expense_claims", "added App › Role “Sales rep” not there Sales rep"),
    ],
)
def test_a_release_says_what_it_changed_beside_anything(site: Site, beside: str, row: str) -> None:
    _second(site)

    told = words(site.visitor("ada").get(f"/admin/apps/tiny/releases/2?with={beside}"))

    assert row in told


@pytest.mark.parametrize("beside", ["release:9", "template:nothing", "release:x", "release:" + "9" * 40])
def test_a_release_is_compared_with_what_there_is(site: Site, beside: str) -> None:
    assert site.visitor("ada").get(f"/admin/apps/tiny/releases/1?with={beside}").status_code == 404


def test_the_first_release_has_nothing_before_it(site: Site) -> None:
    page = site.visitor("ada").get("/admin/apps/tiny/releases/1").text

    assert "What changes" not in page
    assert "This is the first release" in page
    assert "Template “Expense claims”" in page
