"""A program that uses the HTTP API with a token of one person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.access import SCOPES, make_token
from engine.people import find_user

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from flask import Flask
    from sqlalchemy.orm import Session, sessionmaker
    from werkzeug.test import TestResponse


@dataclass
class Program:
    """Sends JSON with a token."""

    app: Flask
    secret: str
    base: str = "/api/v1"
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.secret}", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        extra: dict[str, Any] = {} if body is None else {"json": body}
        return self.app.test_client().open(self.base + path, method=method, headers=sent, **extra)


def program_of(
    db: sessionmaker[Session],
    app: Flask,
    name: str,
    now: datetime,
    scopes: Iterable[str] = SCOPES,
    app_key: str | None = None,
) -> Program:
    """Return a program that acts as a person."""
    with db.begin() as session:
        _token, secret = make_token(session, find_user(session, name), "tests", scopes, now, days=30, app_key=app_key)
    return Program(app, secret)
