"""What starts an alert rule: which trigger a rule has, and a whole, minimal one put in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.config.desk import Desk
from engine.triggers import TRIGGERS
from rules.types import Kind

Content = Mapping[str, Any]
#: A condition alone, then the triggers, in the order in which they are offered.
BEGINNINGS = ("when", "created", "changed", "in_stage", "at", "missing", "schedule", "figure", "okr_changed")
#: What a message inserts, and members that speak of the records a rule watches.
_INSERTED = re.compile(r" ?\{[^{}]*\}")
_OF_SUBJECT = ("when", "until", "muted_by")


def beginning_of(rule: Content) -> str:
    """Return the trigger that a rule is written with, `when` for a condition alone; the calendar only where it stands alone."""
    given = [key for key in TRIGGERS if rule.get(key, False) is not False]
    first = [one for one in BEGINNINGS if one in given]
    return next((one for one in first if one != "schedule"), first[0] if first else "when")


def offered(desk: Desk, rule: Content) -> list[str]:
    """Return the ways in which a rule of this app can start, and always the one that it starts with now."""
    form, now = _form(desk, rule), beginning_of(rule)
    possible = {
        "in_stage": form in desk.pipelines,
        "missing": any(True for _ in _pointing(desk, form)),
        "figure": any(True for _ in _figures(desk)),
        "okr_changed": bool(desk.by_key("okrs")),
    }
    return [one for one in BEGINNINGS if one == now or possible.get(one, True)]


def begun(desk: Desk, rule: Content, wanted: str) -> dict[str, Any]:
    """Return a rule that starts in another way: other triggers are taken out, whatever else fits is kept.

    KeyError for a way that there is none of.
    """
    maker, form = _MAKERS[wanted], _form(desk, rule)
    kept = {key: value for key, value in rule.items() if key not in TRIGGERS and key != "form"}
    of_records = wanted == "when" or TRIGGERS[wanted].needs_form or (wanted == "schedule" and bool(rule.get("form")))
    same = of_records and bool(rule.get("form"))
    kept = kept if same else _of_another_subject(kept)
    if wanted != "when" and TRIGGERS[wanted].is_event:
        kept.pop("until", None)  # it would belong to a condition
    made = maker(desk, form, kept)
    if not of_records:
        return _told_by_role(desk, kept | made)
    return {"form": form} | kept | made


def _of_another_subject(rule: Content) -> dict[str, Any]:
    """Return a rule without what only its records could say."""
    kept = {key: value for key, value in rule.items() if key not in _OF_SUBJECT}
    message = kept.get("message")
    if isinstance(message, str):
        kept["message"] = _INSERTED.sub("", message).strip() or "…"
    elif isinstance(message, Mapping):
        kept["message"] = {key: _INSERTED.sub("", str(text)).strip() or "…" for key, text in message.items()}
    return kept


def _told_by_role(desk: Desk, rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule that watches no records with recipients that it can know."""
    owned = "key_result" in (rule.get("figure") or {})
    steps = [one for one in rule.get("notify", ()) if isinstance(one, Mapping)]
    rule["notify"] = [{**_without_acts(one), "to": _known(desk, one.get("to", ()), owned=owned)} for one in steps]
    return rule


def _without_acts(step: Content) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key != "actions"}


def _known(desk: Desk, to: Any, *, owned: bool) -> list[str]:
    known = [one for one in to if str(one).startswith(("role:", "person:")) or (owned and one == "owner")]
    return known or [f"role:{desk.roles[0]}" if desk.roles else "owner"]


def _form(desk: Desk, rule: Content) -> str:
    given = rule.get("form")
    return given if isinstance(given, str) and given in desk.forms else next(iter(desk.forms), "")


def _when(_desk: Desk, _form: str, rule: Content) -> dict[str, Any]:
    return {} if rule.get("when") else {"when": "days_between(created_at, today) >= 7"}


def _dates(desk: Desk, form: str, *, own: bool = False) -> list[str]:
    """Return the dates of a form, its own fields before those that every record has."""
    fields = desk.shapes.fields(form)
    system = {} if own else desk.shapes.system(form)
    shape = desk.shapes.promised.get(form, {})
    known = [key for key in (*fields, *system) if key in shape]
    return [key for key in known if shape[key].kind in (Kind.DATE, Kind.DATETIME)]


def _at(desk: Desk, form: str, _rule: Content) -> dict[str, Any]:
    own = _dates(desk, form, own=True)
    if own:
        return {"at": {"field": own[0], "before": {"days": 3}}}
    return {"at": {"field": "created_at", "after": {"days": 3}}}


def _changed(desk: Desk, form: str, _rule: Content) -> dict[str, Any]:
    return {"changed": {"field": "stage" if form in desk.pipelines else next(iter(desk.shapes.fields(form)), "")}}


def _pointing(desk: Desk, form: str) -> Iterator[tuple[str, str]]:
    """Yield (form, field) of what points to a form: of it there may be none."""
    for other in desk.forms:
        for key, type_ in desk.shapes.promised.get(other, {}).items():
            if type_.kind is Kind.REFERENCE and type_.form == form:
                yield other, key


def _missing(desk: Desk, form: str, _rule: Content) -> dict[str, Any]:
    other, key = next(_pointing(desk, form), ("", ""))
    return {"missing": {"form": other, "via": key, "for": {"days": 30}}}


def _figures(desk: Desk) -> Iterator[dict[str, str]]:
    """Yield the figures that can be watched: key results, then measures of the app."""
    for okr in desk.source.section("okrs"):
        for objective in okr["objectives"].items():
            for one in objective["key_results"].items():
                yield {"okr": okr["key"].text, "key_result": one["key"].text}
    for key, measure in desk.source.app["measures"].members():
        if not measure["by"].is_given:
            yield {"measure": key}


def _figure(desk: Desk, _form: str, _rule: Content) -> dict[str, Any]:
    found = next(_figures(desk), {"measure": ""})
    return {"figure": found, "when": "health == 'red'" if "okr" in found else "value > 0"}


def _okr_changed(desk: Desk, _form: str, _rule: Content) -> dict[str, Any]:
    return {"okr_changed": next((one["key"].text for one in desk.source.section("okrs")), "")}


def _in_stage(desk: Desk, form: str, _rule: Content) -> dict[str, Any]:
    """Name the open stages: where records end they stay for ever."""
    stages = desk.pipelines[form]["stages"].items() if form in desk.pipelines else ()
    going_on = [one["key"].text for one in stages if one["kind"].text in ("", "open")]
    return {"in_stage": {**({"stages": going_on} if going_on else {}), "longer_than": {"days": 7}}}


_MAKERS: Mapping[str, Callable[[Desk, str, Content], dict[str, Any]]] = {
    "when": _when,
    "created": lambda _desk, _form, _rule: {"created": True},
    "changed": _changed,
    "in_stage": _in_stage,
    "at": _at,
    "missing": _missing,
    "schedule": lambda _desk, _form, _rule: {"schedule": {"every": "week", "on": ["monday"], "at": "09:00"}},
    "figure": _figure,
    "okr_changed": _okr_changed,
}
