"""`steerway work` as a process of its own: it does what waits, and leaves when it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import enqueue, job_of
from engine.jobs_rows import Lease
from engine.people import SYSTEM

pytestmark = pytest.mark.slow


def test_worker_process_does_what_waits_and_leaves_when_told(database_url: str, tmp_path: Path) -> None:
    engine = make_engine(database_url)
    create_system_tables(engine)
    db = sessions(engine)
    with db.begin() as session:
        job = enqueue(session, "sweep_jobs", {}, user=SYSTEM, now=datetime.now(UTC)).id
    command = [sys.executable, "-m", "app", "work", "--database", database_url]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 90
        state = ""
        while state != "done" and time.monotonic() < until:
            time.sleep(0.1)
            with db() as session:
                state = job_of(session, job).state
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]

    assert state == "done"
    assert process.returncode == 0
    assert "A worker of Steerway is at work" in said
    with db() as session:
        assert session.query(Lease).all() == []
    engine.dispose()
