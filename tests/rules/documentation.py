"""The record that the examples of the functions are about."""

from __future__ import annotations

from datetime import date
from typing import Any

from rules.cases import shown

EXAMPLE_WORLD: dict[str, Any] = {
    "key": "deal",
    "time_zone": "Asia/Shanghai",
    "calendar": "CN",
    "now": "2026-03-02T01:00:00Z",
    "me": "ada",
    "roles": ["rep"],
    "people": [
        {"sign_in": "ada", "name": "Ada", "region": "north", "team": "sales"},
        {"sign_in": "bob", "name": "Bob", "region": "north", "team": "service", "manager": "ada"},
    ],
    "fields": [
        {"key": "name", "type": "text"},
        {"key": "tags", "type": "choices", "options": ["vip", "new", "cold", "key"]},
        {"key": "called_at", "type": "datetime"},
    ],
    "record": {"name": "Ada", "tags": ["vip", "key"], "called_at": "2026-02-28T12:30:00Z", "owner": "bob"},
}


def answer(value: object) -> str:
    """Write a value the way examples do."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "empty"
    if isinstance(value, str | date):
        return f'"{shown(value)}"'
    return str(shown(value))
