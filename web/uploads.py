"""Files on their way into an import: kept in a folder under a random name, for the person who sent them, for a day."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import IO

from flask import current_app

from engine.errors import NotFound

_TOKEN = re.compile(r"\d{1,18}-[\w-]{20,40}", re.ASCII)
KEPT_SECONDS = 24 * 3600


def folder() -> Path:
    """Return the folder of files on their way."""
    path = Path(current_app.config.get("UPLOADS") or Path("var") / "uploads")
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def keep(file: IO[bytes], person_id: int | None) -> str:
    """Keep a file and return its token; files that nobody finished are thrown away after a day."""
    for old in folder().iterdir():
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = f"{person_id or 0}-{secrets.token_urlsafe(18)}"
    path = folder() / token
    path.touch(mode=0o600)
    with path.open("wb") as kept:
        shutil.copyfileobj(file, kept)
    return token


def fetch(token: str, person_id: int | None) -> Path:
    """Return where a kept file lies to the person who sent it."""
    path = folder() / token if _TOKEN.fullmatch(token) else None
    if path is None or not token.startswith(f"{person_id or 0}-") or not path.is_file():
        raise NotFound("file", "")
    return path


def forget(token: str, person_id: int | None) -> None:
    """Throw a kept file away."""
    if _TOKEN.fullmatch(token) and token.startswith(f"{person_id or 0}-"):
        (folder() / token).unlink(missing_ok=True)
