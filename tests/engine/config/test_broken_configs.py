from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.config.check import check
from engine.config.faults import line
from engine.config.load import load

FOLDER = Path(__file__).resolve().parents[2] / "broken_configs"
BROKEN = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_config_says_what_is_wrong(path: Path, golden_file: Callable[[Path, str], None]) -> None:
    told = "".join(f"{line(fault)}\n" for fault in check(load(path)))

    assert told
    golden_file(path.with_suffix(".txt"), told)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_config_is_told_the_same_way_twice(path: Path) -> None:
    assert check(load(path)) == check(load(path))


def test_broken_configs_and_messages_stand_in_pairs() -> None:
    assert [path.stem for path in BROKEN] == sorted(path.stem for path in FOLDER.glob("*.txt"))
    assert len(BROKEN) >= 40
