"""The chain: each event's hash covers all it says and the hash before it; walking it names the first event that is not as written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.audit.guards import START
from engine.audit.rows import AuditEvent, AuditHead
from rules.errors import N_
from rules.moments import iso

#: What a hash covers, in this order.
COVERED = (
    "id", "at", "kind", "verb", "person_id", "person", "subject", "app_key", "facts", "outcome", "prev_hash",
)  # fmt: skip
BATCH = 2000
CHANGED, GONE, MOVED, CUT, HEAD, ANCHOR = "changed", "gone", "moved", "cut", "head", "anchor"
#: What may have been done to the first event that is not as it was written.
BREAKS = {
    CHANGED: N_("Event {id} is not as it was written: something in it was changed afterwards."),
    GONE: N_("Event {id} is missing: it was taken out afterwards."),
    MOVED: N_("Event {id} does not follow the event before it: one of the two was put there afterwards."),
    CUT: N_("The trail ends before event {id}: events at its end were taken away."),
    HEAD: N_("The trail goes on after event {id}, which was the last one: events were put there afterwards."),
    ANCHOR: N_("Event {id} is not the one that the anchor remembers: the trail was written anew."),
}


@dataclass(frozen=True)
class Finding:
    """What a walk along the chain found: the count of sound events, the last of them, and the first break if any."""

    count: int
    last_id: int
    last_hash: str
    broken: int | None = None
    cause: str = ""

    @property
    def anchor(self) -> str:
        """Return what to write down elsewhere: with it a trail that was written anew is known later on."""
        return f"{self.last_id}:{self.last_hash}"


def link(row: Mapping[str, Any]) -> str:
    """Return the hash of an event: SHA-256 over canonical JSON of all it says and of the hash before it."""
    said = [_written(row[name]) for name in COVERED]
    return sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _written(value: object) -> object:
    return iso(value) if isinstance(value, datetime) else value


def verify(session: Session, anchor: str = "") -> Finding:
    """Walk the whole chain, some events at a time; `anchor` is what an earlier walk found at its end."""
    known_id, known_hash = read_anchor(anchor)
    head = session.execute(select(AuditHead.last_id, AuditHead.last_hash)).one_or_none()
    last_id, last, count = 0, START, 0
    for row in _rows(session):
        cause = _cause(row, last_id, last)
        if not cause and row["id"] == known_id and row["hash"] != known_hash:
            cause = ANCHOR
        if cause:
            return Finding(count, last_id, last, last_id + 1 if cause == GONE else row["id"], cause)
        last_id, last, count = row["id"], row["hash"], count + 1
    return _at_the_end(Finding(count, last_id, last), known_id, (head.last_id, head.last_hash) if head else (0, ""))


def _cause(row: Mapping[str, Any], last_id: int, last: str) -> str:
    """Return what is wrong with the event after another one, if anything is."""
    if row["id"] > last_id + 1:
        return GONE
    if link(row) != row["hash"]:
        return CHANGED
    return "" if row["prev_hash"] == last else MOVED


def _at_the_end(found: Finding, known_id: int, head: tuple[int, str]) -> Finding:
    missing = max(head[0], known_id)
    if found.last_id < missing:
        return Finding(found.count, found.last_id, found.last_hash, found.last_id + 1, CUT)
    if (found.last_id, found.last_hash) != head:
        return Finding(found.count, found.last_id, found.last_hash, head[0], HEAD)
    return found


def _rows(session: Session) -> Iterator[Mapping[str, Any]]:
    table = AuditEvent.__table__
    after = 0
    while True:
        query = select(table).where(table.c.id > after).order_by(table.c.id).limit(BATCH)
        rows = session.execute(query).mappings().all()
        yield from map(dict, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1]["id"]


def read_anchor(text: str) -> tuple[int, str]:
    """Return number and hash of an anchor; (0, "") for none. ValueError when it is not one."""
    number, _, digest = text.strip().partition(":")
    if not text.strip():
        return 0, ""
    if not (number.isascii() and number.isdigit() and len(number) < 19 and len(digest) == len(START)):
        raise ValueError(text)
    return int(number), digest
