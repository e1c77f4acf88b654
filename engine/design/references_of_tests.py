"""What the tests of a config name: forms, fields, options, stages, transitions, roles, rules, key results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.config.desk import Desk
from engine.config.schema_tests import FIELD_LISTS
from engine.config.spot import Spot
from engine.design.patterns import find
from engine.design.reads import option_of, way_of
from engine.design.things import Reference, Thing


def references_of_test(desk: Desk, test: Spot) -> Iterator[Reference]:
    """Go through what one test names; its records lead from a name of its own to a form."""
    forms = {one["as"].text: one["form"].text for one in (*test["records"].items(), *test["steps"].items())}
    for place, _ in find(test, "/people/@/roles/*"):
        yield Reference(Thing("role", place.text), place)
    for record in test["records"].items():
        form = record["form"].text
        yield from _plain("form", record["form"])
        yield from _values(desk, form, record["values"])
        if record["stage"].text:
            yield Reference(Thing("stage", record["stage"].text, form), record["stage"])
    for step in test["steps"].items():
        yield from _step(desk, step, forms)
    yield from _expected(desk, test["expect"], forms)


def _step(desk: Desk, step: Spot, forms: Mapping[str, str]) -> Iterator[Reference]:
    form = step["form"].text or forms.get(step["record"].text, "")
    yield from _plain("form", step["form"])
    yield from _values(desk, form, step["values"])
    if step["to"].text:
        yield Reference(way_of(desk, form, step["to"].text), step["to"])
    for key, rows in step["rows"].members():
        yield Reference(Thing("field", key, form), rows)
        table = desk.shapes.field(form, key)
        for row in rows.items():
            yield from _values(desk, str(table.params.get("of", "")) if table else "", row)
    for one in step["refused"].items():
        if one["field"].text:
            yield Reference(Thing("field", one["field"].text.partition("__")[0], form), one["field"])
    yield from _expected(desk, step["expect"], forms)


def _expected(desk: Desk, expect: Spot, forms: Mapping[str, str]) -> Iterator[Reference]:
    for one in expect["records"].items():
        yield from _expected_record(desk, one, one["form"].text or forms.get(one["record"].text, ""))
    for key, place in expect["alerts"].members():
        yield Reference(Thing("rule", key), place)
    for key, place in expect["counts"].members():
        yield Reference(Thing("form", key), place)
    for okr, results in expect["key_results"].members():
        yield Reference(Thing("okr", okr), results)
        for key, place in results.members():
            yield Reference(Thing("key_result", key, okr), place)


def _expected_record(desk: Desk, one: Spot, form: str) -> Iterator[Reference]:
    yield from _plain("form", one["form"])
    for values in (one["typed"], one["values"]):
        yield from _values(desk, form, values)
    for name in FIELD_LISTS:
        yield from (Reference(Thing("field", item.text, form), item) for item in one[name].items())
    for key, place in one["access"].members():
        yield Reference(Thing("field", key, form), place)
    for key, place in one["moves"].members():
        yield Reference(Thing("transition", key, form), place)
        yield from (Reference(Thing("field", item.text, form), item) for item in place["missing"].items())
    for key, place in one["alerts"].members():
        yield Reference(Thing("rule", key), place)


def _values(desk: Desk, form: str, values: Spot) -> Iterator[Reference]:
    shape = desk.shapes.promised.get(form, {})
    for key, place in values.members():
        field = Thing("field", key, form)
        yield Reference(field, place)
        options = shape[key].options if key in shape else ()
        yield from (Reference(option_of(field, one.text), one) for one in place.items() if one.text in options)


def _plain(kind: str, place: Spot) -> Iterator[Reference]:
    if place.text:
        yield Reference(Thing(kind, place.text), place)
