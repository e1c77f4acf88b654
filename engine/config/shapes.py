"""The names of every form with their types, as far as the fields can be understood, before any expression is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from engine.config.spot import Spot
from forms.defs import FieldDef, Option
from forms.fields import FIELD_TYPES, FieldType
from forms.labels import Label
from forms.system import PERSON_SHAPE, SYSTEM_KEYS, system_fields, system_shape
from rules.checked import Checked
from rules.scope import Shape
from rules.types import Kind, Type

#: Members of a field that have a slot of their own in FieldDef; all others are parameters of its type.
COMMON = frozenset(
    {
        "key", "type", "label", "help", "required", "unique", "options", "to", "default", "default_expression",
        "visible_if", "required_if", "read_only_if", "expression", "when_hidden", "width",
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
        self._drafts: dict[str, Shape] = {}

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Spot]:
        """Return (form, field) -> where the field is declared first."""
        found: dict[tuple[str, str], Spot] = {}
        for form, spot in self._forms.items():
            for field in spot["fields"].items():
                found.setdefault((form, field["key"].text), field)
        return {at: spot for at, spot in found.items() if at[1]}

    @cached_property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """Return form -> the keys of its fields, those included that could not be understood."""
        found: dict[str, list[str]] = {}
        for form, key in self.places:
            found.setdefault(form, []).append(key)
        return {form: tuple(keys) for form, keys in found.items()}

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
        if form not in self._drafts:
            shape = self.promised.get(form, {})
            self._drafts[form] = {name: replace(type_, nullable=True) for name, type_ in shape.items()}
        return self._drafts[form]

    def fields(self, form: str) -> Mapping[str, FieldDef]:
        """Return the fields of a form that can be understood, by key."""
        found = {key: self.field(form, key) for key in self.keys.get(form, ())}
        return {key: field for key, field in found.items() if field is not None}

    def field(self, form: str, key: str) -> FieldDef | None:
        """Return a field without its expressions, or None."""
        at = (form, key)
        if at not in self._found:
            self._found[at] = None  # a rollup of a rollup of itself ends here
            self._found[at] = self._read(form, self.places[at]) if at in self.places else None
        return self._found[at]

    def stages(self, form: str) -> tuple[str, ...]:
        """Return the stage keys of a form; none without a pipeline."""
        pipeline = self._pipelines.get(form)
        stages = pipeline["stages"].items() if pipeline else ()
        return tuple(dict.fromkeys(stage["key"].text for stage in stages if stage["key"].text))

    def _shape(self, form: str) -> Shape:
        fields = {key: field for key, field in self.fields(form).items() if not field.type.is_table}
        unsure = conditional(self._forms[form]) if form in self._forms else frozenset()
        own: dict[str, Type] = {key: _type_of(field, unsure) for key, field in fields.items()}
        return {**own, **system_shape(self.stages(form))}

    def _read(self, form: str, spot: Spot) -> FieldDef | None:
        type_ = FIELD_TYPES.get(spot["type"].text)
        params = {name: value.value for name, value in spot.members() if name not in COMMON}
        if type_ is None:
            return None
        if type_.key == "lookup":
            source = self.copied(form, spot["from"].text)
            return None if source is None else _copy(spot, type_, source)
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
            unique=spot["unique"].is_true or type_.always_unique,
            options=tuple(_option(option) for option in spot["options"].items()),
            to=spot["to"].text,
            visible_if=_PENDING if spot["visible_if"].is_given else None,
            params=params,
            when_hidden=spot["when_hidden"].text,
            width=width if isinstance(width := spot["width"].value, int) else 0,
        )

    def system(self, form: str) -> Mapping[str, FieldDef]:
        """Return the system names of a form as fields."""
        pipeline = self._pipelines.get(form)
        stages = tuple(_option(stage) for stage in pipeline["stages"].items()) if pipeline else ()
        return system_fields(stages)

    def target(self, form: str, name: str) -> str | None:
        """Return the form a name leads to; "" stands for people, None for a name that leads nowhere."""
        if not form:
            return "" if name == "manager" else None
        field = self.field(form, name) or self.system(form).get(name)
        kind = field.type.rule_type(field).kind if field else None
        if kind is Kind.PERSON:
            return ""
        return field.to or None if field and kind is Kind.REFERENCE else None

    def copied(self, form: str, path: str) -> FieldDef | None:
        """Return the field at the end of a path over references, or None when it leads nowhere (yet)."""
        names, here = path.split("."), form
        for name in names[:-1]:
            target = self.target(here, name)
            if target is None or (target and target not in self._forms):
                return None
            here = target
        if not here:
            return _person_field(names[-1])
        return self.field(here, names[-1]) or self.system(here).get(names[-1])

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


def _type_of(field: FieldDef, unsure: frozenset[str]) -> Type:
    """Return the type of a field; one on a section or page that may be hidden may be empty."""
    type_ = field.type.rule_type(field)
    return replace(type_, nullable=True) if field.key in unsure else type_


def conditional(form: Spot) -> frozenset[str]:
    """Return the fields whose section, or whose tab or step, is not always shown."""
    pages = [*form["tabs"].items(), *form["steps"].items()]
    sometimes = {name for page in pages if page["visible_if"].is_given for name in page["sections"].texts}
    sections = form["sections"].items()
    hidden = [one for one in sections if one["visible_if"].is_given or one["key"].text in sometimes]
    return frozenset(name for section in hidden for name in section["fields"].texts)


#: Parameters of a field that say how its value is kept and shown, and so go with a copy.
_KEPT = frozenset({"scale", "decimals", "unit", "max_length", "symbol", "country", "format"})


def _copy(spot: Spot, type_: FieldType, source: FieldDef) -> FieldDef:
    """Return a lookup field: the look and the options of what it copies, a key and a label of its own."""
    own = {name: value.value for name, value in spot.members() if name not in COMMON}
    kept = {name: value for name, value in source.params.items() if name in _KEPT}
    return FieldDef(
        spot["key"].text,
        type_,
        Label.of(spot["label"].value, spot["key"].text),
        Label.of(spot["help"].value),
        options=source.options,
        to=source.to,
        visible_if=_PENDING if spot["visible_if"].is_given else None,
        params={**kept, **own, "result": source.type.shown_as(source).key},
    )


def _person_field(name: str) -> FieldDef | None:
    """Return a fact of a person as a field."""
    if name not in PERSON_SHAPE:
        return None
    return FieldDef(name, FIELD_TYPES["person" if name == "manager" else "text"], Label.of(None, name))


def _option(spot: Spot) -> Option:
    return Option(spot["key"].text, Label.of(spot["label"].value, spot["key"].text), spot["color"].text)
