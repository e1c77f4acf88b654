"""What a person may do with a sub-table: the home form's word on it and the rights on its rows, whichever is less."""

from __future__ import annotations

from engine.people.users import User
from engine.releases.live import Live
from engine.rights import EDIT, HIDDEN, may
from engine.rights.fields import LEVELS, strictest
from engine.rights.rows import entries_of
from forms.defs import FormDef, SubTableDef


def table_access(live: Live, form: FormDef, table: SubTableDef, user: User) -> str:
    """Return hidden, read or edit."""
    if not may(user, "read", live, table.of):
        return HIDDEN
    if user.is_admin or not form.permissions:
        return EDIT
    roles = user.roles_in(live.key)
    by_role = [tuple(entries_of(form.permissions, frozenset({role}))) for role in sorted(roles)]
    said = [strictest(entries, table.key) for entries in by_role if entries]
    return max(said, key=LEVELS.__getitem__, default=HIDDEN)
