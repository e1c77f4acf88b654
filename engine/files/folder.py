"""Where the bytes lie: a folder outside the web root, one file per token; the row says what it is."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy.orm import Session

from engine.operator import FOLDER, files_folder

#: Behind the token: the small view of a picture.
SMALL = ".small"


def new_token() -> str:
    """Return a name that nobody can guess."""
    return secrets.token_hex(16)


def folder_of(session: Session) -> Path:
    """Return the folder: STEERWAY_FILES, or one beside the database."""
    if configured := files_folder():
        return configured
    url = session.get_bind().engine.url
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return Path(f"{url.database}.files")
    return FOLDER / "files" / (url.database or "memory").strip(":/")


def place_of(session: Session, token: str) -> Path:
    """Return where a file lies."""
    return folder_of(session) / token[:2] / token


def make_room(path: Path) -> None:
    """Make the folders above a file, readable by us alone."""
    path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True, mode=0o700)


def drop(session: Session, token: str) -> None:
    """Remove a file and its small view; one that is gone already is fine."""
    path = place_of(session, token)
    path.unlink(missing_ok=True)
    path.with_name(token + SMALL).unlink(missing_ok=True)
