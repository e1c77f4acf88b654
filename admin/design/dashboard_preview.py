"""What the tiles of a draft show whoever designs it, on the real records; and what their formulas may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, url_for
from flask_babel import gettext

from admin.design._desk import desk
from admin.design.figures import check_answer, complete_answer
from admin.design.okr_values import DraftScreen
from engine.dashboards.answering import answer
from engine.dashboards.asking import Asking
from engine.dashboards.chosen import read_chosen
from engine.dashboards.parts import scope_of
from engine.design.on_records import over_records
from engine.okr.cycle import today_in
from rules.errors import SteerwayError
from web import here, i18n
from web.dashboards.drawing import DRAWN, Drawer
from web.errors import sentence
from web.okr_view import owner_names
from web.render import render
from web.widgets import Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.config.defs import OkrDef, TileDef
    from engine.releases import Live
    from rules.scope import Scope
    from web.okr_view import OkrScreen


@dataclass(frozen=True)
class Shown:
    """What stands on the card of a tile."""

    slot: str
    key: str
    type: str
    label: str
    refused: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


class DraftDrawer(Drawer):
    """Draws a tile of a draft: its figures lead nowhere, as the pages of what is live do not know them yet."""

    def url(self, form: str, **part: str) -> str:  # noqa: ARG002 - no list of records stands behind a draft
        """Return no address."""
        return ""

    def results(self, okr: OkrDef) -> OkrScreen:
        """Return what draws key results, with the records behind them by the draft."""
        look = Look(self.live)
        return DraftScreen(self.live, okr, look, owner_names(self.live, okr), okr.key)

    def whole(self, form: str) -> str:
        """Return the list of all records, which is there already."""
        return url_for("lists.show", app_key=self.live.key, form_key=form)

    def may_create(self, form: str) -> bool:  # noqa: ARG002 - nothing is made out of a draft
        """Tell that no button makes a record."""
        return False


def slot(tile: int) -> str:
    """Return the id of the place of a tile's content on its card."""
    return f"tile-now-{tile}"


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/dashboards/<part_key>/now", "dashboards_now", now)
    formula = "/dashboards/<part_key>/formula/<int:tile>"
    pages.add_url_rule(f"{formula}/check", "dashboards_check", check_text, methods=["POST"])
    pages.add_url_rule(f"{formula}/complete", "dashboards_complete", complete_text, methods=["POST"])


def now(app_key: str, part_key: str) -> Response:
    """Show what each tile says by the draft, through the rights of whoever looks; nothing is written."""
    path = f"dashboards/{part_key}.json"
    desk().content(path)
    found: dict[str, Any] = {"tiles": (), "fault": ""}
    sound = desk().sound(path)
    if sound is not None and not desk().sees_as_now:
        found["fault"] = gettext("The draft changes permissions: what the tiles show is said once those are live.")
    elif sound is not None:
        try:
            found["tiles"] = over_records(
                here.db(), desk().live, sound, here.now(), lambda draft: _shown(draft, part_key), desk().sight
            )
        except SteerwayError as error:
            found["fault"] = sentence(error.faults[0])
    return render("design/tiles.html", "design/_tiles.html", app_key=app_key, part_key=part_key, **found)


def _shown(draft: Live, part_key: str) -> list[Shown]:
    dashboard, user, at = draft.app.dashboards[part_key], here.viewer(), here.now()
    chosen = read_chosen(dashboard, {}, user.id, today_in(at, draft.app.context.time_zone))
    asking = Asking(here.db(), draft, dashboard, user, at, chosen)
    return [_tile(asking, number, tile) for number, tile in enumerate(dashboard.tiles)]


def _tile(asking: Asking, number: int, tile: TileDef) -> Shown:
    names = slot(number), tile.key, tile.type, str(i18n.told(tile.label))
    found = answer(asking, tile)
    if found.refused is not None:
        return Shown(*names, refused=sentence(found.refused))
    return Shown(*names, body=DRAWN[tile.type](DraftDrawer(asking, tile), found.content))


# -- formulas ---------------------------------------------------------------------------------------------------------


def _scope(part_key: str, tile: int) -> Scope:
    dashboard = desk().examined.by_key("dashboards").get(part_key)
    found = dashboard["tiles"][tile] if dashboard else None
    return scope_of(desk().examined, found) if found is not None and found.is_given else abort(404)


def check_text(part_key: str, tile: int, **_app: str) -> Response:
    """Return what is wrong with the formula or target of a tile, as JSON for the editor."""
    return check_answer(_scope(part_key, tile))


def complete_text(part_key: str, tile: int, **_app: str) -> Response:
    """Return what may stand at a place of it, as JSON for the editor."""
    return complete_answer(_scope(part_key, tile))
