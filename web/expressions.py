"""Expressions that a person tries on screen: evaluated on what they may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.records.env import values_for
from engine.records.names import type_at
from engine.records.titles import titles
from rules.types import Kind
from web import here

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from rules.checked import Checked

Path = tuple[str, ...]


def values_on(live: Live, record: Record, checked: Checked) -> dict[str, object]:
    """Return what an expression reads on a record; what lies behind a record out of sight is empty."""
    hops = {path[:depth] for path in checked.reads for depth in range(1, len(path)) if path[0] != "me"}
    reads = checked.reads | hops
    values = values_for(here.db(), live, record.form, record.values, reads, here.viewer(), here.now())
    for hop in sorted(hops, key=len):
        if not _in_sight(live, record.form, hop, values):
            values.update({name: None for name in values if name.startswith(".".join(hop) + ".")})
    return values


def _in_sight(live: Live, form_key: str, hop: Path, values: Mapping[str, object]) -> bool:
    type_, held = type_at(live, form_key, hop), values.get(".".join(hop))
    if type_ is None or type_.kind is not Kind.REFERENCE or not isinstance(held, int):
        return True
    return bool(titles(here.db(), live, type_.form, [held], here.viewer(), here.now()))
