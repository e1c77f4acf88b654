"""Whoever only writes jobs does not load the engine that drives them."""

from __future__ import annotations

import subprocess
import sys


def test_web_process_does_without_the_engine() -> None:
    code = "import sys, app, engine.jobs, engine.jobs.ticks, web.pages, admin.site; print('dbos' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
