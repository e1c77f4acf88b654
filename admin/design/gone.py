"""What is said of an app whose draft somebody dropped while others worked at it: what happened, and what they typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from admin.vocabulary import property_label
from engine.config.source import SECTIONS
from engine.design.dropped import dropped
from web import here
from web.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

#: What a page posts that nobody typed.
_OURS = frozenset({"csrf_token", "seen", "at", "version", "what", "list", "place", "section", "back", "path"})


def told_of_dropped(app_key: str) -> Response | None:
    """Return a page about a draft that was dropped, with what was typed into it; None where nobody dropped one."""
    found = dropped(here.db(), app_key, here.viewer())
    if found is None:
        return None
    typed = "\n".join(_typed()) if request.method == "POST" else ""
    return render("design/dropped.html", app_key=app_key, dropped=found, typed=typed, status=404)


def _typed() -> Iterator[str]:
    """Yield what was typed, each text with the name of its place."""
    noun = SECTIONS.get((request.endpoint or "").removeprefix("design.").removesuffix("_edit"), "app")
    for name, text in request.form.items(multi=True):
        if text.strip() and name not in _OURS and not name.startswith("-") and not name.endswith(("~", "~key")):
            way = tuple(step for step in name.split("/") if step and not step.lstrip("@").isdigit())
            yield f"{property_label(noun, way)}: {text.strip()}" if way else text.strip()
