"""Before publishing: what is built and written anew, and about how long that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext

from admin.design._desk import desk
from admin.design._impact import answer
from engine.design.impact import cost_of, minutes_for
from forms.defs import Option
from forms.labels import Label
from forms.system import system_fields
from web import here
from web.i18n import told
from web.words import gettext, ngettext

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.design.impact import Ahead

TITLE = lazy_gettext("Work that publishing does")
#: Below so many seconds nobody notices.
A_MOMENT = 3


def install(pages: Blueprint) -> None:
    """Add the page."""
    pages.add_url_rule("/publish/cost", "impact_cost", show)


def show(app_key: str) -> Response:
    """Show columns, indexes, records worked out anew, and the time."""
    return answer(app_key, TITLE, "design/_impact_cost.html", _found)


def _found(ahead: Ahead) -> dict[str, object]:
    cost = cost_of(here.db(), desk().seen_live, ahead)
    return {"cost": cost, "time": _time(cost.seconds), "named": _named(ahead)}


def _time(seconds: float) -> str:
    if minutes := minutes_for(seconds):
        return ngettext("about a minute", "about %(num)s minutes", minutes)
    return gettext("a moment") if seconds < A_MOMENT else gettext("less than half a minute")


def _named(ahead: Ahead) -> dict[str, object]:
    """Return column -> how it is called, as far as forms agree; indexes name columns."""
    fields = {field.key: told(field.label) for form in ahead.live.app.forms.values() for field in form.fields}
    return {**fields, **{key: told(field.label) for key, field in system_fields([Option("any", Label())]).items()}}
