"""Names behind an @ in a text: who is meant, as far as exactly one person of the app can be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from engine.people import Person, RoleGrant, User, user_of

#: Longest name looked for.
_LONGEST = 80


@dataclass(frozen=True)
class Mentioned:
    """The people a text names, and the names that fit more than one."""

    people: tuple[User, ...] = ()
    unclear: tuple[str, ...] = ()


@dataclass
class _Known:
    by_name: dict[str, set[int]] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)

    def add(self, user: User) -> None:
        assert user.id is not None
        self.users[user.id] = user
        for name in {folded(user.sign_in), folded(user.name)} - {""}:
            self.by_name.setdefault(name, set()).add(user.id)


def people_of(session: Session, app_key: str) -> list[User]:
    """Return the people who have a part in an app and have not left, by name."""
    has_part = or_(Person.is_admin, Person.grants.any(RoleGrant.app_key == app_key))
    query = select(Person).where(Person.active, has_part).options(selectinload(Person.grants))
    return [user_of(person) for person in session.scalars(query.order_by(Person.name, Person.id))]


def mentioned(session: Session, app_key: str, text: str) -> Mentioned:
    """Return who is named behind an @: by sign-in name or by name, the longest that fits."""
    if "@" not in text:
        return Mentioned()
    known = _Known()
    for user in people_of(session, app_key):
        known.add(user)
    found: dict[int, User] = {}
    unclear: list[str] = []
    for name in _names(text, known.by_name):
        ids = known.by_name[name]
        if len(ids) > 1:
            unclear.append(name)
        else:
            found |= {id_: known.users[id_] for id_ in ids}
    return Mentioned(tuple(found.values()), tuple(dict.fromkeys(unclear)))


def _names(text: str, known: Mapping[str, object]) -> Iterator[str]:
    low = folded(text, trim=False)
    for place, char in enumerate(low):
        begins = char == "@" and not (place and (low[place - 1].isalnum() or low[place - 1] in "._-@"))
        if begins and (name := _longest(low[place + 1 : place + 1 + _LONGEST + 1], known)):
            yield name


def _longest(rest: str, known: Iterable[str] | Mapping[str, object]) -> str:
    for length in range(min(len(rest), _LONGEST), 0, -1):
        name = rest[:length]
        if name in known and _ends(name, rest[length : length + 1]):
            return name
    return ""


def _ends(name: str, behind: str) -> bool:
    """Tell whether a name ends here: Chinese is written without blanks."""
    return not name[-1].isascii() or not (behind == "_" or (behind.isalnum() and behind.isascii()))


def folded(text: str, *, trim: bool = True) -> str:
    """Return a name or text as it is compared: width and case do not matter."""
    low = unicodedata.normalize("NFKC", text).casefold()
    return low.strip() if trim else low
