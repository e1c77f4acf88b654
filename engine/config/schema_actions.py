"""The JSON Schema of what alerts do besides telling people."""

from __future__ import annotations

from engine.actions import ACTIONS
from engine.config.schema_parts import Schema, enum, obj


def action_schema() -> Schema:
    """Return the schema of one action: the members of all kinds; which of them belong together is checked later."""
    members: Schema = {"do": enum(tuple(sorted(ACTIONS)), "What is done.")}
    for _, action in sorted(ACTIONS.items()):
        members |= {name: members.get(name, found) for name, found in action.members().items()}
    return obj(members, ("do",))
