"""An OKR page was changed by publishing: its members are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.config.schema_parts import ref
from engine.triggers._base import Trigger, register
from engine.triggers._said import digest
from rules.errors import N_
from rules.scope import Shape
from rules.types import DATE, DATETIME

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot
    from engine.releases.live import Live


@register
class OkrChanged(Trigger):
    """A release changed an OKR page: its objectives, key results, targets or cycle."""

    key = "okr_changed"
    schema = ref("name", "OKR page that, when a release changes it, is told of.")
    needs_form = False
    is_event = True

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        desk.named(spot, desk.by_key("okrs"), "okr.unknown", N_("There is no OKR page “{name}”."))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        return spot.text

    def names(self, desk: Desk, rule: Spot, spot: Spot) -> Shape:
        return {"today": DATE.never_empty(), "now": DATETIME.never_empty()}

    def mark(self, live: Live, given: str) -> str:
        return digest(live.app.okrs[given])
