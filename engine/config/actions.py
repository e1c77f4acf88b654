"""Actions of alert rules in a config: what they mean, and how they are built."""

from __future__ import annotations

import json

from engine.actions import ACTIONS
from engine.config.check_pipelines import settable
from engine.config.defs import ActionDef
from engine.config.desk import Desk
from engine.config.spot import Spot
from rules.checked import Checked
from rules.errors import N_
from rules.types import Kind

#: Members that hold several expressions by name.
_NAMED = ("set", "send")


def check_actions(desk: Desk, form: str, step: Spot) -> None:
    """Check what a step does besides telling people."""
    if not step["to"].texts and not step["actions"].is_given:
        desk.add(step.fault("alert.step", N_("This step tells nobody and does nothing: write “to” or “actions”.")))
    for spot in step["actions"].items():
        if form:
            check_action(desk, form, spot)
        else:
            desk.add(spot.fault("action.form", N_("An action needs a record, so its rule needs a form.")))


def check_action(desk: Desk, form: str, spot: Spot) -> None:
    """Check one action."""
    kind = ACTIONS.get(spot["do"].text)
    if kind is None:
        return
    allowed = kind.members()
    for name, place in spot.members():
        if name != "do" and name not in allowed:
            template = N_("“{name}” does not belong to the action {action}.")
            desk.add(place.fault("action.member", template, name=name, action=kind.key))
    for name in kind.required():
        if not spot[name].is_given:
            template = N_("The action {action} needs “{name}”.")
            desk.add(spot.fault("action.missing", template, name=name, action=kind.key))
            return
    kind.check(desk, form, spot)


def build_action(desk: Desk, form: str, spot: Spot) -> ActionDef:
    """Build one action."""
    scope, target = desk.scope(form), spot["form"].text or form
    return ActionDef(
        do=spot["do"].text,
        name=spot.pointer.strip("/"),
        text=json.dumps(spot.value, sort_keys=True, ensure_ascii=False),
        sets=_sets(desk, form, target, spot),
        form=spot["form"].text,
        via=spot["via"].text,
        to=spot["to"].text,
        field=spot["field"].text,
        by=spot["by"].text or "round_robin",
        among=spot["among"].texts,
        expression=_expression(desk, form, spot),
        load=desk.condition(spot["load"], scope) if spot["load"].is_given else None,
        others=spot["others"].is_true,
        channel=spot["channel"].text,
    )


def _expression(desk: Desk, form: str, spot: Spot) -> Checked | None:
    if not spot["expression"].is_given:
        return None
    return desk.expression(spot["expression"], desk.scope(form), Kind.PERSON)


def _sets(desk: Desk, form: str, target: str, spot: Spot) -> dict[str, Checked]:
    found: dict[str, Checked] = {}
    for member in _NAMED:
        for key, place in spot[member].members():
            slot = settable(desk, target, key) if member == "set" else None
            checked = desk.expression(place, desk.scope(form), slot.type.rule_type(slot) if slot else None)
            assert checked is not None, "a config with errors is not built"
            found[key] = checked
    return found
