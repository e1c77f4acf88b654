"""What a name at a place of a config may be: the fields, stages, roles … that are declared, with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.config.check_layout import ways_home
from engine.config.desk import Desk
from engine.config.spot import Spot
from engine.design.names_in_tests import form_in_test, kind_in_test, names_in_test
from engine.design.patterns import fits
from engine.design.pointers import ABSENT, steps, value_at
from engine.design.references import PATTERNS
from forms.labels import Label

#: Places that only name fields of the form itself, not what the system keeps of every record.
_OWN_FIELDS = ("title", "sections", "unique", "required", "duplicates", "set")
_SORTED = "sort"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One name that may stand at a place."""

    value: str
    label: Label


@dataclass(frozen=True, slots=True)
class Named:
    """What kind of thing a place names (field, stage, role, form …), and of which form."""

    kind: str
    form: str = ""


def named_at(section: str, content: Any, pointer: str) -> Named | None:
    """Return what a place of a file names; None for a place that names nothing."""
    if section == "tests":
        kind = kind_in_test(pointer)
        return Named(kind, form_in_test(content, pointer)) if kind else None
    way = steps(pointer)
    for pattern, kind, member in PATTERNS.get(section, ()):
        if fits(pattern, way):
            form = _form(section, content, way, member)
            return Named(kind, form) if form or kind != "column" else None
    return None


def candidates(desk: Desk, section: str, content: Any, pointer: str) -> list[Candidate]:
    """Return the names that may stand at a place, in the order in which they are declared."""
    if section == "tests":
        return [Candidate(one.value, one.label) for one in names_in_test(desk, content, pointer)]
    found = named_at(section, content, pointer)
    if found is None or found.kind not in _LISTED:
        return []
    way = steps(pointer)
    if section == "forms" and way[0] == "fields" and way[-1] == "via":  # of the other form only what points to this one
        home = ways_home(desk, found.form, _own_form(section, content))
        return [one for one in _fields(desk, found.form, pointer) if one.value in home]
    return list(_LISTED[found.kind](desk, found.form, pointer))


def form_at(section: str, content: Any, pointer: str, desk: Desk | None = None) -> str:
    """Return the form whose names an expression at a place may use: the measure's around it, the tile's, or the file's own.

    The desk knows the measures of the app, which tiles name by their keys.
    """
    way = steps(pointer)
    for length in range(len(way) - 1, -1, -1):
        around = value_at(content, "".join(f"/{step}" for step in way[:length]))
        if isinstance(around, dict) and isinstance(of := around.get("of"), str) and "agg" in around:
            return of
    if section == "forms" and way[:1] == ("limits",) and way[2:] in (("at_most",), ("at_least",)):
        return _referred(content, value_at(content, f"/limits/{way[1]}/via"))
    if section == "dashboards":
        return _form_on_dashboard(content, way, desk)
    if section == "alerts" and way[:1] == ("missing",):
        inner = value_at(content, "/missing/form")
        return inner if isinstance(inner, str) and way[-1] == "where" else _own_form(section, content)
    return _own_form(section, content)


def _referred(content: Any, key: Any) -> str:
    """Return the form that a reference field of a form leads to."""
    fields = value_at(content, "/fields")
    listed = [one for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    found = next((one.get("to") for one in listed if one.get("key") == key), None)
    return found if isinstance(found, str) else ""


def _form_on_dashboard(content: Any, way: tuple[str, ...], desk: Desk | None) -> str:
    """Return the form of a filter's expression, which is its name, or of the tile around a place."""
    if way[:1] == ("filters",):
        return way[3] if len(way) > 3 and way[2] == "fields" else ""
    tile = value_at(content, "".join(f"/{step}" for step in way[:2])) if way[:1] == ("tiles",) else None
    if not isinstance(tile, dict):
        return ""
    measure = tile.get("measure")
    if isinstance(measure, str) and desk is not None:
        return desk.source.app["measures"][measure]["of"].text
    named = measure.get("of") if isinstance(measure, dict) else tile.get("form")
    return named if isinstance(named, str) else ""


def _own_form(section: str, content: Any) -> str:
    found = value_at(content, "/key" if section == "forms" else "/form")
    return found if isinstance(found, str) else ""


def _form(section: str, content: Any, way: tuple[str, ...], member: str) -> str:
    for length in range(len(way) - 1, -1, -1) if member else ():
        inner = value_at(content, "".join(f"/{step}" for step in (*way[:length], member)))
        if inner is not ABSENT and isinstance(inner, str):
            return inner
    return _own_form(section, content)


def _declared(spots: Iterator[Spot]) -> Iterator[Candidate]:
    for spot in spots:
        if key := spot["key"].text:
            yield Candidate(key, Label.of(spot["label"].value, key))


def _section(name: str) -> Any:
    def listed(desk: Desk, _form: str, _pointer: str) -> Iterator[Candidate]:
        return _declared(desk.source.section(name))

    return listed


def _roles(desk: Desk, _form: str, _pointer: str) -> Iterator[Candidate]:
    return _declared(desk.source.app["roles"].items())


def _stages(desk: Desk, form: str, _pointer: str) -> Iterator[Candidate]:
    pipeline = desk.pipelines.get(form)
    return _declared(pipeline["stages"].items() if pipeline else iter(()))


def _fields(desk: Desk, form: str, pointer: str) -> Iterator[Candidate]:
    found = list(_declared(desk.forms[form]["fields"].items())) if form in desk.forms else []
    if not set(steps(pointer)) & set(_OWN_FIELDS):
        found += [Candidate(key, one.label) for key, one in desk.shapes.system(form).items()]
    yield from found
    if _SORTED in steps(pointer):
        yield from (Candidate(f"-{one.value}", one.label) for one in found)


def _measures(desk: Desk, _form: str, _pointer: str) -> Iterator[Candidate]:
    for key, spot in desk.source.app["measures"].members():
        yield Candidate(key, Label.of(spot["label"].value, key))


def _objectives(desk: Desk, form: str, _pointer: str) -> Iterator[Candidate]:
    for page in desk.source.section("okrs"):
        yield from _declared(page["objectives"].items() if page["key"].text == form or not form else iter(()))


def _key_results(desk: Desk, form: str, _pointer: str) -> Iterator[Candidate]:
    for page in desk.source.section("okrs"):
        for objective in page["objectives"].items() if page["key"].text == form or not form else ():
            yield from _declared(objective["key_results"].items())


_LISTED: dict[str, Any] = {
    "form": _section("forms"),
    "rule": _section("alerts"),
    "okr": _section("okrs"),
    "role": _roles,
    "stage": _stages,
    "field": _fields,
    "column": _fields,
    "pipeline": _section("pipelines"),
    "objective": _objectives,
    "measure": _measures,
    "key_result": _key_results,
}
