"""Building alert rules from a config that was checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from engine.config.actions import build_action
from engine.config.check_alerts import minutes, scope_of, triggers_of
from engine.config.check_recipients import asked
from engine.config.defs import AlertRuleDef, HoursDef, StepDef
from engine.config.desk import Desk
from engine.config.messages import parts_of, texts_of
from engine.config.spot import Spot
from engine.triggers import TRIGGERS
from engine.triggers._base import span_of, time_of
from forms.labels import Label
from rules.check import check
from rules.checked import Checked
from rules.types import Kind

#: Units of a step that need the calendar.
WORKING = ("working_hours", "working_days")


def build_alert(desk: Desk, spot: Spot) -> AlertRuleDef:
    """Build an alert rule."""
    scope, used = scope_of(desk, spot), triggers_of(spot)
    when = desk.condition(spot["when"], scope) or check("1 == 1", scope)
    given = {key: TRIGGERS[key].build(desk, spot, spot[key]) for key in used}
    shared = desk.source.app["reminders"]
    fallback = spot["fallback"] if spot["fallback"].is_given else shared["fallback"]
    return AlertRuleDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["form"].text,
        when,
        tuple(_step(desk, spot, step) for step in spot["notify"].items()),
        {language: parts_of(desk, text, scope) for language, text in texts_of(spot["message"])},
        spot["severity"].text or "warning",
        minutes(spot["for"]),
        minutes(spot["every"]) or 60,
        spot["on_change"].value is not False,
        minutes(spot["repeat"]) // 60,
        triggers=given,
        until=desk.condition(spot["until"], scope),
        hours=hours_of(desk),
        catch_up=spot["catch_up"].text or "latest",
        fallback=_told(desk, spot, fallback) if fallback.is_given else None,
        group_minutes=minutes(spot["group"] if spot["group"].is_given else shared["group"]),
        most_per_hour=int(shared["most_per_hour"].number or 0),
        muted_by=spot["muted_by"].texts,
        tell=spot["tell"].text or "any_time",
        by_occasion=any(TRIGGERS[key].is_by_occasion(one) for key, one in given.items()),
    )


def hours_of(desk: Desk) -> HoursDef:
    """Return when the app's people work."""
    day = desk.source.app["reminders"]
    opens, closes = time_of(day["from"], time(9)), time_of(day["to"], time(18))
    assert opens is not None, "there is a default"
    assert closes is not None, "there is a default"
    return HoursDef(desk.context.time_zone, desk.context.calendar, opens, closes)


def _step(desk: Desk, rule: Spot, spot: Spot) -> StepDef:
    span = span_of(spot["after"])
    return replace(
        _told(desk, rule, spot["to"]),
        after_minutes=minutes(spot["after"]),
        channels=spot["channels"].texts or ("inbox",),
        after=span if span and span.unit in WORKING else None,
        actions=tuple(build_action(desk, rule["form"].text, one) for one in spot["actions"].items()),
    )


def _told(desk: Desk, rule: Spot, listed: Spot) -> StepDef:
    items = list(listed.items())
    found: dict[str, Checked | None] = {
        one.text: asked(desk, rule["form"].text, one) for one in items if one.text.startswith("=")
    }
    for item in items:
        if item.text.startswith("region:"):
            found[item.text] = _region(desk, rule["form"].text)
    words = tuple(_owner(desk, rule, one.text) for one in items if one.text)
    return StepDef(words, asked={key: one for key, one in found.items() if one is not None})


def _region(desk: Desk, form: str) -> Checked:
    """Return where a record lies: its own region, or its owner's."""
    type_ = desk.shapes.promised[form].get("region")
    own = type_ is not None and type_.kind in (Kind.TEXT, Kind.CHOICE)
    return check("region" if own else "owner.region", desk.scope(form))


def _owner(desk: Desk, rule: Spot, word: str) -> str:
    """Return a recipient; the owner of a key result is a person's sign-in name or a role."""
    figure = rule["figure"]
    if word != "owner" or not figure["key_result"].is_given:
        return word
    okr = desk.by_key("okrs")[figure["okr"].text]
    for objective in okr["objectives"].items():
        for one in objective["key_results"].items():
            if one["key"].text == figure["key_result"].text:
                name = one["owner"].text or objective["owner"].text
                return f"role:{name}" if name in desk.roles else f"person:{name}"
    return word
