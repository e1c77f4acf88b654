"""Processes killed while records change and mail fails: nothing is lost, nobody reads a thing twice in the inbox."""

from __future__ import annotations

import os

import pytest

from benchmarks.chaos import Plan, run
from engine import operator

pytestmark = pytest.mark.slow
#: `make chaos` does it on both databases, with ten thousand changes; here it is done on the one that is quick to start.
BOTH = os.environ.get("CHAOS") == "both"


def test_nothing_is_lost_or_doubled_when_processes_are_killed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_url.startswith("postgresql") and not BOTH:
        pytest.skip("CHAOS=both does it on PostgreSQL too, and make chaos at length")
    monkeypatch.setenv(operator.ALLOWED, "")  # put back afterwards
    found = run(database_url, Plan(changes=30, kills=3, hang=0.2, silences=0, seconds=480))

    assert (found["changes"], found["kills"]) == (30, 3)
    assert (found["lost"], found["doubled_in_app"], found["doubled_mail_rows"]) == (0, 0, 0)
    assert (found["tasks_lost_or_doubled"], found["mails"], found["external_unmarked"]) == (0, 30, 0)
    assert found["external_retries"] > 0
