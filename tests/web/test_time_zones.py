"""In which time zone pages show moments: that of the app, or that of whoever looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.site import Visitor, words

if TYPE_CHECKING:
    from tests.support.site import Site


def _ada(site: Site, zone: str) -> Visitor:
    ada = site.visitor("ada")
    ada.client.set_cookie("zone", zone)
    return ada


@pytest.mark.parametrize(
    ("zone", "shown", "named"),
    [
        ("Asia/Shanghai", 8, "Asia/Shanghai"),
        ("UTC", 0, "UTC"),
        ("Not/There", 0, "UTC"),
        ("../../etc/passwd", 0, "UTC"),
        ("x" * 3000, 0, "UTC"),
    ],
)
def test_the_back_office_shows_the_time_on_the_visitors_wall(site: Site, zone: str, shown: int, named: str) -> None:
    hour = (site.now.hour + shown) % 24

    told = words(_ada(site, zone).get("/admin/jobs/"))

    assert f"{hour:02}:{site.now:%M} ({named})" in told


def test_days_of_a_search_are_those_of_the_page(site: Site) -> None:
    site.now = site.now.replace(hour=20, minute=0)
    site.visitor("ada").post("/admin/teams/add", kind="team", name="North")
    next_day = f"{site.now.day + 1:02}"
    address = f"/admin/audit/?verb=team_added&since={site.now:%Y-%m}-{next_day}"

    assert "North" in words(_ada(site, "Asia/Shanghai").get(address))
    assert "North" not in words(_ada(site, "UTC").get(address))
