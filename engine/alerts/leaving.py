"""Links by which people leave a digest without signing in: signed for one person and one channel, good for nothing else."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy.orm import Session

from engine.alerts.ways import Contact, contact_of, keep_contact
from engine.errors import NotFound
from engine.operator import instance_secret, public_url
from engine.people import Person

#: Keeps these signatures apart from every other use of the instance's secret.
PURPOSE = "steerway leave digest 1"


def leaving_url(person_id: int, channel: str) -> str:
    """Return the address to leave by; nothing while the instance does not know its own address."""
    base = public_url()
    return f"{base}/leave/{token_of(person_id, channel)}" if base else ""


def token_of(person_id: int, channel: str) -> str:
    """Return what proves that we wrote the link."""
    return f"{person_id}.{channel}.{_sign(person_id, channel)}"


def read_token(session: Session, token: str) -> tuple[Person, str]:
    """Return whom and which channel a link is about; NotFound for one that we did not write."""
    number, _, rest = token[:200].partition(".")
    channel, _, signature = rest.rpartition(".")
    known = number.isascii() and number.isdigit() and len(number) < 18
    if not known or not signature.isascii() or not hmac.compare_digest(signature, _sign(int(number), channel)):
        raise NotFound("link", "")
    person = session.get(Person, int(number))
    if person is None or not person.active:
        raise NotFound("link", "")
    return person, channel


def leave(session: Session, token: str) -> tuple[Person, str]:
    """Let nothing more reach the person that way; it stands in the inbox instead. Twice is as good as once."""
    person, channel = read_token(session, token)
    contact = contact_of(session, person.id)
    always, never = contact.always - {channel}, contact.never | {channel}
    keep_contact(session, person.id, Contact(contact.email, contact.mobile, always, never))
    return person, channel


def _sign(person_id: int, channel: str) -> str:
    key = hashlib.sha256(f"{PURPOSE} {instance_secret()}".encode()).digest()
    return hmac.new(key, f"{person_id}.{channel}".encode(), hashlib.sha256).hexdigest()[:40]
