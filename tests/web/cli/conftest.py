"""The console command, run in this process over a database of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from app import create_app
from engine.config.canonical import write_folder
from engine.config.load import load
from tests.support.configs import tiny_app
from web.cli import group

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.configs import Config


@dataclass
class Answer:
    """What a command said."""

    code: int
    rows: list[dict[str, Any]]
    said: str
    complaints: str


@dataclass
class Shell:
    """Runs commands on one database."""

    url: str
    folder: Path

    def __call__(self, *words: str, stdin: str = "") -> Answer:
        """Run one command; its JSON Lines are read."""
        done = CliRunner().invoke(group(create_app), ["--database", self.url, *words], input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Answer(done.exit_code, rows, done.stdout, done.stderr)

    def write(self, config: Config, name: str = "tiny") -> str:
        """Write a config as a folder; return its path."""
        path = self.folder / name
        write_folder(load(config), path)
        return str(path)


@pytest.fixture
def steerway(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The command over an empty database."""
    monkeypatch.delenv("STEERWAY_DATABASE_URL", raising=False)
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "for tests only")
    return Shell(database_url, tmp_path)


@pytest.fixture
def tiny(steerway: Shell) -> Shell:
    """The command over the small app, published by it."""
    assert steerway("publish", steerway.write(tiny_app())).code == 0
    return steerway
