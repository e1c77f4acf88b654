"""Few records treated as very many: columns are kept and taken up, indexes rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

#: The rooms of releases that ask how many there are.
ROOMS = ("resting", "shifting", "texts", "worked_out")


def make_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every record be one of very many, and each that moves stand for most of them."""
    for room in ROOMS:
        monkeypatch.setattr(f"engine.releases.{room}.MANY", 0)
    for share in ("REBUILT", "EXCHANGED"):
        monkeypatch.setattr(f"engine.releases.shifting.{share}", 1_000_000)
    monkeypatch.setattr("engine.records.search_many.MANY", 1)
