"""Writes down what happens to alerts: rows that exist once, transitions with reasons, notifications before they leave."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.alerts.audience import Audience
from engine.alerts.facts import Facts, chunks
from engine.alerts.inserting import insert_new as insert_new  # noqa: PLC0414 - where it has always been found
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.state import Outcome, Standing, steps_of
from engine.alerts.texts import Texts
from engine.alerts.timing import Timing
from engine.alerts.ways import INBOX, Ways
from engine.changes import encode
from engine.channels import CHANNELS
from engine.config.defs import AlertRuleDef
from engine.people import User
from rules.errors import Fault
from rules.explain import Explanation, explain

if TYPE_CHECKING:
    from engine.releases.live import Live

log = logging.getLogger(__name__)

DEFAULT_CHANNEL = INBOX


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert on its way from one standing to the next."""

    alert: Alert
    outcome: Outcome
    evidence: Mapping[str, Any] | None = None
    person: User | None = None


def alerts_for(session: Session, live: Live, rule: AlertRuleDef, ids: Iterable[int]) -> dict[int, Alert]:
    """Return the alerts of a rule by record, locked until the transaction ends."""
    found: dict[int, Alert] = {}
    mine = (Alert.app_key == live.app.key, Alert.rule == rule.key)
    for part in chunks(sorted(ids)):
        query = select(Alert).where(*mine, Alert.record_id.in_(part)).order_by(Alert.id).with_for_update()
        found.update((a.record_id, a) for a in session.scalars(query, execution_options={"populate_existing": True}))
    return found


def open_rows(session: Session, live: Live, rule: AlertRuleDef, ids: Iterable[int]) -> dict[int, Alert]:
    """Return the alerts of a rule for these records, made where there was none yet, locked."""
    found = alerts_for(session, live, rule, ids)
    missing = sorted(set(ids) - set(found))
    common = {"app_key": live.app.key, "rule": rule.key, "form": rule.form, "severity": rule.severity}
    blank = {"state": "quiet", "version": 0, "episode": 0, "next_step": 0, "release": live.number, "reason": {}}
    insert_new(session, Alert, [common | blank | {"record_id": id_} for id_ in missing])
    return found | alerts_for(session, live, rule, missing)


def standing_of(alert: Alert) -> Standing:
    """Return where an alert stands, without its row."""
    return Standing(**{f.name: getattr(alert, f.name) for f in fields(Standing) if f.name != "person"})


def write(session: Session, transitions: Sequence[Transition], now: datetime, release: int) -> None:
    """Write transitions: the alert's row, one event for each, and the attention they no longer ask for."""
    events = [_apply(one, now, release) for one in transitions if _is_news(one)]
    session.flush()
    if events:
        session.execute(insert(AlertEvent), events)
    quiet = [one.alert.id for one in transitions if one.outcome.standing.state in ("acknowledged", "resolved")]
    for part in chunks(quiet):
        waiting = (Notification.alert_id.in_(part), Notification.closed_at.is_(None))
        session.execute(update(Notification).where(*waiting).values(closed_at=now))


def _is_news(one: Transition) -> bool:
    """Write the new standing; tell whether there is anything to write an event about."""
    before, after = standing_of(one.alert), one.outcome.standing
    if after.state == before.state and after.episode == before.episode and not one.outcome.due:
        one.alert.wake_at = after.wake_at
        return False
    return True


def _apply(one: Transition, now: datetime, release: int) -> dict[str, Any]:
    alert, after, before = one.alert, one.outcome.standing, one.alert.state
    for name in ("state", "episode", "pending_since", "firing_since", "next_step", "wake_at", "occasion"):
        setattr(alert, name, getattr(after, name))
    alert.version += 1
    alert.reason, alert.release = stored(one.outcome.reason), release
    if after.state in ("pending", "firing") and one.evidence:
        alert.evidence = dict(one.evidence)
    alert.resolved_at = now if after.state == "resolved" else None
    if after.state == "acknowledged" and one.person:
        alert.acknowledged_at, alert.acknowledged_by = now, one.person.id
    elif before in ("resolved", "quiet"):
        alert.acknowledged_at = alert.acknowledged_by = None
    return {
        "alert_id": alert.id,
        "number": alert.version,
        "at": now,
        "episode": after.episode,
        "before": before,
        "after": after.state,
        "reason": alert.reason,
        "evidence": one.evidence,
        "person_id": one.person.id if one.person else None,
        "release": release,
    }


def tell(
    session: Session,
    live: Live,
    rule: AlertRuleDef,
    due: Sequence[Transition],
    facts: Mapping[int, Facts],
    now: datetime,
    *,
    late: bool = False,
) -> int:
    """Write the notifications of all steps that are due; return how many are new."""
    audience = Audience(session, live, rule, facts, now)
    texts = Texts(session, live, rule, facts, now)
    ways = Ways(session)
    rows = [row for one in due for row in _notifications(rule, one, audience, texts, ways, now)]
    asked = [one for one in due if any(steps_of(rule)[min(n, len(rule.steps) - 1)].to for n in one.outcome.due)]
    if untold := len(asked) - len({row["alert_id"] for row in rows}):
        log.error(
            "app %s, rule %s: nobody can be told of %s alerts; it has no administrator", live.key, rule.key, untold
        )
    return insert_new(session, Notification, Timing(session, live, rule, now, late=late).apply(rows))


def _notifications(
    rule: AlertRuleDef, one: Transition, audience: Audience, texts: Texts, ways: Ways, now: datetime
) -> list[dict[str, Any]]:
    """Return the rows for one alert; whoever several due steps name is told once."""
    rows: dict[tuple[int | None, str], dict[str, Any]] = {}
    steps, alert = steps_of(rule), one.alert
    for number in one.outcome.due:
        step = steps[min(number, len(steps) - 1)]
        told = audience.of(step, alert.record_id)
        for user, via in told.items():
            for channel in ways.of(user.id or 0, step.channels):
                row = _notification(alert, number, user, via, channel, now)
                said = audience.foreword(user, via) + texts.message(alert.record_id, user)
                row |= {"subject": texts.subject(user), "text": said}
                rows.setdefault((user.id, row["channel"]), row)
    return list(rows.values())


def _notification(alert: Alert, step: int, user: User, via: str, channel: str, now: datetime) -> dict[str, Any]:
    internal = channel in CHANNELS and CHANNELS[channel].is_internal
    return {
        "alert_id": alert.id,
        "app_key": alert.app_key,
        "rule": alert.rule,
        "form": alert.form,
        "record_id": alert.record_id,
        "episode": alert.episode,
        "step": step,
        "person_id": user.id,
        "channel": channel,
        "severity": alert.severity,
        "via": via,
        "state": "sent" if internal else "queued",
        "created_at": now,
        "due_at": now,
        "sent_at": now if internal else None,
        "attempts": 1 if internal else 0,
        "waits_for": "",
    }


def stored(reason: Fault) -> dict[str, Any]:
    """Return a reason as it is stored: its sentence is looked up by the code when it is shown."""
    return {"code": reason.code, "facts": {key: encode(value) for key, value in reason.facts.items()}}


def evidence_of(rule: AlertRuleDef, facts: Facts) -> dict[str, Any]:
    """Return the tree of the condition with the values a record has now, as JSON."""
    return as_json(explain(rule.when, facts))


def as_json(node: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON."""
    found: dict[str, Any] = {"text": node.text, "value": _plain(node.value)}
    if node.path:
        found["path"] = ".".join(node.path)
    if node.children:
        found["children"] = [as_json(child) for child in node.children]
    return found


def _plain(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [encode(item) for item in value]
    return encode(value)
