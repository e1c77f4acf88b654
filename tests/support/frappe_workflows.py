"""Workflows as ERPNext and Frappe apps ship them (`fixtures/workflow.json`), turned into one app with a form and a pipeline each.

A state is a stage, a transition a move. `allowed` is its roles, where `All` is anybody; without `allow_self_approval` whoever
created the document may not make it. A document may be edited in the states whose `allow_edit` names a role of one's own,
as long as it is not submitted (`doc_status`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Config = dict[str, Any]

#: Role that everybody has here: what `All` means.
EVERYBODY = "employee"
#: Moves that the code of the app makes by itself.
AUTOMATION = "automation"
_COLORS = {"Primary": "blue", "Info": "azure", "Warning": "amber", "Success": "green", "Danger": "red"}


@dataclass
class Converted:
    """An app, and what of the workflows it does not say, in words."""

    config: Config
    notes: list[str] = field(default_factory=list)


def key_of(name: str) -> str:
    """Return a key made of a name."""
    return "_".join(re.findall(r"[a-z0-9]+", name.lower()))


def convert(workflows: list[Config], roles: list[Config], styles: list[Config]) -> Converted:
    """Return the app that these workflows describe."""
    found = Converted({})
    colors = {one["name"]: one.get("style") or "" for one in styles}
    named = [EVERYBODY, AUTOMATION, *(one["role_name"] for one in roles)]
    for workflow in workflows:
        named += [one["allowed"] for one in workflow["transitions"]] + [one["allow_edit"] for one in workflow["states"]]
    labels = {key_of(name): name for name in named if name != "All"}
    found.config = {
        "app": {
            "key": "frappe_flows",
            "label": "Workflows of a finance app",
            "time_zone": "Asia/Jakarta",
            "currency": "IDR",
            "roles": [{"key": key, "label": name} for key, name in labels.items()],
        },
        "forms": [_form(one, tuple(labels)) for one in workflows],
        "pipelines": [_pipeline(one, colors, found.notes) for one in workflows],
    }
    return found


def _form(workflow: Config, roles: tuple[str, ...]) -> Config:
    common = {"roles": [EVERYBODY], "actions": ["read", "create", "move", "comment"]}
    permissions = [common]
    for role in roles:
        stages = [
            key_of(one["state"])
            for one in workflow["states"]
            if (one["doc_status"] == "0" and one["allow_edit"] in ("All", None)) or key_of(one["allow_edit"]) == role
        ]
        editable = [stage for stage in stages if _status(workflow, stage) == "0"]
        if editable:
            permissions.append({"roles": [role], "actions": ["read", "update"], "stages": editable})
    return {
        "key": key_of(workflow["document_type"])[:30].rstrip("_"),
        "label": workflow["document_type"],
        "title": "subject",
        "fields": [
            {"key": "subject", "type": "text", "label": "Subject", "required": True},
            {"key": "amount", "type": "money", "label": "Amount", "min": 0},
        ],
        "permissions": permissions,
    }


def _status(workflow: Config, stage: str) -> str:
    return next(str(one["doc_status"]) for one in workflow["states"] if key_of(one["state"]) == stage)


def _pipeline(workflow: Config, colors: dict[str, str], notes: list[str]) -> Config:
    moves = [_move(one, number, workflow) for number, one in enumerate(workflow["transitions"])]
    circles = [one for one in moves if one["from"] == [one["to"]]]
    notes += [
        f"{workflow['name']}: “{one['label']}” changes a document where it stands: an edit, no move" for one in circles
    ]
    moves = [one for one in moves if one not in circles]
    moves += _by_itself(workflow, moves, notes)
    return {
        "key": key_of(workflow["name"])[:50],
        "label": workflow["name"],
        "form": key_of(workflow["document_type"])[:30].rstrip("_"),
        "initial": key_of(workflow["states"][0]["state"]),
        "stages": [_stage(one, moves, colors) for one in workflow["states"]],
        "transitions": moves,
    }


def _stage(state: Config, moves: list[Config], colors: dict[str, str]) -> Config:
    key, style = key_of(state["state"]), colors.get(state["state"], "")
    ends = not any(key in move["from"] for move in moves)
    lost = state["doc_status"] == "2" or (ends and style == "Danger")
    kind = "lost" if lost else "won" if ends else "open"
    return {
        "key": key,
        "label": state["state"],
        "kind": kind,
        **({"color": _COLORS[style]} if style in _COLORS else {}),
    }


def _move(one: Config, number: int, workflow: Config) -> Config:
    earlier = [other["action"] for other in workflow["transitions"][:number]].count(one["action"])
    key = key_of(one["action"])
    move: Config = {
        "key": f"{key}_{earlier + 1}" if earlier else key,
        "label": one["action"],
        "from": [key_of(one["state"])],
        "to": key_of(one["next_state"]),
    }
    if one["allowed"] != "All":
        move["roles"] = [key_of(one["allowed"])]
    guards = [] if one.get("allow_self_approval") else ["created_by != me"]
    guards += [f"({one['condition']})"] if one.get("condition") else []
    if guards:
        move |= {"guard": " and ".join(guards), "guard_message": "Whoever created the document may not do this."}
    return move


def _by_itself(workflow: Config, moves: list[Config], notes: list[str]) -> list[Config]:
    """Return moves into the states that no transition leads to: the app's own code sets them."""
    made = []
    states = [key_of(one["state"]) for one in workflow["states"]]
    reached = {states[0], *(move["to"] for move in moves)}
    ended = {key_of(one["state"]) for one in workflow["states"] if one["state"] in ("Rejected", "Cancelled")}
    for number, state in enumerate(states):
        if state not in reached:
            before = next(one for one in reversed(states[:number]) if one not in ended)
            notes.append(f"{workflow['name']}: “{state}” is set by code; here {AUTOMATION} makes that move")
            made.append(
                {"key": f"auto_{state}", "label": f"→ {state}", "from": [before], "to": state, "roles": [AUTOMATION]}
            )
    return made
