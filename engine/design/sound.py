"""What of a faulty draft can be understood already: everything but the parts with faults, and what depends on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from engine.config.source import APP_FILE, Source
from engine.design.examining import examined
from rules.errors import Fault

#: Rounds at most: each takes out the parts that named those of the round before.
MOST = 20


def sound_with(source: Source, path: str) -> Source | None:
    """Return a draft without its faulty parts and those that depend on them; None when the part at `path` is among them.

    What is left means the same as in the whole: whatever would mean something else without the parts taken out is faulty
    without them, and so goes as well.
    """
    for _round in range(MOST):
        errors = [one for one in examined(source)[0] if one.level == "error"]
        if not errors:
            return source
        gone = {one.file for one in errors if one.file != APP_FILE}
        if path in gone or any(not one.file for one in errors):
            return None
        app = _app_without(source, [one for one in errors if one.file == APP_FILE])
        if app is None:
            return None
        source = _without(source, gone, app)
        if not any(one.path == path for one in source.files):
            return None
    return None


def _app_without(source: Source, faults: Iterable[Fault]) -> dict[str, Any] | None:
    """Return app.json without the figures and places that are faulty; None when anything else of it is."""
    app = dict(source.app.value) if isinstance(source.app.value, dict) else {}
    for fault in faults:
        member, _, rest = fault.pointer.removeprefix("/").partition("/")
        key = rest.partition("/")[0]
        if member == "measures" and isinstance(app.get("measures"), dict) and key:
            app["measures"] = {name: one for name, one in app["measures"].items() if name != key}
        elif member == "order" and isinstance(app.get("order"), list) and key.isdigit():
            named = source.app["order"][int(key)].text
            app["order"] = [one for one in app["order"] if one != named]
        else:
            return None
    return {name: one for name, one in app.items() if not (name in ("measures", "order") and not one)}


def _without(source: Source, gone: set[str], app: dict[str, Any]) -> Source:
    kept = (replace(one, content=app) if one.path == APP_FILE else one for one in source.files if one.path not in gone)
    return replace(source, files=tuple(kept))
