"""The form of a draft as somebody with a role will see it, conditions included; nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import request

from admin.design._desk import desk
from engine.design.on_records import understood
from engine.errors import NotFound
from rules.errors import SteerwayError
from rules.types import OF_RECORDS
from web import here
from web.form_view import Typed, form_state, read_typed
from web.render import render

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from engine.people import User
    from engine.releases import Live


def roles() -> list[tuple[str, str]]:
    """Return (key, name) of the app's roles."""
    return [(one["key"].text, desk().said(one)) for one in desk().source.app["roles"].items()]


def show(app_key: str, part_key: str) -> Response:
    """Draw the form as it would be filled in; what was typed so far decides what its conditions show."""
    role = request.values.get("-role", "")
    sections, fault = None, ""
    sound = desk().sound(f"forms/{part_key}.json")
    if sound is not None:
        try:
            live = understood(sound)
            live.form(part_key)
            viewer = here.viewer()
            with here.acting(_as(role)):
                typed = _without_records(live, part_key, read_typed(request.form, live, part_key), viewer)
                sections = form_state(live, part_key, None, typed).sections()
        except NotFound:
            raise
        except SteerwayError as error:
            fault = str(error)
    return render(
        "design/preview.html", "design/_preview.html", app_key=app_key, part_key=part_key, role=role, roles=roles(),
        shown_sections=sections, fault=fault, has_tables=False,
    )  # fmt: skip


def _without_records(live: Live, form: str, typed: Typed, viewer: User) -> Typed | None:
    """Return what was typed without the records that it names: a role, or a draft, may see more of them than the viewer."""
    shape = live.app.shapes[form]
    kept = {key: one for key, one in typed.items() if key not in shape or shape[key].kind not in OF_RECORDS}
    return (dict(typed) if viewer.is_admin else kept) or None


def _as(role: str) -> User:
    """Return the viewer with one role of the app, or as administrator without one."""
    user = here.viewer()
    if not role:
        return replace(user, is_admin=True)
    return replace(user, is_admin=False, roles=frozenset({(desk().app_key, role)}))
