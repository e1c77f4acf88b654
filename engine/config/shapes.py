"""The names of every form with their types, as far as the fields can be understood, before any expression is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from engine.config.spot import Spot
from forms.defs import FieldDef, Option
from forms.fields import FIELD_TYPES
from forms.labels import Label
from forms.system import SYSTEM_KEYS, system_shape
from rules.checked import Checked
from rules.scope import Shape
from rules.types import Type

#: Members of a field that have a slot of their own in FieldDef; all others are parameters of its type.
COMMON = frozenset(
    {
        "key", "type", "label", "help", "required", "unique", "options", "to", "default", "default_expression",
        "visible_if", "required_if", "read_only_if", "expression",
    }
)  # fmt: skip
#: Results of a rollup that follow the field it looks at.
_FOLLOW = frozenset({"sum", "avg", "min", "max"})
_ROLLUP_RESULTS = frozenset({"number", "money", "percent", "date", "datetime"})


def as_rows(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the same names, but no field is sure to be filled.

    Rows from before a field was required keep their gaps, and so does history; only what the system writes is sure.
    """
    return {form: {name: _as_row(name, type_) for name, type_ in shape.items()} for form, shape in shapes.items()}


def _as_row(name: str, type_: Type) -> Type:
    return type_ if name in SYSTEM_KEYS else replace(type_, nullable=True)


class Shapes:
    """Fields without their expressions, and the types that follow from them."""

    def __init__(self, forms: Mapping[str, Spot], pipelines: Mapping[str, Spot], money_scale: int) -> None:
        self._forms = forms
        self._pipelines = pipelines
        self._scale = money_scale
        self._found: dict[tuple[str, str], FieldDef | None] = {}

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Spot]:
        """Return (form, field) -> where the field is declared first."""
        found: dict[tuple[str, str], Spot] = {}
        for form, spot in self._forms.items():
            for field in spot["fields"].items():
                found.setdefault((form, field["key"].text), field)
        return {at: spot for at, spot in found.items() if at[1]}

    @cached_property
    def unsure(self) -> frozenset[str]:
        """Return the field keys whose type is not known: expressions that name them are not judged."""
        return frozenset(key for form, key in self.places if self.field(form, key) is None)

    @cached_property
    def promised(self) -> Mapping[str, Shape]:
        """Return form key -> its names, as the definition promises them: a required field is never empty."""
        return {form: self._shape(form) for form in self._forms}

    @cached_property
    def stored(self) -> Mapping[str, Shape]:
        """Return form key -> its names, as rows may have them."""
        return as_rows(self.promised)

    def draft(self, form: str) -> Shape:
        """Return the names of a record that is being written: everything may be empty."""
        return {name: replace(type_, nullable=True) for name, type_ in self.promised.get(form, {}).items()}

    def fields(self, form: str) -> Mapping[str, FieldDef]:
        """Return the fields of a form that can be understood, by key."""
        found = {key: self.field(form, key) for at, key in self.places if at == form}
        return {key: field for key, field in found.items() if field is not None}

    def field(self, form: str, key: str) -> FieldDef | None:
        """Return a field without its expressions, or None."""
        at = (form, key)
        if at not in self._found:
            self._found[at] = None  # a rollup of a rollup of itself ends here
            self._found[at] = self._read(self.places[at]) if at in self.places else None
        return self._found[at]

    def stages(self, form: str) -> tuple[str, ...]:
        """Return the stage keys of a form; none without a pipeline."""
        pipeline = self._pipelines.get(form)
        stages = pipeline["stages"].items() if pipeline else ()
        return tuple(dict.fromkeys(stage["key"].text for stage in stages if stage["key"].text))

    def _shape(self, form: str) -> Shape:
        own: dict[str, Type] = {key: field.type.rule_type(field) for key, field in self.fields(form).items()}
        return {**own, **system_shape(self.stages(form))}

    def _read(self, spot: Spot) -> FieldDef | None:
        type_ = FIELD_TYPES.get(spot["type"].text)
        params = {name: value.value for name, value in spot.members() if name not in COMMON}
        if type_ is None:
            return None
        if type_.key == "rollup":
            params["result"] = self.rollup_result(spot)
        if type_.key == "computed" and spot["result"].text not in FIELD_TYPES:
            return None
        if "money" in {type_.key, params.get("result")}:
            params["scale"] = self._scale
        return FieldDef(
            spot["key"].text,
            type_,
            Label.of(spot["label"].value, spot["key"].text),
            Label.of(spot["help"].value),
            required=spot["required"].is_true,
            unique=spot["unique"].is_true,
            options=tuple(_option(option) for option in spot["options"].items()),
            to=spot["to"].text,
            visible_if=_PENDING if spot["visible_if"].is_given else None,
            params=params,
        )

    def rollup_result(self, spot: Spot) -> str:
        """Return the type of a rollup: as given, that of the field it sums up, or a number."""
        measure = spot["measure"]
        if spot["result"].text in _ROLLUP_RESULTS:
            return spot["result"].text
        field = self.field(measure["of"].text, measure["value"].text)
        if field is None or measure["agg"].text not in _FOLLOW:
            return "number"
        shown = field.type.shown_as(field).key
        return shown if shown in _ROLLUP_RESULTS else "number"


#: Stands for an expression not yet read, so that a field which may be hidden counts as one that may be empty.
_PENDING: Any = Checked.__new__(Checked)


def _option(spot: Spot) -> Option:
    return Option(spot["key"].text, Label.of(spot["label"].value, spot["key"].text), spot["color"].text)
