"""Teams that people work in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register
from forms.text import forbidden, normal, written
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_LONGEST = 100


@register
class TeamType(FieldType):
    """A team: one of those that app.json lists or, without a list, one that people are in; kept as its name, like me.team."""

    key = "team"
    kind = Kind.TEXT
    widget = "team"
    storage = Storage.TEXT
    searchable = True
    filter = "one_of"
    lookup = "teams"
    can_default = False
    accepts: ClassVar = {"销售一部": "销售一部", "  North   sales ": "North sales"}
    refuses = ("x" * 101, "bell\x07", "half \ud800 pair")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the name in NFC; whether there is such a team is asked when the record is written."""
        text = written(raw)
        if text is None or len(text) > 4 * _LONGEST:
            raise self.refuse(field, "text", N_("Write a text here."))
        if bad := forbidden(text):
            template = N_("The text holds a character that cannot be kept ({code}).")
            raise self.refuse(field, "character", template, code=f"U+{ord(bad):04X}")
        name = " ".join(normal(text).split())
        if faults := self.validate(field, name):
            raise self.refuse(field, "too_long", faults[0].template, **faults[0].facts)
        return name

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check the length."""
        if not isinstance(value, str) or len(value) <= _LONGEST:
            return []
        template = N_("At most {limit} characters fit here; this text has {length}.")
        return [self.fault(field, "too_long", template, limit=_LONGEST, length=len(value))]
