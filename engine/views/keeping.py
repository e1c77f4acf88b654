"""Saving, changing, sharing and dropping views: whoever made one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.defs import RoleDef
from engine.db import start_writing
from engine.errors import NotFound, Refused
from engine.people.users import User
from engine.releases.live import Live
from engine.rights import may
from engine.views.found import View, seen
from engine.views.rows import SavedView
from engine.views.settling import refuse_filter
from forms.errors import FormError
from forms.text import normal, storable
from forms.views import KINDS, ViewSettings
from rules.errors import N_, Fault

#: Views that one person may have of a form.
MOST_VIEWS = 100
LONGEST_NAME = 80


def save_view(
    session: Session,
    live: Live,
    form: str,
    name: str,
    settings: ViewSettings,
    user: User,
    now: datetime,
    *,
    kind: str = "table",
    roles: Iterable[str] = (),
) -> View:
    """Keep a new view of this person; FormError when its name, filter or roles make no sense."""
    _may_read(live, form, user)
    start_writing(session)
    mine = sa.select(sa.func.count(SavedView.id), sa.func.max(SavedView.position)).where(
        SavedView.app_key == live.key, SavedView.form == form, SavedView.owner_id == user.id
    )
    count, last = session.execute(mine).one()
    if count >= MOST_VIEWS:
        raise FormError(
            Fault("view.many", N_("You have {count} views of this form; delete one first."), {"count": count})
        )
    row = SavedView(
        app_key=live.key,
        form=form,
        name=_name(name),
        kind=kind if kind in KINDS else KINDS[0],
        owner_id=user.id,
        roles=_roles(live, form, roles),
        settings=_stored(live, form, settings, user),
        position=(last or 0) + 1,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    return seen(row, user)


def change_view(
    session: Session,
    live: Live,
    form: str,
    key: str,
    user: User,
    now: datetime,
    *,
    name: str | None = None,
    settings: ViewSettings | None = None,
    roles: Iterable[str] | None = None,
) -> View:
    """Rename a view, give it other settings, or share it with other roles; NotFound or Refused for others' views."""
    row = _own(session, live, form, key, user)
    if name is not None:
        row.name = _name(name)
    if settings is not None:
        row.settings = _stored(live, form, settings, user)
    if roles is not None:
        row.roles = _roles(live, form, roles)
    row.updated_at = now
    session.flush()
    return seen(row, user)


def drop_view(session: Session, live: Live, form: str, key: str, user: User) -> None:
    """Delete a view of this person."""
    session.delete(_own(session, live, form, key, user))
    session.flush()


def sharable_roles(live: Live, form: str) -> list[RoleDef]:
    """Return the roles that a view of a form can be shared with: those that may read its records."""
    permissions = live.form(form).permissions
    readers = {role for one in permissions if "read" in one.actions for role in one.roles}
    return [role for role in live.app.roles if not permissions or role.key in readers]


def _own(session: Session, live: Live, form: str, key: str, user: User) -> SavedView:
    _may_read(live, form, user)
    start_writing(session)
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
    row = session.get(SavedView, number)
    if row is None or (row.app_key, row.form) != (live.key, form):
        raise NotFound("view", key)
    if row.owner_id != user.id:
        shared = user.is_admin or user.roles_in(live.key) & set(row.roles)
        raise Refused("update", form) if row.roles and shared else NotFound("view", key)
    return row


def _may_read(live: Live, form: str, user: User) -> None:
    live.form(form)
    if user.id is None or not may(user, "read", live, form):
        raise NotFound("form", form)


def _name(text: str) -> str:
    name = " ".join(normal(text).split())[:LONGEST_NAME] if storable(text) else ""
    if not name:
        raise FormError(Fault("view.name", N_("A view needs a name."), field="name"))
    return name


def _roles(live: Live, form: str, roles: Iterable[str]) -> list[str]:
    wanted, known = set(roles), [role.key for role in sharable_roles(live, form)]
    if wanted - set(known):
        fault = Fault("view.roles", N_("A view can be shared with roles that may read the form."), field="roles")
        raise FormError(fault)
    return [key for key in known if key in wanted]


def _stored(live: Live, form: str, settings: ViewSettings, user: User) -> dict[str, object]:
    refuse_filter(live, form, settings.filter, user)
    return settings.stored
