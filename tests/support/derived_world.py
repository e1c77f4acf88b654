"""A small app of projects, tasks and bookings in which everything follows from something else."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Config = dict[str, Any]


def field(key: str, type_: str, **more: Any) -> Config:
    return {"key": key, "type": type_, "label": key.capitalize(), **more}


def computed(key: str, expression: str, result: str = "number", **more: Any) -> Config:
    return field(key, "computed", expression=expression, result=result, **more)


def rollup(key: str, of: str, agg: str, via: str, result: str = "number", **measure: Any) -> Config:
    return field(key, "rollup", measure={"of": of, "agg": agg, "via": via, **measure}, result=result)


def lookup(key: str, path: str, **more: Any) -> Config:
    return field(key, "lookup", **{"from": path, **more})


_COLORS = [{"key": "red", "label": "Red"}, {"key": "blue", "label": "Blue"}]

_WORLD: Config = {
    "app": {
        "key": "tiny",
        "label": "Projects",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "roles": [{"key": one, "label": one.capitalize()} for one in ("rep", "manager", "admin")],
    },
    "forms": [
        {
            "key": "project",
            "label": "Project",
            "title": "name",
            "fields": [
                field("name", "text", required=True),
                field("color", "choice", options=_COLORS),
                field("budget", "money"),
                field("due_on", "date"),
                rollup("tasks", "task", "count", "project"),
                rollup("hours", "task", "sum", "project", value="hours"),
                rollup("spent", "task", "sum", "project", result="money", value="cost"),
                rollup("late_tasks", "task", "count", "project", where="is_late"),
                rollup("last_due", "task", "max", "project", result="date", value="due_on"),
                computed("left", "budget - spent", "money"),
                computed("days_left", "days_between(today, due_on)"),
            ],
        },
        {
            "key": "task",
            "label": "Task",
            "title": "name",
            "fields": [
                field("name", "text", required=True),
                field("project", "reference", to="project"),
                field("hours", "number"),
                field("cost", "money"),
                field("due_on", "date"),
                computed("is_late", "due_on < today", "yes_no"),
                lookup("color", "project.color"),
                lookup("project_name", "project.name"),
                lookup("project_left", "project.left"),
                computed("share", "hours / project.hours", decimals=3),
                computed("state", "'late' if is_late else 'fine'", "text"),
            ],
        },
        {
            "key": "booking",
            "label": "Booking",
            "title": "name",
            "fields": [
                field("name", "text", required=True),
                field("task", "reference", to="task"),
                lookup("project", "task.project"),
                lookup("color", "task.project.color"),
                lookup("late", "task.is_late"),
                lookup("lead", "task.project.owner"),
                lookup("lead_region", "task.project.owner.region"),
            ],
        },
    ],
}


def derived_world() -> Config:
    """Return a copy of the app, to be published as `tiny`."""
    return deepcopy(_WORLD)


def form_of(config: Config, key: str) -> Config:
    """Return one form of a config, to be changed."""
    found: Config = next(form for form in config["forms"] if form["key"] == key)
    return found
