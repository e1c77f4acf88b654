from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.config.check import check
from engine.config.load import load
from engine.config.reference import config_page, fields_page
from forms.fields import FIELD_TYPES
from tests.support.rooms import ROOT

PAGES = {"config.md": config_page, "fields.md": fields_page}


@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_up_to_date(name: str, golden_file: Callable[[Path, str], None]) -> None:
    golden_file(ROOT / "docs" / "reference" / name, PAGES[name]())


def test_reference_page_tells_of_every_field_type() -> None:
    page = fields_page()

    assert [name for name in FIELD_TYPES if f"\n## {name}\n" not in page] == []


def test_smallest_app_of_the_guide_is_right(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "howto" / "write-a-config.md").read_text(encoding="utf-8")
    for name in ("app.json", "forms/task.json"):
        block = guide.partition(f"\n`{name}`\n")[2].lstrip("\n").partition("\n\n")[0]
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(block, encoding="utf-8")

    assert check(load(tmp_path)) == []
