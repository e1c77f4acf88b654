"""Records sent ahead of the next release: what was begun since the live one came, how far it is, and where they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin.design._desk import desk
from engine.acts.reading import acts_ahead_of
from engine.releases import Moves
from web import here
from web.act_view import views

if TYPE_CHECKING:
    from engine.acts.rows import Act
    from web.act_view import ActView


def _acts(app_key: str) -> list[Act]:
    found = desk().live
    return acts_ahead_of(here.db(), app_key, found.number, found.number + 1) if found else []


def sent_moves(app_key: str) -> Moves:
    """Return where records were sent, the latest word about each place: whoever is left goes the same way."""
    return Moves.read(line for act in reversed(_acts(app_key)) for line in act.payload["lines"])


def ahead_view(app_key: str) -> list[ActView]:
    """Return what was begun, for the page; who may not publish does not see it."""
    found = desk().live
    return views(found, _acts(app_key)) if found and desk().may_publish else []
