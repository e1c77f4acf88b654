"""A person who can sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.ids import read_id
from forms.text import normal
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class PersonType(FieldType):
    """A person, found by sign-in name, e-mail address or name; kept as that person's number."""

    key = "person"
    kind = Kind.PERSON
    widget = "person"
    storage = Storage.PERSON
    filter = "one_of"
    lookup = "people"
    can_default = False
    params: ClassVar = {
        "role": {"type": "string", "description": "Only people with this role are offered."},
        "team": {"type": "string", "maxLength": 100, "description": "Only people of this team are offered."},
    }
    accepts: ClassVar = {"3": "3", "#3": "3", "alice": "5"}
    refuses = ("nobody", "Twice", "0", "11111111111111111111")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the person's id."""
        number = read_id(raw, texts=context.ids)
        if number is not None:
            return number
        text = normal(raw) if isinstance(raw, str) else ""
        found = context.find_people(text) if text else ()
        if len(found) == 1:
            return found[0]
        if found:
            raise self.refuse(field, "several", N_("More than one person is called “{value}”."), value=shorten(raw))
        raise self.refuse(field, "unknown", N_("Nobody is called “{value}”."), value=shorten(raw))
