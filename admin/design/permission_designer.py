"""Permissions: for each form a matrix of roles against actions, records and fields, and its entries one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, flash, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import permission_matrix as matrix
from admin.design._designer import Designer
from admin.design._desk import Tab, desk
from admin.design._part import COMMON, Part
from engine.design import granting
from engine.design.pointers import ABSENT
from engine.records.role_sight import role_sights
from engine.rights import VERBS
from web import here
from web.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

TABS = (Tab("design.permissions_home", lazy_gettext("Permissions"), ("design.permissions",)),)


@dataclass(frozen=True)
class PermissionDesigner(Designer):
    """The designer of one member of forms: it makes no forms, and what is wrong elsewhere is mended elsewhere."""

    def home(self, app_key: str) -> Response:
        """Show in a table which role may do what with which form."""
        forms = [
            (key, name, matrix.columns(desk().content(path)), len(_faults(path)))
            for path, key, name in desk().parts("forms")
        ]
        return render("design/permissions_home.html", app_key=app_key, forms=forms, words=matrix.action_words)

    def on_canvas(self, part: Part, at: str, way: tuple[str, ...]) -> bool:  # noqa: ARG002 - its canvas is one member
        """Tell whether it is what the matrix shows."""
        return way == ("permissions",)


def _faults(path: str) -> list[Any]:
    return [one for one in desk().faults_in(path) if one.pointer.startswith("/permissions")]


def _context(part: Part) -> Mapping[str, Any]:
    live = desk().live
    known = live is not None and part.key in live.app.forms
    roles = [
        key for key in matrix.role_keys() if known and live is not None and key in {one.key for one in live.app.roles}
    ]
    total, sights = role_sights(here.db(), live, part.key, roles, here.now()) if known and live else (0, {})
    return {
        "columns": matrix.columns(part.content),
        "rows": matrix.field_rows(part.key),
        "lines": matrix.lines_of(part.content),
        "verbs": [(verb, matrix.action_words(verb)) for verb in VERBS],
        "level_words": matrix.level_words,
        "total": total,
        "sights": sights if known else None,
    }


# -- buttons ----------------------------------------------------------------------------------------------------------


def _grid(part: Part) -> None:
    """Store what was ticked and chosen."""
    found = matrix.read_posted(part.content, request.form)
    if found != matrix.entries_in(part.content):
        part.put("/permissions", found)
    part.note = gettext("changed permissions")
    if not any("read" in one.get("actions", ()) for one in found):
        flash(gettext("Nobody but administrators may see records of this form any more."), "error")


def _line(part: Part) -> None:
    """Add an entry for a role: it grants nothing until it is filled in."""
    role = request.form.get("role", "")
    if role not in matrix.role_keys():
        abort(400)
    found = [*matrix.entries_in(part.content), {"roles": [role], "actions": []}]
    part.put("/permissions", found)
    part.at, part.note = f"/permissions/{len(found) - 1}", gettext("added a line of permissions")


def _own(part: Part) -> None:
    """Give a role its own copy of an entry, `own:ROLE:NUMBER`, and go on to its records."""
    _verb, _, rest = request.form["-act"].partition(":")
    role, _, number = rest.partition(":")
    found = matrix.entries_in(part.content)
    if not number.isdecimal() or int(number) not in granting.numbers_of(found, role):
        abort(400)
    split, at = granting.alone(found, matrix.role_keys(), role, int(number))
    part.put("/permissions", split)
    part.note = gettext("changed permissions")
    part.onward = url_for(
        "design.condition", app_key=desk().app_key, path=part.path, at=f"/permissions/{at}/records",
        back=designer.url(part, ""),
    )  # fmt: skip


def _take(part: Part) -> None:
    """Take an entry away."""
    if not part.at:
        abort(400)
    COMMON["take"](part)
    part.note = gettext("took a line of permissions away")
    if not part.content.get("permissions"):
        part.put("/permissions", ABSENT)
        flash(
            gettext("No line is left: now everybody with a role in the app may see, create and change these records."),
            "error",
        )


_EVERYTHING_ELSE = frozenset(
    {
        "key", "label", "description", "icon", "title", "fields", "sections", "tabs", "steps", "when_hidden", "assert",
        "unique", "duplicates", "limits", "list", "board", "views", "permissions", "$schema",
    }
)  # fmt: skip
designer = PermissionDesigner(
    "permissions",
    "forms",
    "design/permissions.html",
    {},
    _context,
    {"grid": _grid, "line": _line, "own": _own, "take": _take},
    {"": _EVERYTHING_ELSE},
    frozenset({"permissions"}),
)
install = designer.install
