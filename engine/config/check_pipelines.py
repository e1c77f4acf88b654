"""What pipelines mean: stages that can be reached and left, moves between known stages, guards and what they write."""

from __future__ import annotations

from collections.abc import Mapping

from engine.config.check_app import check_unique_keys
from engine.config.check_fields import check_fits
from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.defs import FieldDef
from forms.system import system_fields
from rules.errors import N_

_NO_STAGE = N_("There is no stage “{name}” in this pipeline.")
_NO_ROLE = N_("There is no role “{name}”.")


def check_pipelines(desk: Desk) -> None:
    """Check every pipeline."""
    for pipeline in desk.source.section("pipelines"):
        _check_pipeline(desk, pipeline)


def _check_pipeline(desk: Desk, pipeline: Spot) -> None:
    form = pipeline["form"]
    known = desk.named(form, desk.forms, "form.unknown", N_("There is no form “{name}”."))
    if known and desk.pipelines[form.text].file != pipeline.file:
        template = N_("The form “{name}” already has a pipeline, in {file}.")
        desk.add(form.fault("pipeline.second", template, name=form.text, file=desk.pipelines[form.text].file))
        return
    check_unique_keys(desk, pipeline["stages"], N_("Two stages are called “{name}”."))
    check_unique_keys(desk, pipeline["transitions"], N_("Two transitions are called “{name}”."))
    desk.named(pipeline["initial"], stages_of(pipeline), "stage.unknown", _NO_STAGE)
    for stage in pipeline["stages"].items():
        desk.named(stage["owner_role"], desk.roles, "role.unknown", _NO_ROLE)
    for transition in pipeline["transitions"].items():
        _check_transition(desk, pipeline, transition, known=known)
    _check_ways(desk, pipeline)


def stages_of(pipeline: Spot) -> tuple[str, ...]:
    """Return the keys of a pipeline's stages."""
    return tuple(dict.fromkeys(stage["key"].text for stage in pipeline["stages"].items() if stage["key"].text))


def sources_of(pipeline: Spot, transition: Spot) -> tuple[str, ...]:
    """Return the stages a transition starts from; `*` is any but the one it leads to."""
    if transition["from"].text == "*":
        return tuple(stage for stage in stages_of(pipeline) if stage != transition["to"].text)
    return transition["from"].texts


def _check_transition(desk: Desk, pipeline: Spot, transition: Spot, *, known: bool) -> None:
    stages = stages_of(pipeline)
    desk.named(transition["to"], stages, "stage.unknown", _NO_STAGE)
    for source in transition["from"].items() if transition["from"].text != "*" else ():
        if desk.named(source, stages, "stage.unknown", _NO_STAGE) and source.text == transition["to"].text:
            template = N_("This move leads from “{name}” to itself.")
            desk.add(source.fault("transition.circle", template, name=source.text))
    for role in transition["roles"].items():
        desk.named(role, desk.roles, "role.unknown", _NO_ROLE)
    if known:
        _check_gate(desk, pipeline["form"].text, transition)


def _check_gate(desk: Desk, form: str, transition: Spot) -> None:
    scope = desk.scope(form, draft=True)
    desk.condition(transition["guard"], scope)
    if transition["guard_message"].is_given and not transition["guard"].is_given:
        template = N_("Without a guard this message is never shown.")
        desk.add(transition["guard_message"].fault("transition.message", template, level="warning"))
    for item in transition["required"].items():
        check_writable(desk, form, item, item)
    for key, place in transition["set"].members():
        writable = check_writable(desk, form, Spot(key, place.file, place.pointer), place)
        field = settable(desk, form, key)
        checked = desk.expression(place, scope, field.type.rule_type(field) if field else None)
        if writable and checked and field:
            check_fits(desk, place, checked, field)


def settable(desk: Desk, form: str, key: str) -> FieldDef | None:
    """Return what a move may write: a field, or the owner."""
    return desk.shapes.field(form, key) or (system_fields()["owner"] if key == "owner" else None)


def check_writable(desk: Desk, form: str, name: Spot, place: Spot) -> bool:
    """Tell whether a move or an action may write this field; note a fault when not."""
    names = (*desk.shapes.keys.get(form, ()), "owner")
    if not desk.named(name, names, "field.unknown", N_("There is no field “{name}” in this form.")):
        return False
    field = desk.shapes.field(form, name.text)
    if field and field.is_derived:
        template = N_("“{name}” is computed: nobody can fill it.")
        desk.add(place.fault("field.derived", template, name=name.text))
        return False
    return True


def _check_ways(desk: Desk, pipeline: Spot) -> None:
    """Every stage can be reached; every open one can be left. Unknown stages are said first."""
    named = {name for t in pipeline["transitions"].items() for name in (*sources_of(pipeline, t), t["to"].text)}
    if not named <= {*stages_of(pipeline), ""}:
        return
    steps = _steps(pipeline)
    reached = {pipeline["initial"].text}
    waiting = [pipeline["initial"].text]
    while waiting:
        fresh = steps.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting.extend(sorted(fresh))
    for stage in pipeline["stages"].items():
        key = stage["key"].text
        if key and key not in reached and pipeline["initial"].text in steps:
            template = N_("No move leads from “{initial}” to the stage “{name}”.")
            desk.add(stage.fault("stage.unreachable", template, name=key, initial=pipeline["initial"].text))
        elif key and not steps.get(key) and stage["kind"].text in {"", "open"} and len(steps) > 1:
            template = N_("No move leads away from “{name}”; if records end here, give it the kind won or lost.")
            desk.add(stage.fault("stage.dead_end", template, level="warning", name=key))


def _steps(pipeline: Spot) -> Mapping[str, set[str]]:
    steps: dict[str, set[str]] = {stage: set() for stage in stages_of(pipeline)}
    for transition in pipeline["transitions"].items():
        for source in sources_of(pipeline, transition):
            if source in steps and transition["to"].text in steps:
                steps[source].add(transition["to"].text)
    return steps
