"""The people that a rule about people watches: whom its words name, and what is known of each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from engine.people import Person, RoleGrant, fold_sign_in
from forms.system import PERSON_SHAPE
from rules.errors import N_
from rules.scope import Shape
from rules.types import DATE, DATETIME, PERSON

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot

#: What conditions and messages of a rule about people may name: `owner` is the person it is about.
NAMES: Shape = {
    "today": DATE.never_empty(),
    "now": DATETIME.never_empty(),
    "owner": PERSON.never_empty(),
    **{f"owner.{key}": type_ for key, type_ in PERSON_SHAPE.items()},
    **{f"owner.manager.{key}": type_ for key, type_ in PERSON_SHAPE.items()},
}
#: How a word that names people begins.
KINDS = ("role", "team", "person", "okr")
_COLUMNS = {key: "manager_id" if key == "manager" else key for key in PERSON_SHAPE}
_NOBODY = N_("“{name}” names nobody to watch: write role:…, team:…, person:… or okr:… (the owners on an OKR page).")


def check_people(desk: Desk, listed: Spot) -> None:
    """Note the words that name nobody."""
    for item in listed.items():
        kind, _, name = item.text.partition(":")
        place = type(item)(name, item.file, item.pointer)
        if kind not in KINDS or not name.strip():
            desk.add(item.fault("people.unknown", _NOBODY, name=item.text))
        elif kind == "role":
            desk.named(place, desk.roles, "role.unknown", N_("There is no role “{name}”."))
        elif kind == "okr":
            desk.named(place, desk.by_key("okrs"), "okr.unknown", N_("There is no OKR page “{name}”."))


def build_people(desk: Desk, listed: Spot) -> tuple[str, ...]:
    """Return the words, those who own something on an OKR page one by one."""
    found = dict.fromkeys(listed.texts)
    for word in [one for one in found if one.startswith("okr:")]:
        del found[word]
        found |= dict.fromkeys(_owners(desk, desk.by_key("okrs")[word.partition(":")[2]]))
    return tuple(found)


def _owners(desk: Desk, okr: Spot) -> list[str]:
    objectives = okr["objectives"].items()
    owners = [one["owner"].text for one in objectives]
    owners += [one["owner"].text for objective in objectives for one in objective["key_results"].items()]
    return [f"role:{name}" if name in desk.roles else f"person:{name}" for name in owners if name]


def named(app_key: str, words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition of the people whom words name and who have not left."""
    listed: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for word in words:
        kind, _, name = word.partition(":")
        listed[kind].append(fold_sign_in(name) if kind == "person" else name)
    here = RoleGrant.app_key == app_key
    tests = [
        Person.grants.any(here & RoleGrant.role.in_(listed["role"])),
        Person.team.in_(listed["team"]) & Person.grants.any(here),
        Person.sign_in.in_(listed["person"]),
    ]
    return sa.and_(Person.active, sa.or_(*tests))


def facts_of_people(
    session: Session, condition: ColumnElement[bool], ids: Collection[int] | None = None
) -> Mapping[int, Mapping[str, object]]:
    """Return what conditions, messages and recipients may read of some people."""
    manager: Any = aliased(Person)
    own = {f"owner.{key}": getattr(Person, column) for key, column in _COLUMNS.items()}
    above = {f"owner.manager.{key}": getattr(manager, column) for key, column in _COLUMNS.items()}
    columns = {"owner": Person.id, **own, **above}
    query = select(*columns.values()).outerjoin(manager, manager.id == Person.manager_id).where(condition)
    if ids is not None:
        query = query.where(Person.id.in_(list(ids)))
    return {row[0]: dict(zip(columns, row, strict=True)) for row in session.execute(query.order_by(Person.id))}
