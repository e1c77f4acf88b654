"""Forms that are sent twice (a double click, a broken line, a page sent again) do their work once."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask, g, request

from engine.access import Answer, keep_answer, kept_answer
from engine.access.once import Racing, Repeated
from engine.db import start_writing
from rules.errors import N_, Fault, SteerwayError
from web import here
from web.render import go

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from engine.people import User

#: Name of the hidden input; no field is called so.
ONCE = "-once"
#: What a form posts that may differ between two sendings of the same.
_CHANGING = frozenset({"csrf_token", ONCE, "-state", "-draft"})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


def once_token() -> str:
    """Return what tells this form from all others: the one that was posted while it is filled, else a new one."""
    posted = "" if g.get("once_used") else request.form.get(ONCE, "")
    return posted if _TOKEN.fullmatch(posted) else secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Sending:
    """A form that was sent; without a token of its own it is like no other."""

    token: str
    digest: str
    user: User

    @cached_property
    def key(self) -> str:
        return f"form:{self.token}"

    def answered(self, error: Exception | None = None) -> Response | None:
        """Return the answer to the same form sent before; Repeated when something else was sent from the same page.

        Asked again after an `error`: that may come from a twin of this form, sent at the same moment.
        """
        if not self.token or isinstance(error, Repeated):
            return None
        start_writing(here.db())
        known = kept_answer(here.db(), self.user, self.key, self.digest, here.now())
        return go(known.headers["Location"]) if known else None

    def keep(self, address: str) -> None:
        """Keep where this form led to, in the transaction of what it did; Racing when its twin was faster."""
        if self.token:
            answer = Answer(303, {"Location": address}, b"")
            keep_answer(here.db(), self.user, self.key, self.digest, answer, here.now())


def sent() -> Sending:
    """Return the form of this request; asked before anything reads its files."""
    token = request.form.get(ONCE, "")
    known = token if _TOKEN.fullmatch(token) else ""
    return Sending(known, digest() if known else "", here.viewer())


def digest() -> str:
    """Return a digest of everything that was sent and matters."""
    found = hashlib.sha256(f"{request.method} {request.path}".encode())
    for name, text in request.form.items(multi=True):
        if name not in _CHANGING:
            found.update(f"\0{len(name)}:{name}\0{len(text)}:{text}".encode(errors="surrogatepass"))
    for name, file in request.files.items(multi=True):
        found.update(f"\0{name}\0{file.filename}\0".encode(errors="surrogatepass"))
        for piece in iter(lambda stream=file.stream: stream.read(1 << 20), b""):  # type: ignore[misc]
            found.update(piece)
        file.stream.seek(0)
    return found.hexdigest()


def faults_of(error: SteerwayError) -> Sequence[Fault]:
    """Return what is wrong; a page sent before with other values counts as a form of its own when it is sent once more."""
    if not isinstance(error, Repeated):
        return error.faults
    g.once_used = True
    return [
        Fault("form.repeated", N_("This page was saved before, with other entries. Save again to keep these, too."))
    ]


def install(app: Flask) -> None:
    """Let templates name each form they draw."""
    app.jinja_env.globals.update(once_token=once_token)


__all__ = ["ONCE", "Racing", "Repeated", "Sending", "digest", "faults_of", "install", "once_token", "sent"]
