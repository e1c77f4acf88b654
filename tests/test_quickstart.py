"""The quickstart is true: its files are the sample's files, and its commands answer what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import create_app
from engine import pipeline
from engine.alerts.inbox import alerts_of
from engine.db import make_engine, sessions
from engine.errors import MoveRefused
from engine.people import find_user
from engine.releases import live
from tests.support.rooms import ROOT
from web.cli import group

SAMPLE = ROOT / "tests" / "samples" / "leave_requests"
PAGE = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`leave_requests/([\w./]+)`\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
PASSWORD = "leave-office-demo"


def steps() -> Iterator[tuple[str, str]]:
    """Every command of the page with the output it shows."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def run(command: str) -> str:
    words = shlex.split(command)
    if words[0] != "steerway":
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout
    result = CliRunner().invoke(group(create_app), words[1:])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def shows(wanted: str, found: str) -> bool:
    """Whether the output is as wanted, where … stands for anything."""
    return (
        re.fullmatch(".*?".join(map(re.escape, wanted.rstrip("\n").split("…"))), found.rstrip("\n"), re.DOTALL)
        is not None
    )


@pytest.fixture
def worked_through(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, str, str]]:
    """The page from top to bottom in an empty folder: (command, output it shows, output it gave)."""
    shutil.copytree(SAMPLE, tmp_path / "leave_requests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEERWAY_DATABASE_URL", empty_database_url)
    return [(command, wanted, run(command)) for command, wanted in steps()]


def test_quickstart_shows_the_files_of_the_sample() -> None:
    kept = {str(path.relative_to(SAMPLE)): path.read_text(encoding="utf-8") for path in SAMPLE.rglob("*.*")}

    assert kept == FILES


def test_quickstart_ellipsis_stands_for_anything_but_what_follows() -> None:
    assert shows("a … c\n", "a b\nb c\n")
    assert not shows("a … c\n", "a b d\n")


def test_quickstart_works_as_it_says(worked_through: list[tuple[str, str, str]], empty_database_url: str) -> None:
    differing = [(command, wanted, found) for command, wanted, found in worked_through if not shows(wanted, found)]

    assert differing == []
    board_does_as_it_says(empty_database_url)
    screens_are_there(empty_database_url)


def board_does_as_it_says(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with sessions(engine)() as session:
        mona, now = find_user(session, "mona"), datetime(2026, 3, 6, 1, tzinfo=UTC)
        with pytest.raises(MoveRefused, match="ten working days"):
            pipeline.move(session, live(session, "leave_requests"), "leave_request", 3, "approve", {}, mona, now)
        pipeline.move(session, live(session, "leave_requests"), "leave_request", 3, "refuse", {}, mona, now)
        assert [alert.state for alert in alerts_of(session, "leave_requests")] == ["resolved"]
    engine.dispose()


def screens_are_there(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    app = create_app({"SESSIONS": sessions(engine), "SECRET_KEY": "test", "WTF_CSRF_ENABLED": False})
    client = app.test_client()
    client.post("/sign-in", data={"sign_in": "bob", "password": PASSWORD})
    listed = client.get("/a/leave_requests/leave_request/").text
    engine.dispose()

    assert re.findall(r"LR-\d", listed)
    assert set(re.findall(r"LR-\d", listed)) == {"LR-2"}
