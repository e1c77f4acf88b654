"""Computed fields and rollups that, over some steps, would need their own value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.config.desk import Desk
from rules.checked import Checked
from rules.errors import N_
from rules.types import Kind

#: (form, field)
_At = tuple[str, str]


def check_cycles(desk: Desk) -> None:
    """Note one fault per circle, at its first field in the order of the files."""
    needs = {at: tuple(_needs(desk, at)) for at in desk.shapes.places}
    told: set[_At] = set()
    for start in needs:
        circle = _circle(start, needs)
        if circle and not told & set(circle):
            told.update(circle)
            names = " → ".join(f"{form}.{field}" for form, field in (*circle, start))
            desk.add(
                desk.shapes.places[start].fault(
                    "field.circle", N_("These fields need each other: {names}."), names=names
                )
            )


def computing_order(desk: Desk) -> Mapping[str, tuple[str, ...]]:
    """Return form -> its computed fields, each after those of the same form that it needs."""
    order: dict[str, list[str]] = {form: [] for form in desk.forms}
    needs = {at: tuple(_needs(desk, at)) for at in desk.shapes.places}

    def visit(at: _At) -> None:
        form, field = at
        if field in order[form]:
            return
        for other in needs.get(at, ()):
            if other[0] == form and other != at:
                visit(other)
        found = desk.shapes.field(form, field)
        if found and found.type.key in ("computed", "lookup"):
            order[form].append(field)

    for at in needs:
        visit(at)
    return {form: tuple(fields) for form, fields in order.items()}


def _circle(start: _At, needs: Mapping[_At, tuple[_At, ...]]) -> list[_At] | None:
    """Return the way from a field back to itself."""
    ways: list[list[_At]] = [[start]]
    seen: set[_At] = set()
    while ways:
        way = ways.pop(0)
        for step in needs.get(way[-1], ()):
            if step == start:
                return way
            if step not in seen:
                seen.add(step)
                ways.append([*way, step])
    return None


def _needs(desk: Desk, at: _At) -> Iterator[_At]:
    form, key = at
    field, spot = desk.shapes.field(form, key), desk.shapes.places[at]
    if field is None:
        return
    if field.type.key == "computed":
        yield from _read_by(desk, form, desk.expression(spot["expression"], desk.scope(form, draft=True)))
    elif field.type.key == "lookup":
        yield from _read_by(desk, form, desk.expression(spot["from"], desk.scope(form, draft=True)))
    elif field.type.key == "rollup" and spot["measure"]["of"].text in desk.forms:
        measure = spot["measure"]
        scope = desk.scope(measure["of"].text)
        yield from _read_by(desk, measure["of"].text, desk.condition(measure["where"], scope))
        yield from _read_by(desk, measure["of"].text, desk.expression(measure["value"], scope))


def _read_by(desk: Desk, form: str, checked: Checked | None) -> Iterator[_At]:
    for path in sorted(checked.reads) if checked else ():
        at = form
        for name in path:
            if (at, name) in desk.shapes.places:
                yield at, name
            type_ = desk.shapes.stored.get(at, {}).get(name)
            if type_ is None or type_.kind is not Kind.REFERENCE:
                break
            at = type_.form
