"""Which ways lead to a person: what the rule names, what is set up and on, and what the person wants; never none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.channel_rows import ChannelRow, Preference
from engine.channels import CHANNELS
from engine.errors import EngineError
from rules.errors import N_, Fault

INBOX = "inbox"
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){ATOM}(?:\.{ATOM})*@[^@\s<>,;:()\[\]\"\\]{{1,190}}")
MOBILE = re.compile(r"\+?[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person is reached, as far as it differs from what administrators keep."""

    email: str = ""
    mobile: str = ""
    always: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


class Ways:
    """Finds the keys of the channels for many people; asks for the channels once, and once for each person."""

    def __init__(self, session: Session) -> None:
        self.session = session
        query = select(ChannelRow.key, ChannelRow.type).where(ChannelRow.enabled).order_by(ChannelRow.key)
        self._types: Mapping[str, str] = {key: type_ for key, type_ in session.execute(query) if type_ in CHANNELS}
        self._contacts: dict[int, Contact] = {}

    def of(self, person_id: int, named: Sequence[str]) -> list[str]:
        """Return the keys by which a person is told; the inbox when nothing else is left."""
        contact = self._contact(person_id)
        found = dict.fromkeys(key for name in named or (INBOX,) for key in self._keys(name) if key not in contact.never)
        found |= dict.fromkeys(key for key in self._personal() if key in contact.always)
        return list(found) or [INBOX]

    def _keys(self, name: str) -> Iterable[str]:
        type_, _, key = name.partition(":")
        known = CHANNELS.get(type_)
        if known is None or not known.asks:
            return (type_,) if known else ()
        if key or self._types.get(type_) == type_:
            key = key or type_
            return (key,) if self._types.get(key) == type_ else ()
        return [one for one, of in self._types.items() if of == type_][:1]

    def _personal(self) -> Iterable[str]:
        return [key for key, type_ in self._types.items() if CHANNELS[type_].is_personal]

    def _contact(self, person_id: int) -> Contact:
        if not self._types:
            return Contact()
        if person_id not in self._contacts:
            self._contacts[person_id] = contact_of(self.session, person_id)
        return self._contacts[person_id]


def contact_of(session: Session, person_id: int) -> Contact:
    """Return how a person wants to be told."""
    row = session.get(Preference, person_id)
    if row is None:
        return Contact()
    return Contact(row.email or "", row.mobile or "", frozenset(row.always or ()), frozenset(row.never or ()))


def keep_contact(session: Session, person_id: int, wanted: Contact) -> None:
    """Keep how a person wants to be told; EngineError for an address or number that cannot be one."""
    faults = []
    if wanted.email and not EMAIL.fullmatch(wanted.email):
        faults.append(Fault("contact.email", N_("This is not an e-mail address."), field="email"))
    if wanted.mobile and not MOBILE.fullmatch(wanted.mobile):
        template = N_("A mobile number has 6 to 15 digits, with + before a country code.")
        faults.append(Fault("contact.mobile", template, field="mobile"))
    if faults:
        raise EngineError(*faults)
    row = session.get(Preference, person_id) or Preference(person_id=person_id)
    row.email, row.mobile = wanted.email or None, wanted.mobile or None
    row.always, row.never = sorted(wanted.always), sorted(wanted.never)
    session.add(row)
