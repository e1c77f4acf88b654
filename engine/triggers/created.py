"""A record came to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from engine.config.schema_parts import flag
from engine.triggers._base import Trigger, Watch, register
from engine.triggers._changes import changes_now

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot


@register
class Created(Trigger):
    """A record was created, by whom or what ever."""

    key = "created"
    schema = flag("Fires once for each new record.")
    is_event = True

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        return spot.is_true

    def happened(self, watch: Watch, given: bool, ids: Collection[int]) -> Mapping[int, str]:
        if not given:
            return {}
        made = (one for one in changes_now(watch, ids) if one.verb == "create")
        return {one.record_id: str(one.id) for one in made if one.record_id is not None}
