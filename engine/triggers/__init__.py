"""What makes an alert rule fire besides its condition: each trigger is one file here, found by its presence."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from engine.triggers._base import TRIGGERS, Trigger, Watch

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):
        import_module(f"{__name__}.{_module.name}")

__all__ = ["TRIGGERS", "Trigger", "Watch"]
