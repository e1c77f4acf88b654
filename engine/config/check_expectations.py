"""What a test may expect: fields, moves, rules, key results and people that there are."""

from __future__ import annotations

from engine.config.cast import Cast, check_field_names, check_values
from engine.config.desk import Desk
from engine.config.schema_nouns import ACTIONS
from engine.config.schema_tests import FIELD_LISTS
from engine.config.spot import Spot
from rules.errors import N_

_NO_PERSON = N_("There is nobody called “{name}” in this test.")


def check_expectations(desk: Desk, expect: Spot, cast: Cast) -> None:
    """Check what is expected at one point of a test."""
    for one in expect["records"].items():
        _check_record(desk, one, cast)
    rules = {key: spot for key, spot in desk.by_key("alerts").items() if not spot["form"].is_given}
    _check_alerts(desk, expect["alerts"], cast, tuple(rules))
    for form, count in expect["counts"].members():
        desk.named(Spot(form, count.file, count.pointer), desk.forms, "form.unknown", N_("There is no form “{name}”."))
    _check_key_results(desk, expect["key_results"])


def _check_record(desk: Desk, one: Spot, cast: Cast) -> None:
    desk.named(one["user"], cast.people, "test.person", _NO_PERSON)
    form = _form_of(desk, one, cast)
    if form not in desk.forms:
        return
    check_values(desk, form, one["typed"], cast)
    check_values(desk, form, one["values"], cast, expected=True)
    for name in FIELD_LISTS:
        check_field_names(desk, form, one[name])
    for key, level in one["access"].members():
        check_field_names(desk, form, Spot(key, level.file, level.pointer), system=True)
    for verb, allowed in one["rights"].members():
        place = Spot(verb, allowed.file, allowed.pointer)
        desk.named(place, ACTIONS, "test.verb", N_("There is no right “{name}”."))
    _check_moves(desk, form, one["moves"])
    rules = [key for key, spot in desk.by_key("alerts").items() if spot["form"].text == form]
    _check_alerts(desk, one["alerts"], cast, tuple(rules))


def _form_of(desk: Desk, one: Spot, cast: Cast) -> str:
    """Return the form that is spoken of, through a record or itself."""
    if one["record"].is_given and one["form"].is_given:
        desk.add(one["form"].fault("test.subject", N_("Name a record or a form, not both.")))
    if one["record"].is_given:
        template = N_("There is no record called “{name}” in this test at this point.")
        desk.named(one["record"], cast.records, "test.record", template)
        return cast.records.get(one["record"].text, "")
    if not one["form"].is_given:
        desk.add(one.fault("test.subject", N_("Say which record this is about, or which form.")))
        return ""
    for name in ("moves", "alerts", "deleted"):
        if one[name].is_given:
            template = N_("“{name}” can only be expected of a record.")
            desk.add(one[name].fault("test.subject", template, name=name))
    desk.named(one["form"], desk.forms, "form.unknown", N_("There is no form “{name}”."))
    return one["form"].text


def _check_moves(desk: Desk, form: str, moves: Spot) -> None:
    pipeline = desk.pipelines.get(form)
    known = [one["key"].text for one in pipeline["transitions"].items()] if pipeline else []
    for key, move in moves.members():
        place = Spot(key, move.file, move.pointer)
        desk.named(place, known, "transition.unknown", N_("There is no transition “{name}” here."))
        check_field_names(desk, form, move["missing"])


def _check_alerts(desk: Desk, alerts: Spot, cast: Cast, known: tuple[str, ...]) -> None:
    for key, told in alerts.members():
        place = Spot(key, told.file, told.pointer)
        desk.named(place, known, "rule.unknown", N_("There is no alert rule “{name}” for this."))
        for person in told.items():
            desk.named(person, cast.people, "test.person", _NO_PERSON)


def _check_key_results(desk: Desk, pages: Spot) -> None:
    okrs = desk.by_key("okrs")
    for key, results in pages.members():
        place = Spot(key, results.file, results.pointer)
        if not desk.named(place, okrs, "okr.unknown", N_("There is no OKR page “{name}”.")):
            continue
        known = [kr["key"].text for one in okrs[key]["objectives"].items() for kr in one["key_results"].items()]
        for name, figure in results.members():
            place = Spot(name, figure.file, figure.pointer)
            desk.named(place, known, "kr.unknown", N_("There is no key result “{name}” on this page."))
