"""What a definition says, as a text that is the same in every process: to notice that it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256

from rules.checked import Checked


def digest(value: object) -> str:
    """Return a short text that changes with the definition."""
    return sha256(said(value).encode()).hexdigest()[:16]


def said(value: object) -> str:
    """Return a definition as a text."""
    if isinstance(value, Checked):
        return repr(value.text)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {said(one)}' for key, one in sorted(value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(said, value))}]"
    if isinstance(value, set | frozenset):
        return f"[{', '.join(sorted(map(said, value)))}]"
    if is_dataclass(value):
        return f"{type(value).__name__}({', '.join(f'{f.name}={said(getattr(value, f.name))}' for f in fields(value))})"
    return repr(value)
