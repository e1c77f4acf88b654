"""What is inside a config, in words and numbers: what somebody wants to know before making an app of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.config.parameters import with_defaults
from engine.config.source import Source
from engine.config.spot import Spot
from forms.labels import Label


@dataclass(frozen=True)
class FormInside:
    """A form with its fields and, where its records move, its stages."""

    label: Label
    fields: tuple[Label, ...]
    stages: tuple[Label, ...]


@dataclass(frozen=True)
class Contents:
    """What a config holds, by name."""

    forms: tuple[FormInside, ...]
    key_results: tuple[Label, ...]
    rules: tuple[Label, ...]
    dashboards: tuple[Label, ...]
    roles: tuple[Label, ...]
    tests: int

    @property
    def stages(self) -> int:
        """Return how many stages there are."""
        return sum(len(form.stages) for form in self.forms)

    @property
    def kinds(self) -> frozenset[str]:
        """Return what kinds of things are inside: what the gallery is filtered by."""
        found = {"forms": self.forms, "stages": self.stages, "key_results": self.key_results, "rules": self.rules}
        found |= {"dashboards": self.dashboards}
        return frozenset(name for name, things in found.items() if things)

    @property
    def words(self) -> str:
        """Return every name in every language: what the gallery is searched in."""
        labels = [*self.key_results, *self.rules, *self.dashboards, *self.roles]
        for form in self.forms:
            labels += [form.label, *form.fields, *form.stages]
        return "\n".join(text for label in labels for text in label.texts.values()).casefold()


def contents_of(source: Source) -> Contents:
    """Return what is inside a config; questions stand with their usual answers."""
    filled = with_defaults(source)
    pipelines = {spot["form"].text: spot for spot in filled.section("pipelines")}
    order = list(filled.app["order"].texts)
    forms = sorted(filled.section("forms"), key=lambda spot: _place(order, spot["key"].text))
    return Contents(
        tuple(_form(spot, pipelines.get(spot["key"].text)) for spot in forms),
        tuple(_label(one) for okr in filled.section("okrs") for one in _results(okr)),
        tuple(_label(spot) for spot in filled.section("alerts")),
        tuple(_label(spot) for spot in filled.section("dashboards")),
        tuple(_label(role) for role in filled.app["roles"].items()),
        sum(1 for _ in filled.section("tests")),
    )


def _place(order: list[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _form(spot: Spot, pipeline: Spot | None) -> FormInside:
    stages = pipeline["stages"].items() if pipeline else ()
    return FormInside(
        _label(spot), tuple(_label(one) for one in spot["fields"].items()), tuple(_label(one) for one in stages)
    )


def _results(okr: Spot) -> Iterator[Spot]:
    for objective in okr["objectives"].items():
        yield from objective["key_results"].items()


def _label(spot: Spot) -> Label:
    return Label.of(spot["label"].value, spot["key"].text)
