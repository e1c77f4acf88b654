"""The running application over the small test app: who signs in gets a client; pages are read as text."""

from __future__ import annotations

import html
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from app import create_app
from engine.jobs import tick
from engine.people import Person
from web.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session, sessionmaker
    from werkzeug.test import TestResponse


@cache
def the_app() -> Flask:
    """Return the application, made once: each test puts its own database and clock under it."""
    return create_app({"SESSIONS": object(), "SECRET_KEY": "tests", "TESTING": True})


@dataclass
class Site:
    """The application on one database, with a clock that tests may turn on."""

    db: sessionmaker[Session]
    now: datetime
    folder: Path
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.app = the_app()
        self.app.extensions["steerway"] = Services(self.db, lambda: self.now)
        self.app.config["UPLOADS"] = self.folder / "uploads"
        for limiter in self.app.extensions["limiter"]:
            limiter.reset()

    def visitor(self, name: str = "", **headers: str) -> Visitor:
        """Return somebody's browser; signed in, when a name is given."""
        visitor = Visitor(self.app.test_client(), headers)
        if name:
            with self.db() as session, visitor.client.session_transaction() as cookie:
                person = session.query(Person).filter_by(sign_in=name).one()
                cookie["person"], cookie["stamp"] = person.id, person.session_stamp
        return visitor

    def later(self, **span: float) -> None:
        """Turn the clock on, and let everything happen that is due."""
        self.now += timedelta(**span)
        tick(self.db, self.now)

    def speak(self, name: str, language: str) -> None:
        """Let a person read a language."""
        with self.db.begin() as session:
            session.query(Person).filter_by(sign_in=name).one().locale = language


@dataclass
class Visitor:
    """A browser without script: follows no redirect by itself, and posts the token of the page it is on."""

    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, address: str, **headers: str) -> TestResponse:
        answer = self.client.get(address, headers={**self.headers, **headers})
        self._remember(answer)
        return answer

    def post(self, address: str, /, headers: dict[str, str] | None = None, **data: Any) -> TestResponse:
        if not self.token:
            self.get("/sign-in")  # who is signed in is sent home, where there are forms, too
            if not self.token:
                self.get("/inbox")
        sent = {**self.headers, **(headers or {})}
        answer = self.client.post(address, data={"csrf_token": self.token, **data}, headers=sent)
        self._remember(answer)
        if answer.status_code == 303:
            self.token = ""
            self.get(answer.location)
        return answer

    def htmx(self, address: str, target: str = "") -> TestResponse:
        """Ask as htmx does."""
        return self.get(address, **{"HX-Request": "true", "HX-Target": target})

    def session_cookie(self) -> dict[str, str]:
        """Return the cookie of who is signed in, for a real browser."""
        name = str(self.client.application.config["SESSION_COOKIE_NAME"])
        cookie = self.client.get_cookie(name)
        assert cookie is not None
        return {"name": name, "value": cookie.value}

    def _remember(self, answer: TestResponse) -> None:
        if answer.mimetype != "text/html":
            return
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token


@contextmanager
def counted(db: sessionmaker[Session]) -> Iterator[list[str]]:
    """Collect the statements that run meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = db.kw["bind"]
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def words(answer: TestResponse | str) -> str:
    """Return what a reader sees of a page, in one line."""
    source = answer if isinstance(answer, str) else answer.text
    body = re.sub(r"(?s)<head>.*?</head>|<(script|style)\b.*?</\1>", " ", source)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def part(answer: TestResponse, start: str, end: str = "</section>") -> str:
    """Return the words of a page between two pieces of its source."""
    source = answer.text
    begin = source.index(start)
    return words(source[begin : source.index(end, begin)])
