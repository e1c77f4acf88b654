"""Events are noted while things happen, and appended to the chain at the very end of the transaction that did them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from engine.audit.chain import link
from engine.audit.rows import AuditEvent, AuditHead
from engine.db import start_writing
from rules.moments import cut, iso

if TYPE_CHECKING:
    from engine.people.users import User

SUCCESS, FAILURE = "success", "failure"
#: Signs of one text, entries of one list, and depth of what an event tells.
LENGTH, ENTRIES, DEPTH = 500, 100, 5
#: Facts that are never written down, whoever passes them.
SECRET = ("password", "secret", "password_hash", "digest", "session_stamp", "csrf_token")
_WAITING, _APART = "audit waiting", "audit apart"

_log = logging.getLogger(__name__)


class _Noted(NamedTuple):
    """An event that waits for the end of its transaction, with the savepoints that it stands or falls with."""

    values: Mapping[str, object]
    within: Sequence[SessionTransaction]


def note(
    session: Session,
    *,
    kind: str,
    verb: str,
    user: User | None,
    now: datetime,
    subject: str = "",
    app_key: str | None = None,
    facts: Mapping[str, object] | None = None,
    outcome: str = SUCCESS,
) -> None:
    """Write an event into the audit trail together with what it tells of: what is rolled back leaves no event.

    `user` is who did it, None a stranger; `subject` what it was done to, as `person:12`; `facts` whatever JSON holds.
    The chain is locked only when the transaction ends, so it may be noted at any time within it.
    """
    values = _values(kind, verb, user, now, subject, app_key, facts, outcome)
    if not session.in_transaction():
        session.begin()
    session.info.setdefault(_WAITING, []).append(_Noted(values, _within(session)))


def note_apart(
    session: Session,
    *,
    kind: str,
    verb: str,
    user: User | None,
    now: datetime,
    subject: str = "",
    app_key: str | None = None,
    facts: Mapping[str, object] | None = None,
    outcome: str = FAILURE,
) -> None:
    """Write an event that stays whatever becomes of the transaction at hand: right after it, in one of its own."""
    values = _values(kind, verb, user, now, subject, app_key, facts, outcome)
    if session.in_transaction():
        session.info.setdefault(_APART, []).append(values)
    else:
        _write_apart(session, [values])


def _values(
    kind: str,
    verb: str,
    user: User | None,
    now: datetime,
    subject: str,
    app_key: str | None,
    facts: Mapping[str, object] | None,
    outcome: str,
) -> dict[str, object]:
    return {
        "at": cut(now),
        "kind": kind,
        "verb": verb,
        "person_id": user.id if user else None,
        "person": user.sign_in if user else "",
        "subject": _clean(subject),
        "app_key": _clean(app_key) if app_key else None,
        "facts": facts_text(facts or {}),
        "outcome": outcome,
    }


def facts_text(facts: Mapping[str, object]) -> str:
    """Write facts as canonical JSON; long texts are cut, secrets left out."""
    return json.dumps(_plain(facts, DEPTH), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object, depth: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime | date):
        return iso(value) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Mapping) and depth:
        kept = [(str(key), one) for key, one in value.items() if str(key) not in SECRET]
        return {_clean(key): _plain(one, depth - 1) for key, one in kept[:ENTRIES]}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        found = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_plain(one, depth - 1) for one in found[:ENTRIES]]
    return _clean(str(value))


def _clean(text: str) -> str:
    """Return a text that both databases take and give back as it is."""
    cut_text = text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
    return cut_text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _within(session: Session) -> list[SessionTransaction]:
    """Return the transaction at hand and all those it is part of."""
    found, one = [], session.get_nested_transaction() or session.get_transaction()
    while one is not None:
        found.append(one)
        one = one.parent
    return found


@event.listens_for(Session, "before_commit")
def _append_waiting(session: Session) -> None:
    if session.info.get(_WAITING) and not session.in_nested_transaction():
        session.flush()
        append(session, [one.values for one in session.info.pop(_WAITING)])


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """Drop what was noted in a transaction, or down to a savepoint, that is rolled back."""
    if waiting := session.info.get(_WAITING):
        session.info[_WAITING] = [one for one in waiting if ended not in one.within]


@event.listens_for(Session, "after_transaction_end")
def _after(session: Session, ended: SessionTransaction) -> None:
    """Write what stays whatever happened, once the transaction (and its lock) is gone."""
    if ended.parent is not None:
        return
    session.info.pop(_WAITING, None)  # closed without a commit
    if apart := session.info.pop(_APART, None):
        _write_apart(session, apart)


def _write_apart(session: Session, events: Sequence[Mapping[str, object]]) -> None:
    try:
        with Session(session.get_bind().engine) as own, own.begin():
            append(own, events)
    except Exception:  # noqa: BLE001 - whatever it was, it is logged
        # What failed has its own answer already, which must reach its person.
        _log.exception("events could not be written to the audit trail: %s", events)


def append(session: Session, events: Sequence[Mapping[str, object]]) -> None:
    """Append events to the chain: whoever comes second waits for the first to end, on both databases."""
    start_writing(session)
    head = session.execute(select(AuditHead.last_id, AuditHead.last_hash).with_for_update()).one()
    number, last, rows = head.last_id, head.last_hash, []
    for values in events:
        number += 1
        row = {"id": number, **values, "prev_hash": last}
        last = link(row)
        rows.append({**row, "hash": last})
    session.execute(insert(AuditEvent), rows)
    session.execute(
        update(AuditHead).where(AuditHead.id == 1).values(last_id=number, last_hash=last),
        execution_options={"synchronize_session": False},
    )
