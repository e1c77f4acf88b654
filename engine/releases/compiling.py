"""A config as the text that a release keeps, and back to definitions."""

from __future__ import annotations

import hashlib
import json

from engine.config.build import compile_config
from engine.config.canonical import canonical_text
from engine.config.defs import AppDef
from engine.config.source import Source


def release_text(source: Source) -> str:
    """Return the whole app as one JSON text."""
    return canonical_text(source.to_dict())


def checksum_of(text: str) -> str:
    """Return what tells two configs apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def compile_text(text: str) -> AppDef:
    """Return the definitions of a release."""
    return compile_config(Source.from_dict(json.loads(text)))
