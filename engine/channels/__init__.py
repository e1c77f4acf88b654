"""Channels by which notifications leave: each is one file here, found by its presence."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from engine.channels._base import CHANNELS, Channel, ChannelError, Outgoing, Setting, Setup

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):
        import_module(f"{__name__}.{_module.name}")

__all__ = ["CHANNELS", "Channel", "ChannelError", "Outgoing", "Setting", "Setup"]
