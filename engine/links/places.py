"""Short addresses of places on this site, for people who sign in: what one may see there is asked there."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.db import start_writing
from engine.errors import NotFound
from engine.links.rows import Link
from engine.people.users import User

#: Letters of a code: none that are taken for each other on paper.
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 8


def place_link(
    session: Session, app_key: str, form: str, target: str, user: User, now: datetime, name: str = ""
) -> Link:
    """Return the short address of a place, made when there is none yet."""
    start_writing(session)
    statement = select(Link).where(Link.kind == "place", Link.target == target, Link.disabled_at.is_(None))
    found = session.scalars(statement.order_by(Link.id)).first()
    if found is None:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        found = Link(kind="place", code=code, app_key=app_key, form=form, target=target, name=name)
        found.submissions, found.created_at, found.created_by = 0, now, user.id
        session.add(found)
        session.flush()
    return found


def place_at(session: Session, code: str) -> Link:
    """Return the place behind a code; NotFound when there is none."""
    found = session.scalars(select(Link).where(Link.kind == "place", Link.code == code)).one_or_none()
    if found is None or found.disabled_at is not None or not found.target:
        raise NotFound("link", code)
    return found
