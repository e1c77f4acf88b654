"""Requests for approval as they stand: the one that counts, why it no longer holds, which of them wait for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from engine.design.approval_news import close, tell_asker
from engine.design.may import publishers
from engine.design.rows import ApprovalRequest, ConfigDraft
from engine.errors import ConfigError, NotFound
from engine.people.users import User, load_user
from engine.releases.compiling import checksum_of
from engine.releases.gate import asks_for_approval
from engine.releases.moves import Moves
from engine.releases.rows import App
from forms.labels import Label
from rules.errors import N_, Fault

#: States in which a request counts: at most one of an app does.
OPEN, APPROVED = "open", "approved"
REFUSED, WITHDRAWN, VOID, PUBLISHED = "refused", "withdrawn", "void", "published"
STANDING = (OPEN, APPROVED)
#: States in which the last request still says something to whoever looks at the draft.
TELLING = (*STANDING, REFUSED, VOID)


@dataclass(frozen=True)
class Waiting:
    """An app whose draft waits for somebody's approval."""

    app_key: str
    label: Label
    asker: str
    at: datetime
    reason: str


def standing(session: Session, app_key: str, *, lock: bool = False) -> ApprovalRequest | None:
    """Return the request that counts, with who asked and who decided."""
    found = sa.select(ApprovalRequest).where(ApprovalRequest.app_key == app_key, ApprovalRequest.state.in_(STANDING))
    found = found.order_by(ApprovalRequest.id.desc()).limit(1).execution_options(populate_existing=True)
    if lock:
        return session.scalar(found.with_for_update())
    return session.scalar(found.options(joinedload(ApprovalRequest.asker), joinedload(ApprovalRequest.decider)))


def latest(session: Session, app_key: str) -> ApprovalRequest | None:
    """Return the newest request of an app, with the people in it; None when it is withdrawn or published."""
    people = (ApprovalRequest.asker, ApprovalRequest.decider, ApprovalRequest.ender)
    found = sa.select(ApprovalRequest).where(ApprovalRequest.app_key == app_key)
    row = session.scalar(found.order_by(ApprovalRequest.id.desc()).limit(1).options(*map(joinedload, people)))
    return row if row is not None and row.state in TELLING else None


def broken_by(
    session: Session, request: ApprovalRequest, draft: ConfigDraft | None, moves: Moves, reason: str
) -> list[Fault]:
    """Return why a request does not hold for what is to be published; nothing when it does."""
    faults = []
    if draft is None or request.checksum != checksum_of(draft.config):
        faults.append(Fault("approval.draft", N_("The draft was edited after the approval was asked for.")))
    if request.live_number != live_number(session, request.app_key):
        faults.append(Fault("approval.live", N_("Another release went live after the approval was asked for.")))
    if request.moves != moves.lines:
        template = N_("Where records go is not what was asked for: {lines}.")
        faults.append(Fault("approval.moves", template, {"lines": ", ".join(request.moves) or "–"}))
    if request.reason != reason:
        template = N_("The reason is not the one that was asked for: “{reason}”.")
        faults.append(Fault("approval.reason", template, {"reason": request.reason}))
    return faults


def is_approved(session: Session, draft: ConfigDraft, user: User, moves: Moves, reason: str) -> bool:
    """Tell whether this draft, published like this, is approved; ConfigError with what an approval no longer holds for.

    Without a gate, and for the machine itself, nobody needs to be asked, and nothing is raised.
    """
    request = standing(session, draft.app_key)
    if request is None or request.state != APPROVED:
        return False
    faults = unapproved(session, draft, request, reason, moves)
    if faults and user.id is not None and asks_for_approval(session, draft.app_key):
        raise ConfigError(*faults)
    return not faults


def unapproved(
    session: Session, draft: ConfigDraft, request: ApprovalRequest, reason: str, moves: Moves
) -> list[Fault]:
    """Return why an approval that was given does not count for this; nothing when it does."""
    return [*broken_by(session, request, draft, moves, reason), *_without_right(session, request)]


def still_approved(session: Session, draft: ConfigDraft) -> bool:
    """Tell whether the approval is still there, and its giver may still give it, while nobody else can change it."""
    request = standing(session, draft.app_key, lock=True)
    return request is not None and request.state == APPROVED and not _without_right(session, request)


def lost_right() -> list[Fault]:
    """Return the sentence for an approval whose giver may not give it any more."""
    template = N_("Whoever approved it may not publish this app any more: somebody else must approve it.")
    return [Fault("approval.right", template)]


def _without_right(session: Session, request: ApprovalRequest) -> list[Fault]:
    allowed = {one.id for one in publishers(session, request.app_key)} - {request.asked_by}
    return [] if request.decided_by in allowed else lost_right()


def live_number(session: Session, app_key: str) -> int:
    """Return the number of the live release; 0 without one."""
    return session.scalar(sa.select(App.live_number).where(App.key == app_key)) or 0


def waiting_for(session: Session, user: User) -> list[Waiting]:
    """Return the drafts that wait for somebody's approval, the oldest first; one query when none is asked for."""
    wanted = sa.select(ApprovalRequest, App.label).join(App, App.key == ApprovalRequest.app_key)
    rows = session.execute(
        wanted.where(ApprovalRequest.state == OPEN, ApprovalRequest.asked_by != user.id, App.removed_at.is_(None))
        .options(joinedload(ApprovalRequest.asker))
        .order_by(ApprovalRequest.id)
    ).all()
    return [
        Waiting(
            row.app_key, Label.of(label, row.app_key), row.asker.name if row.asker else "", row.asked_at, row.reason
        )
        for row, label in rows
        if user.id in approvers_of(session, row)
    ]


def approvers_of(session: Session, request: ApprovalRequest) -> dict[int, User]:
    """Return who may say yes to a request, by id: who may publish, and neither asked nor edited the draft last."""
    own = {request.asked_by, editor_of(session, request.app_key)}
    return {one.id: one for one in publishers(session, request.app_key) if one.id is not None and one.id not in own}


def editor_of(session: Session, app_key: str) -> int | None:
    """Return who edited the draft of an app last."""
    from engine.design.keeping import draft_of, last_editor  # it ends requests, so it lives above

    draft = draft_of(session, app_key)
    return last_editor(session, draft) if draft is not None else None


def end(session: Session, request: ApprovalRequest, state: str, by: User, now: datetime) -> None:
    """End a request: nobody is asked any more, and whoever asked hears of it."""
    request.state, request.ended_by, request.ended_at = state, by.id, now
    session.flush()
    close(session, request, now)
    tell(session, request, state, by, now)


def tell(session: Session, request: ApprovalRequest, news: str, by: User, now: datetime) -> None:
    """Tell whoever asked, as long as they are there."""
    try:
        asker = load_user(session, request.asked_by or 0)
    except NotFound:
        return
    tell_asker(session, request, news, asker, by, now)


def end_standing(session: Session, app_key: str, state: str, by: User, now: datetime) -> None:
    """End the request that counts, if there is one."""
    request = standing(session, app_key, lock=True)
    if request is not None:
        end(session, request, state, by, now)
