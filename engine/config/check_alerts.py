"""What alert rules mean: the condition, the triggers, the message, whom to tell and when."""

from __future__ import annotations

from engine.channels import CHANNELS
from engine.config.actions import check_actions
from engine.config.check_recipients import check_recipients
from engine.config.desk import Desk
from engine.config.measures import reads_viewer
from engine.config.messages import parts_of, texts_of
from engine.config.spot import Spot
from engine.triggers import TRIGGERS
from rules.checked import Checked
from rules.errors import N_
from rules.scope import Scope, ValueScope
from rules.tree import Literal

_MINUTES = {
    "minutes": 1, "hours": 60, "days": 24 * 60, "weeks": 7 * 24 * 60, "working_hours": 60, "working_days": 24 * 60,
}  # fmt: skip


def check_alerts(desk: Desk) -> None:
    """Check every alert rule, and what all of them share."""
    rules = desk.by_key("alerts")
    for rule in desk.source.section("alerts"):
        if _has_subject(desk, rule):
            _check_rule(desk, rule, rules)
    shared = desk.source.app["reminders"]
    check_recipients(desk, "", shared["fallback"])
    _check_day(desk, shared)


def minutes(duration: Spot) -> int:
    """Return the minutes of a duration, working time as if it passed without a pause; 0 without one."""
    return int(sum((value.number or 0) * _MINUTES.get(unit, 0) for unit, value in duration.members()))


def triggers_of(rule: Spot) -> list[str]:
    """Return the keys of the triggers that a rule is written with."""
    return [key for key in TRIGGERS if rule[key].is_given and rule[key].value is not False]


def scope_of(desk: Desk, rule: Spot) -> Scope:
    """Return the names of a rule: those of its records, or those of its figure."""
    if rule["form"].is_given:
        return desk.scope(rule["form"].text)
    names = {
        name: type_ for key in triggers_of(rule) for name, type_ in TRIGGERS[key].names(desk, rule, rule[key]).items()
    }
    return ValueScope(names, desk.context)


def _has_subject(desk: Desk, rule: Spot) -> bool:
    """Tell whether a rule watches something: records of a form, or what one of its triggers brings."""
    used = triggers_of(rule)
    if rule["form"].is_given:
        fit = desk.named(rule["form"], desk.forms, "form.unknown", N_("There is no form “{name}”."))
        return fit and not _strange(desk, rule, used)
    if not used or any(TRIGGERS[key].watches_records(rule[key]) for key in used):
        template = N_("Which records are watched? Write “form”.")
        desk.add(rule.fault("alert.form", template))
        return False
    return True


def _strange(desk: Desk, rule: Spot, used: list[str]) -> bool:
    """Note the triggers that have nothing to do with records."""
    for key in used:
        if not TRIGGERS[key].watches_records(rule[key]) and key != "schedule":
            template = N_("A rule with “{trigger}” watches no records: leave “form” out.")
            desk.add(rule["form"].fault("alert.form", template, trigger=key))
            return True
    return False


def _check_rule(desk: Desk, rule: Spot, rules: dict[str, Spot]) -> None:
    scope, used = scope_of(desk, rule), triggers_of(rule)
    if not used and not rule["when"].is_given:
        desk.add(
            rule.fault("alert.when", N_("When does it fire? Write “when”, or a trigger such as “at” or “created”."))
        )
    for key in used:
        TRIGGERS[key].check(desk, rule, rule[key])
    _check_when(desk, rule["when"], desk.condition(rule["when"], scope), bool(used))
    _check_when(desk, rule["until"], desk.condition(rule["until"], scope), False)
    for _, text in texts_of(rule["message"]):
        for part in parts_of(desk, text, scope):
            if part.expression and reads_viewer(part.expression):
                desk.add(text.fault("alert.viewer", N_("Everybody gets the same message, so it cannot read “me”.")))
    if rule["every"].is_given and minutes(rule["every"]) < 1:
        desk.add(rule["every"].fault("alert.every", N_("At least one minute must lie between two evaluations.")))
    if rule["until"].is_given and any(TRIGGERS[key].is_event for key in used):
        template = N_("What fires at an event ends by itself; “until” belongs to a condition.")
        desk.add(rule["until"].fault("alert.until", template))
    for muter in rule["muted_by"].items():
        known = [key for key in rules if key != rule["key"].text and rules[key]["form"].text == rule["form"].text]
        desk.named(muter, known, "rule.unknown", N_("There is no other rule “{name}” on this form."))
    check_recipients(desk, rule["form"].text, rule["fallback"], also=_also(rule))
    _check_steps(desk, rule)


def _check_when(desk: Desk, place: Spot, when: Checked | None, beside: bool) -> None:
    if when is None:
        return
    if reads_viewer(when):
        template = N_("Nobody looks when a rule is evaluated, so its condition cannot read “me”.")
        desk.add(place.fault("alert.viewer", template))
    if isinstance(when.tree, Literal) and not beside:
        template = N_("This condition is the same for every record.")
        desk.add(place.fault("alert.constant", template, level="warning"))


def _check_steps(desk: Desk, rule: Spot) -> None:
    before = -1
    for step in rule["notify"].items():
        check_recipients(desk, rule["form"].text, step["to"], also=_also(rule))
        for item in step["channels"].items():
            kind = Spot(item.text.partition(":")[0], item.file, item.pointer)
            desk.named(kind, CHANNELS, "channel.unknown", N_("There is no channel “{name}”."))
        if before > minutes(step["after"]):
            template = N_("This step comes after a later one; write the steps in the order of their times.")
            desk.add(step.fault("alert.steps", template, level="warning"))
        before = max(before, minutes(step["after"]))
        check_actions(desk, rule["form"].text, step)


def _also(rule: Spot) -> tuple[str, ...]:
    """Return who is known by a word although no record is watched: the owner of a key result, each person watched."""
    if rule["missing"]["people"].is_given:
        return "owner", "manager", "team"
    return ("owner",) if rule["figure"]["key_result"].is_given else ()


def _check_day(desk: Desk, shared: Spot) -> None:
    if (shared["from"].text or "09:00") >= (shared["to"].text or "18:00"):
        desk.add(shared.fault("app.hours", N_("The working day ends before it begins.")))
