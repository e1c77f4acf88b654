"""Configs in work, examined once: pages of a designer ask again and again about the same draft."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from engine.config.check import examine
from engine.config.desk import Desk
from engine.config.source import Source
from engine.releases.compiling import checksum_of, release_text
from rules.errors import Fault

#: Configs kept per process.
KEPT = 20
#: What was found of a config: every fault and hint, and what it declares as far as it can be understood.
Found = tuple[tuple[Fault, ...], Desk]

_kept: OrderedDict[str, Found] = OrderedDict()
_lock = Lock()


def examined(source: Source, text: str = "") -> Found:
    """Return the faults of a config and its desk; `text` is the config's own text where that is at hand."""
    key = checksum_of(text or release_text(source))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    faults, desk = examine(source)
    found = tuple(faults), desk
    with _lock:
        _kept[key] = found
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found
