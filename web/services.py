"""What one running application shares between requests: the database, the clock and the folder it keeps things in."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask import Flask

from engine.db import create_system_tables, make_engine, sessions

DEFAULT_DATABASE = "sqlite:///var/steerway.db"


def wall_clock() -> datetime:
    """Return the present moment in whole seconds; only the edge may ask."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Services:
    """The sessionmaker of the database, and the clock (tests bring their own)."""

    sessions: Any
    clock: Callable[[], datetime] = wall_clock


def services_of(app: Flask) -> Services:
    """Return what the application shares."""
    return cast("Services", app.extensions["steerway"])


def set_clock(app: Flask, clock: Callable[[], datetime]) -> None:
    """Let the application live by another clock."""
    app.extensions["steerway"] = replace(services_of(app), clock=clock)


def start_services(app: Flask) -> None:
    """Open the database that the configuration names, unless a test brought its own."""
    maker = app.config.get("SESSIONS")
    if maker is None:
        engine = make_engine(database_url(app.config.get("DATABASE_URL")))
        create_system_tables(engine)
        maker = sessions(engine)
    app.extensions["steerway"] = Services(maker, app.config.get("CLOCK") or wall_clock)


def database_url(configured: str | None = None) -> str:
    """Return the address of the database and make room for a SQLite file."""
    url = configured or os.environ.get("STEERWAY_DATABASE_URL") or DEFAULT_DATABASE
    if url.startswith("sqlite:///") and not url.endswith(":memory:"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return url
