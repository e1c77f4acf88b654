"""What an alert does besides telling people: each action is one file here, found by its presence."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from engine.actions._base import ACTIONS, Acting, Action, ActionError, Done

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):
        import_module(f"{__name__}.{_module.name}")

__all__ = ["ACTIONS", "Acting", "Action", "ActionError", "Done"]
