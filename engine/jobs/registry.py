"""Where tasks live: one file and one line here for each."""

from __future__ import annotations

from importlib import import_module

from engine.jobs._base import TASKS, Task

#: Modules whose step functions are registered by `@task`; loaded when the first job is driven.
MODULES: tuple[str, ...] = (
    "engine.jobs.retention",
    "engine.alerts.backtest.task",
    "engine.acts.task",
    "engine.releases.search_later",
    "engine.staff.handing",
)


def task_named(name: str) -> Task | None:
    """Return a task, or None for one that this version does not know."""
    if name not in TASKS:
        for module in MODULES:
            import_module(module)
    return TASKS.get(name)
