"""Our own small files in one answer."""

from __future__ import annotations

import pytest

from web.assets import STATIC


def test_bundle_holds_its_files_in_order(site):
    answer = site.visitor().get("/bundle/talk+bulk.js?v=1")

    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    talk, bulk = ((STATIC / name).read_text("utf-8") for name in ("talk.js", "bulk.js"))
    assert answer.text == f"{talk}\n{bulk}"


@pytest.mark.parametrize(
    "names", ["../app.js", "nothing.js", "talk.css", "talk+nothing.js", "talk", "+".join(["talk"] * 99) + ".js", ".js"]
)
def test_bundle_of_anything_else_is_not_there(site, names):
    assert site.visitor("alice").get(f"/bundle/{names}").status_code == 404
