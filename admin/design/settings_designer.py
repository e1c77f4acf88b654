"""The app itself: its name and zone, the roles that people have in it, and what is asked when it is cloned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._designer import Designer
from admin.design._desk import Tab, desk, typed_name
from admin.design._part import Part
from engine.design.keys import key_for
from engine.design.pointers import inserted

if TYPE_CHECKING:
    from collections.abc import Mapping

TABS = (Tab("design.settings", lazy_gettext("Roles and settings")),)


@dataclass(frozen=True)
class Entry:
    """A role or a parameter on the canvas."""

    at: str
    label: str
    key: str
    faults: int


def _entries(part: Part, member: str) -> list[Entry]:
    return [
        Entry(
            at := f"/{member}/{number}",
            desk().said(one),
            one["key"].text,
            len(desk().sentences_at(part.path, at, inside=True)),
        )
        for number, one in enumerate(part.spot[member].items())
    ]


def _context(part: Part) -> Mapping[str, Any]:
    chosen = part.chosen
    kind = "role" if part.at.startswith("/roles/") else "parameter"
    key = chosen.get("key") if part.at and isinstance(chosen, dict) else None
    uses = url_for("design.uses", app_key=desk().app_key, **{kind: key}) if key else ""
    lists = [
        ("roles", gettext("Roles"), gettext("What people are in this app; rights and moves name them."), _entries(part, "roles")),
        ("parameters", gettext("Questions at cloning"), gettext("What whoever clones this app as a template is asked."),
         _entries(part, "parameters")),
    ]  # fmt: skip
    return {"lists": lists, "uses": uses}


def _entry(part: Part) -> None:
    """Add a role or a question."""
    member = request.form["-act"].partition(":")[2]
    if member not in ("roles", "parameters"):
        abort(400)
    noun = gettext("Role") if member == "roles" else gettext("Question")
    name = typed_name(noun)
    listed = part.content.get(member, [])
    entry = {"key": key_for(name, [one.get("key", "") for one in listed], member.rstrip("s")), "label": name}
    entry |= {"type": "text"} if member == "parameters" else {}
    part.content = inserted(part.content, f"/{member}", len(listed), entry)
    part.at, part.note = f"/{member}/{len(listed)}", gettext("added “%(what)s”", what=name)


designer = Designer(
    "settings",
    "app",
    "design/settings.html",
    {},
    _context,
    {"entry": _entry},
    {"": frozenset({"roles", "parameters", "key"})},
    frozenset({"roles", "parameters"}),
)
install = designer.install
