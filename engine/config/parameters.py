"""Parameters of a template: `{{key}}` in its texts is replaced by the answer given when it is cloned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from engine.config.defs import ParameterDef
from engine.config.source import Source, SourceFile
from engine.config.spot import Spot
from engine.errors import ConfigError
from forms.dates import read_date
from forms.defs import FieldDef
from forms.errors import FormError
from forms.fields import FIELD_TYPES, InputContext
from forms.labels import Label
from rules.errors import N_, Fault
from rules.similar import closest

if TYPE_CHECKING:
    from engine.config.desk import Desk

_INSERT = re.compile(r"\{\{\s*(\w{1,60})\s*\}\}")
#: Inside an expression these would end the text that the answer stands in.
_UNSAFE = re.compile(r"['\"\\{}]")
#: Types of answers that are texts to the config: whom and where they name is known only where the app runs.
_READ_AS: Mapping[str, str] = dict.fromkeys(("choice", "cycle", "region", "team", "person"), "text")
#: How long a cycle may be.
CYCLES: Mapping[str, Label] = {
    "month": Label({"en": "Month", "zh_Hans": "月度", "zh_Hant": "月度"}),
    "quarter": Label({"en": "Quarter", "zh_Hans": "季度", "zh_Hant": "季度"}),
    "half_year": Label({"en": "Half year", "zh_Hans": "半年度", "zh_Hant": "半年度"}),
    "year": Label({"en": "Year", "zh_Hans": "年度", "zh_Hant": "年度"}),
}


def inserts(text: str) -> list[str]:
    """Return the keys that stand in double braces in a text."""
    return _INSERT.findall(text)


def declared(source: Source) -> Mapping[str, Spot]:
    """Return the parameters by key."""
    return {spot["key"].text: spot for spot in source.app["parameters"].items() if spot["key"].text}


def parameter_of(spot: Spot) -> ParameterDef:
    """Return what a template asks for."""
    return ParameterDef(
        spot["key"].text,
        Label.of(spot["label"].value, spot["key"].text),
        spot["type"].text,
        spot["default"].value,
        Label.of(spot["help"].value),
        choices_of(spot),
        spot["min"].value,
        spot["max"].value,
    )


def read_answer(spot: Spot, raw: object, context: InputContext | None = None) -> object:
    """Return the JSON value of an answer; nothing given means the default. Raises FormError."""
    type_ = FIELD_TYPES.get(_READ_AS.get(spot["type"].text, spot["type"].text)) or FIELD_TYPES["text"]
    field = FieldDef(spot["key"].text, type_, Label.of(spot["label"].value))
    given = spot["default"].value if raw in (None, "") else raw
    value = type_.read(field, _known(field, spot, given), context or InputContext())
    if isinstance(value, str) and _UNSAFE.search(value):
        template = N_("Quotation marks, backslashes and braces cannot be used here.")
        raise type_.refuse(field, "parameter", template)
    if value is None:
        raise type_.refuse(field, "required", N_("An answer is needed here."))
    answer = type_.to_json(field, value)
    _within(field, spot, answer)
    return answer


def choices_of(spot: Spot) -> tuple[tuple[str, Label], ...]:
    """Return what an answer is chosen from, as (key, label); nothing for a free answer."""
    if spot["type"].text == "cycle":
        return tuple((one, CYCLES[one]) for one in CYCLES)
    return tuple((one["key"].text, Label.of(one["label"].value, one["key"].text)) for one in spot["options"].items())


def _known(field: FieldDef, spot: Spot, given: object) -> object:
    """Return one of the choices, which may be meant by its label too."""
    choices = choices_of(spot)
    if not choices or given in (None, ""):
        return given
    meant = str(given).strip()
    found = [key for key, label in choices if meant == key or meant in label.texts.values()]
    if not found:
        template = N_("“{value}” is none of the answers to choose from: {options}.")
        listed = ", ".join(str(label) for _, label in choices)
        raise field.type.refuse(field, "parameter", template, value=meant[:60], options=listed)
    return found[0]


def _within(field: FieldDef, spot: Spot, answer: object) -> None:
    low, high = _measured(spot["min"].value), _measured(spot["max"].value)
    value = _measured(answer)
    if value is None:
        return
    if low is not None and type(low) is type(value) and value < low:  # type: ignore[operator]  # of one type
        raise field.type.refuse(field, "min", N_("The answer is at least {least}."), least=spot["min"].value)
    if high is not None and type(high) is type(value) and value > high:  # type: ignore[operator]  # of one type
        raise field.type.refuse(field, "max", N_("The answer is at most {most}."), most=spot["max"].value)


def _measured(value: object) -> Decimal | date | None:
    """Return a number or a day that can be compared; None for everything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    if not isinstance(value, str):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return read_date(value)


def with_answers(source: Source, answers: Mapping[str, object]) -> Source:
    """Return the config with every `{{key}}` replaced and nothing left to ask; ConfigError with a fault per wrong answer."""
    faults = [_unknown(name, declared(source)) for name in answers if name not in declared(source)]
    values: dict[str, object] = {}
    for key, spot in declared(source).items():
        try:
            values[key] = read_answer(spot, answers.get(key))
        except FormError as error:
            faults.extend(fault.at(file=spot.file, pointer=spot.pointer) for fault in error.faults)
    if faults:
        raise ConfigError(*faults)
    return _substituted(source, values, asked=False)


def with_own_answers(source: Source, answers: Mapping[str, object]) -> Source:
    """Return the config that still asks, with these answers as the usual ones; ConfigError with a fault per wrong answer.

    What an app combined of templates is: its questions stay, so that each template can be upgraded, and it runs on
    the answers that were given.
    """
    faults: list[Fault] = []
    usual: dict[str, object] = {}
    for key, spot in declared(source).items():
        if key in answers:
            try:
                usual[key] = read_answer(spot, answers[key])
            except FormError as error:
                faults.extend(fault.at(file=spot.file, pointer=spot.pointer) for fault in error.faults)
    if faults:
        raise ConfigError(*faults)
    whole = source.to_dict()
    app = whole["app"]
    if not usual or not isinstance(app, dict):
        return source
    asked = [{**one, "default": usual[one["key"]]} if one["key"] in usual else one for one in app["parameters"]]
    return Source.from_dict({**whole, "app": {**app, "parameters": asked}})


def with_defaults(source: Source) -> Source:
    """Return the config with every parameter that has a usable default replaced: what a template is checked as."""
    values = default_answers(source)
    return _substituted(source, values, asked=True) if values else source


def default_answers(source: Source) -> dict[str, object]:
    """Return parameter -> its usual answer, or any that serves for checking."""
    values: dict[str, object] = {}
    for key, spot in declared(source).items():
        try:
            values[key] = read_answer(spot, None)
        except FormError:
            values[key] = _harmless(spot)
    return values


def insert_starts(text: str, values: Mapping[str, object]) -> list[tuple[int, str]]:
    """Return where each answer begins in a text that is filled in: (place, parameter)."""
    found, shift = [], 0
    for one in _INSERT.finditer(text):
        if one[1] in values:
            found.append((one.start() + shift, one[1]))
            shift += len(_shown(values[one[1]])) - len(one[0])
    return found


def _harmless(spot: Spot) -> object:
    """Return any value of the type that serves for checking; the template asks for a real one."""
    choices = choices_of(spot)
    if choices:
        return choices[0][0]
    called = _UNSAFE.sub("", Label.of(spot["label"].value, "text").pick("")).strip() or "text"
    texts = {**dict.fromkeys(("text", "region", "team"), called), "person": "text"}
    low = spot["min"].value
    return {**texts, "date": low or "2026-01-01", "yes_no": True}.get(spot["type"].text, low or 1)


def _substituted(source: Source, values: Mapping[str, object], *, asked: bool) -> Source:
    def filled(file: SourceFile) -> SourceFile:
        content = file.content
        if file.section == "app" and isinstance(content, dict):
            kept = {"parameters": content["parameters"]} if asked and "parameters" in content else {}
            rest = {name: value for name, value in content.items() if name != "parameters"}
            ordered = {**_fill(rest, values), **kept}  # type: ignore[dict-item]  # a dict stays one
            return replace(file, content={name: ordered[name] for name in content if name in ordered})
        return replace(file, content=_fill(content, values))

    return replace(source, files=tuple(filled(file) for file in source.files))


def _fill(value: object, values: Mapping[str, object]) -> object:
    if isinstance(value, dict):
        return {name: _fill(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    return _fill_text(value, values) if isinstance(value, str) and "{{" in value else value


def _fill_text(text: str, values: Mapping[str, object]) -> object:
    whole = _INSERT.fullmatch(text)
    if whole and whole[1] in values:
        return values[whole[1]]

    return _INSERT.sub(lambda found: _shown(values.get(found[1], found[0])), text)


def _shown(value: object) -> str:
    return {True: "True", False: "False"}[value] if isinstance(value, bool) else str(value)


def _unknown(name: str, known: Mapping[str, Spot]) -> Fault:
    template = N_("The template does not ask for “{name}”.")
    return Fault("parameter.unknown", template, {"name": name[:60]}, field=name[:60], suggestion=closest(name, known))


def check_parameters(desk: Desk, source: Source) -> None:
    """Check the config as written: parameters are told apart, defaults have their type, every `{{key}}` is declared."""
    known = declared(source)
    seen: set[str] = set()
    for spot in source.app["parameters"].items():
        if spot["key"].text in seen:
            desk.add(
                spot["key"].fault("key.repeated", N_("Two parameters are called “{name}”."), name=spot["key"].text)
            )
        seen.add(spot["key"].text)
        _check_default(desk, spot)
        if (spot["type"].text == "choice") != spot["options"].is_given:
            template = N_("A question of the type choice needs “options”, and only such a one has them.")
            desk.add(spot.fault("parameter.options", template))
    for file in source.files:
        _walk(file.spot, lambda spot: _check_inserts(desk, spot, known))


def _check_default(desk: Desk, spot: Spot) -> None:
    if not spot["default"].is_given:
        return
    try:
        read_answer(spot, None, desk.input)
    except FormError as error:
        desk.add(error.faults[0].at(file=spot.file, pointer=spot["default"].pointer))


def _check_inserts(desk: Desk, spot: Spot, known: Mapping[str, Spot]) -> None:
    for found in _INSERT.finditer(spot.text):
        if found[1] not in known:
            template = N_("“{name}” stands in double braces but is not among the parameters.")
            desk.add(spot.fault("parameter.unknown", template, suggestion=closest(found[1], known), name=found[1]))


def _walk(spot: Spot, visit: Callable[[Spot], None]) -> None:
    if isinstance(spot.value, dict):
        for _, member in spot.members():
            _walk(member, visit)
    elif isinstance(spot.value, list):
        for item in spot.items():
            _walk(item, visit)
    elif isinstance(spot.value, str) and "{{" in spot.value:
        visit(spot)
