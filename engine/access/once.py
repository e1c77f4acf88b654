"""Requests that are repeated after a broken line: what was answered the first time is answered again, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from engine.access.rows import KeptAnswer
from engine.errors import EngineError
from engine.people.users import User
from rules.errors import N_, Fault

#: How long a request may be repeated.
KEPT = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Repeated(EngineError):  # noqa: N818 - an answer, not an accident
    """The key was used for another request."""


class Racing(EngineError):  # noqa: N818 - an answer, not an accident
    """The same request is being worked on this very moment."""


def kept_answer(session: Session, user: User, key: str, digest: str, now: datetime) -> Answer | None:
    """Return what was answered to this request before; Repeated when the key belongs to another one."""
    found = session.scalar(select(KeptAnswer).where(_of(user), KeptAnswer.key == key, KeptAnswer.at > now - KEPT))
    if found is None:
        return None
    if found.digest != digest:
        template = N_("This Idempotency-Key was used for another request.")
        raise Repeated(Fault("key_reused", template, field="Idempotency-Key"))
    return Answer(found.status, dict(found.headers or {}), found.body)


def keep_answer(session: Session, user: User, key: str, digest: str, answer: Answer, now: datetime) -> None:
    """Keep an answer in the transaction of what it answers for; Racing when the same request got there first."""
    old = KeptAnswer.at <= now - KEPT
    session.execute(delete(KeptAnswer).where(_of(user), KeptAnswer.key == key, old))
    session.add(
        KeptAnswer(
            person_id=user.id,
            key=key,
            digest=digest,
            status=answer.status,
            headers=dict(answer.headers),
            body=answer.body,
            at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        template = N_("The same request is being worked on this very moment. Nothing was done twice; ask again.")
        raise Racing(Fault("key_racing", template, field="Idempotency-Key")) from error


def _of(user: User) -> ColumnElement[bool]:
    return KeptAnswer.person_id.is_(None) if user.id is None else KeptAnswer.person_id == user.id


def sweep_answers(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Forget answers to requests that nobody repeats any more, and count them."""
    with sessions.begin() as session:
        old = KeptAnswer.at <= now - KEPT
        count = session.scalar(select(func.count()).where(old)) or 0
        if count:
            session.execute(delete(KeptAnswer).where(old))
    return Counter({"answers_swept": count} if count else {})
