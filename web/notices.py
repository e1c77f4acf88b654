"""Alerts as the inbox, the start page and a record show them: one sentence, since when, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext

if TYPE_CHECKING:
    from engine.alerts.inbox import Item


@dataclass(frozen=True)
class Notice:
    """One line."""

    id: int
    group: tuple[str, str]
    label: str
    text: str
    severity: str
    severity_text: str
    since: datetime
    unread: bool
    state_text: str
    can_acknowledge: bool
    acknowledge_url: str
    why_url: str
    url: str


def severity_words(severity: str) -> str:
    """Say how grave an alert is."""
    words = {"critical": gettext("Critical"), "warning": gettext("Warning"), "info": gettext("For your information")}
    return words.get(severity, severity)


def notice(item: Item) -> Notice:
    """Return the line of an inbox message."""
    return Notice(
        id=item.alert_id,
        group=(item.app_key, item.rule),
        label=item.subject,
        text=item.text,
        severity=item.severity,
        severity_text=severity_words(item.severity),
        since=item.at,
        unread=item.read_at is None and not item.over,
        state_text=_state(item),
        can_acknowledge=item.state == "firing" and not item.over,
        acknowledge_url=url_for("inbox.acknowledge", alert_id=item.alert_id),
        why_url=url_for("inbox.why", alert_id=item.alert_id),
        url=url_for("records.show", app_key=item.app_key, form_key=item.form, record_id=item.record_id),
    )


def _state(item: Item) -> str:
    if item.over or item.state == "resolved":
        return gettext("resolved")
    if item.state == "acknowledged":
        who = item.acknowledged_by
        return gettext("acknowledged by %(name)s", name=who) if who else gettext("acknowledged")
    return ""


def notices(items: Sequence[Item]) -> list[Notice]:
    """Return one line per alert: the newest message of each."""
    newest: dict[int, Item] = {}
    for item in items:
        newest.setdefault(item.alert_id, item)
    return [notice(item) for item in newest.values()]
