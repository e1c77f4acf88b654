"""What alert rules mean: the condition, the message, whom to tell and when."""

from __future__ import annotations

from engine.channels import CHANNELS
from engine.config.desk import Desk
from engine.config.measures import reads_viewer
from engine.config.messages import parts_of, texts_of
from engine.config.spot import Spot
from rules.checked import Checked
from rules.errors import N_
from rules.similar import closest
from rules.tree import Literal

#: Recipients without a colon.
PLAIN = ("owner", "manager", "creator")
_MINUTES = {"minutes": 1, "hours": 60, "days": 24 * 60, "weeks": 7 * 24 * 60}


def check_alerts(desk: Desk) -> None:
    """Check every alert rule."""
    for rule in desk.source.section("alerts"):
        if desk.named(rule["form"], desk.forms, "form.unknown", N_("There is no form “{name}”.")):
            _check_rule(desk, rule)


def minutes(duration: Spot) -> int:
    """Return the minutes of a duration; 0 without one."""
    return int(sum((value.number or 0) * _MINUTES.get(unit, 0) for unit, value in duration.members()))


def _check_rule(desk: Desk, rule: Spot) -> None:
    scope = desk.scope(rule["form"].text)
    _check_when(desk, rule, desk.condition(rule["when"], scope))
    for _, text in texts_of(rule["message"]):
        for part in parts_of(desk, text, scope):
            if part.expression and reads_viewer(part.expression):
                desk.add(text.fault("alert.viewer", N_("Everybody gets the same message, so it cannot read “me”.")))
    if rule["every"].is_given and minutes(rule["every"]) < 1:
        desk.add(rule["every"].fault("alert.every", N_("At least one minute must lie between two evaluations.")))
    before = -1
    for step in rule["notify"].items():
        _check_step(desk, rule, step, before)
        before = max(before, minutes(step["after"]))


def _check_when(desk: Desk, rule: Spot, when: Checked | None) -> None:
    if when is None:
        return
    if reads_viewer(when):
        template = N_("Nobody looks when a rule is evaluated, so its condition cannot read “me”.")
        desk.add(rule["when"].fault("alert.viewer", template))
    if isinstance(when.tree, Literal):
        template = N_("This condition is the same for every record.")
        desk.add(rule["when"].fault("alert.constant", template, level="warning"))


def _check_step(desk: Desk, rule: Spot, step: Spot, before: int) -> None:
    for item in step["to"].items():
        _check_recipient(desk, rule["form"].text, item)
    for item in step["channels"].items():
        kind = Spot(item.text.partition(":")[0], item.file, item.pointer)
        desk.named(kind, CHANNELS, "channel.unknown", N_("There is no channel “{name}”."))
    if before > minutes(step["after"]):
        template = N_("This step comes after a later one; write the steps in the order of their times.")
        desk.add(step.fault("alert.steps", template, level="warning"))


def _check_recipient(desk: Desk, form: str, item: Spot) -> None:
    kind, colon, name = item.text.partition(":")
    if not colon:
        known = (*PLAIN, *(f"role:{role}" for role in desk.roles))
        if item.text and item.text not in PLAIN:
            template = N_("“{name}” is nobody to tell: write owner, manager, creator, role:…, person:… or field:….")
            suggestion = f"role:{item.text}" if item.text in desk.roles else closest(item.text, known)
            desk.add(item.fault("recipient.unknown", template, suggestion=suggestion, name=item.text))
    elif kind == "role":
        desk.named(Spot(name, item.file, item.pointer), desk.roles, "role.unknown", N_("There is no role “{name}”."))
    elif kind == "field":
        people = [key for key, field in desk.shapes.fields(form).items() if field.type.shown_as(field).key == "person"]
        desk.named(
            Spot(name, item.file, item.pointer),
            people,
            "field.unknown",
            N_("There is no person field “{name}” in this form."),
        )
    elif kind != "person" or not name.strip():
        template = N_("“{name}” is nobody to tell: write owner, manager, creator, role:…, person:… or field:….")
        desk.add(item.fault("recipient.unknown", template, name=item.text))
