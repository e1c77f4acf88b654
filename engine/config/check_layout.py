"""What the layout of a form means: sections, tabs and steps, sub-tables."""

from __future__ import annotations

from collections.abc import Iterable

from engine.config.check_app import check_unique_keys
from engine.config.desk import Desk
from engine.config.spot import Spot
from rules.errors import N_
from rules.types import Kind

_NO_FIELD = N_("There is no field “{name}” in this form.")
_NO_FIELD_OF = N_("There is no field “{name}” in the form “{form}”.")
#: Kinds of values that can be added up.
_NUMERIC = frozenset({Kind.NUMBER, Kind.MONEY})


def check_layout(desk: Desk, form: Spot, slots: tuple[str, ...]) -> None:
    """Check the sections, tabs or steps and sub-tables of a form; `slots` are the keys of what can be placed."""
    _check_sections(desk, form, slots)
    _check_pages(desk, form)
    for field in form["fields"].items():
        found = desk.shapes.field(form["key"].text, field["key"].text)
        if found is not None and found.type.is_table:
            _check_table(desk, form, field)


def _check_sections(desk: Desk, form: Spot, slots: tuple[str, ...]) -> None:
    check_unique_keys(desk, form["sections"], N_("Two sections are called “{name}”."))
    scope = desk.scope(form["key"].text, draft=True)
    for section in form["sections"].items():
        desk.condition(section["visible_if"], scope)
        _check_depends(desk, section)
    _check_placed(desk, form["sections"], "fields", slots, _NO_FIELD, N_("“{name}” already stands in a section."))


def _check_depends(desk: Desk, section: Spot) -> None:
    if section["collapsed"].is_true and not section["fields"].texts:
        template = N_("The section has no fields.")
        desk.add(section["fields"].fault("form.section", template, level="warning"))


def _check_placed(
    desk: Desk, groups: Spot, member: str, names: tuple[str, ...], unknown: str, twice: str
) -> frozenset[str]:
    """Check that what the groups name exists and stands in one group only; return what is placed."""
    seen: set[str] = set()
    for group in groups.items():
        for item in group[member].items():
            if desk.named(item, names, "field.unknown", unknown) and item.text in seen:
                desk.add(item.fault("form.section", twice, name=item.text))
            seen.add(item.text)
    return frozenset(seen)


def _check_pages(desk: Desk, form: Spot) -> None:
    if form["tabs"].is_given and form["steps"].is_given:
        template = N_("A form has tabs or steps, not both.")
        desk.add(form["steps"].fault("form.pages", template))
    scope = desk.scope(form["key"].text, draft=True)
    sections = tuple(one["key"].text for one in form["sections"].items())
    for pages in (form["tabs"], form["steps"]):
        check_unique_keys(desk, pages, N_("Two tabs or steps are called “{name}”."))
        unknown, twice = (
            N_("There is no section “{name}” in this form."),
            N_("“{name}” already stands on another page."),
        )
        placed = _check_placed(desk, pages, "sections", sections, unknown, twice)
        for page in pages.items():
            desk.condition(page["visible_if"], scope)
        if pages.is_given and all(page["visible_if"].is_given for page in pages.items()):
            template = N_("One tab or step must always be shown.")
            desk.add(pages.fault("form.pages", template))
        _check_left_over(desk, form, pages, placed)


def _check_left_over(desk: Desk, form: Spot, pages: Spot, placed: frozenset[str]) -> None:
    for section in form["sections"].items() if pages.is_given else ():
        if section["key"].text not in placed:
            template = N_("The section “{name}” stands on no tab or step; it comes on the last one.")
            desk.add(section["key"].fault("form.pages", template, level="warning", name=section["key"].text))


def _check_table(desk: Desk, form: Spot, field: Spot) -> None:
    of = field["of"]
    if not desk.named(of, desk.forms, "form.unknown", N_("There is no form “{name}”.")):
        return
    if of.text == form["key"].text:
        desk.add(of.fault("table.of", N_("The rows of a table are records of another form.")))
        return
    ways = ways_home(desk, of.text, form["key"].text)
    _check_via(desk, field, of.text, ways)
    names = tuple(key for key, found in desk.shapes.fields(of.text).items() if not found.type.is_table)
    seen: set[str] = set()
    for column in columns(field):
        name = column["field"] if isinstance(column.value, dict) else column
        if not desk.named(name, names, "field.unknown", _NO_FIELD_OF, form=of.text):
            continue
        if name.text in seen:
            desk.add(name.fault("form.twice", N_("“{name}” is listed twice."), name=name.text))
        seen.add(name.text)
        if name.text == home_field(field, ways):
            desk.add(name.fault("table.column", N_("“{name}” points home; every row has the same."), name=name.text))
        _check_total(desk, of.text, column, name)
    _check_order(desk, field, of.text, names)


def ways_home(desk: Desk, of: str, home: str) -> tuple[str, ...]:
    """Return the reference fields by which records of a form point to records of another."""
    fields = desk.shapes.fields(of).items()
    return tuple(key for key, field in fields if field.type.key == "reference" and field.to == home)


def home_field(field: Spot, ways: tuple[str, ...]) -> str:
    """Return the field by which the rows of a table point home: the one that is named, or the only one."""
    return field["via"].text or (ways[0] if len(ways) == 1 else "")


def columns(field: Spot) -> Iterable[Spot]:
    """Return the columns of a table: texts, or objects with `field` and `total`."""
    return field["columns"].items()


def _check_via(desk: Desk, field: Spot, of: str, ways: tuple[str, ...]) -> None:
    if field["via"].is_given:
        template = N_("“{name}” does not point to this form; “via” is a reference from “{form}” back to it.")
        if field["via"].text not in ways:
            desk.add(field["via"].fault("rollup.via", template, name=field["via"].text, form=of))
    elif not ways:
        template = N_("“{form}” has no reference field that points to this form, so its records cannot be rows here.")
        desk.add(field["of"].fault("table.via", template, form=of))
    elif len(ways) > 1:
        template = N_("“{form}” points to this form by {fields}; name one as “via”.")
        desk.add(field["of"].fault("table.via", template, form=of, fields=", ".join(ways)))


def _check_total(desk: Desk, of: str, column: Spot, name: Spot) -> None:
    found = desk.shapes.field(of, name.text)
    total = column["total"] if isinstance(column.value, dict) else None
    if found is None or total is None or total.text in ("", "count"):
        return
    if found.type.rule_type(found).kind not in _NUMERIC:
        desk.add(total.fault("table.total", N_("Only numbers and money can be added up.")))


def _check_order(desk: Desk, field: Spot, of: str, names: tuple[str, ...]) -> None:
    order = field["order"]
    if not desk.named(order, names, "field.unknown", _NO_FIELD_OF, form=of):
        return
    found = desk.shapes.field(of, order.text)
    if found and (found.is_derived or found.type.kind is not Kind.NUMBER):
        desk.add(order.fault("table.order", N_("The order of rows is kept in a number field.")))
