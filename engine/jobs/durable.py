"""The durable engine, DBOS Transact: its queue hands work to workers, and work whose worker died to another one.

Nothing else imports it. What it keeps may be lost: the rows of `sw_job` are the truth, and are handed to it again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

#: Other versions' work stays queued, so this is changed only when the meaning of the two workflows below changes.
VERSION = "steerway-1"
QUEUE = "sw_work"
#: The states in which the engine does nothing more with a piece of work.
OVER = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
#: Names of finished work are remembered this long, so that nothing is begun twice.
REMEMBERED = timedelta(hours=2)

#: What the workflows do in this process; set before the engine is launched.
_work: dict[str, Callable[..., None]] = {}


@DBOS.workflow(name="sw_drive", max_recovery_attempts=1_000)
def _drive(job_id: int) -> None:
    _work["drive"](job_id)


@DBOS.workflow(name="sw_tick", max_recovery_attempts=1_000)
def _tick(name: str) -> None:
    _work["tick"](name)


class Durable:
    """The engine of this process; there can be one."""

    def __init__(self, url: URL, executor: str, concurrency: int, polling: float = 0.1) -> None:
        self.url, self.executor, self.concurrency, self.polling = url, executor, concurrency, polling
        self._engine: Engine | None = None

    def launch(self, drive: Callable[[int], None], tick: Callable[[str], None]) -> None:
        """Start the engine's threads; what this executor had begun in an earlier life is begun again."""
        _work.update(drive=drive, tick=tick)
        self._engine = _sqlite(self.url) if self.url.get_backend_name() == "sqlite" else None
        DBOS(config=self._config())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self.concurrency,
            polling_interval_sec=self.polling,
            on_conflict="always_update",
        )

    def _config(self) -> DBOSConfig:
        shared: DBOSConfig = {
            "name": "steerway",
            "application_version": VERSION,
            "executor_id": self.executor,
            # Never pickle: a row must not be code.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "use_listen_notify": False,
            "max_executor_threads": self.concurrency + 4,
            "notification_listener_polling_interval_sec": 1.0,
            "scheduler_polling_interval_sec": 3600.0,
        }
        if self._engine is not None:
            own: DBOSConfig = {"system_database_url": str(self._engine.url), "system_database_engine": self._engine}
        else:
            plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
            own = {"system_database_url": plain, "dbos_system_schema": "sw_dbos", "sys_db_pool_size": 5}
        return {**shared, **own}

    def put(self, name: str, job_id: int | None = None, tick: str = "") -> None:
        """Queue a piece of work under its name; a name that is known already is the same work."""
        with SetWorkflowID(name):
            if job_id is not None:
                DBOS.enqueue_workflow(QUEUE, _drive, job_id)
            else:
                DBOS.enqueue_workflow(QUEUE, _tick, tick)

    def knows(self, name: str) -> bool:
        """Tell whether the engine remembers a piece of work."""
        return DBOS.get_workflow_status(name) is not None

    def is_over(self, name: str) -> bool:
        """Tell whether the engine is through with a piece of work, or has never heard of it."""
        status = DBOS.get_workflow_status(name)
        return status is None or status.status in OVER

    def recover(self, executor: str) -> None:
        """Queue again what a dead executor had begun."""
        DBOS._recover_pending_workflows([executor])  # noqa: SLF001 - the only door to it; the version is pinned

    def forget(self) -> None:
        """Forget finished work, later than anybody could begin it again."""
        before = (datetime.now(UTC) - REMEMBERED).isoformat()
        while rows := DBOS.list_workflows(
            status=list(OVER), completed_before=before, limit=500, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([row.workflow_id for row in rows])

    def stop(self, seconds: int = 10) -> None:
        """End the threads, after the work at hand if it ends soon."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        if self._engine is not None:
            self._engine.dispose()


def _sqlite(url: URL) -> Engine:
    """Open the engine's own file beside ours: it never waits for our writers, nor we for its."""
    file = Path(f"{url.database}-jobs")
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
