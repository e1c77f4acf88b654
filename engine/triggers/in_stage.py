"""Time in a stage: a record stands where it stands for too long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.config.defs import SpanDef
from engine.config.schema_parts import array, obj, ref
from engine.sql.literals import literal
from engine.triggers._base import Path, Trigger, Watch, register, span_of, span_schema
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot


@dataclass(frozen=True, slots=True)
class InStage:
    """In one of these stages (none: in any) for so long."""

    stages: tuple[str, ...]
    span: SpanDef


@register
class Standing(Trigger):
    """A record has stood in a stage for so long, counted from when it entered it."""

    key = "in_stage"
    schema = obj(
        {
            "stages": array(ref("name"), "In one of these stages; in any without it.", 50, 1),
            "longer_than": span_schema("So long since it entered the stage."),
        },
        ("longer_than",),
        "Time in a stage.",
    )

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        pipeline = desk.pipelines.get(rule["form"].text)
        if pipeline is None:
            desk.add(spot.fault("alert.no_stages", N_("Records of this form have no stages.")))
            return
        known = [stage["key"].text for stage in pipeline["stages"].items()]
        for stage in spot["stages"].items():
            desk.named(stage, known, "stage.unknown", N_("There is no stage “{name}” in this pipeline."))

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        span = span_of(spot["longer_than"])
        assert span is not None, "a config with errors is not built"
        return InStage(spot["stages"].texts, span)

    def reads(self, given: InStage) -> frozenset[Path]:
        return frozenset({("stage",), ("stage_entered_at",)})

    def condition(self, watch: Watch, given: InStage) -> ColumnElement[bool]:
        bound = literal(watch.clock.latest(watch.now, given.span), Kind.DATETIME)
        return sa.and_(watch.source.table.c.stage_entered_at <= bound, *self._stages(watch, given))

    def begins_at(self, watch: Watch, given: InStage, facts: Mapping[str, object]) -> datetime | None:
        entered = facts.get("stage_entered_at")
        if not isinstance(entered, datetime) or (given.stages and facts.get("stage") not in given.stages):
            return None
        return watch.clock.later(entered, given.span)

    def next_at(self, watch: Watch, given: InStage, ids: Collection[int] | None = None) -> datetime | None:
        entered = watch.source.table.c.stage_entered_at
        bound = literal(watch.clock.latest(watch.now, given.span), Kind.DATETIME)
        query = watch.source.select(sa.func.min(entered)).where(entered > bound, *self._stages(watch, given))
        query = query if ids is None else query.where(watch.source.table.c.id.in_(ids))
        first = watch.session.scalar(query)
        return watch.clock.later(first, given.span) if first else None

    def _stages(self, watch: Watch, given: InStage) -> list[ColumnElement[bool]]:
        return [watch.source.table.c.stage.in_(given.stages)] if given.stages else []
