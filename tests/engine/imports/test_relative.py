from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.imports.relative import cell, is_relative, resolve

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)  # 09:00 in Shanghai
ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("@", "2026-03-02T01:00:00+00:00"),
        ("@-12d", "2026-02-18T01:00:00+00:00"),
        ("@-5h", "2026-03-01T20:00:00+00:00"),
        ("@+2w", "2026-03-16T01:00:00+00:00"),
        ("@-12d 18:30", "2026-02-18T10:30:00+00:00"),
        ("@q:0", "2025-12-31T16:00:00+00:00"),
        ("@q:1", "2026-03-02T01:00:00+00:00"),
        ("@pq:0.5", "2025-11-15T16:00:00+00:00"),
        ("@pq:0-30d+6h", "2025-08-31T22:00:00+00:00"),
    ],
)
def test_resolve_finds_the_moment(text: str, moment: str) -> None:
    found = resolve(text, NOW, ZONE)

    assert found is not None
    assert found.isoformat() == moment


def test_resolve_leaves_out_what_still_lies_ahead() -> None:
    assert resolve("@q:1+1h?", NOW, ZONE) is None
    assert resolve("@q:1-1h?", NOW, ZONE) is not None


def test_cell_gives_a_date_of_the_zone_or_a_moment() -> None:
    assert cell("@-10h", NOW, ZONE, as_date=True) == "2026-03-01"
    assert cell("@-10h", NOW, ZONE, as_date=False) == "2026-03-01T15:00:00+00:00"
    assert cell("@+1d?", NOW, ZONE, as_date=True) == ""


@pytest.mark.parametrize("text", ["", "2026-01-01", "@home", "@q", "@q:2", "@-3m", "@-3d x", "@q:0.5 25:00x"])
def test_other_texts_are_not_relative(text: str) -> None:
    assert is_relative(text) is False
