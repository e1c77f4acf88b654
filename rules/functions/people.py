"""Functions about people and about who is asking."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from rules.functions._base import Maker, function, macro
from rules.tree import Node
from rules.types import PERSON, TEXT


@function("has_role(role: word) -> condition", reads=("me.roles",))
def has_role(role: str, roles: AbstractSet[str]) -> bool:
    """Whether you hold a role in this app.

    >>> has_role("manager")
    no
    """
    return role in roles


@function("in_team(team: word) -> condition", reads=("me.teams",))
def in_team(team: str, teams: AbstractSet[str]) -> bool:
    """Whether you belong to a team.

    >>> in_team("sales")
    yes
    """
    return team in teams


@macro("same_region(person: person) -> condition")
def same_region(make: Maker, person: Node) -> Node:
    """Whether a person works in your region; no when there is none.

    >>> same_region(owner)
    yes
    """
    return _same(make, person, "region")


@macro("same_team(person: person) -> condition")
def same_team(make: Maker, person: Node) -> Node:
    """Whether a person belongs to your team; no when there is none.

    >>> same_team(owner)
    no
    """
    return _same(make, person, "team")


def _same(make: Maker, person: Node, key: str) -> Node:
    theirs, mine = make.part(person, key, TEXT), make.mine(key, TEXT)
    filled = make.opposite(make.call("is_empty", make.compare(theirs, "==", mine).type, mine))
    return make.both(make.compare(theirs, "==", mine), filled)


@macro("is_me(person: person) -> condition")
def is_me(make: Maker, person: Node) -> Node:
    """Whether a person is you.

    >>> is_me(owner)
    no
    """
    return make.compare(person, "==", make.me())


@macro("reports_to_me(person: person) -> condition")
def reports_to_me(make: Maker, person: Node) -> Node:
    """Whether you are the manager of a person.

    >>> reports_to_me(owner)
    yes
    """
    return make.compare(make.part(person, "manager", PERSON), "==", make.me())
