"""What draws a tile for one person, and which function does it for each type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.dashboards.answering import written
from engine.dashboards.parts import FigureDef
from engine.rights import may
from web.dashboards.words import (
    figure_text,
)  # fmt: skip
from web.okr_view import screen
from web.widgets import Look

if TYPE_CHECKING:
    from engine.config.defs import OkrDef, TileDef
    from engine.dashboards.asking import Asking
    from engine.sql.figures import Value
    from web.okr_view import OkrScreen


#: What is drawn: names, texts, pictures and addresses, by the names of the template.
Drawn = dict[str, Any]


class Drawer:
    """Draws one tile for one person."""

    def __init__(self, ask: Asking, tile: TileDef) -> None:
        self.ask, self.live, self.tile = ask, ask.live, tile
        self.given: Any = tile.given

    def url(self, form: str, **part: str) -> str:
        """Return the list of the records behind a figure."""
        name = written(self.ask, self.tile, part)
        return url_for("lists.show", app_key=self.live.key, form_key=form, measure=name)

    def whole(self, form: str) -> str:
        """Return the list of the records of which a tile shows the first."""
        return self.url(form)

    def may_create(self, form: str) -> bool:
        """Tell whether a button makes a record."""
        return may(self.ask.user, "create", self.live, form)

    def results(self, okr: OkrDef) -> OkrScreen:
        """Return what draws key results of a page, with the records behind their figures."""
        return screen(self.live, okr, Look(self.live))

    def text(self, figure: FigureDef, value: Value, *, short: bool = False) -> str:
        """Return a figure with its unit."""
        return figure_text(self.live, figure, value, short=short)


#: Type of tile -> what draws it.
DRAWN: dict[str, Callable[[Drawer, Any], Drawn]] = {}


def draws(type_: str) -> Callable[[Callable[[Drawer, Any], Drawn]], Callable[[Drawer, Any], Drawn]]:
    """Register a function as what draws tiles of a type."""

    def register(function: Callable[[Drawer, Any], Drawn]) -> Callable[[Drawer, Any], Drawn]:
        DRAWN[type_] = function
        return function

    return register
