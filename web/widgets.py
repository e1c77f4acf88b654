"""How a field is drawn: each widget is one template with two macros, `input` for forms and `show` for everything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, url_for
from markupsafe import Markup

from forms.fields import InputContext
from forms.fields._files import token_of
from forms.several import joined, pieces
from web import i18n
from web.file_view import FileView, UploadView, file_view, upload_view

if TYPE_CHECKING:
    from jinja2.environment import TemplateModule

    from engine.files.rows import StoredFile
    from engine.releases import Live
    from forms.defs import FieldDef
    from rules.errors import Fault

#: A reference typed without script may end in its number, which settles which of two namesakes is meant.
_NUMBERED = re.compile(r".* · #(\d{1,18})")


#: Widgets that take the whole width of a form.
WIDE = frozenset(
    {
        "long_text",
        "choices",
        "tags",
        "address",
        "json",
        "people",
        "references",
        "rich_text",
        "location",
        "files",
        "signature",
    }
)


@dataclass(frozen=True)
class Look:
    """What drawing values of one app needs: titles of referenced records, names of people, zone and currency."""

    live: Live
    #: (form key, record id) -> title; records the viewer may not see are missing.
    titles: Mapping[tuple[str, int], str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)
    #: Token -> file; those that are no longer kept are missing.
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.live.app.context.time_zone)

    @property
    def currency(self) -> str:
        return self.live.app.currency

    @property
    def currency_sign(self) -> str:
        return i18n.currency_sign(self.currency).strip()

    def title(self, form_key: str, record_id: int) -> str | None:
        return self.titles.get((form_key, record_id))

    def person(self, person_id: int) -> str:
        return self.people.get(person_id, f"#{person_id}")

    def file(self, value: str) -> FileView:
        return file_view(value, self.files.get(token_of(value)))

    def address(self, form_key: str, record_id: int) -> str:
        return url_for("records.show", app_key=self.live.app.key, form_key=form_key, record_id=record_id)


@dataclass(frozen=True)
class Display:
    """A value to be shown; `small` in lists and on cards."""

    field: FieldDef
    value: Any
    look: Look
    small: bool = False

    @property
    def widget(self) -> str:
        shown = self.field.type.shown_as(self.field)
        return shown.widget_of(self.field) if shown.widget == "computed" else shown.widget

    @property
    def empty(self) -> bool:
        return self.value is None

    @property
    def unseen(self) -> int:
        """Return how many of several records the viewer cannot see, or are deleted."""
        return sum(self.look.title(self.field.to, id_) is None for id_ in self.value)

    @property
    def is_number(self) -> bool:
        return self.widget in ("number", "money", "percent", "duration")

    @property
    def files(self) -> list[FileView]:
        return [self.look.file(str(one)) for one in self.value]

    @property
    def scale(self) -> int:
        return int(str(self.field.params.get("scale", self.look.live.app.context.money_scale)))

    @property
    def shown_decimals(self) -> int | None:
        """Return the digits of a computed number; typed ones show what was typed."""
        decimals = self.field.params.get("decimals")
        return int(str(decimals)) if decimals is not None and self.field.is_derived else None

    @property
    def is_web_address(self) -> bool:
        return str(self.value).startswith(("https://", "http://"))

    @property
    def address_line(self) -> str:
        """Return an address in one line, without the parts that are empty."""
        return " ".join(part for part in address_parts(str(self.value)) if part)

    def param(self, name: str) -> object:
        return self.field.params.get(name)


@dataclass(frozen=True)
class Control:
    """A field in a form: what stands in it, and what is wrong with it."""

    field: FieldDef
    look: Look
    #: What stands in the input: typed text, or the text of the stored value.
    text: str = ""
    chosen: Sequence[str] = ()
    reference_id: int | None = None
    reference_title: str = ""
    required: bool = False
    read_only: bool = False
    visible: bool = True
    errors: Sequence[Fault] = ()
    #: The value to show when the field is read only.
    display: Display | None = None
    #: Part of a condition: a change asks the server which fields to show.
    watched: bool = False
    prefix: str = "field-"
    #: Begins the name that is posted: of a cell, its table and row.
    name_prefix: str = ""
    #: Filled by the engine until somebody types: its text is posted beside it, so that the server knows.
    offered: bool = False
    #: Columns it takes of so many that its section has.
    columns: int = 2
    is_table: bool = False

    @property
    def name(self) -> str:
        return self.name_prefix + self.field.key

    @property
    def offered_name(self) -> str:
        return f"{self.name_prefix}-offered-{self.field.key}"

    @property
    def kept(self) -> Sequence[str]:
        """Return what was typed into a field that is not shown: it comes back when the field does."""
        return [] if self.visible or self.display is not None else [text for text in self.chosen if text]

    @property
    def span(self) -> str:
        """Return the class for the columns that the control takes."""
        wanted = min(self.field.width or (self.columns if self.wide else 1), self.columns)
        return "wide" if wanted == self.columns > 1 else f"span-{wanted}" if wanted > 1 else ""

    @property
    def id(self) -> str:
        return self.prefix + self.field.key

    @property
    def wide(self) -> bool:
        return self.field.type.widget in WIDE

    @property
    def address_parts(self) -> list[str]:
        return address_parts(self.text)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return what is chosen for the search-as-you-type select: (id, title)."""
        return [(one, self._title(one)) for one in self.chosen if one]

    def _title(self, text: str) -> str:
        """Return how something chosen is called: an id by its title, any other text as it was typed."""
        if not is_id(text):
            return text
        if self.field.type.lookup == "people":
            return self.look.person(int(text))
        return self.look.title(self.field.to, int(text)) or f"#{text}"

    @property
    def numbered_text(self) -> str:
        """Return what an input without script shows for several records or people: titles and numbers."""
        return joined(f"{title} · #{one}" if is_id(one) else one for one, title in self.pairs) or self.text

    @property
    def files(self) -> list[FileView]:
        return [self.look.file(one) for one in self.chosen if one]

    @property
    def upload(self) -> UploadView:
        return upload_view(self.look.live, self.field)

    @property
    def lookup(self) -> str:
        return lookup_address(self.look, self.field, self.field.type.lookup)

    @property
    def reference_text(self) -> str:
        """Return what an input without script shows for a chosen record: its title and number."""
        if self.reference_id and self.reference_title:
            return f"{self.reference_title} · #{self.reference_id}"
        return self.text

    @property
    def attributes(self) -> Markup:
        """Return the attributes that every input has."""
        marks = [Markup('id="{}" name="{}"').format(self.id, self.name)]
        if self.required:
            marks.append(Markup('aria-required="true"'))
        if self.errors:
            marks.append(Markup('aria-invalid="true"'))
        if described := self.described_by:
            marks.append(Markup('aria-describedby="{}"').format(described))
        if self.watched:
            marks.append(Markup("data-watched"))
        return Markup(" ").join(marks)

    @property
    def described_by(self) -> str:
        parts = [f"{self.id}-error"] if self.errors else []
        return " ".join([*parts, *([f"{self.id}-help"] if self.field.help else [])])

    def param(self, name: str) -> object:
        return self.field.params.get(name)


def address_parts(text: str) -> list[str]:
    """Return province, city, district and street of an address; a text that is none counts as a street."""
    parts = re.split(r" ?/ ?", text, maxsplit=3)
    return parts if len(parts) == 4 else ["", "", "", text]


def lookup_address(look: Look, field: FieldDef, lookup: str) -> str:
    """Return where a field's values are asked for while one types; nothing for a type that offers none."""
    app_key = look.live.app.key
    if lookup == "tags":
        return _tags_address(look, field)
    if lookup == "people":
        limits: dict[str, Any] = {name: str(field.params[name]) for name in ("role", "team") if field.params.get(name)}
        return url_for("lookup.people", app_key=app_key, **limits)
    if lookup == "teams":
        return url_for("lookup.teams", app_key=app_key)
    target = field.to or str(field.params.get("to", ""))
    return url_for("lookup.records", app_key=app_key, form_key=target) if lookup == "records" else ""


def is_id(text: object) -> bool:
    """Tell whether a text is a number that may be an id."""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19


def _tags_address(look: Look, field: FieldDef) -> str:
    form_key = next(form.key for form in look.live.app.forms.values() if form.by_key.get(field.key) is field)
    return url_for("lookup.tags", app_key=look.live.app.key, form_key=form_key, field_key=field.key)


def install(app: Flask) -> None:
    """Give templates `show` and `control`."""
    app.jinja_env.globals.update(show=show, control=control)


def show(display: Display) -> Markup:
    """Draw a value; nothing for an empty one."""
    if display.value is None or display.value == []:
        return Markup('<span class="muted" aria-hidden="true">—</span>') if not display.small else Markup()
    return _macro(display.widget, "show")(display)


def control(item: Control) -> Markup:
    """Draw the input of a field, without its label."""
    return _macro(item.field.type.widget_of(item.field), "input")(item)


def _macro(widget: str, name: str) -> Callable[[object], Markup]:
    """Return a macro of a widget; its template is compiled once."""
    module: TemplateModule = current_app.jinja_env.get_template(f"widgets/{widget}.html").module
    return cast("Callable[[object], Markup]", getattr(module, name))


def control_of(item: FieldDef, look: Look, value: object, context: InputContext, **facts: Any) -> Control:
    """Return the control of a field that holds a stored value."""
    text = item.type.to_input(item, value, context) if value is not None else ""
    chosen = tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
    number, title = _reference(item, look, value)
    return Control(item, look, text, chosen, number, title, display=Display(item, value, look), **facts)


def control_of_typed(item: FieldDef, look: Look, raw: object, **facts: Any) -> Control:
    """Return the control of a field as a person filled it in, right or wrong."""
    texts = [str(one) for one in raw] if isinstance(raw, list | tuple) else [str(raw)] if raw is not None else []
    text = texts[0] if len(texts) == 1 else ""
    number, title = _reference(item, look, int(text) if is_id(text) else None)
    return Control(item, look, text, tuple(texts), number, title, **facts)


def _reference(item: FieldDef, look: Look, value: object) -> tuple[int | None, str]:
    if not isinstance(value, int) or isinstance(value, bool):
        return None, ""
    if item.type.lookup == "people":
        return value, look.person(value)
    if item.type.lookup == "records":
        return value, look.title(item.to, value) or f"#{value}"
    return None, ""


def posted_value(item: FieldDef, texts: Sequence[str]) -> object:
    """Return what a form posted for a field, ready for its type to read."""
    names = item.type.lookup in ("records", "people")
    if item.type.several:
        held = [part for text in texts for part in pieces(text)] if names else list(texts)
        return [_without_title(part) if names else part for part in held] if any(texts) else []
    text = texts[-1] if texts else ""
    return _without_title(text) if names else text


def _without_title(text: str) -> str:
    numbered = _NUMBERED.fullmatch(text)
    return numbered[1] if numbered else text
