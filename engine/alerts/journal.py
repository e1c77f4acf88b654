"""The journal of alerts: what fired when and why, who was told by which way, what was done, and when it was over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from engine.alerts.action_rows import ActionRow
from engine.alerts.facts import chunks
from engine.alerts.inbox import reason_of
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.errors import Refused
from engine.people import Person, User
from engine.rights import may
from rules.errors import Fault

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Lines of one page, and of one export.
PAGE, MOST = 50, 50_000
COLUMNS = (
    "fired_at", "rule", "form", "record", "episode", "severity", "state", "reason", "values",
    "person", "channel", "step", "via", "sent", "sent_at", "error", "acknowledged_at", "resolved_at", "actions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lines of the journal; empty means all."""

    rule: str = ""
    state: str = ""
    record_id: int | None = None
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    #: Only episodes of which a message or an action failed.
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One episode: from when it fired to when it was over."""

    id: int
    alert: Alert
    episode: int
    fired_at: datetime
    reason: Fault
    evidence: Mapping[str, Any] | None
    state: str
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    messages: Sequence[tuple[Notification, str]]
    actions: Sequence[ActionRow]

    @property
    def values(self) -> str:
        """Return the values that the condition saw, on one line."""
        return "; ".join(f"{name}={_short(value)}" for name, value in sorted(_leaves(self.evidence).items()))


def refuse_reader(live: Live, user: User) -> None:
    """The journal speaks of all records and people: it is for those who configure the app."""
    if not may(user, "configure", live):
        raise Refused("configure", live.key)


def journal(
    session: Session, live: Live, user: User, wanted: Filters, *, before: int | None = None, limit: int = PAGE
) -> list[Entry]:
    """Return episodes, the newest first; `before` is the id of the last one seen."""
    refuse_reader(live, user)
    query = _fired(live, wanted)
    query = query.where(AlertEvent.id < before) if before is not None else query
    rows = [(event, alert) for event, alert in session.execute(query.order_by(AlertEvent.id.desc()).limit(limit))]
    return _entries(session, rows)


def lines(session: Session, live: Live, user: User, wanted: Filters) -> Iterator[Sequence[str]]:
    """Yield the header and one line for each message of each episode, as texts for a table."""
    yield COLUMNS
    before, seen = None, 0
    while found := journal(session, live, user, wanted, before=before, limit=500):
        for entry in found:
            yield from _lines(entry)
        before, seen = found[-1].id, seen + len(found)
        if seen >= MOST:
            return


def _fired(live: Live, wanted: Filters) -> Select[Any]:
    query: Any = select(AlertEvent, Alert).join(Alert, Alert.id == AlertEvent.alert_id)
    earlier = aliased(AlertEvent)
    same = (earlier.alert_id == AlertEvent.alert_id, earlier.episode == AlertEvent.episode)
    again = select(earlier.id).where(*same, earlier.after == "firing", earlier.number < AlertEvent.number).exists()
    # Later steps are firing → firing in the same episode; a new occasion is so in a new one.
    query = query.where(Alert.app_key == live.key, AlertEvent.after == "firing", ~again)
    told = select(Notification.id).where(Notification.alert_id == Alert.id, Notification.episode == AlertEvent.episode)
    query = query.where(Alert.rule == wanted.rule) if wanted.rule else query
    query = query.where(Alert.record_id == wanted.record_id) if wanted.record_id is not None else query
    query = query.where(AlertEvent.at >= wanted.since) if wanted.since else query
    query = query.where(AlertEvent.at < wanted.until) if wanted.until else query
    if wanted.person_id is not None:
        query = query.where(told.where(Notification.person_id == wanted.person_id).exists())
    if wanted.failed:
        done = select(ActionRow.id).where(ActionRow.alert_id == Alert.id, ActionRow.episode == AlertEvent.episode)
        failed = told.where(Notification.state == "failed").exists() | done.where(ActionRow.state == "failed").exists()
        query = query.where(failed)
    found: Select[Any] = _in_state(query, wanted.state)
    return found


def _in_state(query: Select[Any], state: str) -> Select[Any]:
    is_last = Alert.episode == AlertEvent.episode
    if state == "resolved":
        return query.where(~is_last | (Alert.state == "resolved"))
    return query.where(is_last, Alert.state == state) if state else query


def _entries(session: Session, rows: Sequence[tuple[AlertEvent, Alert]]) -> list[Entry]:
    ids = sorted({alert.id for _, alert in rows})
    later, messages, actions = _events(session, ids), _messages(session, ids), _actions(session, ids)
    return [_entry(event, alert, later, messages, actions) for event, alert in rows]


def _entry(
    event: AlertEvent,
    alert: Alert,
    later: Mapping[tuple[int, int], Sequence[AlertEvent]],
    messages: Mapping[tuple[int, int], Sequence[tuple[Notification, str]]],
    actions: Mapping[tuple[int, int], Sequence[ActionRow]],
) -> Entry:
    key = (alert.id, event.episode)
    following = [one for one in later.get(key, ()) if one.number > event.number]
    known = next((one.at for one in following if one.after == "acknowledged"), None)
    over = next((one.at for one in following if one.after == "resolved"), None)
    state = alert.state if alert.episode == event.episode else "resolved"
    told, done = messages.get(key, ()), actions.get(key, ())
    reason = reason_of(event.reason)
    return Entry(event.id, alert, event.episode, event.at, reason, event.evidence, state, known, over, told, done)


def _events(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], list[AlertEvent]]:
    found: dict[tuple[int, int], list[AlertEvent]] = {}
    for part in chunks(ids):
        query = select(AlertEvent).where(AlertEvent.alert_id.in_(part)).order_by(AlertEvent.number)
        for one in session.scalars(query):
            found.setdefault((one.alert_id, one.episode), []).append(one)
    return found


def _messages(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], list[tuple[Notification, str]]]:
    found: dict[tuple[int, int], list[tuple[Notification, str]]] = {}
    for part in chunks(ids):
        query = select(Notification, Person.name).join(Person, Person.id == Notification.person_id)
        for one, name in session.execute(query.where(Notification.alert_id.in_(part)).order_by(Notification.id)):
            found.setdefault((one.alert_id, one.episode), []).append((one, name))
    return found


def _actions(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], list[ActionRow]]:
    found: dict[tuple[int, int], list[ActionRow]] = {}
    for part in chunks(ids):
        for one in session.scalars(select(ActionRow).where(ActionRow.alert_id.in_(part)).order_by(ActionRow.id)):
            found.setdefault((one.alert_id, one.episode), []).append(one)
    return found


def _lines(entry: Entry) -> Iterator[Sequence[str]]:
    alert = entry.alert
    done = "; ".join(f"{one.kind}: {one.state}" for one in entry.actions)
    reason = entry.reason.template.format_map(_Blank(entry.reason.facts))
    head: tuple[str, ...] = (
        _at(entry.fired_at),
        alert.rule,
        alert.form,
        str(alert.record_id),
        str(entry.episode),
        alert.severity,
    )
    head += (entry.state, reason, entry.values)
    tail = (_at(entry.acknowledged_at), _at(entry.resolved_at), done)
    for one, name in entry.messages or ((None, ""),):
        if one is None:
            yield (*head, "", "", "", "", "", "", "", *tail)
        else:
            sent = (name, one.channel, str(one.step + 1), one.via, one.state, _at(one.sent_at), one.error or "")
            yield (*head, *sent, *tail)


class _Blank(dict[str, object]):
    """Facts of a reason; what is missing stays as it is written."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _short(value: object) -> str:
    """Write a stored value in a few signs."""
    if value is None:
        return "–"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _leaves(tree: Mapping[str, Any] | None) -> dict[str, object]:
    """Return the names that a stored tree reads, with their values."""
    if not tree:
        return {}
    found: dict[str, object] = {str(tree["path"]): tree.get("value")} if tree.get("path") else {}
    for child in tree.get("children") or ():
        found |= _leaves(child)
    return found
