"""Names that a screen posts beside the fields of a form: they begin with a dash, which no field does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forms.defs import FormDef


def own(values: Mapping[str, str], name: str, form: FormDef) -> str:
    """Return what stands under a name of the screen: `-name`, or plain `name` on a form without such a field."""
    dashed = values.get(f"-{name}")
    if dashed is not None or name in form.by_key or name in form.tables_by_key:
        return dashed or ""
    return values.get(name, "")
