"""Before publishing: fields and forms that go out of sight, and how much they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext

from admin.design._desk import desk
from admin.design._impact import answer
from engine.design.impact import hidden
from web import here

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.design.impact import Ahead

TITLE = lazy_gettext("What goes out of sight")


def install(pages: Blueprint) -> None:
    """Add the page."""
    pages.add_url_rule("/publish/hidden", "impact_hidden", show)


def show(app_key: str) -> Response:
    """Show what the draft no longer has, with the number of values kept."""
    return answer(app_key, TITLE, "design/_impact_hidden.html", _found)


def _found(ahead: Ahead) -> dict[str, object]:
    forms, fields = hidden(here.db(), desk().seen_live, ahead.live.app, here.now())
    return {"forms": forms, "fields": fields}
