"""Yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import folded, written
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_YES = frozenset({"yes", "y", "true", "t", "1", "on", "是", "对", "對", "真", "有", "√", "✓", "✔"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "否", "不", "不是", "错", "錯", "假", "无", "無", "×", "✗", "✘"})


@register
class YesNoType(FieldType):
    """Yes or no, in three languages: yes/no, true/false, 1/0, 是/否, 对/错, √/×."""

    key = "yes_no"
    kind = Kind.YES_NO
    widget = "yes_no"
    storage = Storage.YES_NO
    filter = "one_of"
    can_be_unique = False
    accepts: ClassVar = {
        "Yes": "yes",
        "是": "yes",
        "1": "yes",
        "TRUE": "yes",
        "否": "no",
        "０": "no",
        "off": "no",
        "對": "yes",
    }
    refuses = ("perhaps", "2", "是否", "-1")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return True or False."""
        if isinstance(raw, bool):
            return raw
        word = folded(written(raw) or "")
        if word in _YES or word in _NO:
            return word in _YES
        raise self.refuse(field, "yes_no", N_("“{value}” is neither yes nor no."), value=shorten(raw))

    def text(self, field: FieldDef, value: object) -> str:
        """Return yes or no."""
        return "yes" if value else "no"
