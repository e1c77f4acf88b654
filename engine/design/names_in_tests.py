"""What a name in a test of a config may be: people and records of the test itself, and what the forms around it declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.config.cast import kind_of
from engine.config.schema_nouns import ACTIONS
from engine.config.spot import Spot
from engine.design.patterns import fits
from engine.design.pointers import steps, value_at
from forms.labels import LANGUAGES, Label
from rules.types import OF_RECORDS

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from forms.defs import FieldDef

_EXPECTED = (
    ("/records/*/record", "record"),
    ("/records/*/form", "form"),
    ("/records/*/user", "person"),
    ("/records/*/typed/{}", "typed"),
    ("/records/*/values/{}", "seen"),
    *((f"/records/*/{name}/*", "own") for name in ("visible", "hidden", "required", "optional", "read_only")),
    ("/records/*/moves/{}", "transition"),
    ("/records/*/moves/{}/missing/*", "own"),
    ("/records/*/alerts/{}", "rule"),
    ("/records/*/alerts/{}/*", "person"),
    ("/records/*/rights/{}", "verb"),
    ("/records/*/access/{}", "any"),
    ("/alerts/{}", "loose_rule"),
    ("/alerts/{}/*", "person"),
    ("/key_results/{}", "okr"),
    ("/key_results/{}/{}", "key_result"),
    ("/counts/{}", "form"),
)
#: Pattern of a place -> what is named there.
_PATTERNS = (
    ("/user", "person"),
    ("/people/{}/manager", "person"),
    ("/people/{}/roles/*", "role"),
    ("/records/*/form", "form"),
    ("/records/*/owner", "person"),
    ("/records/*/stage", "stage"),
    ("/records/*/values/{}", "given"),
    ("/steps/*/form", "form"),
    ("/steps/*/record", "record"),
    ("/steps/*/to", "move"),
    ("/steps/*/user", "person"),
    ("/steps/*/values/{}", "typed"),
    ("/steps/*/rows/{}", "table"),
    ("/steps/*/rows/{}/*/{}", "cell"),
    ("/steps/*/refused/*/field", "any"),
    *((f"{above}{pattern}", kind) for above in ("/expect", "/steps/*/expect") for pattern, kind in _EXPECTED),
)
#: Kinds of places that hold a value of a field.
VALUES = frozenset({"given", "typed", "seen", "cell"})


@dataclass(frozen=True, slots=True)
class TestName:
    """One name that may stand at a place of a test."""

    __test__ = False  # the test runner takes it for a test

    value: str
    label: Label


def kind_in_test(pointer: str) -> str:
    """Return what a place of a test names; nothing for a place that names nothing."""
    way = steps(pointer)
    return next((kind for pattern, kind in _PATTERNS if fits(pattern, way)), "")


def form_in_test(content: Any, pointer: str) -> str:
    """Return the form of the record that a place of a test is about; nothing where there is none."""
    way, spot = steps(pointer), Spot(content, "")
    if way[:1] == ("records",) and len(way) > 1:
        return spot["records"][_number(way[1])]["form"].text
    about = spot
    if way[:1] == ("steps",) and len(way) > 1:
        about = spot["steps"][_number(way[1])]
        way = way[2:]
    if way[:2] == ("expect", "records") and len(way) > 2:
        about = about["expect"]["records"][_number(way[2])]
    return about["form"].text or records_in(content).get(about["record"].text, "")


def _number(step: str) -> int:
    return int(step) if step.isascii() and step.isdigit() else 10**9


def records_in(content: Any, before: int | None = None) -> dict[str, str]:
    """Return name → form of the records of a test; of those that steps create only what the first `before` steps do."""
    test = Spot(content, "")
    made = [one for one in list(test["steps"].items())[:before] if one["do"].text == "create"]
    return {one["as"].text: one["form"].text for one in (*test["records"].items(), *made) if one["as"].text}


def record_label(desk: Desk, content: Any, name: str) -> Label:
    """Return how people tell a record of a test: by its title where it has one, with its form."""
    test = Spot(content, "")
    found = (one for one in (*test["records"].items(), *test["steps"].items()) if name and one["as"].text == name)
    given = next(found, Spot(None, ""))
    form = desk.forms.get(given["form"].text)
    if form is None:
        return Label.of(None, name)
    title, label = given["values"][form["title"].text].text or name, Label.of(form["label"].value, form["key"].text)
    return Label.of({language: f"{title} ({label.pick(language)})" for language in LANGUAGES}, name)


def person_label(desk: Desk, content: Any, name: str) -> Label:
    """Return how a person of a test is called: by name, or by the first role and the name in the test."""
    person = Spot(content, "")["people"][name]
    role = next(iter(person["roles"].texts), "")
    spot = next((one for one in desk.source.app["roles"].items() if role and one["key"].text == role), None)
    if person["name"].text or spot is None:
        return Label.of(person["name"].text or None, name)
    label = Label.of(spot["label"].value, role)
    return Label.of({language: f"{label.pick(language)} ({name})" for language in LANGUAGES}, name)


def field_in_test(desk: Desk, content: Any, pointer: str) -> FieldDef | None:
    """Return the field whose value stands at a place of a test."""
    if kind_in_test(pointer) not in VALUES:
        return None
    form, key = _form_of_values(desk, content, pointer), steps(pointer)[-1]
    return desk.shapes.field(form, key) or desk.shapes.system(form).get(key)


def _form_of_values(desk: Desk, content: Any, pointer: str) -> str:
    form = form_in_test(content, pointer)
    if kind_in_test(pointer) != "cell":
        return form
    table = desk.shapes.field(form, steps(pointer)[3])
    return str(table.params.get("of", "")) if table is not None and table.type.is_table else ""


def _link_home(desk: Desk, content: Any, pointer: str) -> str:
    """Return the field of a table's rows that leads to the record around them: nobody fills it in there."""
    table = desk.shapes.field(form_in_test(content, pointer), steps(pointer)[3])
    return str(table.params.get("via", "")) if table is not None else ""


def names_in_test(desk: Desk, content: Any, pointer: str) -> list[TestName]:
    """Return the names that may stand at a place of a test, in the order in which they are declared."""
    kind = kind_in_test(pointer)
    if kind == "person":
        return [TestName(name, person_label(desk, content, name)) for name, _ in Spot(content, "")["people"].members()]
    if kind == "record":
        return record_names(desk, content, pointer)
    if kind in _FIELDS:
        home = _link_home(desk, content, pointer) if kind == "cell" else ""
        listed_ = _FIELDS[kind](desk, _form_of_values(desk, content, pointer))
        return [one for one in listed_ if one.value != home]
    if kind == "key_result":
        return list(_declared(_key_results(desk, steps(pointer.partition("/key_results")[2])[0])))
    listed = _LISTED.get(kind)
    return list(listed(desk, form_in_test(content, pointer))) if listed else []


def record_names(desk: Desk, content: Any, pointer: str, slot: FieldDef | None = None) -> list[TestName]:
    """Return the records that a place may name: what is there by then, and of the form that a field leads to."""
    way = steps(pointer)
    before = _number(way[1]) + (way[2:3] == ("expect",)) if way[:1] == ("steps",) else None
    known = records_in(content, 0 if way[:1] == ("records",) else before)
    if way[:1] == ("records",):  # a record leads to those before it
        earlier = Spot(value_at(content, "/records"), "").items()
        known = {one["as"].text: one["form"].text for one in list(earlier)[: _number(way[1])] if one["as"].text}
    wanted = slot.to if slot is not None and kind_of(slot) in OF_RECORDS else ""
    return [TestName(name, record_label(desk, content, name)) for name, form in known.items() if wanted in ("", form)]


def _declared(spots: Iterator[Spot]) -> Iterator[TestName]:
    for spot in spots:
        if spot["key"].text:
            yield TestName(spot["key"].text, Label.of(spot["label"].value, spot["key"].text))


def _fields(desk: Desk, form: str, *, derived: bool, tables: bool = False) -> Iterator[TestName]:
    for key, slot in desk.shapes.fields(form).items():
        if (derived or not slot.is_derived) and (tables or not (slot.type.is_table or slot.type.keeps_files)):
            yield TestName(key, slot.label)


def _given(desk: Desk, form: str) -> Iterator[TestName]:
    yield from _fields(desk, form, derived=False)


def _typed(desk: Desk, form: str) -> Iterator[TestName]:
    yield from _given(desk, form)
    yield from (TestName(key, one.label) for key, one in desk.shapes.system(form).items() if key == "owner")


def _seen(desk: Desk, form: str) -> Iterator[TestName]:
    yield from _fields(desk, form, derived=True)
    yield from (TestName(key, one.label) for key, one in desk.shapes.system(form).items())


_FIELDS: Mapping[str, Callable[[Desk, str], Iterator[TestName]]] = {
    "given": _given,
    "typed": _typed,
    "cell": _given,
    "seen": _seen,
    "any": _seen,
    "own": lambda desk, form: _fields(desk, form, derived=True, tables=True),
}


def _way(desk: Desk, form: str) -> Iterator[TestName]:
    """Name the moves of a form, then the stages that they lead to."""
    yield from _transitions(desk, form)
    for one in _stages(desk, form):
        yield TestName(one.value, Label.of({tongue: f"→ {one.label.pick(tongue)}" for tongue in LANGUAGES}, one.value))


def _transitions(desk: Desk, form: str) -> Iterator[TestName]:
    flow = desk.pipelines.get(form)
    yield from _declared(flow["transitions"].items() if flow else iter(()))


def _stages(desk: Desk, form: str) -> Iterator[TestName]:
    flow = desk.pipelines.get(form)
    yield from _declared(flow["stages"].items() if flow else iter(()))


def _tables(desk: Desk, form: str) -> Iterator[TestName]:
    yield from (TestName(key, one.label) for key, one in desk.shapes.fields(form).items() if one.type.is_table)


def _key_results(desk: Desk, okr: str) -> Iterator[Spot]:
    page = desk.by_key("okrs").get(okr)
    for objective in page["objectives"].items() if page else ():
        yield from objective["key_results"].items()


_LISTED: Mapping[str, Callable[[Desk, str], Iterator[TestName]]] = {
    "form": lambda desk, _form: _declared(desk.source.section("forms")),
    "okr": lambda desk, _form: _declared(desk.source.section("okrs")),
    "role": lambda desk, _form: _declared(desk.source.app["roles"].items()),
    "rule": lambda desk, form: _declared(one for one in desk.source.section("alerts") if one["form"].text == form),
    "loose_rule": lambda desk, _form: _declared(
        one for one in desk.source.section("alerts") if not one["form"].is_given
    ),
    "verb": lambda _desk, _form: (TestName(one, Label.of(None, one)) for one in ACTIONS),
    "stage": _stages,
    "move": _way,
    "transition": _transitions,
    "table": _tables,
}
