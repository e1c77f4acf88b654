"""What a person may learn of why an alert fired: nothing that the record, its fields or references hide from them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.audience import readable
from engine.alerts.backtest.figures import then
from engine.alerts.explain_case import Case, Reached
from engine.alerts.explain_others import is_theirs, shows_nothing
from engine.alerts.rows import Notification
from engine.alerts.state import steps_of
from engine.config.defs import AlertRuleDef
from engine.errors import NotFound
from engine.people import User
from engine.releases.live import Live
from engine.rights import may, reads_hidden, visible

if TYPE_CHECKING:
    from rules.checked import Checked


def refuse_stranger(
    session: Session, live: Live, rule: AlertRuleDef, record_id: int, user: User, now: datetime
) -> None:
    """Whoever may not read the record learns nothing, unless they were told about it."""
    told = select(Notification.id).where(
        Notification.app_key == live.key,
        Notification.rule == rule.key,
        Notification.record_id == record_id,
        Notification.person_id == user.id,
    )
    if user.is_admin or is_theirs(session, live, rule, record_id, user, now):
        return
    if session.scalar(told.limit(1)) is None:
        raise NotFound(rule.form or "rule", record_id)


def was_told(case: Case, user: User) -> bool:
    """Tell whether a person got a message in the episode of that moment: what it says, they know."""
    last = case.last
    mine = (Notification.alert_id == (case.alert.id if case.alert else 0), Notification.person_id == user.id)
    query = select(Notification.id).where(*mine, Notification.episode == (last.episode if last else 0))
    return case.session.scalar(query.where(Notification.created_at <= case.at).limit(1)) is not None


def in_sight(case: Case, one: Reached, user: User) -> bool:
    """Tell whether a person may know why another was named: not if a field says it that is hidden from them."""
    if user.is_admin or not case.rule.form:
        return True
    kind, _, key = one.via.partition(":")
    shown = visible(case.live, case.rule.form, user)
    if kind in ("owner", "manager", "team"):
        return "owner" in shown
    if kind in ("field", "manager_of"):
        return key in shown
    asked = next((step.asked[one.via] for step in steps_of(case.rule) if one.via in step.asked), None)
    return asked is None or not reads_hidden(case.live, case.rule.form, user, asked)


def may_see(
    session: Session, live: Live, rule: AlertRuleDef, record_id: int, user: User, now: datetime, at: datetime
) -> bool:
    """Tell whether a person may see the condition's values: no hidden field, nothing behind references out of sight."""
    if user.is_admin:
        return True
    if not rule.form:
        return rule.is_about_people or shows_nothing(rule) or may(user, "configure", live)
    conditions = [rule.when] if rule.until is None else [rule.when, rule.until]
    if rule.form not in live.app.forms or any(reads_hidden(live, rule.form, user, one) for one in conditions):
        return False
    if not readable(session, live, rule.form, [record_id], user, now):
        return False
    return all(_behind_in_sight(session, live, rule, one, record_id, user, now, at) for one in conditions)


def _behind_in_sight(
    session: Session,
    live: Live,
    rule: AlertRuleDef,
    condition: Checked,
    record_id: int,
    user: User,
    now: datetime,
    at: datetime,
) -> bool:
    from engine.records.names import type_at
    from rules.types import Kind

    hops = {path[:depth] for path in condition.reads for depth in range(1, len(path)) if path[0] != "me"}
    facts = then(session, live, rule.form, record_id, at, hops)
    for hop in hops:
        type_, id_ = type_at(live, rule.form, hop), facts.get(".".join(hop))
        if type_ is None or type_.kind is not Kind.REFERENCE or not isinstance(id_, int):
            continue
        if not readable(session, live, type_.form, [id_], user, now):
            return False
    return True
