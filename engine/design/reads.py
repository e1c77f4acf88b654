"""What the expressions of a config read: found in their checked trees, so that words in texts are never taken for names."""

from __future__ import annotations

from collections.abc import Iterator

from engine.config.desk import Desk
from engine.config.spot import Spot
from engine.design.things import Reference, Thing
from rules.calls import children
from rules.checked import Checked
from rules.scope import RecordScope
from rules.tree import Call, ListNode, Literal, Name, Node
from rules.types import Kind


def reads(desk: Desk) -> Iterator[Reference]:
    """Go through all that the expressions of a checked config name."""
    for place, checked, scope in desk.expressions:
        if isinstance(scope, RecordScope):
            yield from (Reference(one, place) for one in names_in(checked, scope))
        else:
            yield from _figures(desk, checked, place)
        yield from _roles(checked.tree, place)


def steps_of(scope: RecordScope, path: tuple[str, ...]) -> Iterator[Thing]:
    """Yield the field behind each step of a path, as far as it stays within forms, and the forms that it leads into."""
    form = scope.form
    for number, name in enumerate(path):
        type_ = scope.shapes.get(form, {}).get(name)
        if type_ is None:
            return
        if number:
            yield Thing("form", form)
        yield Thing("field", name, form)
        if type_.kind is not Kind.REFERENCE:
            return
        form = type_.form


def names_in(checked: Checked, scope: RecordScope) -> Iterator[Thing]:
    """Yield the fields, forms, options and stages that an expression over records names."""
    for path in sorted(checked.reads):
        yield from steps_of(scope, path)
    yield from _options(checked.tree, scope)


def _options(node: Node, scope: RecordScope) -> Iterator[Thing]:
    """Find the options and stages that stand beside a name of their field: compared with it, or in one call with it."""
    beside = list(children(node))
    for name in beside:
        if isinstance(name, Name) and name.type.options:
            owner = list(steps_of(scope, name.path))[-1:]
            for text in _texts(beside) if owner else ():
                if text in name.type.options:
                    yield option_of(owner[0], text)
    for child in beside:
        yield from _options(child, scope)


def option_of(field: Thing, key: str) -> Thing:
    """Return the option of a field, or the stage of a form."""
    return Thing("stage", key, field.form) if field.key == "stage" else Thing("option", key, field.form, field.key)


def way_of(desk: Desk, form: str, key: str) -> Thing:
    """Return the transition with a key, or the stage."""
    pipeline = desk.pipelines.get(form)
    moves = [one["key"].text for one in pipeline["transitions"].items()] if pipeline else []
    return Thing("transition" if key in moves else "stage", key, form)


def _texts(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ListNode):
            yield from _texts(list(node.items))
        elif isinstance(node, Literal) and isinstance(node.value, str):
            yield node.value


def _roles(node: Node, place: Spot) -> Iterator[Reference]:
    if isinstance(node, Call) and node.function == "has_role":
        yield from (Reference(Thing("role", text), place) for text in _texts(list(node.args)))
    for child in children(node):
        yield from _roles(child, place)


def _figures(desk: Desk, checked: Checked, place: Spot) -> Iterator[Reference]:
    """Find the measures that a formula reads: a key result's own come before its page's, those before the app's."""
    known = declared_around(desk, place)
    for path in sorted(checked.reads):
        if path[0] in known:
            yield Reference(Thing("measure", path[0], field=known[path[0]]), place)


def declared_around(desk: Desk, place: Spot) -> dict[str, str]:
    """Return the measures that a formula may name -> where each is declared."""
    found = {key: "" for key, _ in desk.source.app["measures"].members()}
    for dashboard in desk.source.section("dashboards"):
        for tile in dashboard["tiles"].items() if dashboard.file == place.file else ():
            if place.pointer.startswith(f"{tile.pointer}/"):
                found |= {key: f"{dashboard['key'].text}.{tile['key'].text}" for key, _ in tile["measures"].members()}
    page = next((spot for spot in desk.source.section("okrs") if spot.file == place.file), None)
    if page is None:
        return found
    found |= {key: page["key"].text for key, _ in page["measures"].members()}
    for objective in page["objectives"].items():
        for kr in objective["key_results"].items():
            if place.pointer.startswith(f"{kr.pointer}/"):
                found |= {key: f"{page['key'].text}.{kr['key'].text}" for key, _ in kr["measures"].members()}
    return found
