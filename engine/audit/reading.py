"""The trail read: searched by who, what, where and when, the newest first; and gone through from end to end for a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.audit.rows import AuditEvent

PAGE, CHUNK = 50, 2000
#: Columns of a file, in order.
COLUMNS = (
    "id", "at", "kind", "verb", "person_id", "person", "subject", "app_key", "outcome", "facts", "prev_hash", "hash",
)  # fmt: skip


@dataclass(frozen=True)
class Search:
    """What is looked for; what is empty does not matter. `until` is not included any more."""

    person_id: int | None = None
    kind: str = ""
    verb: str = ""
    app_key: str = ""
    outcome: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def tests(self) -> Iterator[sa.ColumnElement[bool]]:
        """Go through the conditions."""
        for column, value in (
            (AuditEvent.kind, self.kind),
            (AuditEvent.verb, self.verb),
            (AuditEvent.app_key, self.app_key),
            (AuditEvent.outcome, self.outcome),
        ):
            if value:
                yield column == value
        if self.person_id is not None:  # what they did, and what was done to them
            yield sa.or_(AuditEvent.person_id == self.person_id, AuditEvent.subject == f"person:{self.person_id}")
        if self.since is not None:
            yield AuditEvent.at >= self.since
        if self.until is not None:
            yield AuditEvent.at < self.until
        if self.text:
            columns = (AuditEvent.facts, AuditEvent.person, AuditEvent.subject)
            yield sa.or_(*(sa.func.lower(one).contains(self.text.lower(), autoescape=True) for one in columns))


def found(session: Session, search: Search, before: int = 0, limit: int = PAGE) -> tuple[Sequence[AuditEvent], bool]:
    """Return the latest events that match, older than the one numbered `before`, and whether there are more."""
    query = sa.select(AuditEvent).where(*search.tests())
    query = query.where(AuditEvent.id < before) if before else query
    rows = session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit + 1)).all()
    return rows[:limit], len(rows) > limit


def every(session: Session, search: Search) -> Iterator[AuditEvent]:
    """Go through all events that match, the oldest first, some at a time."""
    after = 0
    while True:
        query = sa.select(AuditEvent).where(*search.tests(), AuditEvent.id > after)
        rows = session.scalars(query.order_by(AuditEvent.id).limit(CHUNK)).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1].id
        session.expunge_all()


def facts_of(event: AuditEvent) -> dict[str, Any]:
    """Return what an event tells; nothing when it cannot be read any more."""
    try:
        facts = json.loads(event.facts)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
