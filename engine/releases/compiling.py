"""A config as the text that a release keeps, and back to definitions."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from threading import Lock

from engine.config.build import compile_config
from engine.config.canonical import canonical_text
from engine.config.defs import AppDef
from engine.config.source import Source

#: Configs kept compiled per process.
CACHE_SIZE = 100
_compiled: OrderedDict[str, AppDef] = OrderedDict()
_lock = Lock()


def release_text(source: Source) -> str:
    """Return the whole app as one JSON text."""
    return canonical_text(source.to_dict())


def checksum_of(text: str) -> str:
    """Return what tells two configs apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def compile_source(source: Source) -> tuple[AppDef, str, str]:
    """Return the definitions, the text and its checksum; ConfigError with every fault. The same text compiles once."""
    text = release_text(source)
    checksum = checksum_of(text)
    if known := _known(checksum):
        return known, text, checksum
    app = compile_config(source)
    with _lock:
        _compiled[checksum] = app
        if len(_compiled) > CACHE_SIZE:
            _compiled.popitem(last=False)
    return app, text, checksum


def compile_text(text: str) -> AppDef:
    """Return the definitions of a release."""
    return _known(checksum_of(text)) or compile_source(Source.from_dict(json.loads(text)))[0]


def _known(checksum: str) -> AppDef | None:
    with _lock:
        if checksum in _compiled:
            _compiled.move_to_end(checksum)
        return _compiled.get(checksum)
