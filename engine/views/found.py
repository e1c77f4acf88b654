"""Which views of a form a person has: those of the config for their roles, their own, those shared with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import User
from engine.releases.live import Live
from engine.rights import may
from engine.views.rows import SavedView, ViewHabit
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


class Found(NamedTuple):
    """The views of a form for one person, and view -> how wide this person made its columns."""

    views: tuple[View, ...] = ()
    widths: Mapping[str, Mapping[str, int]] = {}


#: Stands where a saved view has its kind, in rows that tell how wide columns are.
_HABIT = "habit"


def views_of(session: Session, live: Live, form: str, user: User) -> list[View]:
    """Return the views of a form that a person may use, those of the config first; one statement."""
    return list(found(session, live, form, user).views)


def found(session: Session, live: Live, form: str, user: User) -> Found:
    """Return the views of a form that a person may use, and their habits, in one statement."""
    if not may(user, "read", live, form):
        return Found()
    saved = sa.select(
        SavedView.id, SavedView.name, SavedView.kind, SavedView.owner_id, SavedView.roles, SavedView.settings,
        SavedView.position,
    ).where(SavedView.app_key == live.key, SavedView.form == form)  # fmt: skip
    habits = sa.select(
        sa.literal(0), ViewHabit.view, sa.literal(_HABIT), ViewHabit.person_id, sa.null(), ViewHabit.widths,
        sa.literal(0),
    ).where(ViewHabit.app_key == live.key, ViewHabit.form == form, ViewHabit.person_id == user.id)  # fmt: skip
    rows = session.execute(sa.union_all(saved, habits).order_by("position", "id")).all()
    widths = {row.name: row.settings for row in rows if row.kind == _HABIT}
    declared = [_declared(one) for one in live.form(form).views if _is_for(live, one.roles or None, user)]
    return Found((*declared, *_saved([row for row in rows if row.kind != _HABIT], live, user)), widths)


def view_of(session: Session, live: Live, form: str, key: str, user: User) -> View | None:
    """Return a view that a person may use."""
    return next((one for one in views_of(session, live, form, user) if one.key == key), None)


def seen(row: SavedView | sa.Row[Any], user: User) -> View:
    """Return a saved view as a person has it."""
    kind = row.kind if row.kind in KINDS else KINDS[0]
    settings = ViewSettings.of(row.settings)
    return View(
        str(row.id), Label({"": row.name}), kind, settings, tuple(row.roles), row.owner_id, row.owner_id == user.id
    )


def _saved(rows: Iterable[sa.Row[Any]], live: Live, user: User) -> list[View]:
    return [
        seen(row, user) for row in rows if row.owner_id == user.id or (row.roles and _is_for(live, row.roles, user))
    ]


def _declared(view: ViewDef) -> View:
    return View(view.key, view.label, view.kind, view.settings, view.roles)


def _is_for(live: Live, roles: Iterable[str] | None, user: User) -> bool:
    return roles is None or user.is_admin or bool(user.roles_in(live.key) & set(roles))
