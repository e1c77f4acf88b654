"""The compiled evaluator: a checked tree becomes one Python function with empty builtins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from rules.checked import Checked
from rules.emit import Emitter
from rules.limits import HALF_NINTH

Evaluator = Callable[[Mapping[str, Any]], Any]


def compiled(checked: Checked) -> Evaluator:
    """Return the function that evaluates an expression on a mapping of dotted names to stored values.

    It is made once per checked expression, which is immutable and lives as long as its release; threads may share it.
    """
    kept: Evaluator | None = checked.__dict__.get("_compiled")
    if kept is None:
        kept = checked.__dict__["_compiled"] = _make(checked)
    return kept


def _make(checked: Checked) -> Evaluator:
    emitter = Emitter(checked)
    source = emitter.function()
    code = compile(source, f"<{checked.text[:60]!r}>", "exec", dont_inherit=True)
    scope: dict[str, Any] = {"__builtins__": {}, **_HELPERS, **emitter.constants}
    _guard(code, scope)
    exec(code, scope)  # noqa: S102 - source written by the emitter alone, from a checked tree, guarded, without builtins
    made: Evaluator = scope["evaluate"]
    return made


def _guard(code: CodeType, scope: Mapping[str, Any]) -> None:
    """Refuse code that names anything but helpers, constants and the parts of dates: a second lock on the door."""
    (body,) = (c for c in code.co_consts if isinstance(c, CodeType))
    strangers = set(body.co_names) - scope.keys() - _DATE_PARTS - {"ValueError", "OverflowError"}
    if strangers or any(isinstance(c, CodeType) for c in body.co_consts) or "__builtins__" in body.co_names:
        raise AssertionError(strangers)


def _same(left: float | None, right: float | None) -> bool:
    """Compare two computed numbers, empty being equal to empty only."""
    if left is None or right is None:
        return left is right
    return -HALF_NINTH < left - right < HALF_NINTH


_DATE_PARTS = {"days", "year", "month", "day"}
_HELPERS: dict[str, Any] = {
    "same": _same,
    "ValueError": ValueError,
    "OverflowError": OverflowError,
}
