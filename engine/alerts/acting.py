"""Actions of alerts: written down in the transaction that fires them, done once, and what failed is kept and said."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.actions import ACTIONS, Acting, ActionError
from engine.actions._base import reads_of
from engine.actions.webhook import post, setup_named
from engine.alerts.action_rows import ActionRow
from engine.alerts.facts import chunks, facts_of
from engine.alerts.ledger import Transition, insert_new
from engine.alerts.outlets import cause_of
from engine.alerts.rows import waiting
from engine.alerts.state import steps_of
from engine.changes import encode
from engine.channels import ChannelError, Setup
from engine.config.defs import ActionDef, AlertRuleDef
from engine.db import start_writing
from engine.errors import Busy, StaleRelease
from engine.releases.live import live as live_of
from engine.sandboxes import is_sandbox
from rules.errors import N_, Fault, SteerwayError

if TYPE_CHECKING:
    from engine.releases.live import Live

log = logging.getLogger(__name__)
Sessions = sessionmaker[Session]

#: Actions done in one call, and attempts at one.
MOST, ATTEMPTS = 500, 6
#: Pauses between attempts; the last one repeats.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
#: After this long an external attempt that was begun and never ended counts as lost, and is made again.
LOST_AFTER = timedelta(minutes=5)
#: Actions whose changes fire rules whose actions …: so many in a row, and so often for one record within an hour.
DEEPEST, OFTEN, WITHIN = 5, 10, timedelta(hours=1)
#: Where the depth of what is being done is kept while it is done.
DEPTH = "alert_depth"

TOO_DEEP = N_("Stopped: {depth} actions in a row have set each other off.")
TOO_OFTEN = N_("Stopped: this action was done {count} times for this record within an hour.")
GONE = N_("The record was deleted before the action was done.")
NO_RULE = N_("The rule has no such action any more.")


@dataclass(frozen=True)
class _Call:
    """An external action about to leave the house."""

    id: int
    attempt: int
    payload: Mapping[str, Any]
    setup: Setup


def queue(session: Session, live: Live, rule: AlertRuleDef, due: Sequence[Transition], now: datetime) -> int:
    """Write down the actions of all steps that are due; return how many are new. Repeats only tell people."""
    steps = steps_of(rule)
    wanted = [
        (one, step, number, action)
        for one in due
        for step in one.outcome.due
        if step < len(steps)
        for number, action in enumerate(steps[step].actions)
    ]
    if not wanted:
        return 0
    lately = _lately(session, live, rule, {one.alert.record_id for one, *_ in wanted}, now)
    depth = int(session.info.get(DEPTH, 0)) + 1
    rows = [
        _row(live, rule, one, step, number, action, depth, now)
        | _stopped(depth, lately.get((one.alert.record_id, step, number), 0))
        for one, step, number, action in wanted
    ]
    return insert_new(session, ActionRow, rows)


def _row(
    live: Live,
    rule: AlertRuleDef,
    one: Transition,
    step: int,
    number: int,
    action: ActionDef,
    depth: int,
    now: datetime,
) -> dict[str, Any]:
    return {
        "alert_id": one.alert.id,
        "app_key": live.app.key,
        "rule": rule.key,
        "form": rule.form,
        "record_id": one.alert.record_id,
        "episode": one.alert.episode,
        "step": step,
        "number": number,
        "kind": action.do,
        "depth": depth,
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "release": live.number,
    }


def _stopped(depth: int, count: int) -> dict[str, Any]:
    """Say why an action is not done: it would be one link too many of a chain that may have no end."""
    if depth > DEEPEST:
        return {"state": "failed", "error": _stored(Fault("action.depth", TOO_DEEP, {"depth": DEEPEST}))}
    if count >= OFTEN:
        return {"state": "failed", "error": _stored(Fault("action.often", TOO_OFTEN, {"count": count}))}
    return {"state": "queued", "error": None}


def _lately(
    session: Session, live: Live, rule: AlertRuleDef, ids: Collection[int], now: datetime
) -> dict[tuple[int, int, int], int]:
    """Return (record, step, action) -> how often it was done within the last hour."""
    found: dict[tuple[int, int, int], int] = {}
    place = (ActionRow.record_id, ActionRow.step, ActionRow.number)
    mine = (ActionRow.app_key == live.app.key, ActionRow.rule == rule.key, ActionRow.created_at > now - WITHIN)
    for part in chunks(sorted(ids)):
        query = select(*place, func.count()).where(*mine, ActionRow.record_id.in_(part)).group_by(*place)
        found.update(((id_, step, number), count) for id_, step, number, count in session.execute(query))
    return found


def act(sessions: Sessions, now: datetime) -> Counter[str]:
    """Do what is due; an action and the note that it was done are one transaction. Two workers never do the same."""
    done: Counter[str] = Counter()
    seen: set[int] = set()
    while done.total() < MOST and (ids := [one for one in _due(sessions, now) if one not in seen]):
        for id_ in ids:
            seen.add(id_)
            if state := _one(sessions, id_, now):
                done[state] += 1
    return done


def _due(sessions: Sessions, now: datetime) -> list[int]:
    due = (waiting(ActionRow.state), ActionRow.due_at <= now)
    with sessions() as session:
        return list(
            session.scalars(select(ActionRow.id).where(*due).order_by(ActionRow.due_at, ActionRow.id).limit(100))
        )


def _one(sessions: Sessions, id_: int, now: datetime) -> str:
    """Do one action; return how it ended, or nothing when another worker has it."""
    try:
        found = _begin(sessions, id_, now)
    except Exception as error:  # noqa: BLE001 - an action may fail in any way; none may stop the others
        return _failed(sessions, id_, error, now)
    return _called(sessions, found, now) if isinstance(found, _Call) else found


def _begin(sessions: Sessions, id_: int, now: datetime) -> str | _Call:
    with sessions.begin() as session:
        start_writing(session)
        row = _mine(session, id_, now)
        if row is None:
            return ""
        app = live_of(session, row.app_key)
        acting = _acting(session, app, row, now)
        session.info[DEPTH] = row.depth
        try:
            result = ACTIONS[row.kind].act(acting)
        finally:
            session.info.pop(DEPTH, None)
        row.attempts += 1
        if ACTIONS[row.kind].is_external and is_sandbox(row.app_key):
            row.state, row.done_at, row.error, row.result = "done", now, None, {"sandbox": True}
            return "actions"
        if ACTIONS[row.kind].is_external:
            row.state, row.due_at = "sending", now + LOST_AFTER
            return _Call(row.id, row.attempts, result, setup_named(session, acting.action.channel, now))
        row.state, row.done_at, row.error = "done", now, None
        row.result = {key: encode(value) for key, value in result.items()}
        return "actions"


def _mine(session: Session, id_: int, now: datetime) -> ActionRow | None:
    """Return the action with its row locked; None when it is done already, or somebody is at it this moment."""
    due = (ActionRow.id == id_, waiting(ActionRow.state), ActionRow.due_at <= now)
    query = select(ActionRow).where(*due).with_for_update(skip_locked=True)
    return session.scalar(query, execution_options={"populate_existing": True})


def _acting(session: Session, live: Live, row: ActionRow, now: datetime) -> Acting:
    rule = live.app.alerts.get(row.rule)
    steps = steps_of(rule) if rule else ()
    actions = steps[row.step].actions if row.step < len(steps) else ()
    if rule is None or row.number >= len(actions) or actions[row.number].do != row.kind:
        raise ActionError("rule", NO_RULE)
    action = actions[row.number]
    paths = reads_of([action]) | {(action.field or "owner",)}
    facts = facts_of(session, live, row.form, [row.record_id], paths, now).get(row.record_id)
    if facts is None:
        raise ActionError("gone", GONE)
    key = f"{row.app_key}/{row.rule}/{row.record_id}/{row.episode}/{row.step}/action/{row.number}"
    return Acting(session, live, rule, action, row.record_id, now, key, facts)


def _called(sessions: Sessions, call: _Call, now: datetime) -> str:
    """Make the call, holding no session meanwhile, and write down how it went."""
    try:
        post(call.payload, call.setup, call.attempt, now)
    except Exception as error:  # noqa: BLE001 - whatever went wrong on the wire is noted
        return _failed(sessions, call.id, error, now, call)
    with sessions.begin() as session:
        row = session.get_one(ActionRow, call.id, with_for_update=True)
        row.state, row.done_at, row.error = "done", now, None
        row.result = {"channel": call.setup.key, "attempts": call.attempt}
    return "actions"


def _failed(sessions: Sessions, id_: int, error: Exception, now: datetime, call: _Call | None = None) -> str:
    with sessions.begin() as session:
        row = session.get_one(ActionRow, id_, with_for_update=True)
        if row.state not in ("queued", "sending") or (call and row.attempts != call.attempt):
            return ""
        row.attempts += 0 if call else 1
        row.error = _cause(error, call)
        passing = not _is_final(error) and row.attempts < ATTEMPTS
        row.state = "queued" if passing else "failed"
        row.due_at = now + PAUSES[min(row.attempts, len(PAUSES)) - 1]
        log.warning("action %s of rule %s failed (%s): %s", row.kind, row.rule, row.state, row.error)
        return "actions_failed" if row.state == "failed" else "actions_later"


def _is_final(error: Exception) -> bool:
    """Tell whether trying again cannot help: what was said in words stays so, unless it was the wire or a lock."""
    if isinstance(error, ChannelError):
        return error.permanent
    return isinstance(error, SteerwayError) and not isinstance(error, Busy | StaleRelease)


def _cause(error: Exception, call: _Call | None) -> dict[str, Any]:
    if isinstance(error, ChannelError) or call is not None:
        return {"text": cause_of(error, call.setup) if call else str(error)[:500]}
    if isinstance(error, SteerwayError) and error.faults:
        return _stored(error.faults[0])
    return {"text": f"{type(error).__name__}: {error}"[:500]}


def _stored(fault: Fault) -> dict[str, Any]:
    facts = {name: encode(value) for name, value in fault.facts.items() if isinstance(value, str | int | float | bool)}
    field = {"field": fault.field} if fault.field else {}
    return {"code": fault.code, "template": fault.template, "facts": facts, **field}
