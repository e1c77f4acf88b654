"""Who hears of an approval: those who may give it when it is asked for, whoever asked when it is decided or over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.addresses import APPROVAL
from engine.alerts.ledger import insert_new, stored
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.texts import language_of
from engine.alerts.ways import Ways
from engine.channels import CHANNELS
from engine.design.rows import ApprovalRequest
from engine.people.users import User
from engine.releases.rows import App
from forms.labels import Label
from rules.errors import N_, Fault

#: What stands for rules in the ledger: one for those who may approve, one for whoever asked.
ASKED, TOLD = f"{APPROVAL}:asked", f"{APPROVAL}:told"
REASON = Fault("approval", N_("Somebody asked for an approval."), level="info")
#: Step of the ledger for each piece of news, so that none is told twice.
STEPS = {"asked": 0, "approved": 1, "refused": 2, "void": 3, "withdrawn": 4, "published": 5}
_SUBJECTS = {
    "asked": Label({"en": "Approval asked for: {app}", "zh_Hans": "请求批准：{app}", "zh_Hant": "請求核准：{app}"}),
    "approved": Label({"en": "Approved: {app}", "zh_Hans": "已批准：{app}", "zh_Hant": "已核准：{app}"}),
    "refused": Label({"en": "Not approved: {app}", "zh_Hans": "未批准：{app}", "zh_Hant": "未核准：{app}"}),
    "void": Label(
        {
            "en": "The approval no longer holds: {app}",
            "zh_Hans": "批准已失效：{app}",
            "zh_Hant": "核准已失效：{app}",
        }
    ),
    "withdrawn": Label(
        {
            "en": "Your request was replaced: {app}",
            "zh_Hans": "您的请求已被取代：{app}",
            "zh_Hant": "您的請求已被取代：{app}",
        }
    ),
    "published": Label({"en": "Published: {app}", "zh_Hans": "已发布：{app}", "zh_Hant": "已發布：{app}"}),
}
_TEXTS = {
    "asked": Label(
        {
            "en": "{who} asks you to approve the draft of “{app}”: {reason}",
            "zh_Hans": "{who}请您批准“{app}”的草稿：{reason}",
            "zh_Hant": "{who}請您核准「{app}」的草稿：{reason}",
        }
    ),
    "approved": Label(
        {
            "en": "{who} approved the draft of “{app}”: {reason}. It can be published as it is.",
            "zh_Hans": "{who}批准了“{app}”的草稿：{reason}。现在可以原样发布。",
            "zh_Hant": "{who}核准了「{app}」的草稿：{reason}。現在可以原樣發布。",
        }
    ),
    "refused": Label(
        {
            "en": "{who} did not approve the draft of “{app}”: {note}",
            "zh_Hans": "{who}没有批准“{app}”的草稿：{note}",
            "zh_Hant": "{who}沒有核准「{app}」的草稿：{note}",
        }
    ),
    "void": Label(
        {
            "en": "{who} changed the draft of “{app}” after you asked for approval: ask again.",
            "zh_Hans": "您请求批准后，{who}又修改了“{app}”的草稿：请重新请求。",
            "zh_Hant": "您請求核准後，{who}又修改了「{app}」的草稿：請重新請求。",
        }
    ),
    "withdrawn": Label(
        {
            "en": "{who} asked for approval of the draft of “{app}” anew, or dropped it: your request is over.",
            "zh_Hans": "{who}重新请求批准“{app}”的草稿，或删除了草稿：您的请求已结束。",
            "zh_Hant": "{who}重新請求核准「{app}」的草稿，或刪除了草稿：您的請求已結束。",
        }
    ),
    "published": Label(
        {
            "en": "{who} published the draft of “{app}”: {reason}",
            "zh_Hans": "{who}发布了“{app}”的草稿：{reason}",
            "zh_Hant": "{who}發布了「{app}」的草稿：{reason}",
        }
    ),
}


def tell_approvers(session: Session, request: ApprovalRequest, people: Iterable[User], by: User, now: datetime) -> int:
    """Write the notifications for those who may approve; return how many people there are."""
    told = list(people)
    _write(session, request, ASKED, "asked", told, by, now)
    return len(told)


def tell_asker(session: Session, request: ApprovalRequest, news: str, asker: User, by: User, now: datetime) -> None:
    """Tell whoever asked what became of it; what they did themselves they know."""
    if asker.id != by.id:
        _write(session, request, TOLD, news, [asker], by, now)


def close(session: Session, request: ApprovalRequest, now: datetime) -> None:
    """Let nothing about a request ask for attention any more; what has not gone out yet stays here."""
    mine = (Notification.app_key == request.app_key, Notification.rule == ASKED, Notification.record_id == request.id)
    session.execute(sa.update(Notification).where(*mine, Notification.closed_at.is_(None)).values(closed_at=now))
    late = sa.update(Notification).where(*mine, Notification.state == "queued")
    session.execute(late.values(state="failed", error="over"))


def _write(
    session: Session, request: ApprovalRequest, rule: str, news: str, people: list[User], by: User, now: datetime
) -> None:
    if not people:
        return
    alert, ways = _alert(session, request, rule, now), Ways(session)
    names = session.scalar(sa.select(App.label).where(App.key == request.app_key)) or {}
    rows = []
    for person in people:
        language = language_of(person)
        app = Label.of(names, request.app_key).pick(language)
        facts = {"who": by.name, "app": app, "reason": request.reason, "note": request.note}
        said = {"subject": _SUBJECTS[news].pick(language).format(**facts)}
        said["text"] = _TEXTS[news].pick(language).format(**facts)
        rows += [_row(alert, person, way, news, now) | said for way in ways.of(person.id or 0, ())]
    insert_new(session, Notification, rows)


def _alert(session: Session, request: ApprovalRequest, rule: str, now: datetime) -> Alert:
    """Return what stands for the request among alerts, made when it is told of for the first time."""
    mine = {"app_key": request.app_key, "rule": rule, "form": "", "record_id": request.id}
    facts = {"severity": "info", "state": "firing", "version": 1, "episode": 1, "next_step": 0, "release": 0}
    reason = stored(REASON)
    made = insert_new(session, Alert, [mine | facts | {"reason": reason, "firing_since": now}])
    wanted = (Alert.app_key == request.app_key, Alert.rule == rule, Alert.record_id == request.id)
    alert = session.scalars(sa.select(Alert).where(*wanted)).one()
    if made:
        event = {"alert_id": alert.id, "number": 1, "at": now, "episode": 1, "before": "quiet", "after": "firing"}
        session.execute(sa.insert(AlertEvent), [event | {"reason": reason, "release": 0}])
    return alert


def _row(alert: Alert, person: User, channel: str, news: str, now: datetime) -> dict[str, object]:
    internal = channel in CHANNELS and CHANNELS[channel].is_internal
    return {
        "alert_id": alert.id,
        "app_key": alert.app_key,
        "rule": alert.rule,
        "form": "",
        "record_id": alert.record_id,
        "episode": 1,
        "step": STEPS[news],
        "person_id": person.id,
        "channel": channel,
        "severity": "info",
        "via": "approver" if alert.rule == ASKED else "asker",
        "state": "sent" if internal else "queued",
        "created_at": now,
        "due_at": now,
        "sent_at": now if internal else None,
        "attempts": 1 if internal else 0,
    }
