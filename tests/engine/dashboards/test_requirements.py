from __future__ import annotations

import re

from tests.support.rooms import ROOT


def test_every_test_that_the_requirements_name_is_there() -> None:
    table = (ROOT / "docs" / "reference" / "dashboard-requirements.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", table))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*dash*.py"))
    tests += (ROOT / "tests/engine/dashboards/test_tiles.py").read_text(encoding="utf-8")

    assert len(named) > 20
    assert {one for one in named if not re.search(rf"^def {one}\(", tests, re.MULTILINE)} == set()
