"""The form designer: fields from a palette, sections, properties, and the form as somebody with a role will see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, flash, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import form_preview
from admin.design._designer import Designer
from admin.design._desk import Tab, desk, typed_name
from admin.design._part import COMMON, Part
from admin.design.rekey import follow_name, follow_options
from admin.vocabulary import FIELD_TYPE_WORDS, GROUPS
from engine.config.check_layout import ways_home
from engine.design.layout import add_field, add_section, new_field, place_field, remove_field
from engine.design.starters import rows_form, rows_of
from forms.fields import FIELD_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Blueprint

TABS = (Tab("design.forms_home", lazy_gettext("Forms"), ("design.forms",)),)


@dataclass(frozen=True)
class Card:
    """A field on the canvas."""

    at: str
    key: str
    label: str
    type_label: str
    icon: str
    required: bool
    #: Shown, asked for or locked only under a condition.
    conditional: bool
    faults: int


@dataclass(frozen=True)
class Box:
    """A section on the canvas; the key is empty for fields that stand in none."""

    at: str
    key: str
    label: str
    cards: tuple[Card, ...]


def _boxes(part: Part) -> list[Box]:
    listed = enumerate(part.spot["fields"].items())
    fields = {one["key"].text: _card(part, number, one.value) for number, one in listed if isinstance(one.value, dict)}
    boxes, placed = [], set()
    for number, section in enumerate(part.spot["sections"].items()):
        keys = [key for key in section["fields"].texts if key in fields]
        placed |= set(keys)
        held = tuple(fields[key] for key in keys)
        boxes.append(Box(f"/sections/{number}", section["key"].text, desk().said(section), held))
    rest = tuple(card for key, card in fields.items() if key not in placed)
    if rest or not boxes:
        boxes.append(Box("", "", gettext("In no section") if boxes else "", rest))
    return boxes


def _card(part: Part, number: int, field: Any) -> Card:
    at = f"/fields/{number}"
    words = FIELD_TYPE_WORDS.get(str(field.get("type", "")))
    return Card(
        at,
        str(field.get("key", "")),
        desk().label_of(field),
        gettext(words.label) if words else str(field.get("type", "")),
        words.icon if words else "forms",
        field.get("required") is True,
        any(name in field for name in ("visible_if", "required_if", "read_only_if")),
        len(desk().sentences_at(part.path, at, inside=True)),
    )


def _palette() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    for group in GROUPS:
        found = [
            (key, words._replace(label=gettext(words.label), description=gettext(words.description)))
            for key, words in FIELD_TYPE_WORDS.items()
            if words.group == group and key in FIELD_TYPES
        ]
        yield gettext(group), found


def _context(part: Part) -> Mapping[str, Any]:
    chosen = part.chosen if part.at.startswith("/fields/") else None
    key = chosen.get("key") if isinstance(chosen, dict) else None
    more = {"field": key} if key else {}
    uses = url_for("design.uses", app_key=desk().app_key, form=part.key, **more)
    return {"boxes": _boxes(part), "palette": list(_palette()), "uses": uses, "roles": form_preview.roles()}


# -- buttons ----------------------------------------------------------------------------------------------------------


def _new(part: Part) -> None:
    type_key = request.form["-act"].partition(":")[2] or request.form.get("type", "")
    if type_key not in FIELD_TYPES:
        abort(400)
    name = typed_name(gettext(FIELD_TYPE_WORDS[type_key].label))
    others = tuple(key for _, key, _ in desk().parts("forms") if key != part.key)
    field = new_field(part.content, type_key, name, others)
    field = _its_rows(part, field, name) if FIELD_TYPES[type_key].is_table else field
    part.content = add_field(
        part.content, field, request.form.get("section", "*"), request.form.get("place", 10_000, type=int)
    )
    at = next(n for n, one in enumerate(part.content["fields"]) if one.get("key") == field["key"])
    part.at, part.note = f"/fields/{at}", gettext("added “%(what)s”", what=name)


def _section(part: Part) -> None:
    name = typed_name(gettext("Section"))
    part.content, place = add_section(part.content, name, request.form.get("section", "*"))
    part.at = f"/sections/{place}"
    part.note = gettext("added “%(what)s”", what=name)


def _place(part: Part) -> None:
    key = request.form.get("what", "")
    part.content = place_field(part.content, key, request.form.get("list", ""), request.form.get("place", 0, type=int))
    part.note = gettext("changed the order")


def _take(part: Part) -> None:
    chosen = part.chosen
    part.note = gettext("took “%(what)s” away", what=desk().label_of(chosen) if isinstance(chosen, dict) else "")
    if part.at.startswith("/fields/"):
        part.content = remove_field(part.content, int(part.at.rpartition("/")[2]))
        part.at = ""
    else:
        COMMON["take"](part)


def _save(part: Part) -> None:
    before = desk().content(part.path)
    designer.read(part)
    COMMON["save"](part)
    if part.at.startswith("/fields/"):
        _the_only_way(part)
        part.content = follow_options(part, before)
        part.content = follow_name(part, before, "field")


def _the_only_way(part: Part) -> None:
    """Say by which field the counted records point here, where there is only one that does."""
    field = part.chosen
    measure = field.get("measure") if isinstance(field, dict) else None
    if isinstance(measure, dict) and isinstance(measure.get("of"), str) and not measure.get("via"):
        ways = ways_home(desk().examined, measure["of"], str(part.content.get("key", "")))
        if len(ways) == 1:
            part.put(f"{part.at}/measure/via", ways[0])


def _its_rows(part: Part, field: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a new table with the form of its rows: the one that points to this form, else a new one."""
    own = str(part.content.get("key", ""))
    forms = [key for _, key, _ in desk().parts("forms") if ways_home(desk().examined, key, own)]
    if len(forms) == 1:
        return {**field, **rows_of(desk().content(f"forms/{forms[0]}.json"), own)}
    if forms:
        return field
    words = {"title": gettext("Title"), "home": desk().said(part.spot)}
    path, content = rows_form(desk().source, name, own, words)
    desk().save(path, content, gettext("added “%(what)s”", what=name), seen="")
    flash(
        gettext(
            "The rows of “%(name)s” are kept in a form of the same name: add its fields there, then tick them here as columns.",
            name=name,
        ),
        "success",
    )
    return {**field, **rows_of(content, own)}


#: Members of the file that the canvas shows.
_ON_CANVAS = frozenset({"fields", "sections", "permissions", "key"})
designer = Designer(
    "forms",
    "forms",
    "design/forms.html",
    {"new_title": lazy_gettext("New form"), "nothing": lazy_gettext("No forms yet. A form is what people fill in.")},
    _context,
    {"new": _new, "section": _section, "place": _place, "take": _take, "save": _save},
    {"": _ON_CANVAS, "sections": frozenset({"fields"})},
    frozenset({"fields", "sections"}),
)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    designer.install(pages)
    pages.add_url_rule("/forms/<part_key>/preview", "forms_preview", form_preview.show, methods=["GET", "POST"])
