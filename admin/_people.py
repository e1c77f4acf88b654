"""What the pages about people share: names of roles, choices of people, and how a deed ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from engine.people import everybody
from engine.releases import apps, live
from engine.sandboxes import is_sandbox
from engine.staff.sheet import HOUSE_ROLE
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.i18n import language
from web.shell import app_named
from web.words import gettext


def role_choices() -> list[tuple[str, str]]:
    """Return every role of every app, and that of the whole house: ("app:role", "App – Role")."""
    session, found = here.db(), []
    for row in apps(session):
        try:
            app = live(session, row.key).app
        except SteerwayError:
            continue
        name = app_named(row)
        found += [
            (f"{row.key}:{role.key}", f"{name} – {role.label.pick(language()) or role.key}") for role in app.roles
        ]
    return [*found, (":".join(HOUSE_ROLE), gettext("Every app – may clone templates and create apps"))]


def offered_roles() -> list[tuple[str, str]]:
    """Return the roles that people are given: not those of sandboxes, which go by themselves."""
    return [one for one in role_choices() if not is_sandbox(one[0])]


def lasting(held: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the roles of these that are of no sandbox."""
    return [one for one in held if not is_sandbox(one[0])]


def role_words(held: Sequence[tuple[str, str]]) -> list[str]:
    """Say roles; those that no config has any more by their keys."""
    if "role_names" not in g:
        g.role_names = dict(role_choices())
    names: dict[str, str] = g.role_names
    return [names.get(f"{app}:{role}", f"{app} – {role}") for app, role in held]


def role_of(text: str) -> tuple[str, str]:
    """Return what a choice of `role_choices` stands for."""
    app_key, _, role = text.partition(":")
    return app_key[:100], role[:100]


def people_choices(without: int = 0) -> list[tuple[int, str]]:
    """Return everybody who is there, as (id, name)."""
    return [(one.id, one.name) for one in everybody(here.db()) if one.active and one.id != without]


def number_of(text: str) -> int:
    """Return an id that was sent; 0 for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def sent(name: str) -> int:
    """Return an id of the form that was sent; 0 for none."""
    return number_of(request.form.get(name, ""))


def did(work: Callable[[], str], address: str) -> Response:
    """Do a deed and go on: what it says is told, what stands against it too, and then nothing has changed."""
    try:
        told = work()
    except SteerwayError as error:
        here.db().rollback()
        for fault in error.faults:
            flash(sentence(fault), "error")
    else:
        here.db().commit()
        if told:
            flash(told, "success")
    return redirect(address, 303)  # type: ignore[no-any-return,unused-ignore]  # typed loosely upstream


def shown(page: Any) -> Any:
    """Keep a page that shows a secret out of every cache."""
    return page, 200, {"Cache-Control": "no-store"}
