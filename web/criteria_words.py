"""Conditions in words, and the fields that a person can ask about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from engine.rights import visible
from forms.criteria import PERIODS, Criterion, Group, Item, Raw, Slot, operators_of, read
from forms.dates import read_date
from rules.errors import N_
from rules.types import Kind
from web import here, i18n
from web.expression_names import reworded
from web.fields import all_fields, sure_fields
from web.words import gettext

if TYPE_CHECKING:
    from engine.guards import Clause
    from engine.releases import Live
    from forms.defs import FieldDef

JOINS = {"and": N_("all of these hold"), "or": N_("one of these holds"), "none": N_("none of these holds")}


def slots_of(live: Live, form_key: str, keys: Iterable[str] | None = None) -> dict[str, Slot]:
    """Return what the viewer can ask about: fields seen on every record (or these); others by the text that names them."""
    shape = live.app.shapes[form_key]
    asked = sure_fields(live, form_key) if keys is None else keys
    return {key: Slot(key, shape[key].kind, _named(live, form_key, key)) for key in asked}


def _named(live: Live, form_key: str, key: str) -> str:
    type_ = live.app.shapes[form_key][key]
    if type_.kind is Kind.PERSON:
        return f"{key}.name"
    if type_.kind is not Kind.REFERENCE:
        return ""
    title = live.form(type_.form).title
    seen = title in visible(live, type_.form, here.viewer())
    return f"{key}.{title}" if seen and live.app.shapes[type_.form][title].kind is Kind.TEXT else ""


def in_words(live: Live, form_key: str, text: str) -> str:
    """Say an expression; what no test can show is said as it is written, with the names of fields."""
    return say(text, sure_fields(live, form_key), slots_of(live, form_key))


def clause_in_words(clause: Clause, live: Live) -> str:
    """Say a clause of a guard: whoever is told of it may see whatever it reads."""
    shape = live.app.shapes[clause.form]
    fields = {key: one for key, one in all_fields(live, clause.form).items() if key in shape}
    names = _names(fields)
    for key in fields:
        if shape[key].kind is Kind.REFERENCE:
            beyond = all_fields(live, shape[key].form).items()
            names |= {f"{key}.{one}": f"{names[key]} › {i18n.told(field.label)}" for one, field in beyond}
    return _say(read(clause, slots := slots_of(live, clause.form, fields)), fields, slots, names)


def _names(fields: Mapping[str, FieldDef]) -> dict[str, str]:
    return {key: str(i18n.told(one.label)) for key, one in fields.items()}


def say(text: str, fields: Mapping[str, FieldDef], slots: Mapping[str, Slot]) -> str:
    """Say an expression over fields that can be asked about."""
    return _say(read(text, slots), fields, slots, _names(fields))


def _say(item: Item, fields: Mapping[str, FieldDef], slots: Mapping[str, Slot], names: Mapping[str, str]) -> str:
    if isinstance(item, Raw):
        return reworded(item.text, names)
    if isinstance(item, Criterion):
        return _test(item, fields, slots)
    said = [_inside(one, fields, slots, names) for one in item.items]
    if item.join == "none":
        return gettext("none of: %(conditions)s", conditions=", ".join(said))
    word = gettext("and") if item.join == "and" else gettext("or")
    return f" {word} ".join(said)


def _inside(item: Item, fields: Mapping[str, FieldDef], slots: Mapping[str, Slot], names: Mapping[str, str]) -> str:
    text = _say(item, fields, slots, names)
    return f"({text})" if isinstance(item, Group) and len(item.items) > 1 else text


def _test(item: Criterion, fields: Mapping[str, FieldDef], slots: Mapping[str, Slot]) -> str:
    field, slot = fields[item.field], slots[item.field]
    found = next(one for one in operators_of(slot) if one.key == item.op)
    values = [
        value_text(field, need, value) for need, value in zip(_needs(found.needs, item), item.values, strict=False)
    ]
    label, word = str(i18n.told(field.label)), gettext(found.label)
    if found.needs == ("days",):
        return f"{label} {word.replace('…', values[0])}"
    between = gettext(" and ") if found.needs in (("number", "number"), ("date", "date")) else gettext(" or ")
    return " ".join(part for part in (label, word, between.join(values)) if part)


def _needs(needs: tuple[str, ...], item: Criterion) -> tuple[str, ...]:
    several = {"texts": "text", "options": "option"}.get(needs[0], "") if needs else ""
    return (several,) * len(item.values) if several else needs


def value_text(field: FieldDef, need: str, value: str) -> str:
    """Say a value of a test."""
    if need == "option":
        option = field.option(value)
        return str(i18n.told(option.label)) if option else value
    if need == "period":
        return gettext(PERIODS[value][0])
    if need == "date":
        return i18n.day(read_date(value)) or value
    if need == "number":
        return i18n.number(float(value))
    return f"“{value}”" if need == "text" else value
