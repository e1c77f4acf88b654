"""Alerts: rules on records, the life of each alert, and who is told by which way."""

from __future__ import annotations

from engine.alerts.evaluate import on_change, poke
from engine.alerts.inbox import (
    Item,
    Occurrence,
    acknowledge,
    alerts_of,
    inbox,
    mark_read,
    may_see,
    notifications_of,
    reason_of,
    unread,
    unread_of,
    why,
)
from engine.alerts.rows import Alert, AlertEvent, Notification
from engine.alerts.trying import dry_run

__all__ = [
    "Alert",
    "AlertEvent",
    "Item",
    "Notification",
    "Occurrence",
    "acknowledge",
    "alerts_of",
    "dry_run",
    "inbox",
    "mark_read",
    "may_see",
    "notifications_of",
    "on_change",
    "poke",
    "reason_of",
    "unread",
    "unread_of",
    "why",
]
