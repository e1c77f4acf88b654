"""Approving a draft: one asks, somebody else who may publish says yes or no to exactly what would go live."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.audit import note as audit
from engine.db import start_writing
from engine.design.approval_news import close, tell_approvers
from engine.design.approvals import (
    APPROVED,
    OPEN,
    REFUSED,
    WITHDRAWN,
    approvers_of,
    broken_by,
    end_standing,
    live_number,
    standing,
    tell,
)
from engine.design.keeping import draft_of, last_editor
from engine.design.may import require
from engine.design.rows import ApprovalRequest
from engine.errors import EngineError, NotFound, Refused
from engine.people.users import User
from engine.releases.compiling import checksum_of
from engine.releases.moves import NO_MOVES, Moves
from rules.errors import N_, Fault


def ask(
    session: Session,
    app_key: str,
    version: int,
    user: User,
    now: datetime,
    reason: str,
    moves: Moves = NO_MOVES,
) -> ApprovalRequest:
    """Ask for approval of a draft as it is at this version, with where records go and why; the earlier request ends.

    EngineError when the draft changed meanwhile, or nobody is there who may say yes.
    """
    require(session, app_key, user, "design")
    start_writing(session)
    draft = draft_of(session, app_key)
    if draft is None:
        raise NotFound("draft", app_key)
    if draft.version != version:
        raise _edited()
    if not reason:
        template = N_("Say in a few words why: the reason is kept with the release.")
        raise EngineError(Fault("approval.no_reason", template, field="reason"))
    end_standing(session, app_key, WITHDRAWN, user, now)
    request = ApprovalRequest(app_key=app_key, state=OPEN, checksum=checksum_of(draft.config), reason=reason)
    request.live_number, request.moves = live_number(session, app_key), moves.lines
    request.asked_at, request.asked_by = now, user.id
    session.add(request)
    session.flush()
    approvers = approvers_of(session, request)
    if not approvers:
        template = N_("There is nobody who may approve it: somebody else must be allowed to publish this app first.")
        raise EngineError(Fault("approval.nobody", template))
    tell_approvers(session, request, approvers.values(), user, now)
    _note(session, request, "approval_asked", user, now)
    return request


def approve(session: Session, app_key: str, request_id: int, user: User, now: datetime) -> None:
    """Say yes to a request as it was looked at; EngineError when it is over, does not hold, or is one's own."""
    request = _asked(session, app_key, request_id, user, (OPEN,))
    draft = draft_of(session, app_key)
    if user.id is None or request.asked_by == user.id:
        raise EngineError(Fault("approval.own", N_("You asked for this approval: somebody else must give it.")))
    if draft is not None and last_editor(session, draft) == user.id:
        raise EngineError(Fault("approval.own", N_("You edited this draft last: somebody else must approve it.")))
    if faults := broken_by(session, request, draft, Moves.read(request.moves), request.reason):
        raise EngineError(*faults)
    request.state, request.decided_by, request.decided_at = APPROVED, user.id, now
    session.flush()
    close(session, request, now)
    tell(session, request, "approved", user, now)
    _note(session, request, "draft_approved", user, now)


def refuse(session: Session, app_key: str, request_id: int, user: User, now: datetime, why: str) -> None:
    """Say no to a request, or take one's yes back, and say why; whoever asked hears of it."""
    request = _asked(session, app_key, request_id, user, (OPEN, APPROVED))
    if request.asked_by == user.id:
        raise EngineError(Fault("approval.own", N_("You asked for this approval yourself: withdraw it.")))
    if not why:
        raise EngineError(Fault("approval.no_why", N_("Say in a few words what should be different."), field="why"))
    request.state, request.decided_by, request.decided_at, request.note = REFUSED, user.id, now, why[:500]
    session.flush()
    close(session, request, now)
    tell(session, request, "refused", user, now)
    _note(session, request, "approval_refused", user, now)


def withdraw(session: Session, app_key: str, request_id: int, user: User, now: datetime) -> None:
    """Take one's own request back."""
    start_writing(session)
    request = standing(session, app_key, lock=True)
    if request is None or request.id != request_id:
        raise _over()
    if user.id is None or request.asked_by != user.id:
        raise Refused("design", app_key)
    end_standing(session, app_key, WITHDRAWN, user, now)
    _note(session, request, "approval_withdrawn", user, now)


def _asked(session: Session, app_key: str, request_id: int, user: User, states: tuple[str, ...]) -> ApprovalRequest:
    require(session, app_key, user, "publish")
    start_writing(session)
    request = standing(session, app_key, lock=True)
    if request is None or request.id != request_id or request.state not in states:
        raise _over()
    return request


def _note(session: Session, request: ApprovalRequest, verb: str, user: User, now: datetime) -> None:
    facts = {"request": request.id, "reason": request.reason, "moved": request.moves, "checksum": request.checksum}
    told = {**facts, "why": request.note} if request.note else facts
    audit(session, kind="config", verb=verb, user=user, now=now, app_key=request.app_key, facts=told)


def _edited() -> EngineError:
    return EngineError(Fault("draft.edited", N_("Somebody edited the draft meanwhile. Look at it again.")))


def _over() -> EngineError:
    return EngineError(Fault("approval.over", N_("This request is over, or another one took its place. Look again.")))
