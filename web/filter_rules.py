"""Simple filters of a list as an expression, so that a view can keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.records.filters import CONTAINS, EMPTY, IS, MAX, MIN
from forms.criteria import Slot
from forms.criteria.writing import plain_number, quoted
from forms.views import ViewSettings
from rules.types import MANY, OF_PEOPLE, OF_RECORDS, Kind
from web import here
from web.criteria_words import slots_of
from web.fields import look_at
from web.filters import FieldFilter
from web.list_query import ListQuery
from web.widgets import Look

if TYPE_CHECKING:
    from engine.releases import Live


def whole(live: Live, form_key: str, asked: ListQuery) -> ViewSettings:
    """Return everything that a view keeps of a list: its conditions and its filters as one expression."""
    items, slots = asked.filters.items, slots_of(live, form_key)
    wanted = [{one.field: value} for one in asked.filters.asked for value in one.values]
    look = look_at(live, [one.field for one in items], wanted)
    parts = [asked.where, *(_expression(live, one, slots[one.field.key], look) for one in items)]
    texts = [one for one in parts if one]
    text = " and ".join(f"({one})" for one in texts) if len(texts) > 1 else "".join(texts)
    return replace(asked.settings, filter=text)


def _expression(live: Live, item: FieldFilter, slot: Slot, look: Look) -> str:
    key, kind = slot.key, slot.kind
    if item.kind == "empty":
        return f"is_empty({key})" if item.bound(EMPTY) else f"is_filled({key})"
    if item.kind == "contains":
        return f"contains(lower({key}), {quoted(str(item.bound(CONTAINS)).lower())})"
    if item.kind == "range":
        bounds = [(">=", item.bound(MIN)), ("<=", item.bound(MAX))]
        name = f"date_of({key})" if kind is Kind.DATETIME else key
        return " and ".join(f"{name} {op} {_value(live, item, value)}" for op, value in bounds if value is not None)
    return _one_of(live, item, slot, look)


def _one_of(live: Live, item: FieldFilter, slot: Slot, look: Look) -> str:
    values: Sequence[object] = [one for one in item.values(IS) if one is not None]
    if slot.kind is Kind.YES_NO:
        return " or ".join(slot.key if one else f"not {slot.key}" for one in values)
    if slot.kind in OF_PEOPLE | OF_RECORDS:
        return _named(item, slot, values, look)
    listed = ", ".join(_value(live, item, one) for one in values)
    return f"any_of({slot.key}, [{listed}])" if slot.kind in MANY else f"{slot.key} in [{listed}]"


def _named(item: FieldFilter, slot: Slot, values: Sequence[object], look: Look) -> str:
    """Return a filter by people or records: the viewer as "me", others by their names."""
    ids = [int(str(one)) for one in values]
    mine = here.viewer().id if slot.kind in OF_PEOPLE else None
    names = [_name(item, id_, look) for id_ in ids if id_ != mine]
    parts = []
    if mine in ids:
        parts.append(f"{slot.key} == me" if slot.kind is Kind.PERSON else f"includes({slot.key}, me)")
    if slot.named and names:
        parts.append(f"{slot.named} in [{', '.join(quoted(one) for one in names if one)}]")
    return " or ".join(parts)


def _name(item: FieldFilter, id_: int, look: Look) -> str:
    if item.field.type.shown_as(item.field).kind in OF_PEOPLE:
        return look.person(id_)
    return look.title(item.field.to or str(item.field.params.get("to", "")), id_) or ""


def _value(live: Live, item: FieldFilter, value: object) -> str:
    rule = item.field.type.rule_type(item.field)
    if isinstance(value, datetime):
        return quoted(value.astimezone(here.zone(live)).date().isoformat())
    if rule.kind is Kind.MONEY:
        return plain_number(Decimal(str(value)).scaleb(-rule.scale))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return plain_number(Decimal(repr(value)))
    return quoted(str(value))
