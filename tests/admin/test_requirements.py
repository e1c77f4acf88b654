"""The table of requirements of designing and releasing names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IDS = {f"TC-{number:02}" for number in range(2, 10)} | {
    "FM-12", "CO-08", "HA-01", "HA-07", "HA-08", "OK-21", "PL-12", "AL-15",
}  # fmt: skip


def test_every_requirement_of_designing_names_tests_that_exist() -> None:
    table = (ROOT / "docs" / "reference" / "design-requirements.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert set(re.findall(r"^\| ([A-Z]{2}-\d+)", table, re.MULTILINE)) == IDS
    assert [name for name in re.findall(r"`(test_\w+)`", table) if f"def {name}(" not in sources] == []
