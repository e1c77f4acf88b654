"""Configs that were refused: who tried to save what, and what was wrong with it; written even though all else is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from engine.changes import Change
from engine.config.source import Source
from engine.people import User
from engine.releases.rows import App
from rules.errors import Fault

#: Faults kept of one refusal, and signs of what stood there.
MOST, LENGTH = 20, 300
_WAITING = "refused_configs"


def note_refusal(
    session: Session, source: Source | None, app_key: str, user: User, now: datetime, faults: Iterable[Fault]
) -> None:
    """Have a refusal written down when the transaction that it belongs to has ended, however that ends."""
    errors = [_told(fault, source) for fault in faults if fault.level == "error"]
    if not errors:
        return
    change = {
        "at": now,
        "person_id": user.id,
        "app_key": app_key[:60] or None,
        "diff": {"faults": [None, errors[:MOST]]},
    }
    change |= {"via": "form", "verb": "refused", "note": f"config refused: {len(errors)} faults"}
    waiting = session.info.setdefault(_WAITING, [])
    waiting.append(change)
    if not session.in_transaction():
        _write(session)


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    """The outermost transaction is over: the database's lock is free."""
    if transaction.parent is None and _WAITING in session.info:
        _write(session)


def _write(session: Session) -> None:
    """Write what waits in a transaction of its own."""
    waiting: list[dict[str, Any]] = session.info.pop(_WAITING, [])
    with Session(session.get_bind()) as own, own.begin():
        known = {key for (key,) in own.query(App.key)}
        for one in waiting:
            # Another app's journal must not fill with what strangers call their configs.
            own.add(Change(**{**one, "app_key": one["app_key"] if one["app_key"] in known else None}))


def _told(fault: Fault, source: Source | None) -> dict[str, str]:
    found = {"code": fault.code, "file": fault.file, "pointer": fault.pointer, "sentence": fault.text[:LENGTH]}
    text = _text_at(source, fault) if source is not None else ""
    return {**found, "text": text} if text else found


def _text_at(source: Source, fault: Fault) -> str:
    """Return what stands at the place of a fault."""
    value: object = next((file.content for file in source.files if file.path == fault.file), None)
    for step in fault.pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ""
    return value[:LENGTH] if isinstance(value, str) else ""
