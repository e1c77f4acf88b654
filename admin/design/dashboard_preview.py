"""What formulas of tiles may name, checked and completed while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort

from admin.design._desk import desk
from admin.design.figures import check_answer, complete_answer
from engine.dashboards.parts import scope_of

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from rules.scope import Scope


def slot(tile: int) -> str:
    """Return the id of the place of a tile's content on its card."""
    return f"tile-now-{tile}"


def install(pages: Blueprint) -> None:
    """Add the pages."""
    formula = "/dashboards/<part_key>/formula/<int:tile>"
    pages.add_url_rule(f"{formula}/check", "dashboards_check", check_text, methods=["POST"])
    pages.add_url_rule(f"{formula}/complete", "dashboards_complete", complete_text, methods=["POST"])


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
