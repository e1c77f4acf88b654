"""A field of a record changed: any change, or from something to something, or by somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.changes import Change
from engine.config.schema_parts import array, obj, ref
from engine.people import RoleGrant
from engine.triggers._base import Path, Trigger, Watch, register
from engine.triggers._changes import changes_now
from rules.errors import N_

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot

_VALUES = {
    "type": ["string", "number", "boolean", "null", "array"],
    "items": {"type": ["string", "number", "boolean", "null"]},
    "maxItems": 100,
}


@dataclass(frozen=True, slots=True)
class Changed:
    """Any of these fields changed; from and to one of these values where any are given; by holders of these roles."""

    fields: tuple[str, ...]
    before: tuple[object, ...] | None
    after: tuple[object, ...] | None
    roles: tuple[str, ...]


@register
class FieldChanged(Trigger):
    """A field changed, in the same transaction."""

    key = "changed"
    schema = obj(
        {
            "field": {
                "type": ["string", "array"],
                "items": ref("name"),
                "minItems": 1,
                "maxItems": 50,
                "maxLength": 100,
                "description": "Field, or several of which any; stage and owner too.",
            },
            "from": {**_VALUES, "description": "Only when it was this, or one of these; null is empty."},
            "to": {**_VALUES, "description": "Only when it became this, or one of these."},
            "by": array(ref("name"), "Only when somebody with one of these roles did it.", 50, 1),
        },
        ("field",),
        "A field changed.",
    )
    is_event = True

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        shape = desk.shapes.promised.get(rule["form"].text, {})
        for field in spot["field"].items():
            if not desk.named(field, shape, "field.unknown", N_("There is no such field “{name}” in this form.")):
                continue
            options = shape[field.text].options
            for side in ("from", "to"):
                for value in _listed(spot[side]):
                    if options and isinstance(value.value, str):
                        desk.named(value, options, "option.unknown", N_("“{name}” is none of its options."))
        for role in spot["by"].items():
            desk.named(role, desk.roles, "role.unknown", N_("There is no role “{name}”."))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        sides = [tuple(one.value for one in _listed(spot[side])) if side in spot else None for side in ("from", "to")]
        return Changed(spot["field"].texts, sides[0], sides[1], spot["by"].texts)

    def reads(self, given: Changed) -> frozenset[Path]:
        return frozenset((key,) for key in given.fields)

    def happened(self, watch: Watch, given: Changed, ids: Collection[int]) -> Mapping[int, str]:
        met = [one for one in changes_now(watch, ids) if _fits(given, one)]
        people = {one.person_id for one in met if one.person_id is not None}
        if given.roles and met:
            mine = (RoleGrant.app_key == watch.live.key, RoleGrant.role.in_(given.roles))
            query = select(RoleGrant.person_id).where(*mine, RoleGrant.person_id.in_(people))
            holders = set(watch.session.scalars(query))
            met = [one for one in met if one.person_id in holders]
        return {one.record_id: str(one.id) for one in met if one.record_id is not None}


def _listed(spot: Spot) -> list[Spot]:
    return [spot[number] for number in range(len(spot.value))] if isinstance(spot.value, list) else [spot]


def _fits(given: Changed, change: Change) -> bool:
    if change.verb in ("create", "delete", "restore"):
        return False
    pairs = [(change.diff or {})[key] for key in given.fields if key in (change.diff or {})]
    return any(_among(before, given.before) and _among(after, given.after) for before, after in pairs)


def _among(value: object, wanted: tuple[object, ...] | None) -> bool:
    return wanted is None or value in wanted
