"""Before publishing: who gains or loses sight of what, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext

from admin.design._desk import desk
from admin.design._impact import answer
from engine.design.impact import sight
from web import here
from web.errors import sentence
from web.i18n import told
from web.pages.rights import verb_words
from web.words import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.design.impact import Ahead, SightChange

TITLE = lazy_gettext("Who gains or loses sight of what")


def install(pages: Blueprint) -> None:
    """Add the page."""
    pages.add_url_rule("/publish/sight", "impact_sight", show)


def show(app_key: str) -> Response:
    """Show people by what changes for them, form by form."""
    return answer(app_key, TITLE, "design/_impact_sight.html", _found)


def _found(ahead: Ahead) -> dict[str, object]:
    found = sight(here.db(), desk().seen_live, ahead, here.now())
    return {
        "rows": [{"change": one, "lines": _lines(one)} for one in found.changes],
        "found": found,
        "failed": [(label, sentence(why)) for label, why in found.failed],
    }


def _lines(one: SightChange) -> list[tuple[str, str]]:
    """Return (mood, sentence) for each thing that changes."""
    delta, lines = one.delta, list[tuple[str, str]]()
    if delta.records:
        old, new = delta.records
        said = gettext("sees %(before)s records now, %(after)s then", before=f"{old:,}", after=f"{new:,}")
        lines.append(("good" if new > old else "bad", said))
    if delta.verbs_gained:
        lines.append(("good", gettext("may from then on: %(what)s", what=_verbs(delta.verbs_gained))))
    if delta.verbs_lost:
        lines.append(("bad", gettext("may no longer: %(what)s", what=_verbs(delta.verbs_lost))))
    words = {
        "seen": ("good", gettext("sees from then on: %(what)s")),
        "unseen": ("bad", gettext("sees no longer: %(what)s")),
        "editable": ("good", gettext("may edit from then on: %(what)s")),
        "locked": ("bad", gettext("may no longer edit: %(what)s")),
        "partly": ("warn", gettext("on other records than before: %(what)s")),
    }
    for word, fields in one.fields.items():
        mood, text = words[word]
        lines.append((mood, text % {"what": gettext(", ").join(str(told(label)) for label in fields)}))
    return lines


def _verbs(verbs: Iterable[str]) -> str:
    own = {"design": gettext("edit drafts"), "publish": gettext("publish")}
    return gettext(", ").join(own.get(verb) or verb_words(verb) for verb in verbs)
