"""Building pipelines and OKRs from a config that was checked."""

from __future__ import annotations

from engine.config.check_okrs import check_formula, formula_scope
from engine.config.check_pipelines import settable, sources_of
from engine.config.defs import (
    CycleDef,
    HealthDef,
    KeyResultDef,
    ObjectiveDef,
    OkrDef,
    PipelineDef,
    StageDef,
    TransitionDef,
)
from engine.config.desk import Desk
from engine.config.measures import build_measures
from engine.config.spot import Spot
from forms.dates import read_date
from forms.labels import Label
from rules.checked import Checked
from rules.scope import ValueScope


def build_pipeline(desk: Desk, spot: Spot) -> PipelineDef:
    """Build a pipeline."""
    return PipelineDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["form"].text,
        tuple(_stage(stage) for stage in spot["stages"].items()),
        tuple(_transition(desk, spot, transition) for transition in spot["transitions"].items()),
        spot["initial"].text,
    )


def _stage(spot: Spot) -> StageDef:
    return StageDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["kind"].text or "open",
        spot["color"].text,
        spot["owner_role"].text,
        spot["probability"].number,
        spot["time_limit_days"].number,
        {name: Label.of(text.value) for name, text in spot["guide"].members()},
    )


def _transition(desk: Desk, pipeline: Spot, spot: Spot) -> TransitionDef:
    form = pipeline["form"].text
    scope = desk.scope(form, draft=True)
    sets: dict[str, Checked] = {}
    for key, place in spot["set"].members():
        field = settable(desk, form, key)
        checked = desk.expression(place, scope, field.type.rule_type(field) if field else None)
        assert checked is not None, "a config with errors is not built"
        sets[key] = checked
    return TransitionDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        sources_of(pipeline, spot),
        spot["to"].text,
        spot["roles"].texts,
        desk.condition(spot["guard"], scope),
        Label.of(spot["guard_message"].value),
        spot["required"].texts,
        sets,
    )


def build_okr(desk: Desk, spot: Spot) -> OkrDef:
    """Build an OKR page."""
    return OkrDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        _cycle(spot["cycle"]),
        tuple(_objective(desk, spot, objective) for objective in spot["objectives"].items()),
        build_measures(desk, spot["measures"]),
    )


def _cycle(spot: Spot) -> CycleDef:
    label = Label.of(spot["label"].value)
    return CycleDef(label, read_date(spot["from"].value), read_date(spot["to"].value), spot["every"].text)


def _objective(desk: Desk, okr: Spot, spot: Spot) -> ObjectiveDef:
    return ObjectiveDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        tuple(_key_result(desk, okr, result) for result in spot["key_results"].items()),
        spot["level"].text or "team",
        spot["owner"].text,
        _number(spot["weight"], 1.0),
    )


def _key_result(desk: Desk, okr: Spot, spot: Spot) -> KeyResultDef:
    formula = check_formula(desk, spot["formula"], formula_scope(desk, okr, spot, "baseline", "target"))
    target = _figure(desk, spot["target"], formula_scope(desk, okr, spot, "baseline"))
    assert formula is not None, "a config with errors is not built"
    assert target is not None, "a config with errors is not built"
    return KeyResultDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["type"].text,
        target,
        formula,
        build_measures(desk, spot["measures"]),
        _baseline(desk, okr, spot),
        spot["unit"].text,
        int(_number(spot["decimals"], 1)),
        _number(spot["weight"], 1.0),
        spot["owner"].text,
        HealthDef(_number(spot["health"]["on_track"], 0.9), _number(spot["health"]["at_risk"], 0.7)),
    )


def _baseline(desk: Desk, okr: Spot, spot: Spot) -> Checked | float | None:
    if not spot["baseline"].is_given:
        return 0.0 if spot["type"].text == "reach" else None
    return _figure(desk, spot["baseline"], formula_scope(desk, okr, spot))


def _figure(desk: Desk, spot: Spot, scope: ValueScope) -> Checked | float | None:
    return check_formula(desk, spot, scope) if spot.text else spot.number


def _number(spot: Spot, default: float) -> float:
    return default if spot.number is None else spot.number
