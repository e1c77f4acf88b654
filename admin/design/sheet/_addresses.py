"""Where the editor of an expression asks what may be written: by the form it reads, or by the figures it may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from engine.config.check_okrs import FORMULAS
from engine.design.pointers import steps

if TYPE_CHECKING:
    from admin.design.sheet._base import Place


def address_of(place: Place, form: str) -> str:
    """Return the address above `check` and `complete`; empty where nothing is known."""
    app_key = place.desk.app_key
    way = steps(place.pointer)
    part_key = place.path.rpartition("/")[2].removesuffix(".json")
    if place.section == "dashboards" and way[:1] == ("tiles",) and way[2:] in (("formula",), ("target",)):
        checks = url_for("design.dashboards_check", app_key=app_key, part_key=part_key, tile=int(way[1]))
        return checks.removesuffix("/check")
    if form:
        return url_for("design.expression", app_key=app_key, form_key=form)
    if place.section == "alerts" and way[:1] in (("when",), ("until",)):
        checks = url_for("design.alerts_check", app_key=app_key, part_key=part_key)
    elif place.section == "okrs" and way[:1] + way[2:3] == ("objectives", "key_results") and way[4] in FORMULAS:
        values = {"app_key": app_key, "part_key": part_key, "what": way[4], "objective": way[1], "result": way[3]}
        checks = url_for("design.okrs_check", **values)  # type: ignore[arg-type]  # its own options are keywords, too
    else:
        return ""
    return checks.removesuffix("/check")
