"""The matrix of one form's permissions: what each role may do, on which records, with which fields, drawn and read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design._desk import desk
from admin.vocabulary import value_label
from engine.config.spot import Spot
from engine.design import granting
from engine.rights import EDIT, READ, VERBS
from engine.rights.fields import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from forms.defs import FieldDef


@dataclass(frozen=True)
class Cell:
    """What a role may do with one thing: `value` is yes or a level, `said` the records where it holds, if not as for reading."""

    name: str
    value: Any
    said: str = ""


@dataclass(frozen=True)
class Line:
    """One entry of the permissions; `number` is its place, None for what a form without entries is open for."""

    number: int | None
    roles: tuple[str, ...]
    actions: tuple[str, ...]
    records: str
    fields: tuple[tuple[str, str], ...]

    @property
    def at(self) -> str:
        """Return its pointer."""
        return f"/permissions/{self.number}"


@dataclass(frozen=True)
class Column:
    """A role with its cells, and the lines that speak of it."""

    key: str
    label: str
    actions: Mapping[str, Cell]
    levels: Mapping[str, Cell]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class FieldRow:
    """A field, or a name that the system keeps: `levels` are what may be chosen."""

    key: str
    label: str
    levels: tuple[str, ...]


def role_keys() -> list[str]:
    """Return the keys of the app's roles."""
    return [one["key"].text for one in desk().source.app["roles"].items() if one["key"].text]


def entries_in(content: Mapping[str, Any]) -> list[granting.Entry]:
    """Return the entries of a form, written out where it names none."""
    return granting.listed(content, role_keys())


def columns(content: Mapping[str, Any]) -> list[Column]:
    """Return the matrix, a column per role."""
    entries, named = entries_in(content), bool(content.get("permissions"))
    lines = list(_lines(content, entries, named=named))
    rows = field_rows(str(content.get("key", "")))
    return [_column(one, entries, lines, rows) for one in desk().source.app["roles"].items() if one["key"].text]


def lines_of(content: Mapping[str, Any]) -> list[Line]:
    """Return the entries in words."""
    return list(_lines(content, entries_in(content), named=bool(content.get("permissions"))))


def field_rows(form: str) -> list[FieldRow]:
    """Return the form's fields and the system's names."""
    shapes = desk().examined.shapes
    own = [_field_row(one, editable=not (one.is_derived or one.type.assigned)) for one in shapes.fields(form).values()]
    kept = shapes.stored.get(form, {})
    system = [_field_row(one, editable=key == "owner") for key, one in shapes.system(form).items() if key in kept]
    return [*own, *system]


def read_posted(content: Mapping[str, Any], posted: Mapping[str, str]) -> list[granting.Entry]:
    """Return the entries after what was ticked and chosen; what did not change leaves them as they are."""
    roles, shown = role_keys(), columns(content)
    found = entries_in(content)
    for column in shown:
        for verb, cell in column.actions.items():
            if (cell.name in posted) is not cell.value:
                found = granting.with_action(found, roles, column.key, verb, allowed=not cell.value)
        for key, cell in column.levels.items():
            if (level := posted.get(cell.name, cell.value)) != cell.value and level in LEVELS:
                found = granting.with_level(found, roles, column.key, key, _written(content, key, level))
    return found


def _written(content: Mapping[str, Any], key: str, level: str) -> str:
    """Return the level as it is written: what nobody can fill in is said to be read only by saying nothing."""
    row = next(one for one in field_rows(str(content.get("key", ""))) if one.key == key)
    return EDIT if level == READ and EDIT not in row.levels else level


def _field_row(field: FieldDef, *, editable: bool) -> FieldRow:
    levels = tuple(LEVELS) if editable else tuple(one for one in LEVELS if one != EDIT)
    return FieldRow(field.key, desk().told(field.label), levels)


def _column(
    role: Spot, entries: Sequence[granting.Entry], lines: Sequence[Line], rows: Sequence[FieldRow]
) -> Column:  # fmt: skip
    key = role["key"].text
    read = _said(entries, lines, granting.granting(entries, key, "read"))
    actions = {}
    for verb in VERBS:
        numbers = granting.granting(entries, key, verb)
        said = _said(entries, lines, numbers)
        apart = said or gettext("all records") if numbers and said != read else ""
        actions[verb] = Cell(f"a/{key}/{verb}", bool(numbers), apart)
    levels = {}
    for row in rows:
        level = granting.level_of(entries, key, row.key)
        level = READ if level == EDIT and EDIT not in row.levels else level
        levels[row.key] = Cell(f"f/{key}/{row.key}", level)
    own = tuple(lines[n] for n in granting.numbers_of(entries, key))
    return Column(key, desk().said(role), actions, levels, own)


def _said(entries: Sequence[granting.Entry], lines: Sequence[Line], numbers: Sequence[int]) -> str:
    """Return the records of some entries in words, empty for all of them."""
    if any(granting.is_always(entries[n]) for n in numbers):
        return ""
    return str(gettext(" or ")).join(dict.fromkeys(lines[n].records for n in numbers))


def _lines(content: Mapping[str, Any], entries: Sequence[granting.Entry], *, named: bool) -> Iterator[Line]:
    form = str(content.get("key", ""))
    roles = {one["key"].text: desk().said(one) for one in desk().source.app["roles"].items()}
    fields = {one.key: one.label for one in field_rows(form)}
    for number, one in enumerate(entries):
        spot = Spot(one, "")
        apart = [
            (fields.get(key, key), value_label("form", ("permissions", "fields", "*"), level.text))
            for key, level in spot["fields"].members()
        ]
        yield Line(
            number if named else None,
            tuple(roles.get(key, key) for key in spot["roles"].texts),
            tuple(action_words(verb) for verb in spot["actions"].texts),
            _records(form, spot),
            tuple(apart),
        )


def _records(form: str, spot: Spot) -> str:
    said = desk().conditions_in_words(form, spot["records"].text) if spot["records"].text else ""
    names = _stage_names(form)
    stages = gettext(", ").join(names.get(key, key) for key in spot["stages"].texts)
    staged = gettext("in %(stages)s", stages=stages) if stages else ""
    return gettext("%(one)s and %(other)s", one=staged, other=said) if said and staged else said or staged


def _stage_names(form: str) -> dict[str, str]:
    pipeline = desk().examined.pipelines.get(form)
    return {one["key"].text: desk().said(one) for one in pipeline["stages"].items()} if pipeline else {}


def action_words(verb: str) -> str:
    """Return what an action is called."""
    return value_label("form", ("permissions", "actions"), verb)


def level_words(level: str) -> str:
    """Return what a level is called."""
    return value_label("form", ("permissions", "fields", "*"), level)
