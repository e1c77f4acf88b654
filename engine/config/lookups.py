"""Lookup fields: where their path leads, what may be copied from there, and who would learn something by it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.system import PERSON_SHAPE
from rules.errors import N_
from rules.similar import closest

_READ = "read"


def check_lookup(desk: Desk, form: Spot, spot: Spot) -> None:
    """Check the path of a lookup field, and what it gives away."""
    place = spot["from"]
    if not place.text:
        return
    if "." not in place.text:
        template = N_("A lookup names a reference, a dot and the field behind it, such as “account.name”.")
        desk.add(place.fault("lookup.path", template))
        return
    steps = list(_walk(desk, form["key"].text, place))
    if not steps:
        return
    if desk.shapes.field(form["key"].text, spot["key"].text) is None:
        names = " → ".join(".".join(at) for at in _circle(desk, (form["key"].text, spot["key"].text)))
        desk.add(place.fault("field.circle", N_("These fields need each other: {names}."), names=names))
        return
    _check_source(desk, place, *steps[-1])
    _check_disclosure(desk, form, spot, steps)


def _walk(desk: Desk, form: str, place: Spot) -> Iterator[tuple[str, str]]:
    """Yield (form, name) for each step of a path; a form of "" stands for people. Nothing when it leads nowhere."""
    steps: list[tuple[str, str]] = []
    here, names = form, place.text.split(".")
    for number, name in enumerate(names):
        known = tuple(PERSON_SHAPE) if not here else _names(desk, here)
        if name not in known:
            template = N_("There is no field “{name}” in the form “{form}”.") if here else _NO_PERSON
            desk.add(place.fault("field.unknown", template, suggestion=closest(name, known), name=name, form=here))
            return
        steps.append((here, name))
        if number == len(names) - 1:
            yield from steps
            return
        target = desk.shapes.target(here, name)
        if target is None:
            template = N_("“{name}” is no reference, so nothing lies behind it.")
            desk.add(place.fault("lookup.reference", template, name=name))
            return
        here = target


def _circle(desk: Desk, start: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the way that lookups lead from a field until one comes again, or until it is another kind of field."""
    way, at = [], start
    while at not in way:
        way.append(at)
        spot = desk.shapes.places.get(at)
        if spot is None or spot["type"].text != "lookup":
            return way
        here = at[0]
        *names, last = spot["from"].text.split(".")
        for name in names:
            here = desk.shapes.target(here, name) or ""
        at = (here, last)
    return [*way, at]


_NO_PERSON = N_("A person has no “{name}” here.")


def _names(desk: Desk, form: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*desk.shapes.keys.get(form, ()), *desk.shapes.system(form))))


def _check_source(desk: Desk, place: Spot, form: str, name: str) -> None:
    source = desk.shapes.field(form, name) if form else None
    if source is not None and (source.type.keeps_files or source.type.is_table):
        template = N_("A {type} field cannot be copied; show it on the record it belongs to.")
        desk.add(place.fault("lookup.type", template, type=source.type.key))
    if name == "days_in_stage":
        template = N_("“{name}” cannot be copied; compute it: a computed field may read “{path}”.")
        desk.add(place.fault("lookup.type", template, name=name, path=place.text))


def _check_disclosure(desk: Desk, form: Spot, spot: Spot, steps: list[tuple[str, str]]) -> None:
    """A copy shows what its record would not: the config must say that this is meant."""
    if spot["discloses"].is_true:
        return
    for source in dict.fromkeys(at for at, _ in steps[1:] if at):
        role = uncovered_role(desk, form, source)
        if role:
            template = N_(
                "The role “{role}” may read only some records of “{form}”, but would see what is copied from any of "
                'them. Say "discloses": true if that is meant.'
            )
            desk.add(spot["from"].fault("field.discloses", template, role=role, form=source))
            return


def uncovered_role(desk: Desk, form: Spot, source: str) -> str:
    """Return a role that reads this form and only some of the records of another; "" when there is none."""
    other = desk.forms.get(source)
    if other is None or not other["permissions"].is_given:
        return ""
    home = [one for one in form["permissions"].items() if _READ in one["actions"].texts]
    for role in desk.roles:
        reads_home = not form["permissions"].is_given or any(_is_for(one, role) for one in home)
        grants = [one for one in other["permissions"].items() if _READ in one["actions"].texts and _is_for(one, role)]
        if reads_home and grants and all(one["records"].is_given for one in grants):
            return role
    return ""


def _is_for(permission: Spot, role: str) -> bool:
    return role in permission["roles"].texts or "*" in permission["roles"].texts
