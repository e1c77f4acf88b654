"""A form on the screen: its sections and controls, filled from a record, from defaults, or from what was just typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from engine.records.preview import Preview, preview
from forms.labels import Label
from rules.errors import Fault
from web import here, i18n
from web.errors import sentence
from web.fields import all_fields, input_context, look_at, visible_fields
from web.widgets import Control, Display, Look, control_of, control_of_typed, is_id, posted_value
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef

Typed = Mapping[str, object]


@dataclass(frozen=True)
class Section:
    """A titled group of controls."""

    key: str
    label: Label
    controls: Sequence[Control]


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

    def control(self, field: FieldDef, *, required: bool | None = None) -> Control:
        """Return the control of a field."""
        key, now = field.key, self.preview
        must = key in now.required if required is None else required
        facts = {
            "required": must,
            "read_only": key in now.read_only,
            "visible": key in now.shown or key not in self.form.by_key or required is not None,
            "errors": [fault for fault in self.faults if fault.field == key],
            "prefix": self.prefix,
        }
        if self.typed is not None and key in self.typed and not facts["read_only"]:
            return control_of_typed(field, self.look, self.typed[key], **facts)
        return control_of(field, self.look, now.values.get(key), input_context(self.live), **facts)

    def sections(self) -> list[Section]:
        """Return the sections with the fields that a person may see and, in the last one, who owns the record."""
        seen = visible_fields(self.live, self.form.key)
        fields = {key: one for key, one in seen.items() if key not in self.preview.hidden}
        groups = sections_of(self.form, fields)
        made = [Section(key, label, [self.control(field) for field in held]) for key, label, held in groups]
        owner = fields.get("owner")
        if owner is not None and "owner" not in self.preview.read_only:
            made[-1] = Section(made[-1].key, made[-1].label, [*made[-1].controls, self.control(owner)])
        return made

    def problems(self) -> list[Problem]:
        """Return all faults, those of fields with the way to them."""
        fields = all_fields(self.live, self.form.key)
        return [self._problem(fault, fields.get(fault.field)) for fault in self.faults]

    def _problem(self, fault: Fault, field: FieldDef | None) -> Problem:
        if field is None:
            return Problem("", "", sentence(fault))
        return Problem(self.prefix + field.key, str(i18n.told(field.label)), sentence(fault))


def sections_of(form: FormDef, fields: Mapping[str, FieldDef]) -> list[tuple[str, Label, list[FieldDef]]]:
    """Return (key, label, fields) of each section; fields in no section come in one of their own, derived ones too."""
    placed = {key for section in form.sections for key in section.fields}
    groups = [(one.key, one.label, [fields[key] for key in one.fields if key in fields]) for one in form.sections]
    rest = [field for field in form.fields if field.key not in placed and field.key in fields]
    if rest:
        title = form.label if not groups else Label({"": gettext("More")})
        groups.append(("rest", title, rest))
    return [group for group in groups if group[2]] or [("rest", form.label, [])]


def read_typed(form_data: MultiDict[str, str], live: Live, form_key: str, keys: Sequence[str] | None = None) -> Typed:
    """Return what was posted for the fields of a form, by key; fields that were not posted are left out."""
    fields = all_fields(live, form_key)
    wanted = fields if keys is None else {key: fields[key] for key in keys if key in fields}
    return {key: posted_value(one, form_data.getlist(key)) for key, one in wanted.items() if key in form_data}


def form_state(
    live: Live,
    form_key: str,
    record_id: int | None,
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    *,
    given: Typed | None = None,
    prefix: str = "field-",
) -> FormState:
    """Return the state of a form; `given` are values that come with the address of a new record."""
    fields = visible_fields(live, form_key)
    found = preview(here.db(), live, form_key, {**(given or {}), **(typed or {})}, here.viewer(), here.now(), record_id)
    look = look_at(live, fields.values(), [found.values, _typed_ids(typed or {}), _typed_lists(typed or {})])
    return FormState(live, live.form(form_key), found, look, typed, faults, prefix)


def _typed_ids(typed: Typed) -> dict[str, object]:
    """Return typed ids as numbers, so that their titles are looked up."""
    texts = {key: [value] if isinstance(value, str) else value for key, value in typed.items()}
    return {key: [int(one) for one in held if is_id(one)] for key, held in texts.items() if isinstance(held, list)}


def _typed_lists(typed: Typed) -> dict[str, object]:
    """Return what was typed for fields of several values, so that files are looked up."""
    return {key: value for key, value in typed.items() if isinstance(value, list)}


def conditional_keys(form: FormDef) -> list[str]:
    """Return the fields whose place on the form depends on other fields."""
    return [f.key for f in form.fields if f.visible_if or f.required_if or f.read_only_if or f.is_derived]


def display(state: FormState, field: FieldDef, value: object) -> Display:
    """Return a value of this form to be shown."""
    return Display(field, value, state.look)
