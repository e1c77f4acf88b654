"""The functions of the language by name; each lives in one place of `rules/functions/`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import rules.functions  # noqa: F401 - importing it registers every function
from rules.functions._base import REGISTERED, Function, Parameter, Signature, function, macro

__all__ = ["FUNCTIONS", "GROUPS", "Function", "Parameter", "Signature", "function", "macro"]

FUNCTIONS: Mapping[str, Function] = MappingProxyType(REGISTERED)
GROUPS = ("numbers", "text", "dates", "lists", "empties", "people")
