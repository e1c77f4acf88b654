"""One-time links: made by administrators, shown once or mailed, opened without sign-in, good for one password and seven days."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from engine.audit import note
from engine.channels.email import MAILBOX
from engine.db import start_writing
from engine.errors import EngineError, NotFound
from engine.people import Person, User, create_person, set_password, set_roles, user_of
from engine.people.invitation_rows import INVITE, RESET, Invitation
from engine.people.team_rows import Team
from engine.staff.noting import note_new, note_password, subject_of
from rules.errors import N_, Fault

LIFE = timedelta(days=7)
#: Signs of a secret in an address, at most: longer ones are not looked up.
LONGEST = 100


def invite(
    session: Session,
    email: str,
    user: User,
    now: datetime,
    *,
    name: str = "",
    roles: Iterable[tuple[str, str]] = (),
    team: str = "",
    region: str = "",
) -> tuple[Invitation, str]:
    """Invite somebody and return the secret of the link, which cannot be had again; EngineError for an odd address."""
    address = unicodedata.normalize("NFKC", email).strip()
    if len(address) > 200 or not MAILBOX.fullmatch(address):
        raise EngineError(Fault("email", N_("This is no e-mail address."), field="email"))
    made = Invitation(kind=INVITE, email=address, name=" ".join(unicodedata.normalize("NFC", name).split())[:100])
    made.roles, made.team, made.region = [list(one) for one in sorted(set(roles))], team[:100], region[:100]
    return _made(session, made, user, now)


def reset(session: Session, person: Person, user: User, now: datetime) -> tuple[Invitation, str]:
    """Make a link by which a person sets a new password; links made for them before end."""
    if not person.active:
        raise EngineError(Fault("person_gone", N_("There is no such person (any more)."), field="person"))
    for one in session.scalars(sa.select(Invitation).where(Invitation.person_id == person.id, *_open(now))):
        one.revoked_at = now
    made = Invitation(kind=RESET, email=person.email or "", name=person.name, team="", region="", person_id=person.id)
    return _made(session, made, user, now)


def renew(session: Session, invitation_id: int, user: User, now: datetime) -> tuple[Invitation, str]:
    """Give an invitation another secret and seven more days; the old link ends."""
    row = _locked(session, Invitation.id == invitation_id)
    if row is None or row.used_at is not None:
        raise NotFound("invitation", invitation_id)
    secret = secrets.token_urlsafe(32)
    row.digest, row.expires_at, row.revoked_at, row.sent_at = digest_of(secret), now + LIFE, None, None
    session.flush()
    _note(session, "invitation_renewed", row, user, now)
    return row, secret


def withdraw(session: Session, invitation_id: int, user: User, now: datetime) -> Invitation:
    """End a link at once."""
    row = _locked(session, Invitation.id == invitation_id)
    if row is None:
        raise NotFound("invitation", invitation_id)
    if row.used_at is None and row.revoked_at is None:
        row.revoked_at = now
        _note(session, "invitation_revoked", row, user, now)
    session.flush()
    return row


def invitations(session: Session, limit: int = 200) -> Sequence[Invitation]:
    """Return the latest links with who made them, the newest first."""
    query = sa.select(Invitation).options(joinedload(Invitation.maker), joinedload(Invitation.person))
    return session.scalars(query.order_by(Invitation.id.desc()).limit(limit)).all()


def state_of(one: Invitation, now: datetime) -> str:
    """Return open, used, revoked or expired."""
    if one.used_at is not None:
        return "used"
    if one.revoked_at is not None:
        return "revoked"
    return "open" if one.expires_at > now else "expired"


def opened(session: Session, secret: str, now: datetime) -> Invitation:
    """Return the link of a secret; NotFound, and nothing more, when it is unknown, used, withdrawn or over."""
    return _checked(session.scalar(_found(secret)), secret, now)


def accept(
    session: Session, secret: str, now: datetime, *, sign_in: str, name: str, password: str, again: str
) -> Person:
    """Let whoever holds a link in: make the person, or give them the new password; it works once.

    1. Hold the link, so that of two requests one comes too late. 2. Check what was typed. 3. Make or change the person.
    """
    start_writing(session)
    row = _checked(
        session.scalar(_found(secret).with_for_update(), execution_options={"populate_existing": True}), secret, now
    )
    if password != again:
        raise EngineError(Fault("password_again", N_("The two passwords are not the same."), field="again"))
    person = (
        _reset(session, row, password, now) if row.kind == RESET else _join(session, row, sign_in, name, password, now)
    )
    row.used_at, row.person_id = now, person.id
    session.flush()
    return person


def _reset(session: Session, row: Invitation, password: str, now: datetime) -> Person:
    person = session.get(Person, row.person_id or 0)
    if person is None or not person.active:
        raise NotFound("link")
    set_password(person, password)
    note_password(session, person, user_of(person), now, "reset link")
    return person


def _join(session: Session, row: Invitation, sign_in: str, name: str, password: str, now: datetime) -> Person:
    if any(char.isspace() for char in sign_in.strip()) or len(sign_in.strip()) > 80:
        template = N_("A sign-in name has at most {limit} characters and no blanks.")
        raise EngineError(Fault("sign_in_odd", template, {"limit": 80}, field="sign_in"))
    called = " ".join(name.split())[:100] or row.name or sign_in
    person = create_person(
        session,
        sign_in,
        called,
        now=now,
        email=row.email,
        team=row.team,
        region=row.region,
        manager_id=_head_of(session, row),
    )
    set_password(person, password)
    set_roles(session, person, [(app, role) for app, role in row.roles or ()])
    note_new(session, person, user_of(person), now)
    subject = subject_of(person)
    told = {"invitation": row.id, "email": row.email}
    note(session, kind="people", verb="joined", user=user_of(person), now=now, subject=subject, facts=told)
    return person


def _head_of(session: Session, row: Invitation) -> int | None:
    """Return who leads the team somebody is invited into."""
    wanted = (Team.kind == "team", Team.name == row.team, Person.active)
    return session.scalar(sa.select(Team.manager_id).join(Person, Person.id == Team.manager_id).where(*wanted))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: it is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _found(secret: str) -> sa.Select[Invitation]:
    return sa.select(Invitation).where(Invitation.digest == digest_of(secret[:LONGEST]))


def _checked(row: Invitation | None, secret: str, now: datetime) -> Invitation:
    """Return a link that is still good; every other one is answered alike, and as fast."""
    digest = row.digest if row is not None else digest_of("")
    same = secrets.compare_digest(digest, digest_of(secret[:LONGEST]))
    if row is None or not same or state_of(row, now) != "open":
        raise NotFound("link")
    return row


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now)


def _locked(session: Session, wanted: sa.ColumnElement[bool]) -> Invitation | None:
    start_writing(session)
    query = sa.select(Invitation).where(wanted).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def _made(session: Session, made: Invitation, user: User, now: datetime) -> tuple[Invitation, str]:
    secret = secrets.token_urlsafe(32)
    made.digest, made.made_at, made.made_by, made.expires_at = digest_of(secret), now, user.id, now + LIFE
    session.add(made)
    session.flush()
    _note(session, "invited" if made.kind == INVITE else "password_link", made, user, now)
    return made, secret


def _note(session: Session, verb: str, row: Invitation, user: User, now: datetime) -> None:
    subject = f"person:{row.person_id}" if row.person_id else f"invitation:{row.id}"
    told = {
        "kind": row.kind,
        "email": row.email,
        "name": row.name,
        "roles": [":".join(one) for one in row.roles or ()],
        "team": row.team,
    }
    note(session, kind="people", verb=verb, user=user, now=now, subject=subject, facts=told)
