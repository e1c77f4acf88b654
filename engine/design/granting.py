"""Changing what one role may do in the permissions of a form: entries shared with others are split, nobody else's rights change.

Everything here works on the JSON list `permissions` and returns it anew: entries of {roles, actions, records, stages, fields}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.rights.fields import EDIT, LEVELS
from engine.rights.rows import ANY_ROLE, OPEN_VERBS, VERBS

Entry = dict[str, Any]
Entries = Sequence[Mapping[str, Any]]
#: Level of a field that depends on the record.
VARIES = "varies"


def listed(content: Mapping[str, Any], roles: Sequence[str]) -> list[Entry]:
    """Return the entries of a form; one that names none gives every role what it is open for, written out here."""
    found = content.get("permissions")
    entries = [dict(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    if entries or not roles:
        return entries
    return [{"roles": list(roles), "actions": [verb for verb in VERBS if verb in OPEN_VERBS]}]


def numbers_of(entries: Entries, role: str) -> list[int]:
    """Return the places of the entries that speak of a role."""
    return [n for n, one in enumerate(entries) if {role, ANY_ROLE} & set(one.get("roles", ()))]


def condition_of(entry: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the records that an entry speaks of: condition and stages, both empty for all records."""
    return str(entry.get("records", "")), tuple(entry.get("stages", ()))


def is_always(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry speaks of every record."""
    return condition_of(entry) == ("", ())


def granting(entries: Entries, role: str, action: str) -> list[int]:
    """Return the places of the entries that grant an action to a role."""
    return [n for n in numbers_of(entries, role) if action in entries[n].get("actions", ())]


def level_of(entries: Entries, role: str, field: str) -> str:
    """Return hidden, read or edit as a role has it on all its records, VARIES where that depends on the record.

    Empty for a role that is granted nothing.
    """
    own = [entries[n] for n in numbers_of(entries, role)]
    if not own:
        return ""
    always = [one for one in own if is_always(one)]
    least = _strictest(own, field)
    if always:
        return least if _strictest(always, field) == least else VARIES
    return least if all(_strictest([one], field) == least for one in own) else VARIES


def with_action(entries: Entries, roles: Sequence[str], role: str, action: str, *, allowed: bool) -> list[Entry]:
    """Grant one action to one role, or take it away.

    A new action holds for the records that the role may read. A role that loses its last action has no entry left; the
    last entry of all stays without actions, as a form without entries would be open to every role.
    """
    found = [dict(one) for one in entries]
    if allowed == bool(granting(found, role, action)):
        return found
    if not allowed:
        return _without(found, roles, role, action)
    targets = _targets(found, role)
    if not targets:
        return [*found, {"roles": [role], "actions": [action]}]
    return _changed(found, roles, role, targets, lambda one: _named(one, action))


def with_level(entries: Entries, roles: Sequence[str], role: str, field: str, level: str) -> list[Entry]:
    """Set what one role may do with one field, on every record that it is granted anything on."""
    found = [dict(one) for one in entries]
    other = [n for n in numbers_of(found, role) if _strictest([found[n]], field) != level]
    return _changed(found, roles, role, other, lambda one: _spoken(one, field, level))


def alone(entries: Entries, roles: Sequence[str], role: str, number: int) -> tuple[list[Entry], int]:
    """Split an entry, so that one speaks of this role alone; return the entries and its place."""
    found = [dict(one) for one in entries]
    entry = found[number]
    others = _others(entry, roles, role)
    if not others:
        return found, number
    found[number : number + 1] = [{**entry, "roles": others}, {**entry, "roles": [role]}]
    return found, number + 1


def _targets(entries: Entries, role: str) -> list[int]:
    """Return the entries that a new action is written into: those by which the role reads, else acts at all."""
    readers = granting(entries, role, "read")
    acting = [n for n in numbers_of(entries, role) if entries[n].get("actions")]
    idle = [n for n in numbers_of(entries, role) if is_always(entries[n])]
    return readers or acting or idle[:1]


def _without(entries: list[Entry], roles: Sequence[str], role: str, action: str) -> list[Entry]:
    found = _changed(entries, roles, role, granting(entries, role, action), lambda one: _unnamed(one, action))
    own = numbers_of(found, role)
    acts = any(found[n].get("actions") for n in own)
    idle = [n for n in own if not found[n].get("actions") and not (acts and found[n].get("fields"))]
    for n in reversed(idle):
        others = _others(found[n], roles, role)
        found[n : n + 1] = [{**found[n], "roles": others}] if others else []
    return found or [{"roles": [role], "actions": []}]


def _changed(
    entries: list[Entry], roles: Sequence[str], role: str, numbers: Sequence[int], change: Callable[[Entry], Entry]
) -> list[Entry]:
    """Change entries for one role; what then says the same as its neighbour becomes one with it again."""
    found = entries
    for number in reversed(numbers):
        found, at = alone(found, roles, role, number)
        found[at] = change(found[at])
        found = _joined(found, roles, at)
    return found


def _joined(entries: list[Entry], roles: Sequence[str], at: int) -> list[Entry]:
    for other in (at - 1, at + 1):
        if 0 <= other < len(entries) and _said(entries[other]) == _said(entries[at]):
            both = {*entries[at]["roles"], *entries[other]["roles"]}
            first, second = sorted((at, other))
            known = [one for one in roles if one in both]
            named = [*known, *(one for one in entries[first]["roles"] + entries[second]["roles"] if one not in known)]
            merged = {**entries[first], "roles": list(dict.fromkeys(named))}
            return [*entries[:first], merged, *entries[second + 1 :]]
    return entries


def _said(entry: Mapping[str, Any]) -> Any:
    records, stages = condition_of(entry)
    fields = {key: level for key, level in entry.get("fields", {}).items() if level != EDIT}
    return records, frozenset(stages), frozenset(entry.get("actions", ())), fields


def _others(entry: Mapping[str, Any], roles: Sequence[str], role: str) -> list[str]:
    named = entry.get("roles", ())
    every = [*roles, *named] if ANY_ROLE in named else named
    return list(dict.fromkeys(one for one in every if one not in (role, ANY_ROLE)))


def _strictest(entries: Entries, field: str) -> str:
    said = [str(one.get("fields", {}).get(field, EDIT)) for one in entries]
    return min(said, key=lambda level: LEVELS.get(level, LEVELS[EDIT]), default=EDIT)


def _named(entry: Entry, action: str) -> Entry:
    """Return an entry with an action, which stands where the others' order puts it."""
    actions = [one for one in entry.get("actions", ()) if one != action]
    later = [n for n, one in enumerate(actions) if one in VERBS and VERBS.index(one) > VERBS.index(action)]
    actions.insert(later[0] if later else len(actions), action)
    return {**entry, "actions": actions}


def _unnamed(entry: Entry, action: str) -> Entry:
    return {**entry, "actions": [one for one in entry.get("actions", ()) if one != action]}


def _spoken(entry: Entry, field: str, level: str) -> Entry:
    fields = {**entry.get("fields", {}), field: level}
    if level == EDIT:
        del fields[field]
    made = {**entry, "fields": fields}
    if not fields:
        del made["fields"]
    return made
