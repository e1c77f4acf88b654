"""One part of a page that cannot be worked out says why, and the other parts stand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from rules.errors import N_, Fault, SteerwayError

Found = TypeVar("Found")


def apart(session: Session, work: Callable[[], Found]) -> tuple[Found | None, Fault | None]:
    """Do some reading; return what was found, or None and the sentence that says why not."""
    try:
        # A statement that fails ends PostgreSQL's transaction; SQLite's goes on, and a savepoint there locks writers out.
        with session.begin_nested() if session.get_bind().dialect.name == "postgresql" else nullcontext():
            return work(), None
    except SteerwayError as error:
        return None, next(iter(error.faults), Fault("impact.unknown", N_("This could not be worked out.")))
    except DBAPIError as error:
        template = N_("The database could not work this out: {cause}")
        return None, Fault("impact.database", template, {"cause": str(error.orig).strip().split("\n")[0][:200]})
