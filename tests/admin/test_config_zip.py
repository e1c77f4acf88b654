"""The config of a release as a zip file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.config.load import load

if TYPE_CHECKING:
    from tests.support.site import Site


def test_config_of_a_release_is_sent_as_zip(site: Site) -> None:
    ada = site.visitor("ada")

    first, again = (ada.get("/admin/apps/tiny/releases/1.zip") for _ in range(2))

    assert first.mimetype == "application/zip"
    assert first.data == again.data
    assert load(first.data).app["key"].text == "tiny"
