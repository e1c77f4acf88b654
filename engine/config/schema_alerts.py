"""The JSON Schema of alert rules: what starts them, whom they tell when, and what else is done."""

from __future__ import annotations

from engine.config.schema_actions import action_schema
from engine.config.schema_parts import Schema, array, enum, flag, key, obj, ref, text
from engine.triggers import TRIGGERS
from engine.triggers._base import span_schema

SEVERITIES = ("info", "warning", "critical")
CATCH_UP = ("each", "latest", "digest")
TELL = ("any_time", "working_hours", "at_once")


def alert_schema() -> Schema:
    """Return the schema of alerts/*.json."""
    step = obj(
        {
            "to": recipients_schema("Whom to tell."),
            "after": span_schema("How long the alert has been firing then."),
            "channels": array(
                text("inbox, the type of a channel, or TYPE:KEY of one that is set up.", 100),
                "By which ways; the inbox without it.",
                10,
                1,
            ),
            "actions": array(action_schema(), "What is done at the same time, besides telling people.", 20, 1),
        },
    )
    return obj(
        {
            "$schema": text("Address of this file's schema, for editors; never fetched."),
            "key": key(),
            "label": ref("label"),
            "form": ref(
                "name", "Form whose records are watched; none for a figure, an OKR page or the calendar alone."
            ),
            "when": ref("expression", "Condition on a record, or on a figure."),
            **{name: trigger.schema for name, trigger in TRIGGERS.items()},
            "until": ref("expression", "Ends a firing alert; without it, it ends when “when” no longer holds."),
            "for": ref("duration", "How long it must hold before the alert fires."),
            "every": ref("duration", "How often it is looked at; one hour without it."),
            "on_change": flag("Whether it is also looked at when a record changes; yes without it."),
            "severity": enum(SEVERITIES, "How bad it is; warning without it."),
            "message": ref("label", "What people read; {expression} is replaced by its value."),
            "notify": array(step, "Whom to tell, and whom later.", 20, 1),
            "repeat": ref("duration", "How often to remind while it fires; never without it."),
            "fallback": recipients_schema("Told when nobody a step names can be."),
            "catch_up": enum(
                CATCH_UP, "Times missed while nothing ran: each of them, the latest (without it), one digest."
            ),
            "group": ref("duration", "Messages to one person within this time become one message with a list."),
            "tell": enum(TELL, "Any time but people's quiet hours (without it), in working hours, or at once."),
            "muted_by": array(ref("name"), "Rules that keep this one silent for a record while they fire for it.", 50),
        },
        ("key", "label", "message", "notify"),
    )


def recipients_schema(description: str) -> Schema:
    """Return the schema of a list of people to tell."""
    words = (
        "owner, manager, creator, team, followers, role:KEY, person:SIGN_IN, field:KEY, manager_of:KEY, region:ROLE, "
        "team:NAME, or =EXPRESSION that gives a person."
    )
    return array(text(words, 500), description, 50, 1)
