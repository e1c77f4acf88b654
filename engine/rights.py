"""Rights: who may do what to which records and fields. Every list, page, move, import and figure asks here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from engine.people.users import User
from engine.releases.live import Live
from engine.sql.compile import Source
from forms.defs import FormDef, PermissionDef
from forms.system import SYSTEM_KEYS
from rules.checked import Checked
from rules.errors import N_, Fault, RuleError
from rules.types import Kind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

#: What permissions may name.
VERBS = ("read", "create", "update", "delete", "move", "import", "export", "comment", "configure")
#: What everybody with a role in the app may do with a form that names no permissions.
OPEN_VERBS = frozenset({"read", "create", "update", "move", "import", "export", "comment"})
#: Stands for every role in a permission.
ANY_ROLE = "*"

HIDDEN, READ, EDIT = "hidden", "read", "edit"
_LEVELS = {HIDDEN: 0, READ: 1, EDIT: 2}
#: System names that a person may set on a form; all others only follow from what happens.
EDITABLE_SYSTEM = frozenset({"owner"})

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
    granted = [one.records for one in _of_roles(form.permissions, roles) if verb in one.actions]
    return (None,) if None in granted else tuple(granted)


def _of_roles(permissions: Iterable[PermissionDef], roles: frozenset[str]) -> list[PermissionDef]:
    if not roles:
        return []
    return [one for one in permissions if ANY_ROLE in one.roles or not roles.isdisjoint(one.roles)]


def row_filter(source: Source, live: Live, form: str, user: User, verb: str) -> ColumnElement[bool]:
    """Return the rows of a source on which a person may do this, as a condition for WHERE."""
    conditions = row_condition(live, form, user, verb)
    if None in conditions:
        return sa.true()
    return sa.or_(sa.false(), *(source.condition(one) for one in conditions if one is not None))


def field_access(live: Live, form: str, user: User) -> Mapping[str, str]:
    """Return hidden, read or edit for every field and system name of a form.

    Within a role the strictest word counts, between a person's roles the most generous one; a role that is granted
    nothing on the form has no say.
    """
    roles = None if user.is_admin else user.roles_in(live.key)
    memo = ("fields", form, roles)
    if memo not in live.memo:
        live.memo[memo] = _field_access(live, live.app.forms[form], roles)
    found: Mapping[str, str] = live.memo[memo]
    return found


def _field_access(live: Live, form: FormDef, roles: frozenset[str] | None) -> dict[str, str]:
    access = {key: _ceiling(form, key) for key in (*form.by_key, *system_names(live, form.key))}
    if roles is None or not form.permissions:
        return access
    return {key: min(level, _granted(form, roles, key), key=_LEVELS.__getitem__) for key, level in access.items()}


def _ceiling(form: FormDef, key: str) -> str:
    found = form.by_key.get(key)
    if found is None:
        return EDIT if key in EDITABLE_SYSTEM else READ
    return READ if found.is_derived else EDIT


def _granted(form: FormDef, roles: frozenset[str], key: str) -> str:
    by_role = [_by_role(form, role, key) for role in roles]
    return max((level for level in by_role if level), key=_LEVELS.__getitem__, default=HIDDEN)


def _by_role(form: FormDef, role: str, key: str) -> str:
    grants = _of_roles(form.permissions, frozenset({role}))
    if not grants:
        return ""
    return min((one.fields.get(key, EDIT) for one in grants), key=_LEVELS.__getitem__)


def system_names(live: Live, form: str) -> tuple[str, ...]:
    """Return the system names of a form that may be shown; those of a stage only with a pipeline."""
    return tuple(key for key in SYSTEM_KEYS if key in live.app.shapes[form])


def visible(live: Live, form: str, user: User) -> frozenset[str]:
    """Return the names of a form that a person may see."""
    return frozenset(key for key, level in field_access(live, form, user).items() if level != HIDDEN)


def check_reads(live: Live, form: str, user: User, checked: Checked) -> None:
    """Refuse an expression that a person typed when it reads what is hidden from them, in the words of a typo."""
    for path in sorted(checked.reads):
        _check_path(live, form, user, path)


def reads_hidden(live: Live, form: str, user: User, checked: Checked) -> bool:
    """Tell whether an expression of the config reads something that is hidden from a person."""
    try:
        check_reads(live, form, user, checked)
    except RuleError:
        return True
    return False


def _check_path(live: Live, form: str, user: User, path: tuple[str, ...]) -> None:
    here = form
    for name in path:
        type_ = live.app.shapes[here].get(name)
        if type_ is None:
            return
        if name not in visible(live, here, user):
            raise RuleError(
                Fault("unknown_name", N_("There is no field called {name} here."), {"name": ".".join(path)})
            )
        if type_.kind is not Kind.REFERENCE:
            return
        here = type_.form
