"""Field rights: hidden, read or edit, by a person's roles and, where the config says so, by the record at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.people.users import User
from engine.releases.live import Live
from engine.rights.copies import without_hidden_copies
from engine.rights.rows import entries_of
from forms.defs import FormDef, PermissionDef
from forms.system import SYSTEM_KEYS
from rules.checked import Checked

HIDDEN, READ, EDIT = "hidden", "read", "edit"
LEVELS = {HIDDEN: 0, READ: 1, EDIT: 2}
#: System names that a person may set on a form; all others only follow from what happens.
EDITABLE_SYSTEM = frozenset({"owner"})

Access = Mapping[str, str]


@dataclass(frozen=True)
class FieldGrants:
    """The entries of a person's roles whose word on fields depends on the record."""

    #: role -> its entries; the same entry may stand under several roles.
    by_role: Mapping[str, tuple[PermissionDef, ...]]
    conditions: tuple[Checked, ...]

    def applying(self, role: str, flags: Sequence[bool]) -> list[PermissionDef]:
        """Return the entries of a role that hold for a record, for which these of the conditions hold."""
        return [one for one in self.by_role[role] if one.records is None or flags[self.conditions.index(one.records)]]

    def level(self, key: str, flags: Sequence[bool]) -> str:
        """Return what a person may do with a field of such a record: within a role the strictest, else the best."""
        said = [strictest(found, key) for role in self.by_role if (found := self.applying(role, flags))]
        return max(said, key=LEVELS.__getitem__) if said else self.least(key)

    def best(self, key: str) -> str:
        """Return what a person may do with a field of some record that they may read, at best."""
        readers = [role for role, entries in self.by_role.items() if any(map(_reads, entries))]
        levels = [
            _best(entries, key, read_elsewhere=bool(set(readers) - {role})) for role, entries in self.by_role.items()
        ]
        return max(levels, key=LEVELS.__getitem__, default=HIDDEN)

    def least(self, key: str) -> str:
        """Return what a person may do with a field of any record they may see, at least."""
        always = [one for one in self.by_role.values() if any(entry.records is None for entry in one)]
        levels = [strictest(entries, key) for entries in always or self.by_role.values()]
        return (max if always else min)(levels, key=LEVELS.__getitem__, default=HIDDEN)


def strictest(entries: Iterable[PermissionDef], key: str) -> str:
    """Return the strictest word of some entries on a field."""
    return min((one.fields.get(key, EDIT) for one in entries), key=LEVELS.__getitem__, default=EDIT)


def _reads(entry: PermissionDef) -> bool:
    return "read" in entry.actions


def _best(entries: Sequence[PermissionDef], key: str, *, read_elsewhere: bool) -> str:
    """Return the best that these entries of a role say together, of those sets of them that let the record be read."""
    always = [one for one in entries if one.records is None]
    if always and (read_elsewhere or any(map(_reads, always))):
        return strictest(always, key)
    enough = [one for one in entries if read_elsewhere or _reads(one)] or entries
    return max((strictest([*always, one], key) for one in enough), key=LEVELS.__getitem__)


def grants_of(live: Live, form: str, user: User) -> FieldGrants | None:
    """Return the entries on whose conditions a person's field rights depend; None when no record changes them."""
    if user.is_admin:
        return None
    memo = ("grants differ", form, user.roles_in(live.key))
    if memo not in live.memo:
        grants = _all_grants(live, form, user)
        names = {name for entries in grants.by_role.values() for one in entries for name in one.fields}
        live.memo[memo] = grants if any(grants.best(name) != grants.least(name) for name in names) else None
    found: FieldGrants | None = live.memo[memo]
    return found


def _all_grants(live: Live, form: str, user: User) -> FieldGrants:
    roles = user.roles_in(live.key)
    memo = ("grants", form, roles)
    if memo not in live.memo:
        permissions = live.app.forms[form].permissions
        named = {role: tuple(entries_of(permissions, frozenset({role}))) for role in sorted(roles)}
        by_role = {role: entries for role, entries in named.items() if entries}
        conditions = [one.records for entries in by_role.values() for one in entries if one.records is not None]
        live.memo[memo] = FieldGrants(by_role, tuple(dict.fromkeys(conditions)))
    found: FieldGrants = live.memo[memo]
    return found


def field_access(live: Live, form: str, user: User) -> Access:
    """Return hidden, read or edit for every field and system name of a form: the most that any record allows.

    Within a role the strictest word counts, between a person's roles the most generous one; a role that is granted
    nothing on the form has no say. What one record allows is `record_access`.
    """
    return _access(live, form, user, "most")


def least_access(live: Live, form: str, user: User) -> Access:
    """Return the same as far as it holds for every record that a person may see."""
    return _access(live, form, user, "least")


def record_access(live: Live, form: str, user: User, flags: Sequence[bool] | None) -> Access:
    """Return the same for one record, for which these of the conditions of `grants_of` hold; None: nobody asked."""
    if grants_of(live, form, user) is None:
        return field_access(live, form, user)
    return least_access(live, form, user) if flags is None else _access(live, form, user, tuple(flags))


def _access(live: Live, form: str, user: User, asked: str | tuple[bool, ...]) -> Access:
    roles = None if user.is_admin else user.roles_in(live.key)
    memo = ("fields", form, roles, asked)
    if memo not in live.memo:
        own = _find_access(live, live.app.forms[form], user, asked)
        live.memo[memo] = without_hidden_copies(
            live, form, user, own, lambda other: _find_access(live, live.app.forms[other], user, "least")
        )
    found: Access = live.memo[memo]
    return found


def _find_access(live: Live, form: FormDef, user: User, asked: str | tuple[bool, ...]) -> dict[str, str]:
    access = {key: ceiling(form, key) for key in (*form.by_key, *system_names(live, form.key))}
    if user.is_admin or not form.permissions:
        return access
    grants = _all_grants(live, form.key, user)
    least = asked == "least" and grants_of(live, form.key, user) is not None
    granted = {
        key: grants.level(key, asked) if isinstance(asked, tuple) else grants.least(key) if least else grants.best(key)
        for key in access
    }
    return {key: min(level, granted[key], key=LEVELS.__getitem__) for key, level in access.items()}


def ceiling(form: FormDef, key: str) -> str:
    """Return the most that anybody may do with a name: what is computed can only be read."""
    found = form.by_key.get(key)
    if found is None:
        return EDIT if key in EDITABLE_SYSTEM else READ
    return READ if found.is_derived or found.type.assigned else EDIT


def system_names(live: Live, form: str) -> tuple[str, ...]:
    """Return the system names of a form that may be shown; those of a stage only with a pipeline."""
    return tuple(key for key in SYSTEM_KEYS if key in live.app.shapes[form])


def visible(live: Live, form: str, user: User) -> frozenset[str]:
    """Return the names of a form that a person may see on every record that they may see.

    Only these may be sorted by, filtered by, searched, grouped by or named in a condition: were a field that is hidden
    on some records among them, the order or the count would tell what it holds there.
    """
    return frozenset(key for key, level in least_access(live, form, user).items() if level != HIDDEN)


def ever_visible(live: Live, form: str, user: User) -> frozenset[str]:
    """Return the names of a form that a person may see on some records: the columns of a list or a file."""
    return frozenset(key for key, level in field_access(live, form, user).items() if level != HIDDEN)
