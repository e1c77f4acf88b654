"""What a dashboard can show: each type of tile is one file here, found by its presence."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from engine.dashboards.tiles._base import TILES, TileType

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):
        import_module(f"{__name__}.{_module.name}")

__all__ = ["TILES", "TileType"]
