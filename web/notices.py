"""Alerts as the inbox, the start page and a record show them: one sentence, since when, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import url_for

from engine.alerts.addresses import APPROVAL, is_approval, publishing_page
from engine.alerts.audience import readable
from engine.alerts.facts import facts_of
from engine.alerts.inbox import is_personal
from engine.alerts.texts import Texts, paths_of
from engine.errors import NotFound
from web import here
from web.i18n import language
from web.words import gettext

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
    silence_url: str = ""


def severity_words(severity: str) -> str:
    """Say how grave an alert is."""
    words = {"critical": gettext("Critical"), "warning": gettext("Warning"), "info": gettext("For your information")}
    return words.get(severity, severity)


def notice(item: Item, words: tuple[str, str] | None = None) -> Notice:
    """Return the line of an inbox message; `words` are its subject and text in the language read now."""
    subject, text = words or (item.subject, item.text)
    return Notice(
        id=item.alert_id,
        group=(item.app_key, _topic(item.rule)),
        label=subject,
        text=text,
        severity=item.severity,
        severity_text=severity_words(item.severity),
        since=item.at,
        unread=item.read_at is None and not item.over,
        state_text=_state(item),
        can_acknowledge=item.state == "firing" and not item.over,
        acknowledge_url=url_for("inbox.acknowledge", alert_id=item.alert_id),
        why_url=url_for("inbox.why", alert_id=item.alert_id) if item.app_key and not is_personal(item.rule) else "",
        url=_address(item),
        silence_url=_silence(item),
    )


def _topic(rule: str) -> str:
    """Return what an inbox groups by: the rule, approvals, or nothing for comments."""
    return APPROVAL if is_approval(rule) else "" if is_personal(rule) else rule


def _address(item: Item) -> str:
    """Return where to look: the record, the draft, or the back office's channels for what the house itself tells."""
    if not item.app_key:
        return "/admin/channels/"
    if is_approval(item.rule):
        return publishing_page(item.app_key)
    if not item.form:
        return _figure(item)
    return url_for("records.show", app_key=item.app_key, form_key=item.form, record_id=item.record_id)


def _figure(item: Item) -> str:
    """Return the OKR page that an alert without a record is about, where it is about one."""
    try:
        rule = here.live_app(item.app_key).app.alerts.get(item.rule)
    except NotFound:
        return ""
    okr = rule.triggers.get("okr_changed") or getattr(rule.triggers.get("figure"), "okr", "") if rule else ""
    return url_for("okr.show", app_key=item.app_key, okr_key=okr) if okr else ""


def _silence(item: Item) -> str:
    is_open = bool(item.app_key) and not item.over and not is_personal(item.rule)
    return url_for("reminders.ask", alert_id=item.alert_id) if is_open else ""


def _state(item: Item) -> str:
    if is_personal(item.rule):
        return gettext("done") if item.over else ""
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
    words = words_now(list(newest.values()))
    return [notice(item, words.get(item.alert_id)) for item in newest.values()]


def words_now(items: Sequence[Item]) -> dict[int, tuple[str, str]]:
    """Return alert id -> subject and text of the living alerts, in the language read now; few queries per rule.

    What was sent is kept as it was; somebody who switches the language still reads the whole inbox in it.
    """
    by_rule: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if not item.over:
            by_rule.setdefault((item.app_key, item.rule), []).append(item)
    return {
        key: words for (app_key, rule), held in by_rule.items() for key, words in _said(app_key, rule, held).items()
    }


def _said(app_key: str, rule_key: str, items: Sequence[Item]) -> dict[int, tuple[str, str]]:
    try:
        live = here.live_app(app_key)
    except NotFound:
        return {}
    rule = live.app.alerts.get(rule_key)
    if rule is None or not rule.form or rule.form != items[0].form:
        return {}
    session, now, reader = here.db(), here.now(), replace(here.viewer(), locale=language())
    seen = readable(session, live, rule.form, [one.record_id for one in items], reader, now)  # rights may have gone
    facts = facts_of(session, live, rule.form, seen, paths_of(rule), now)
    texts = Texts(session, live, rule, facts, now)
    known = [one for one in items if one.record_id in facts]
    return {one.alert_id: (texts.subject(reader), texts.message(one.record_id, reader)) for one in known}
