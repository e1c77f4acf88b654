"""The types an expression may have: a kind, whether it may be empty, and what the kind needs to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What sort of value an expression yields. The stored Python value is given beside each kind."""

    NUMBER = "number"  # float or int
    MONEY = "money"  # int, minor units; a number (major units) once computed with
    TEXT = "text"  # str, NFC
    YES_NO = "yes_no"  # bool
    DATE = "date"  # datetime.date
    DATETIME = "datetime"  # datetime.datetime, aware, UTC, whole milliseconds
    CHOICE = "choice"  # str: the option's key
    CHOICES = "choices"  # list[str]: option keys
    REFERENCE = "reference"  # int: record id
    REFERENCES = "references"  # list[int]: record ids
    PERSON = "person"  # int: person id
    PEOPLE = "people"  # list[int]: person ids
    LIST = "list"  # literal list, only on the right of `in` and as a function's argument
    EMPTY = "empty"  # the literal None


#: What one item of a field of several values is.
ITEM_OF = {Kind.CHOICES: Kind.CHOICE, Kind.REFERENCES: Kind.REFERENCE, Kind.PEOPLE: Kind.PERSON}
MANY = frozenset(ITEM_OF)
#: What is stored are ids, of records or of people: one, or a list of them.
OF_RECORDS = frozenset({Kind.REFERENCE, Kind.REFERENCES})
OF_PEOPLE = frozenset({Kind.PERSON, Kind.PEOPLE})


def ids_in(value: object) -> set[int]:
    """Return the ids that a stored value holds: one, several or none."""
    held = value if isinstance(value, list | tuple) else (value,)
    return {id_ for id_ in held if isinstance(id_, int) and not isinstance(id_, bool)}


@dataclass(frozen=True, slots=True)
class Type:
    """A static type. `options` for choice(s), `form` for reference(s), `scale` (minor digits) for money."""

    kind: Kind
    nullable: bool = True
    options: tuple[str, ...] = ()
    form: str = ""
    scale: int = 2
    item: Kind | None = None

    def never_empty(self) -> Type:
        """Return the same type, known never to be empty."""
        return replace(self, nullable=False) if self.nullable else self


NUMBER = Type(Kind.NUMBER)
TEXT = Type(Kind.TEXT)
YES_NO = Type(Kind.YES_NO, nullable=False)
DATE = Type(Kind.DATE)
DATETIME = Type(Kind.DATETIME)
PERSON = Type(Kind.PERSON)
