"""An approval flow as Chinese office products draw it (发起人 → 审核人 → 条件 → 抄送人), turned into a form with a pipeline.

Each 审核人 is a stage that waits for its people; a 路由 chooses the next one by its 条件, whose order is their priority; each 抄送人 is a rule
that tells people when the flow has come through. 驳回 leads from every stage to a lost one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Config = dict[str, Any]

#: Kinds of nodes.
STARTER, REVIEWER, COPY, CONDITION, ROUTE = 0, 1, 2, 3, 4
#: Who reviews: named people, the director, whom the starter picks, the starter, directors one above the other.
NAMED, DIRECTOR, PICKED, SELF, DIRECTORS = 1, 2, 4, 5, 7
#: What becomes of a review for which there is nobody: passed, or handed to the administrator of reviews.
TO_ADMIN = 2
ADMIN_ROLE = "shgly"
_OPERATORS = {"1": "<", "2": ">", "3": "<=", "4": "==", "5": ">="}


@dataclass
class _Flow:
    """The pipeline while the tree is walked."""

    columns: dict[str, str]
    stages: list[Config] = field(default_factory=list)
    moves: list[Config] = field(default_factory=list)
    copies: list[Config] = field(default_factory=list)


def convert(flow: Config, columns: list[Config], roles: list[Config], departments: list[Config]) -> Config:
    """Return the app: `flow` is `data` of the designer's file, the others are the lists that its pickers offer."""
    made = _Flow({one["columnId"]: one["columnName"] for one in columns})
    made.stages.append({"key": "draft", "label": "发起"})
    _walk(made, flow["nodeConfig"]["childNode"], [("draft", "submit", "提交", ["created_by == me"])], [])
    waiting = [one["key"] for one in made.stages if one["key"] not in ("draft", "passed")]
    made.stages.append({"key": "passed", "label": "通过", "kind": "won", "color": "green"})
    made.stages.append({"key": "refused", "label": "驳回", "kind": "lost", "color": "red"})
    for stage in waiting:
        guard = next(one["guard_of"] for one in made.stages if one["key"] == stage)
        made.moves.append({"key": f"refuse_{stage}", "label": "驳回", "from": [stage], "to": "refused", "guard": guard})
    stages = [{name: value for name, value in one.items() if name != "guard_of"} for one in made.stages]
    name = flow["workFlowDef"]["name"]
    listed = [{"key": role_key(one), "label": one["roleName"]} for one in roles]
    everybody = [{"key": "employee", "label": "员工"}, *listed]
    return {
        "app": {
            "key": "approval",
            "label": name,
            "time_zone": "Asia/Shanghai",
            "calendar": "CN",
            "teams": [one["departmentName"] for one in departments],
            "roles": everybody,
        },
        "forms": [
            {
                "key": "request",
                "label": name,
                "title": "subject",
                "fields": [
                    {"key": "subject", "type": "text", "label": "事由", "required": True},
                    *map(_field, columns),
                    {"key": "cc", "type": "people", "label": "抄送人"},
                    {"key": "picked", "type": "people", "label": "自选审核人"},
                ],
                "permissions": [{"roles": [one["key"] for one in everybody], "actions": ["read", "create", "move"]}],
            }
        ],
        "pipelines": [
            {
                "key": "flow",
                "label": name,
                "form": "request",
                "initial": "draft",
                "stages": stages,
                "transitions": made.moves,
            }
        ],
        "alerts": made.copies,
    }


def role_key(role: Config) -> str:
    """Return the key of a role: its code, or its number."""
    return str(role["code"]).lower() or f"role_{role['roleId']}"


def sign_in(user: Config) -> str:
    """Return how a person of the flow signs in here."""
    return f"u{user.get('targetId') or user['id']}"


def _field(column: Config) -> Config:
    key = "".join(f"_{c.lower()}" if c.isupper() else c for c in column["columnName"])
    if column["columnType"] == "Double":
        return {"key": key, "type": "number", "label": column["showName"]}
    given = json.loads(column["fixedDownBoxValue"] or "{}").values()
    options = [{"key": one["key"], "label": one["value"]} for one in given]
    return {"key": key, "type": "choices", "label": column["showName"], "options": options}


#: A way that is still open: the stage it leaves, its move's key and label, and what must hold.
_Way = tuple[str, str, str, list[str]]


def _walk(made: _Flow, node: Config | None, ways: list[_Way], rest: list[Config]) -> None:
    """Go on from these ways with a node, then with what follows the branch that it stands in."""
    if node is None:
        if rest:
            _walk(made, rest[0], ways, rest[1:])
        else:
            _arrive(made, "passed", ways)
    elif node["type"] == REVIEWER:
        key = f"review_{len(made.stages)}"
        guard = _who(node)
        made.stages.append({"key": key, "label": node["nodeName"], "guard_of": guard})
        _arrive(made, key, ways)
        _walk(made, node.get("childNode"), [(key, f"pass_{key}", "同意", [guard])], rest)
    elif node["type"] == ROUTE:
        _branch(made, node, ways, rest)
    elif node["type"] == COPY:
        made.copies.append(_copy(node, len(made.copies) + 1))
        _walk(made, node.get("childNode"), ways, rest)
    else:
        _walk(made, node.get("childNode"), ways, rest)


def _arrive(made: _Flow, stage: str, ways: list[_Way]) -> None:
    for start, key, label, guards in ways:
        taken = sum(one["key"].startswith(key) for one in made.moves)
        move: Config = {"key": f"{key}_{taken + 1}" if taken else key, "label": label, "from": [start], "to": stage}
        made.moves.append({**move, "guard": " and ".join(f"({one})" for one in guards)})


def _branch(made: _Flow, node: Config, ways: list[_Way], rest: list[Config]) -> None:
    """Follow each condition in the order of priority: a later one holds where none before it does."""
    after = [node["childNode"], *rest] if node.get("childNode") else rest
    failed: list[str] = []
    for branch in sorted(node["conditionNodes"], key=lambda one: one["priorityLevel"]):
        condition = " and ".join(_conditions(made, branch))
        holds = [*failed, *([condition] if condition else [])]
        copies_before = len(made.copies)
        _walk(made, branch.get("childNode"), [(way[0], way[1], way[2], [*way[3], *holds]) for way in ways], after)
        if branch is not node["conditionNodes"][0]:
            del made.copies[copies_before:]  # what follows the route tells people once, whichever branch led there
        failed += [f"not ({condition})"] if condition else []


def _conditions(made: _Flow, branch: Config) -> Iterator[str]:
    starters = [f"'{sign_in(one)}'" for one in branch["nodeUserList"]]
    for one in branch["conditionList"]:
        if one["type"] == 1 and starters:
            yield f"created_by.sign_in in [{', '.join(starters)}]"
        elif one["type"] == 2:
            name = "".join(f"_{c.lower()}" if c.isupper() else c for c in made.columns[str(one["columnId"])])
            if one["optType"] == "6":
                yield f"{name} >= {one['zdy1']} and {name} <= {one['zdy2']}"
            else:
                yield f"{name} {_OPERATORS[one['optType']]} {one['zdy1']}"


def _who(node: Config) -> str:
    """Return the condition under which somebody may decide here."""
    kind = node["settype"]
    if kind == NAMED:
        people = [f"'{sign_in(one)}'" for one in node["nodeUserList"]]
        return f"me.sign_in in [{', '.join(people)}]"
    if kind == SELF:
        return "created_by == me"
    if kind == PICKED:
        return "contains(picked, me)"
    handed = f"is_empty(created_by.manager) and has_role('{ADMIN_ROLE}')"
    return f"created_by.manager == me or {handed}" if node["noHanderAction"] == TO_ADMIN else "created_by.manager == me"


def _copy(node: Config, number: int) -> Config:
    named = [f"person:{sign_in(one)}" for one in node["nodeUserList"]]
    picked = ["field:cc"] if node.get("ccSelfSelectFlag") else []
    return {
        "key": f"copy_{number}",
        "label": node["nodeName"],
        "form": "request",
        "when": "stage == 'passed'",
        "message": "{subject} 已通过",
        "notify": [{"to": [*named, *picked] or ["creator"]}],
    }
