"""Which derived fields follow from which names of which forms, and the order in which they are worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from engine.config.defs import MeasureDef
from engine.errors import EngineError
from engine.releases.live import Live
from forms.defs import FieldDef
from rules.checked import Checked
from rules.errors import N_, Fault
from rules.types import Kind

#: Stands for "there is such a record": changes when one is created, deleted or restored.
EXISTENCE = "*"
#: Stands for the form of people, who are no records of an app.
PEOPLE = ""

#: Names that mean something else tomorrow.
_CLOCK = frozenset({"today", "now", "days_in_stage"})

Path = tuple[str, ...]
#: (form, field)
Node = tuple[str, str]


@dataclass(frozen=True)
class Link:
    """A derived field reads `name` of `form`, which is reached from its base form over the references of `path`."""

    form: str
    name: str
    path: Path


@dataclass(frozen=True)
class Derived:
    """A computed or rollup field; a rollup's base form is the one that it counts over."""

    form: str
    field: FieldDef
    links: tuple[Link, ...]
    measure: MeasureDef | None = None
    via: str = ""

    @property
    def node(self) -> Node:
        """Return what names it."""
        return self.form, self.field.key

    @property
    def base(self) -> str:
        """Return the form whose records its expressions are about."""
        return self.measure.of if self.measure else self.form


def derived_fields(live: Live) -> tuple[Derived, ...]:
    """Return all derived fields of an app, each after those it reads."""
    if "derived" not in live.memo:
        live.memo["derived"] = _ordered(_all(live))
    found: tuple[Derived, ...] = live.memo["derived"]
    return found


def own_computed(live: Live, form: str) -> tuple[Derived, ...]:
    """Return the computed fields of a form, in order."""
    return tuple(one for one in derived_fields(live) if one.form == form and one.measure is None)


def linked_forms(live: Live) -> frozenset[str]:
    """Return the forms whose records follow from other records, or other records from them."""
    if "linked" not in live.memo:
        across = (one for one in derived_fields(live) if one.measure or any(link.path for link in one.links))
        forms = {form for one in across for form in (one.form, one.base, *(link.form for link in one.links))}
        limited = {at for form in live.app.forms.values() for one in form.limits for at in (form.key, one.home)}
        live.memo["linked"] = frozenset((forms | limited) - {PEOPLE})
    found: frozenset[str] = live.memo["linked"]
    return found


def reads_day(checked: Checked | None) -> bool:
    """Tell whether an expression has another value tomorrow although nothing was written."""
    return checked is not None and any(path[-1] in _CLOCK for path in checked.reads)


def daily_fields(live: Live) -> tuple[Derived, ...]:
    """Return the derived fields that read the day, and all that follow from them, each after those it reads."""
    if "daily" not in live.memo:
        live.memo["daily"] = tuple(_daily(live))
    found: tuple[Derived, ...] = live.memo["daily"]
    return found


def _daily(live: Live) -> Iterator[Derived]:
    known: set[Node] = set()
    for one in derived_fields(live):
        measure = one.measure
        read = (measure.where, measure.value, measure.during) if measure else (one.field.expression,)
        if any(map(reads_day, read)) or any((link.form, link.name) in known for link in one.links):
            known.add(one.node)
            yield one


def _all(live: Live) -> Iterator[Derived]:
    for form in live.app.forms.values():
        for field in form.fields:
            measure = field.params.get("measure")
            if isinstance(measure, MeasureDef):
                via = str(field.params["via"])
                read = (measure.where, measure.value, measure.during)
                links = {*_links(live, measure.of, read), Link(measure.of, via, ()), Link(measure.of, EXISTENCE, ())}
                yield Derived(form.key, field, _sorted(links), measure, via)
            elif field.expression is not None:
                yield Derived(form.key, field, _sorted(_links(live, form.key, (field.expression,))))


def _links(live: Live, base: str, expressions: Iterable[Checked | None]) -> set[Link]:
    return {
        link for one in expressions if one is not None for path in one.reads for link in _links_of(live, base, path)
    }


def _links_of(live: Live, base: str, path: Path) -> Iterator[Link]:
    form = base
    for depth, name in enumerate(path):
        if form == PEOPLE:
            yield Link(PEOPLE, name, path[:depth])
            continue
        type_ = live.app.shapes[form].get(name)
        if type_ is None:
            return
        # What is worked out from the moment of entering a stage changes with it.
        yield Link(form, "stage_entered_at" if name == "days_in_stage" else name, path[:depth])
        if depth:
            yield Link(form, EXISTENCE, path[:depth])
        if type_.kind not in (Kind.REFERENCE, Kind.PERSON):
            return
        form = type_.form if type_.kind is Kind.REFERENCE else PEOPLE


def _sorted(links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple(sorted(links, key=lambda one: (one.form, one.name, one.path)))


def _ordered(derived: Iterable[Derived]) -> tuple[Derived, ...]:
    by_node = {one.node: one for one in derived}
    needs = {node: {(link.form, link.name) for link in one.links} & by_node.keys() for node, one in by_node.items()}
    try:
        return tuple(by_node[node] for node in TopologicalSorter(needs).static_order())
    except CycleError as error:
        fields = " → ".join(".".join(node) for node in error.args[1])
        template = N_("These fields are computed from each other in a circle: {fields}.")
        raise EngineError(Fault("derived_cycle", template, {"fields": fields})) from error
