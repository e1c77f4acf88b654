"""Row and action rights: what a person may do at all, and the condition that picks the records they may do it to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from engine.people.users import User
from engine.releases.live import Live
from engine.sql.compile import Source
from forms.defs import FormDef, PermissionDef
from rules.checked import Checked

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

#: What permissions may name.
VERBS = ("read", "create", "update", "delete", "move", "import", "export", "comment", "share", "configure")
#: What everybody with a role in the app may do with a form that names no permissions.
OPEN_VERBS = frozenset({"read", "create", "update", "move", "import", "export", "comment"})
#: Stands for every role in a permission.
ANY_ROLE = "*"

#: The conditions of all grants, to be or-ed; None holds for every record; nothing at all means "no record".
RowCondition: TypeAlias = tuple[Checked | None, ...]


def may(user: User, verb: str, live: Live, form: str | None = None) -> bool:
    """Tell whether a person may do this at all: with records of a form, or (without one) with the app."""
    if user.is_admin:
        return True
    if form is not None:
        return bool(row_condition(live, form, user, verb))
    if verb == "configure":
        return any(row_condition(live, key, user, verb) for key in live.app.forms)
    return bool(user.roles_in(live.key))


def row_condition(live: Live, form: str, user: User, verb: str) -> RowCondition:
    """Return the conditions under which a person may do this to a record."""
    if user.is_admin:
        return (None,)
    roles = user.roles_in(live.key)
    memo = ("rows", form, verb, roles)
    if memo not in live.memo:
        live.memo[memo] = _row_condition(live.app.forms[form], roles, verb)
    found: RowCondition = live.memo[memo]
    return found


def _row_condition(form: FormDef, roles: frozenset[str], verb: str) -> RowCondition:
    if not form.permissions:
        return (None,) if roles and verb in OPEN_VERBS else ()
    granted = [one.records for one in entries_of(form.permissions, roles) if verb in one.actions]
    return (None,) if None in granted else tuple(granted)


def entries_of(permissions: Iterable[PermissionDef], roles: frozenset[str]) -> list[PermissionDef]:
    if not roles:
        return []
    return [one for one in permissions if ANY_ROLE in one.roles or not roles.isdisjoint(one.roles)]


def row_filter(source: Source, live: Live, form: str, user: User, verb: str) -> ColumnElement[bool]:
    """Return the rows of a source on which a person may do this, as a condition for WHERE."""
    conditions = row_condition(live, form, user, verb)
    if None in conditions:
        return sa.true()
    return sa.or_(sa.false(), *(source.condition(one) for one in conditions if one is not None))
