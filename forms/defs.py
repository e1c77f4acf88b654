"""Frozen definitions of forms, built from a config: fields, sections, row and field permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from forms.labels import Label

if TYPE_CHECKING:
    from forms.fields._base import FieldType
    from rules.checked import Checked


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice field; `color` is a quiet pill colour name such as `green`."""

    key: str
    label: Label
    color: str = ""


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One slot of a form. `params` holds what only its type understands (`min`, `max_length`, `scale` …)."""

    key: str
    type: FieldType
    label: Label
    help: Label = field(default_factory=Label)
    required: bool = False
    unique: bool = False
    options: tuple[Option, ...] = ()
    #: Form key a reference points to.
    to: str = ""
    #: Literal default, already a stored value.
    default: object = None
    #: Default computed when a form is opened or a record is imported without the field.
    default_expression: Checked | None = None
    #: Computed fields: the expression whose value is stored.
    expression: Checked | None = None
    visible_if: Checked | None = None
    required_if: Checked | None = None
    read_only_if: Checked | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_derived(self) -> bool:
        """Tell whether the value is never typed by a person."""
        return self.type.derived

    def option(self, key: str) -> Option | None:
        """Return the option with this key."""
        return next((o for o in self.options if o.key == key), None)


@dataclass(frozen=True, slots=True)
class SectionDef:
    """A titled group of fields on a form."""

    key: str
    label: Label
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssertDef:
    """A cross-field rule: `condition` must hold when a record is saved; `field` is where the message is shown."""

    condition: Checked
    message: Label
    field: str = ""


@dataclass(frozen=True, slots=True)
class PermissionDef:
    """Grants: these roles may do these actions on the records the condition holds for (None: all of them)."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    records: Checked | None = None
    #: field key -> "hidden" | "read" for these roles; absent means edit.
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FormDef:
    """One kind of record: what the list, the board, the form and the detail page are generated from."""

    key: str
    label: Label
    fields: tuple[FieldDef, ...]
    #: Key of the field that titles a record.
    title: str
    description: Label = field(default_factory=Label)
    icon: str = ""
    sections: tuple[SectionDef, ...] = ()
    asserts: tuple[AssertDef, ...] = ()
    #: Groups of field keys that must be unique together.
    unique: tuple[tuple[str, ...], ...] = ()
    permissions: tuple[PermissionDef, ...] = ()
    #: Columns and sort (`-created_at` is descending) of the list, field keys on a board card.
    list_columns: tuple[str, ...] = ()
    list_sort: tuple[str, ...] = ()
    card_fields: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, FieldDef]:
        """Return the fields by key."""
        return {f.key: f for f in self.fields}
