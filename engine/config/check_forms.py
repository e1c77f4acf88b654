"""What forms mean: fields, title, sections, lists, rules and permissions."""

from __future__ import annotations

from collections.abc import Iterable

from engine.config.bounds import check_bounds
from engine.config.check_app import check_unique_keys
from engine.config.check_fields import check_field
from engine.config.check_layout import check_layout
from engine.config.desk import Desk
from engine.config.permissions import check_permission, check_shut
from engine.config.spot import Spot
from engine.config.views import check_views
from rules.errors import N_

#: Types of fields by which duplicates are known.
ALIKE = ("text", "phone", "email")
_NO_FIELD = N_("There is no field “{name}” in this form.")


def check_forms(desk: Desk) -> None:
    """Check every form."""
    for form in desk.source.section("forms"):
        _check_form(desk, form)


def _check_form(desk: Desk, form: Spot) -> None:
    check_unique_keys(desk, form["fields"], N_("Two fields of this form are called “{name}”."))
    for field in form["fields"].items():
        check_field(desk, form, field)
    _check_title(desk, form)
    check_layout(desk, form, slot_names(desk, form))
    _check_asserts(desk, form)
    _check_unique(desk, form)
    _check_duplicates(desk, form)
    check_bounds(desk, form)
    _check_list(desk, form)
    check_views(desk, form, all_names(desk, form))
    for index, permission in enumerate(form["permissions"].items()):
        check_permission(desk, form, permission, index, (*all_names(desk, form), *slot_names(desk, form)))
    check_shut(desk, form)


def own_names(desk: Desk, form: Spot) -> tuple[str, ...]:
    """Return the keys of a form's fields, those included that could not be understood."""
    key = form["key"].text
    return tuple(name for name in desk.shapes.keys.get(key, ()) if not _is_table(desk, key, name))


def slot_names(desk: Desk, form: Spot) -> tuple[str, ...]:
    """Return the keys of a form's fields and of its sub-tables."""
    return desk.shapes.keys.get(form["key"].text, ())


def _is_table(desk: Desk, form: str, name: str) -> bool:
    field = desk.shapes.field(form, name)
    return field is not None and field.type.is_table


def all_names(desk: Desk, form: Spot) -> tuple[str, ...]:
    """Return the form's fields and the system's."""
    stored = desk.shapes.stored.get(form["key"].text, {})
    return tuple(dict.fromkeys([*own_names(desk, form), *stored]))


def _check_title(desk: Desk, form: Spot) -> None:
    title = form["title"]
    if desk.named(title, own_names(desk, form), "field.unknown", _NO_FIELD):
        field = desk.shapes.field(form["key"].text, title.text)
        if field and not field.type.can_title:
            template = N_("A {type} field cannot name records; choose a text field.")
            desk.add(title.fault("form.title", template, type=field.type.key))


def _check_asserts(desk: Desk, form: Spot) -> None:
    scope = desk.scope(form["key"].text, draft=True)
    for rule in form["assert"].items():
        desk.condition(rule["condition"], scope)
        desk.named(rule["field"], own_names(desk, form), "field.unknown", _NO_FIELD)


def _check_unique(desk: Desk, form: Spot) -> None:
    for group in form["unique"].items():
        for item in group.items():
            if desk.named(item, (*own_names(desk, form), "owner"), "field.unknown", _NO_FIELD):
                field = desk.shapes.field(form["key"].text, item.text)
                if field and not field.type.can_be_unique:
                    template = N_("A {type} field cannot be part of what is unique.")
                    desk.add(item.fault("form.unique", template, type=field.type.key))


def _check_duplicates(desk: Desk, form: Spot) -> None:
    for item in form["duplicates"]["fields"].items():
        if desk.named(item, own_names(desk, form), "field.unknown", _NO_FIELD):
            field = desk.shapes.field(form["key"].text, item.text)
            if field and field.type.key not in ALIKE:
                template = N_("A {type} field does not tell duplicates; text, phone and email fields do.")
                desk.add(item.fault("form.duplicates", template, type=field.type.key))


def _check_list(desk: Desk, form: Spot) -> None:
    names = all_names(desk, form)
    _check_names(desk, form["list"]["columns"].items(), names)
    _check_names(desk, form["board"]["card"].items(), names)
    for item in form["list"]["sort"].items():
        bare = Spot(item.text.removeprefix("-"), item.file, item.pointer)
        if desk.named(bare, names, "field.unknown", _NO_FIELD):
            field = desk.shapes.field(form["key"].text, bare.text)
            if field and not field.type.sortable:
                desk.add(item.fault("form.sort", N_("A {type} field cannot be sorted by."), type=field.type.key))
    if form["board"].is_given and form["key"].text and form["key"].text not in desk.pipelines:
        template = N_("There is no pipeline for this form, so it has no board.")
        desk.add(form["board"].fault("form.board", template, level="warning"))


def _check_names(desk: Desk, items: Iterable[Spot], names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for item in items:
        if desk.named(item, names, "field.unknown", _NO_FIELD) and item.text in seen:
            desk.add(item.fault("form.twice", N_("“{name}” is listed twice."), level="warning", name=item.text))
        seen.add(item.text)
