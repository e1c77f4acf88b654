"""Read-only tables of what happened: alerts, notifications and changes."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from markupsafe import Markup, escape

from admin import words
from admin._base import TableView, show_moment
from engine.changes import Change

MOMENTS = ("at", "created_at", "sent_at", "read_at", "firing_since", "pending_since", "acknowledged_at", "resolved_at")


WORDS = {
    **dict.fromkeys(MOMENTS, show_moment),
    "app_key": words.show_app,
    "form": words.show_form,
    "rule": words.show_rule,
    "record_id": words.show_record,
    "verb": words.show_verb,
    "via": words.show_via,
    "severity": words.show_severity,
    "state": words.show_state,
    "channel": words.show_channel,
}


def show_json(_view: object, _context: object, row: object, name: str) -> Markup:
    """Draw stored JSON as readable text."""
    value = getattr(row, name)
    return Markup("<pre>%s</pre>") % escape(json.dumps(value, ensure_ascii=False, indent=2)) if value else Markup("–")


class JournalView(TableView):
    """A table nobody edits; the records that its rows are about are called by their titles."""

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of rows, with the titles of their records at hand."""
        count, rows = super().get_list(*args, **kwargs)
        if "record_id" in self.column_list:
            words.look_up_titles(rows)
        return count, rows

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own argument name
        """Return a row, with the title of its record at hand."""
        row = super().get_one(id)
        if row is not None:
            words.look_up_titles([row])
        return row

    column_formatters: ClassVar[dict[str, Any]] = WORDS
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **WORDS,
        "diff": show_json,
        "reason": words.show_reason,
        "evidence": words.show_evidence,
    }
    column_labels: ClassVar[dict[str, Any]] = {
        "at": lazy_gettext("When"),
        "person": lazy_gettext("Who"),
        "via": lazy_gettext("Through"),
        "app_key": lazy_gettext("App"),
        "form": lazy_gettext("Form"),
        "record_id": lazy_gettext("Record"),
        "verb": lazy_gettext("What"),
        "note": lazy_gettext("Note"),
        "diff": lazy_gettext("Before and after"),
        "version": lazy_gettext("Version"),
        "release": lazy_gettext("Release"),
        "rule": lazy_gettext("Alert rule"),
        "severity": lazy_gettext("Severity"),
        "state": lazy_gettext("State"),
        "episode": lazy_gettext("Episode"),
        "pending_since": lazy_gettext("Pending since"),
        "firing_since": lazy_gettext("Firing since"),
        "acknowledged_at": lazy_gettext("Acknowledged"),
        "resolved_at": lazy_gettext("Resolved"),
        "reason": lazy_gettext("Reason"),
        "evidence": lazy_gettext("Evidence"),
        "subject": lazy_gettext("Subject"),
        "text": lazy_gettext("Text"),
        "channel": lazy_gettext("Channel"),
        "created_at": lazy_gettext("Created"),
        "sent_at": lazy_gettext("Sent"),
        "read_at": lazy_gettext("Read"),
        "error": lazy_gettext("Error"),
    }


class ChangeView(JournalView):
    """Every change of a record or a config."""

    column_list = ("at", "person", "verb", "app_key", "form", "record_id", "via", "note")
    column_details_list = (
        "at",
        "person",
        "verb",
        "app_key",
        "form",
        "record_id",
        "version",
        "via",
        "release",
        "note",
        "diff",
    )
    column_searchable_list = ("app_key", "form", "verb", "note")
    column_select_related_list: Any = (Change.person,)


class AlertView(JournalView):
    """Every alert with its state."""

    column_list = (
        "firing_since",
        "app_key",
        "rule",
        "form",
        "record_id",
        "severity",
        "state",
        "episode",
        "resolved_at",
    )
    column_details_list = (*column_list, "pending_since", "acknowledged_at", "release", "reason", "evidence")
    column_searchable_list = ("app_key", "rule", "form", "state")


class NotificationView(JournalView):
    """Every message to one person by one way: the ledger."""

    column_list = ("created_at", "subject", "text", "channel", "state", "sent_at", "read_at")
    column_details_list = (*column_list, "app_key", "rule", "form", "record_id", "episode", "error")
    column_searchable_list = ("subject", "text", "rule")
