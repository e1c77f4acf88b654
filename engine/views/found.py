"""Which views of a form a person has: those of the config for their roles, their own, those shared with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.releases.live import Live
from engine.rights import may
from engine.views.rows import SavedView
from forms.labels import Label
from forms.views import KINDS, ViewDef, ViewSettings


@dataclass(frozen=True)
class View:
    """A view as one person has it; the key of a saved one is its number."""

    key: str
    label: Label
    kind: str
    settings: ViewSettings
    roles: tuple[str, ...] = ()
    owner_id: int | None = None
    #: Whether this person may change it.
    mine: bool = False

    @property
    def declared(self) -> bool:
        """Tell whether it comes from the config."""
        return self.owner_id is None


def views_of(session: Session, live: Live, form: str, user: User) -> list[View]:
    """Return the views of a form that a person may use, those of the config first; one statement."""
    if not may(user, "read", live, form):
        return []
    rows = session.scalars(
        sa.select(SavedView)
        .where(SavedView.app_key == live.key, SavedView.form == form)
        .order_by(SavedView.position, SavedView.id)
    )
    declared = [_declared(one) for one in live.form(form).views if _is_for(live, one.roles or None, user)]
    return [*declared, *_saved(rows, live, user)]


def view_of(session: Session, live: Live, form: str, key: str, user: User) -> View | None:
    """Return a view that a person may use."""
    return next((one for one in views_of(session, live, form, user) if one.key == key), None)


def seen(row: SavedView, user: User) -> View:
    """Return a saved view as a person has it."""
    kind = row.kind if row.kind in KINDS else KINDS[0]
    settings = ViewSettings.of(row.settings)
    return View(
        str(row.id), Label({"": row.name}), kind, settings, tuple(row.roles), row.owner_id, row.owner_id == user.id
    )


def _saved(rows: Iterable[SavedView], live: Live, user: User) -> list[View]:
    return [
        seen(row, user) for row in rows if row.owner_id == user.id or (row.roles and _is_for(live, row.roles, user))
    ]


def _declared(view: ViewDef) -> View:
    return View(view.key, view.label, view.kind, view.settings, view.roles)


def _is_for(live: Live, roles: Iterable[str] | None, user: User) -> bool:
    return roles is None or user.is_admin or bool(user.roles_in(live.key) & set(roles))
