"""A desk of leads and tasks: rules that assign, take back, set fields, create tasks and call a webhook."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.support.configs import Config

Rule = dict[str, Any]


def option(key: str) -> dict[str, str]:
    return {"key": key, "label": key.title()}


def a_rule(key: str, when: str, actions: list[dict[str, Any]], **more: Any) -> Rule:
    """A rule that tells nobody and does something at once."""
    step = {"actions": actions}
    return {"key": key, "label": key, "form": "lead", "when": when, "message": "{name}", "notify": [step], **more}


LEAD: Config = {
    "key": "lead",
    "label": "Lead",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": "Name", "required": True},
        {"key": "priority", "type": "choice", "label": "Priority", "options": [option("low"), option("high")]},
        {"key": "accepted", "type": "yes_no", "label": "Accepted"},
        {"key": "amount", "type": "money", "label": "Amount"},
        {"key": "score", "type": "number", "label": "Score", "decimals": 0, "max": 100},
        {"key": "follow_up_on", "type": "date", "label": "Follow up on"},
        {"key": "helper", "type": "person", "label": "Helper"},
    ],
}
TASK: Config = {
    "key": "task",
    "label": "Task",
    "title": "title",
    "fields": [
        {"key": "title", "type": "text", "label": "Title", "required": True, "max_length": 60},
        {"key": "lead", "type": "reference", "to": "lead", "label": "Lead"},
        {"key": "due_on", "type": "date", "label": "Due on"},
        {"key": "worth", "type": "money", "label": "Worth"},
        {"key": "doer", "type": "person", "label": "Doer"},
    ],
}
PIPELINE: Config = {
    "key": "lead_stages",
    "label": "Lead",
    "form": "lead",
    "initial": "fresh",
    "stages": [
        {"key": "fresh", "label": "Fresh"},
        {"key": "worked", "label": "Worked"},
        {"key": "lost", "label": "Lost", "kind": "lost"},
    ],
    "transitions": [
        {"key": "work", "label": "Work", "from": ["fresh"], "to": "worked", "guard": "is_filled(owner)"},
        {"key": "lose", "label": "Lose", "from": ["fresh", "worked"], "to": "lost"},
    ],
}


def lead_desk(*rules: Rule) -> Config:
    """The app with these rules."""
    roles = [{"key": key, "label": key.title()} for key in ("sdr", "head", "admin")]
    app = {"key": "desk", "label": "Desk", "time_zone": "Asia/Shanghai", "currency": "CNY", "roles": roles}
    forms = deepcopy([LEAD, TASK])
    return {"app": app, "forms": forms, "pipelines": [deepcopy(PIPELINE)], "alerts": deepcopy(list(rules))}
