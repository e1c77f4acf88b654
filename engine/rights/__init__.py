"""Rights: who may do what to which records and fields. Every list, page, move, import and figure asks here."""

from engine.rights.config import CONFIG_VERBS, CREATOR, EVERY_APP, may_create, may_design, may_publish
from engine.rights.fields import (
    EDIT,
    EDITABLE_SYSTEM,
    HIDDEN,
    READ,
    Access,
    FieldGrants,
    ever_visible,
    field_access,
    grants_of,
    least_access,
    record_access,
    system_names,
    visible,
)
from engine.rights.rows import ANY_ROLE, OPEN_VERBS, VERBS, RowCondition, may, row_condition, row_filter
from engine.rights.typed import check_reads, reads_hidden

__all__ = [
    "ANY_ROLE",
    "CONFIG_VERBS",
    "CREATOR",
    "EDIT",
    "EDITABLE_SYSTEM",
    "EVERY_APP",
    "HIDDEN",
    "OPEN_VERBS",
    "READ",
    "VERBS",
    "Access",
    "FieldGrants",
    "RowCondition",
    "check_reads",
    "ever_visible",
    "field_access",
    "grants_of",
    "least_access",
    "may",
    "may_create",
    "may_design",
    "may_publish",
    "reads_hidden",
    "record_access",
    "row_condition",
    "row_filter",
    "system_names",
    "visible",
]
