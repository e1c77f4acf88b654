"""Frozen definitions of forms, built from a config: fields, sections, row and field permissions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from forms.labels import Label
from forms.views import ViewDef

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
    #: What becomes of the value when the field is not shown: "keep" or "clear"; the form's own rule without it.
    when_hidden: str = ""
    #: Columns of its section that the control takes; 0 leaves it to its type.
    width: int = 0

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
    help: Label = field(default_factory=Label)
    columns: int = 2
    collapsed: bool = False
    visible_if: Checked | None = None


@dataclass(frozen=True, slots=True)
class PageDef:
    """A tab or a step of a form: the sections that stand on it."""

    key: str
    label: Label
    sections: tuple[str, ...]
    help: Label = field(default_factory=Label)
    visible_if: Checked | None = None


@dataclass(frozen=True, slots=True)
class SubTableDef:
    """A table of records of another form inside this one: those that refer home by `via`."""

    field: FieldDef
    of: str
    via: str
    columns: tuple[str, ...]
    #: column -> "sum", "avg" or "count".
    totals: Mapping[str, str] = dataclasses.field(default_factory=dict)
    min_rows: int = 0
    max_rows: int = 1000
    #: What deleting the home record means for its rows: "delete" or "refuse".
    on_delete: str = "delete"
    #: Number field of the rows that keeps their order; without one they stand in the order of their making.
    order: str = ""

    @property
    def key(self) -> str:
        """Return the key of the field in the form."""
        return self.field.key


@dataclass(frozen=True, slots=True)
class AssertDef:
    """A cross-field rule: `condition` must hold when a record is saved; `field` is where the message is shown."""

    condition: Checked
    message: Label
    field: str = ""


@dataclass(frozen=True, slots=True)
class LimitDef:
    """What the records that name one record by `via` may add up to; `home` is the form of that record."""

    key: str
    label: Label
    via: str
    agg: str
    home: str
    value: Checked | None = None
    where: Checked | None = None
    #: Expressions over the record referred to.
    at_most: Checked | None = None
    at_least: Checked | None = None
    message: Label = field(default_factory=Label)


@dataclass(frozen=True, slots=True)
class PermissionDef:
    """Grants: these roles may do these actions on the records the condition holds for (None: all of them)."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    #: The stages and the expression of the entry together.
    records: Checked | None = None
    #: field or system name -> "hidden" | "read" for these roles on these records; absent means edit.
    fields: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[str, ...] = ()


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
    #: Tabs or steps; `paging` says which.
    pages: tuple[PageDef, ...] = ()
    paging: str = ""
    #: What becomes of values in fields that are not shown: "keep" or "clear".
    when_hidden: str = "keep"
    #: Tables of records that refer here; they are no columns of this form.
    tables: tuple[SubTableDef, ...] = ()
    #: What records that refer to the same one may add up to.
    limits: tuple[LimitDef, ...] = ()
    #: Ways to look at the records, beside the list itself.
    views: tuple[ViewDef, ...] = ()
    #: Keys of the fields by which likely duplicates are known.
    duplicates: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, FieldDef]:
        """Return the fields by key."""
        return {f.key: f for f in self.fields}

    @cached_property
    def searchable(self) -> tuple[FieldDef, ...]:
        """Return the fields whose text the search box finds."""
        return tuple(
            f for f in self.fields if f.key == self.title or (f.type.searchable and f.type.shown_as(f).searchable)
        )

    @cached_property
    def tables_by_key(self) -> Mapping[str, SubTableDef]:
        """Return the sub-tables by key."""
        return {table.key: table for table in self.tables}

    @cached_property
    def shown_if(self) -> Mapping[str, tuple[Checked, ...]]:
        """Return the conditions under which each field or sub-table is shown; those always shown are left out.

        A field is shown when its own condition, its section's and its tab's or step's hold.
        """
        sections = {section.key: section for section in self.sections}
        above: dict[str, list[Checked | None]] = {}
        for section in self.sections:
            pages = [page.visible_if for page in self.pages if section.key in page.sections]
            for key in section.fields:
                above[key] = [sections[section.key].visible_if, *pages]
        slots = [*self.fields, *(table.field for table in self.tables)]
        found = {slot.key: tuple(c for c in (*above.get(slot.key, ()), slot.visible_if) if c) for slot in slots}
        return {key: conditions for key, conditions in found.items() if conditions}

    @cached_property
    def cleared(self) -> frozenset[str]:
        """Return the fields whose value goes when they are not shown."""
        typed = (field for field in self.fields if not field.is_derived)
        return frozenset(field.key for field in typed if (field.when_hidden or self.when_hidden) == "clear")
