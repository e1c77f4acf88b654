"""What every form has beside its own fields: who, when, stage; what a person has; and the keys no field may take."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence

from forms.defs import FieldDef, Option
from forms.fields import field_type
from forms.labels import Label
from rules.scope import Shape
from rules.types import DATETIME, NUMBER, PERSON, TEXT, Kind, Type

#: What may follow `me.`, `owner.` and any person field.
PERSON_SHAPE: Shape = {
    "name": TEXT,
    "email": TEXT,
    "region": TEXT,
    "team": TEXT,
    "sign_in": TEXT,
    "manager": PERSON,
}

_ALWAYS: Shape = {
    "owner": PERSON,
    "created_at": DATETIME.never_empty(),
    "created_by": PERSON,
    "updated_at": DATETIME.never_empty(),
    "updated_by": PERSON,
}


def system_shape(stages: Sequence[str] = ()) -> Shape:
    """Return the system names of a form; those of a stage only when it has a pipeline with these stages."""
    if not stages:
        return _ALWAYS
    staged: Shape = {
        "stage": Type(Kind.CHOICE, nullable=False, options=tuple(stages)),
        "stage_entered_at": DATETIME.never_empty(),
        "days_in_stage": NUMBER.never_empty(),
    }
    return {**staged, **_ALWAYS}


#: System names of a form with a pipeline, whatever its stages.
SYSTEM_KEYS = ("id", "version", "stage", "stage_entered_at", "days_in_stage", *_ALWAYS, "deleted_at", "search_text")

#: Columns of the history tables, and names that the language or the screens give a meaning of their own.
_COLUMNS = ("valid_from", "valid_to", "changed_by", "changed_via", "change_id", "csrf_token")
#: What PostgreSQL has on every table of its own, and what forms of the screens post beside the fields.
_TAKEN = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "refresh")
_WORDS = ("me", "today", "now", "null", *(word.lower() for word in keyword.kwlist))
RESERVED_KEYS = frozenset({*SYSTEM_KEYS, *_COLUMNS, *_TAKEN, *_WORDS})

_LABELS: Mapping[str, tuple[str, str, str]] = {
    "stage": ("Stage", "阶段", "階段"),
    "stage_entered_at": ("In this stage since", "进入阶段时间", "進入階段時間"),
    "days_in_stage": ("Days in stage", "阶段停留天数", "階段停留天數"),
    "owner": ("Owner", "负责人", "負責人"),
    "created_at": ("Created", "创建时间", "建立時間"),
    "created_by": ("Created by", "创建人", "建立者"),
    "updated_at": ("Updated", "更新时间", "更新時間"),
    "updated_by": ("Updated by", "更新人", "更新者"),
}
_TYPES = {Kind.CHOICE: "choice", Kind.DATETIME: "datetime", Kind.NUMBER: "number", Kind.PERSON: "person"}


def system_fields(stages: Sequence[Option] = ()) -> Mapping[str, FieldDef]:
    """Return the system names that lists and boards may show, as fields with labels, by key."""
    shape = system_shape(tuple(option.key for option in stages))
    return {key: _system_field(key, type_, stages) for key, type_ in shape.items()}


def _system_field(key: str, type_: Type, stages: Sequence[Option]) -> FieldDef:
    texts = dict(zip(("en", "zh_Hans", "zh_Hant"), _LABELS[key], strict=True))
    options = tuple(stages) if key == "stage" else ()
    params = {"decimals": 0} if type_.kind is Kind.NUMBER else {}
    return FieldDef(key, field_type(_TYPES[type_.kind]), Label(texts), options=options, params=params)
