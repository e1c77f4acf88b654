"""The request at hand: who asks, when, in which language, with which database session. Nothing below the edge asks this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import abort, current_app, g, request, stream_with_context

from engine.errors import NotFound
from engine.releases import Live, compiled_release, live
from web.services import services_of

if TYPE_CHECKING:
    from engine.db import Session
    from engine.people import User


def db() -> Session:
    """Return the session of this request; it is rolled back at the end unless a page commits."""
    if "session" not in g:
        g.session = services_of(current_app).sessions()
    return cast("Session", g.session)


def now() -> datetime:
    """Return one and the same moment during the whole request."""
    if "now" not in g:
        g.now = services_of(current_app).clock()
    return cast("datetime", g.now)


def visitor() -> User | None:
    """Return who is signed in, if anybody is."""
    return cast("User | None", g.get("user"))


def viewer() -> User:
    """Return who is signed in; pages behind the sign-in may rely on it."""
    user = visitor()
    return user if user is not None else abort(401)


@contextmanager
def acting(user: User) -> Iterator[None]:
    """Let what is built meanwhile be built for somebody else: a public form for whoever fills it in."""
    before = g.get("user")
    g.user = user
    try:
        yield
    finally:
        g.user = before


def expect(app_key: str, number: int, checksum: str) -> None:
    """Remember which release of an app is live, where that was asked together with something else."""
    g.setdefault("releases", {})[app_key] = (number, checksum)


def live_app(app_key: str) -> Live:
    """Return the live release of an app in which the viewer has a part; strangers do not learn that it exists."""
    user = viewer()
    if not user.is_admin and not user.roles_in(app_key):
        raise NotFound("app", app_key)
    found: Live = g.setdefault("live", {}).get(app_key) or _live(app_key)
    g.live[app_key] = found
    g.app_key = app_key
    return found


def _live(app_key: str) -> Live:
    known = g.get("releases", {}).get(app_key)
    return live(db(), app_key) if known is None else compiled_release(db(), app_key, *known)


def zone(found: Live) -> ZoneInfo:
    """Return the time zone of the app."""
    return ZoneInfo(found.app.context.time_zone)


def shown_zone() -> ZoneInfo:
    """Return the time zone in which a page shows moments: that of the app at hand, else the browser's, else UTC.

    The back office belongs to no app: times there are those on the visitor's wall. The browser says where that is by
    a cookie; a zone that nobody knows counts as none.
    """
    app = g.get("live", {}).get(g.get("app_key", "")) if request.path.startswith("/a/") else None
    return zone(app) if app is not None else _zone_named(request.cookies.get("zone", ""))


def _zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name[:60] or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def wants_piece(piece_id: str = "") -> bool:
    """Tell whether htmx asks for a piece of the page (its target, when named) instead of the whole.

    A link or form that htmx follows in the browser's stead (hx-boost) leads to a page, which is wanted whole.
    """
    if request.headers.get("HX-Request") != "true":
        return False
    if "true" in (request.headers.get("HX-History-Restore-Request"), request.headers.get("HX-Boosted")):
        return False
    return not piece_id or request.headers.get("HX-Target", piece_id) == piece_id


def streamed(pieces: Iterator[Any]) -> Iterator[Any]:
    """Return pieces, texts or bytes, that are sent while they are made, within this request, with this session.

    The request itself ends before the first piece is asked for, so the session is given back here: after the last
    piece, or when the reader leaves.
    """
    session = db()

    def to_the_end() -> Iterator[Any]:
        try:
            yield from pieces
        finally:
            session.close()

    return stream_with_context(to_the_end())


def close(_error: BaseException | None = None) -> None:
    """Give the session back at the end of the request."""
    session = g.pop("session", None)
    if session is not None:
        session.close()
