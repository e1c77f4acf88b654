"""The alert designer: when, for whom, what it says, and how it goes on when nobody reacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import lazy_gettext

from admin.design._desk import Tab, desk
from admin.design._part import Designer, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

TABS = (Tab("design.alerts_home", lazy_gettext("Alerts"), ("design.alerts",)),)


def _context(part: Part) -> Mapping[str, Any]:
    return {"uses": url_for("design.uses", app_key=desk().app_key, rule=part.key), "can_shift": False}


designer = Designer(
    "alerts",
    "alerts",
    "design/alerts.html",
    {
        "new_title": lazy_gettext("New alert rule"),
        "nothing": lazy_gettext("No alert rules yet. A rule tells the right person at the right time."),
    },
    _context,
    {},
    {"": frozenset({"key"})},
)
install = designer.install
