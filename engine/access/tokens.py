"""Personal tokens: made, found, used and withdrawn. A token never may more than its person may this very moment."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from engine.access.rows import Token
from engine.audit import note
from engine.db import kept
from engine.errors import EngineError, NotFound
from engine.people.rows import Person, RoleGrant
from engine.people.users import User
from engine.releases.rows import App
from rules.errors import N_, Fault

#: What a token may be good for; reading includes lists, history and the description of the interface.
SCOPES = ("read", "create", "update", "move", "delete")
PREFIX = "sw_"
#: Days a token lives at most.
LONGEST = 366
#: Tokens that one person may hold.
MOST = 50
#: The moment of use is noted once in a while: a read must not become a write.
NOTED_EVERY = timedelta(minutes=10)


class Bearer(NamedTuple):
    """Who comes with a token, and what for."""

    user: User
    scopes: frozenset[str]
    app_key: str | None
    token_id: int
    #: The use was not noted for a while.
    unnoted: bool
    #: Number and checksum of the live release of the app that is asked for; None when there is none.
    release: tuple[int, str] | None = None


def make_token(
    session: Session,
    user: User,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    *,
    days: int,
    app_key: str | None = None,
) -> tuple[Token, str]:
    """Make a token and return it with its secret, which cannot be had again; EngineError says what is wrong."""
    wanted = [scope for scope in SCOPES if scope in set(scopes)]
    title = unicodedata.normalize("NFC", name).strip()[:100]
    faults = list(_faults(session, user, title, wanted, days, app_key, now))
    if faults:
        raise EngineError(*faults)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        person_id=user.id,
        name=title,
        digest=digest_of(secret),
        hint=secret[:8],
        scopes=wanted,
        app_key=app_key or None,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    _note(session, "token_made", token, user, now, scopes=wanted, days=days)
    return token, secret


def _note(session: Session, verb: str, token: Token, user: User, now: datetime, **facts: object) -> None:
    told = {"name": token.name, **facts}
    subject, app = f"token:{token.id}", token.app_key
    note(session, kind="access", verb=verb, user=user, now=now, subject=subject, app_key=app, facts=told)


def _faults(
    session: Session, user: User, name: str, scopes: Sequence[str], days: int, app_key: str | None, now: datetime
) -> Iterable[Fault]:
    if not name:
        yield Fault("token_name", N_("Give the token a name, so that you know it again."), field="name")
    if not scopes:
        yield Fault("token_scopes", N_("Choose what the token may do."), field="scopes")
    if not 1 <= days <= LONGEST:
        yield Fault("token_days", N_("A token lives 1 to {most} days."), {"most": LONGEST}, field="days")
    if app_key and not user.is_admin and not user.roles_in(app_key):
        yield Fault("token_app", N_("You have no part in this app."), field="app")
    if len([one for one in tokens_of(session, user) if one.revoked_at is None and one.expires_at > now]) >= MOST:
        template = N_("You have {most} tokens already; withdraw one that is no longer used.")
        yield Fault("token_many", template, {"most": MOST}, field="name")


def _question() -> Select[Any]:
    """Return the one question for token, person, roles and the release of an app: it comes with every request.

    It is asked of the tables, not of the mapped classes: nothing here wants an identity or a change noted.
    """
    token, person, grant, app = (one.__table__.c for one in (Token, Person, RoleGrant, App))
    return (
        select(
            token.id,
            token.person_id,
            token.scopes,
            token.app_key,
            token.used_at,
            person.sign_in,
            person.name,
            person.email,
            person.region,
            person.team,
            person.manager_id,
            person.is_admin,
            person.locale,
            grant.app_key.label("grant_app"),
            grant.role,
            app.live_number,
            app.live_checksum,
        )
        .join(Person.__table__, person.id == token.person_id)
        .outerjoin(RoleGrant.__table__, grant.person_id == person.id)
        .outerjoin(App.__table__, app.key == bindparam("app"))
        .where(token.digest == bindparam("digest"), token.revoked_at.is_(None), token.expires_at > bindparam("now"))
        .where(person.active)
    )


_BEARER = kept(_question())


def digest_of(secret: str) -> str:
    """Return what is kept of a token: it is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def user_by_token(session: Session, secret: str, now: datetime, app_key: str | None = None) -> Bearer | None:
    """Return who comes with a token; None when it is unknown, over, withdrawn, or its person has left.

    With `app_key` the live release of that app is told as well.
    """
    asked = {"digest": digest_of(secret), "now": now, "app": app_key}
    rows = session.connection().execute(_BEARER, asked).all()
    if not rows:
        return None
    one = rows[0]
    user = User(
        id=one.person_id,
        sign_in=one.sign_in,
        name=one.name,
        email=one.email,
        region=one.region,
        team=one.team,
        manager_id=one.manager_id,
        is_admin=one.is_admin,
        locale=one.locale,
        roles=frozenset((row.grant_app, row.role) for row in rows if row.role is not None),
    )
    unnoted = one.used_at is None or one.used_at < now - NOTED_EVERY
    release = (one.live_number, one.live_checksum) if one.live_number else None
    return Bearer(user, frozenset(one.scopes or ()), one.app_key, one.id, unnoted, release)


def note_use(session: Session, token_id: int, user: User, now: datetime, **facts: object) -> None:
    """Remember that a token was used; its first use is an event of the audit trail."""
    first = session.execute(update(Token).where(Token.id == token_id, Token.used_at.is_(None)).values(used_at=now))
    if first.rowcount:  # type: ignore[attr-defined]  # results of updates have it
        _note(session, "token_first_used", session.get_one(Token, token_id), user, now, **facts)
    else:
        session.execute(update(Token).where(Token.id == token_id).values(used_at=now))


def tokens_of(session: Session, user: User) -> list[Token]:
    """Return the tokens of a person, newest first."""
    return list(session.scalars(select(Token).where(Token.person_id == user.id).order_by(Token.id.desc())))


def revoke_token(session: Session, user: User, token_id: int, now: datetime) -> Token:
    """End a token at once; NotFound when it is nobody's or somebody else's."""
    token = session.scalar(select(Token).where(Token.id == token_id, Token.person_id == user.id))
    if token is None:
        raise NotFound("token", token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        _note(session, "token_revoked", token, user, now)
    return token
