"""Refused expressions in the audit trail: who tried to save what, and why it was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.changes import Change
from engine.people import User
from rules.errors import Fault

#: Refusals written out in one entry, and characters of each.
MOST, LENGTH = 20, 300


def note_refusals(
    session: Session, app_key: str, faults: Sequence[Fault], user: User, now: datetime, *, via: str
) -> int:
    """Write down the expressions of a config that were refused; return how many there were. Nothing without any.

    Call it in a transaction of its own: the one in which they were refused is rolled back.
    """
    refused = [one for one in faults if one.level == "error" and one.column > 0 and one.pointer]
    if refused:
        lines = [f"{one.file}{one.pointer}: {one.text}"[:LENGTH] for one in refused[:MOST]]
        lines += [f"… {len(refused) - MOST}"] if len(refused) > MOST else []
        note = "\n".join(lines)
        session.add(Change(at=now, person_id=user.id, via=via, app_key=app_key[:60] or None, verb="refused", note=note))
        session.flush()
    return len(refused)
