"""`Task`: a kind of lasting work, done in chunks; and the decorator that registers one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from engine.jobs_rows import Job

#: Does one chunk (up to about 500 rows) in the transaction it is given, moves the job's cursor, and returns True
#: while there is more. What it did and how far it came are committed together.
Step = Callable[[Session, Job, datetime], bool]

#: Attempts without any progress, before work is parked for an administrator to look at.
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of lasting work."""

    name: str
    step: Step
    max_attempts: int = ATTEMPTS


TASKS: dict[str, Task] = {}


def task(name: str, *, max_attempts: int = ATTEMPTS) -> Callable[[Step], Step]:
    """Register a step function as the task `name`; its module is to be listed in `engine/jobs/registry.py`."""

    def register(step: Step) -> Step:
        if name in TASKS and TASKS[name].step.__module__ != step.__module__:
            raise ValueError(f"two tasks are called {name}")
        TASKS[name] = Task(name, step, max_attempts)
        return step

    return register
