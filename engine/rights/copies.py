"""Lookup fields: a copy is hidden from whoever may not see what it is copied from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.people.users import User
from engine.releases.live import Live
from engine.rights.rows import row_condition
from forms.defs import FieldDef
from rules.types import Kind

HIDDEN = "hidden"
#: Form key -> what a person may do with its fields on every record, copies not looked into.
Levels = Callable[[str], Mapping[str, str]]


def without_hidden_copies(
    live: Live, form: str, user: User, access: Mapping[str, str], levels: Levels
) -> Mapping[str, str]:
    """Return the levels of a form's fields with those copies hidden whose source this person may not see."""
    copies = [field for field in live.app.forms[form].fields if field.type.key == "lookup"]
    if user.is_admin or not copies:
        return access
    hidden = {field.key: HIDDEN for field in copies if _is_hidden(live, form, field, user, levels)}
    return {**access, **hidden}


def _is_hidden(live: Live, form: str, field: FieldDef, user: User, levels: Levels) -> bool:
    """Ask each form on the way: its records, all of them unless the config discloses the copy, and the field there."""
    assert field.expression is not None, "a lookup has its path"
    (path,) = field.expression.reads
    here = form
    for depth, name in enumerate(path):
        if depth and (not _may_read(live, here, user, field) or levels(here).get(name, HIDDEN) == HIDDEN):
            return True
        copy = live.app.forms[here].by_key.get(name)
        if depth and copy and copy.type.key == "lookup" and _is_hidden(live, here, copy, user, levels):
            return True
        type_ = live.app.shapes[here][name]
        if type_.kind is not Kind.REFERENCE:  # a fact of a person is no secret of a form
            return False
        here = type_.form
    return False


def _may_read(live: Live, form: str, user: User, field: FieldDef) -> bool:
    conditions = row_condition(live, form, user, "read")
    return bool(conditions) and (None in conditions or field.params.get("discloses") is True)
