"""Several people who can sign in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.ids import read_id
from forms.several import ids_of, names_in
from forms.text import normal
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_MOST = 100


@register
class PeopleType(FieldType):
    """Any number of people, written with semicolons between their sign-in names, addresses or names; kept as their numbers."""

    key = "people"
    kind = Kind.PEOPLE
    widget = "people"
    storage = Storage.IDS
    several = True
    sortable = False
    filter = "one_of"
    lookup = "people"
    can_be_unique = False
    can_default = False
    params: ClassVar = {
        "role": {"type": "string", "description": "Only people with this role are offered."},
        "team": {"type": "string", "maxLength": 100, "description": "Only people of this team are offered."},
        "max_items": {"type": "integer", "minimum": 1, "maximum": _MOST, "description": "Most people chosen at once."},
    }
    accepts: ClassVar = {"3": "3", "#3; alice": "3;5", "alice，3、alice": "5;3", '"alice"': "5"}
    refuses = ("nobody", "alice; nobody", "Twice", "0", "alice;11111111111111111111")

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the people's ids, each once, in the order in which they were named."""
        return ids_of(raw, lambda one: self._id(field, one, context)) or None

    def _id(self, field: FieldDef, raw: object, context: InputContext) -> int:
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

    def names_in(self, raw: object) -> Iterable[str]:
        """Return every text that may name a person."""
        return names_in(raw)

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check their number."""
        most = int(str(field.params.get("max_items", _MOST)))
        if not isinstance(value, list | tuple) or len(value) <= most:
            return []
        return [self.fault(field, "too_many", N_("Choose at most {limit}."), limit=most)]

    def text(self, field: FieldDef, value: object) -> str:
        """Return the ids with semicolons between them."""
        return ";".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
