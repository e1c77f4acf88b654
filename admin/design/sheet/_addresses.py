"""Where the editor of an expression asks what may be written: by the form it reads, or by the figures it may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from engine.design.pointers import steps

if TYPE_CHECKING:
    from admin.design.sheet._base import Place


def address_of(place: Place, form: str) -> str:
    """Return the address above `check` and `complete`; empty where nothing is known."""
    app_key = place.desk.app_key
    if form:
        return url_for("design.expression", app_key=app_key, form_key=form)
    part_key = place.path.rpartition("/")[2].removesuffix(".json")
    way = steps(place.pointer)
    if place.section == "alerts" and way[:1] in (("when",), ("until",)):
        checks = url_for("design.alerts_check", app_key=app_key, part_key=part_key)
    elif place.section == "okrs" and way[:1] + way[2:3] + way[4:] == ("objectives", "key_results", "formula"):
        checks = url_for(
            "design.okrs_check", app_key=app_key, part_key=part_key, objective=int(way[1]), result=int(way[3])
        )
    else:
        return ""
    return checks.removesuffix("/check")
