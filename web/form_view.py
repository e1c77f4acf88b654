"""A form on the screen: its sections and controls, filled from a record, from defaults, or from what was just typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from engine.records.preview import Preview, preview
from engine.records.subtables import JOINT
from forms.fields import InputContext
from forms.labels import Label
from rules.errors import Fault
from web import here, i18n
from web.errors import sentence
from web.fields import all_fields, input_context, look_at, visible_fields
from web.table_form import FIRST_ROWS, Tables, TableSource, TableView
from web.widgets import Control, Display, Look, control_of, control_of_typed, is_id, posted_value
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef, SubTableDef

Typed = Mapping[str, object]


@dataclass(frozen=True)
class Section:
    """A titled group of controls."""

    key: str
    label: Label
    #: Controls and sub-tables, in order.
    controls: Sequence[Control | TableView]
    help: Label = field(default_factory=Label)
    columns: int = 2
    collapsed: bool = False
    #: Whether its own condition holds and anything of it is to be seen.
    visible: bool = True

    @property
    def id(self) -> str:
        return f"section-{self.key}"

    @property
    def is_open(self) -> bool:
        """Tell whether it stands open: collapsed sections do where something is wrong."""
        return not self.collapsed or any(one.errors for one in self.controls)


@dataclass(frozen=True)
class Page:
    """A tab or a step."""

    key: str
    label: Label
    sections: Sequence[Section]
    help: Label = field(default_factory=Label)
    visible: bool = True
    active: bool = False
    number: int = 0
    faults: int = 0

    @property
    def id(self) -> str:
        return f"page-{self.key}"


@dataclass(frozen=True)
class Problem:
    """One line of the summary above a form; `id` is the control it jumps to."""

    id: str
    label: str
    text: str


@dataclass(frozen=True)
class FormState:
    """Everything drawing a form needs."""

    live: Live
    form: FormDef
    preview: Preview
    look: Look
    #: What was typed, by key; None when the form is shown for the first time.
    typed: Typed | None = None
    faults: Sequence[Fault] = ()
    prefix: str = "field-"
    record_id: int | None = None
    #: Rows of sub-tables that were posted, by table.
    rows: Tables = field(default_factory=dict)
    #: Tab or step that was looked at.
    page: str = ""
    #: Table of which more rows are asked for.
    whole: str = ""

    @cached_property
    def _context(self) -> InputContext:
        return input_context(self.live)

    @cached_property
    def _errors(self) -> Mapping[str, list[Fault]]:
        found: dict[str, list[Fault]] = {}
        for fault in self.faults:
            found.setdefault(fault.field, []).append(fault)
        return found

    def control(self, field: FieldDef, *, required: bool | None = None) -> Control:
        """Return the control of a field."""
        key, now = field.key, self.preview
        must = key in now.required if required is None else required
        facts = {
            "required": must,
            "read_only": key in now.read_only,
            "visible": key in now.shown or key not in self.form.by_key or required is not None,
            "errors": self._errors.get(key, ()),
            "prefix": self.prefix,
        }
        if self.typed is not None and key in self.typed and not facts["read_only"]:
            return control_of_typed(field, self.look, self.typed[key], **facts)
        offered = self.record_id is None and field.default_expression is not None and key not in now.read_only
        return control_of(field, self.look, now.values.get(key), self._context, offered=offered, **facts)

    def table(self, table: SubTableDef) -> TableView | None:
        """Return a sub-table; None when the viewer may not see it."""
        source = TableSource(self.live, self.form, self.record_id, self.preview.values, self.prefix)
        more = {"show": FIRST_ROWS + len(self.rows.get(table.key, ()))} if self.whole == table.key else {}
        visible = table.key in self.preview.shown
        return source.view(table, self.rows.get(table.key), self.faults, visible=visible, **more)

    @cached_property
    def drawn(self) -> list[Section]:
        """Return the sections, made once."""
        return self._sections()

    def sections(self) -> list[Section]:
        """Return the sections with the fields that a person may see and, in the last one, who owns the record."""
        return self.drawn

    @cached_property
    def pages(self) -> list[Page]:
        """Return the tabs or steps; the one that is open is the first with a fault, else the one looked at, else the first."""
        by_key = {section.key: section for section in self.drawn}
        placed = {key for page in self.form.pages for key in page.sections}
        rest = [section for section in self.drawn if section.key not in placed]
        made = []
        for page in self.form.pages:
            held = [by_key[key] for key in page.sections if key in by_key]
            if page is self.form.pages[-1]:
                held += rest
            visible = page.key in self.preview.pages and any(section.visible for section in held)
            faults = sum(len(one.errors) for section in held for one in section.controls)
            made.append(Page(page.key, page.label, held, page.help, visible, faults=faults))
        return self._opened(made)

    def _opened(self, made: Sequence[Page]) -> list[Page]:
        seen = [page for page in made if page.visible]
        faulty = [page.key for page in seen if page.faults]
        looked = [page.key for page in seen if page.key == self.page]
        first = [page.key for page in seen]
        wanted = looked if not faulty or set(looked) & set(faulty) else faulty
        active = next(iter((*wanted, *first)), "")
        numbers = {page.key: number for number, page in enumerate(seen, 1)}
        return [replace(page, active=page.key == active, number=numbers.get(page.key, 0)) for page in made]

    def _sections(self) -> list[Section]:
        """Return the sections with the fields that a person may see and, in the last one, who owns the record."""
        seen = visible_fields(self.live, self.form.key)
        fields = {key: one for key, one in seen.items() if key not in self.preview.hidden}
        slots = {**fields, **{table.key: table.field for table in self.form.tables}}
        made = [self._section(key, label, held) for key, label, held in sections_of(self.form, slots)]
        owner = fields.get("owner")
        if owner is not None and "owner" not in self.preview.read_only:
            control = replace(self.control(owner), columns=made[-1].columns)
            made[-1] = replace(made[-1], controls=[*made[-1].controls, control], visible=True)
        return made

    def _section(self, key: str, label: Label, held: Sequence[FieldDef]) -> Section:
        found = next((one for one in self.form.sections if one.key == key), None)
        columns = found.columns if found else 2
        items = [self._item(field, columns) for field in held]
        controls = [item for item in items if item is not None]
        stands = found is None or found.key in self.preview.sections
        visible = stands and (any(one.visible for one in controls) or not controls)
        if found is None:
            return Section(key, label, controls, visible=visible)
        return Section(key, label, controls, found.help, columns, found.collapsed, visible)

    def _item(self, field: FieldDef, columns: int) -> Control | TableView | None:
        table = self.form.tables_by_key.get(field.key)
        return self.table(table) if table else replace(self.control(field), columns=columns)

    def problems(self) -> list[Problem]:
        """Return all faults, those of fields with the way to them."""
        fields = all_fields(self.live, self.form.key)
        return [self._table_problem(fault) or self._problem(fault, fields.get(fault.field)) for fault in self.faults]

    def _table_problem(self, fault: Fault) -> Problem | None:
        """Return a fault in a sub-table with the way to its cell, or to its row."""
        key, _, rest = fault.field.partition(JOINT)
        table = self.form.tables_by_key.get(key)
        if table is None:
            return None
        token, _, column = rest.partition(JOINT)
        words = [str(i18n.told(table.field.label))]
        if token in (tokens := [row.token for row in self.rows.get(key, ())]):
            words.append(gettext("row %(number)s", number=tokens.index(token) + 1))
        if column:
            words.append(str(i18n.told(self.live.form(table.of).by_key[column].label)))
        return Problem(self.prefix + fault.field, " · ".join(words), sentence(fault))

    def _problem(self, fault: Fault, field: FieldDef | None) -> Problem:
        if field is None:
            return Problem("", "", sentence(fault))
        return Problem(self.prefix + field.key, str(i18n.told(field.label)), sentence(fault))


def sections_of(form: FormDef, fields: Mapping[str, FieldDef]) -> list[tuple[str, Label, list[FieldDef]]]:
    """Return (key, label, fields) of each section; fields in no section come in one of their own, derived ones too."""
    placed = {key for section in form.sections for key in section.fields}
    groups = [(one.key, one.label, [fields[key] for key in one.fields if key in fields]) for one in form.sections]
    slots = [*form.fields, *(table.field for table in form.tables)]
    rest = [field for field in slots if field.key not in placed and field.key in fields]
    if rest:
        title = form.label if not groups else Label({"": gettext("More")})
        groups.append(("rest", title, rest))
    return [group for group in groups if group[2]] or [("rest", form.label, [])]


def read_typed(form_data: MultiDict[str, str], live: Live, form_key: str, keys: Sequence[str] | None = None) -> Typed:
    """Return what was posted for the fields of a form, by key; fields that were not posted are left out."""
    fields = all_fields(live, form_key)
    wanted = fields if keys is None else {key: fields[key] for key in keys if key in fields}
    posted = [key for key in wanted if key in form_data and not _untouched(form_data, key)]
    return {key: posted_value(wanted[key], form_data.getlist(key)) for key in posted}


def _untouched(form_data: MultiDict[str, str], key: str) -> bool:
    """Tell whether a field still holds the default that was offered, which then follows the other fields."""
    return form_data.get(f"-offered-{key}") == form_data[key]


def form_state(
    live: Live,
    form_key: str,
    record_id: int | None,
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    *,
    given: Typed | None = None,
    prefix: str = "field-",
    judged: bool = False,
    rows: Tables | None = None,
    page: str = "",
    whole: str = "",
) -> FormState:
    """Return the state of a form; `given` are values that come with the address of a new record.

    A `judged` state holds what saving would refuse.
    """
    fields = visible_fields(live, form_key)
    all_typed, user, now = {**(given or {}), **(typed or {})}, here.viewer(), here.now()
    found = preview(here.db(), live, form_key, all_typed, user, now, record_id, judged=judged)
    faults = faults or found.faults
    look = look_at(live, fields.values(), [found.values, _typed_ids(typed or {}), _typed_lists(typed or {})])
    form = live.form(form_key)
    return FormState(live, form, found, look, typed, faults, prefix, record_id, rows or {}, page, whole)


def _typed_ids(typed: Typed) -> dict[str, object]:
    """Return typed ids as numbers, so that their titles are looked up."""
    texts = {key: [value] if isinstance(value, str) else value for key, value in typed.items()}
    return {key: [int(one) for one in held if is_id(one)] for key, held in texts.items() if isinstance(held, list)}


def _typed_lists(typed: Typed) -> dict[str, object]:
    """Return what was typed for fields of several values, so that files are looked up."""
    return {key: value for key, value in typed.items() if isinstance(value, list)}


def conditional_keys(form: FormDef) -> list[str]:
    """Return the fields whose place on the form depends on other fields."""
    keys = [f.key for f in form.fields if f.required_if or f.read_only_if or f.is_derived or f.default_expression]
    return [*dict.fromkeys([*keys, *form.shown_if, *form.tables_by_key])]


def display(state: FormState, field: FieldDef, value: object) -> Display:
    """Return a value of this form to be shown."""
    return Display(field, value, state.look)
