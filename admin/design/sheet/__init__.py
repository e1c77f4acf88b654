"""The properties of one part of a config as a form: drawn from its JSON Schema, read back into the same JSON.

A new kind of control is one file here with `@register`, and one macro in `templates/design/sheet/`.
"""

from admin.design.sheet import (  # noqa: F401 - registers the controls
    choosing,
    each,
    expected,
    given,
    groups,
    icons,
    links,
    measuring,
    nested,
    numbers,
    special,
    texts,
    values,
)
from admin.design.sheet._base import Control, Place, id_of
from admin.design.sheet.form import act_on, controls_of, place_of, pointer_of, read_sheet
from admin.design.sheet.nested import shown_member, without_blank_rows

__all__ = [
    "Control",
    "Place",
    "act_on",
    "controls_of",
    "id_of",
    "place_of",
    "pointer_of",
    "read_sheet",
    "shown_member",
    "without_blank_rows",
]
