"""The guards at the door: response headers, cookies, CSRF, sign-in limits. Who may see which record is engine.rights."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import cast
from urllib.parse import urlencode

from flask import Flask, Request, Response, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from engine.audit import note_apart
from engine.operator import instance_secret, max_upload_bytes
from engine.people import Person, User, person_of, user_of
from web import here

csrf = CSRFProtect()
#: Only what this list names may be loaded; pictures inside stylesheets are data: addresses.
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def _policy_line(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


_POLICY_LINE = _policy_line(POLICY)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Where programs ask.
PROGRAMS = "/api/"
#: Endpoints that answer without a sign-in.
OPEN = ("static", "bundle.", "signin.", "pulse.", "intake.", "leaving.", "joining.", "places.")
#: Failed sign-ins from one address; those that succeed do not count.
SIGN_IN_LIMIT = "10 per minute; 100 per hour"
#: Public forms sent from one address, whether they are taken or not.
INTAKE_LIMIT = "20 per minute; 200 per hour"
#: Links to set a password that were opened or posted from one address.
JOIN_LIMIT = "20 per minute; 100 per hour"
#: Signs kept of what a browser calls itself; how often the trail is told of an address that tries too often, and
#: how many such addresses are remembered.
AGENT, LOCKED_EVERY, MOST_LOCKED = 60, timedelta(minutes=10), 10_000
#: Browsers that call themselves by other names as well come first.
PROGRAMS_KNOWN = (
    "MicroMessenger",
    "DingTalk",
    "Lark",
    "Edg",
    "OPR",
    "Firefox",
    "Chrome",
    "Version",
    "curl",
    "python-requests",
)
SYSTEMS_KNOWN = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
_locked: dict[str, datetime] = {}
_locked_guard = Lock()
#: No upload and no form may be larger.
MAX_BODY = 66 * 1024 * 1024


class SessionCookies(SecureCookieSessionInterface):
    """Signed cookies that are Secure exactly when the request came over https."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie, except where programs ask: they send tokens, and a cookie means nothing there."""
        return None if request.path.startswith(PROGRAMS) else super().open_session(app, request)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Leave the cookie alone where pages ask by themselves: what a page writes meanwhile must not be undone."""
        return request.blueprint != "live" and super().should_set_cookie(app, session)


def guard(app: Flask) -> None:
    """Put all guards in place."""
    app.session_interface = SessionCookies()
    app.secret_key = app.config.get("SECRET_KEY") or instance_secret()
    app.config.setdefault("MAX_FORM_PARTS", 2000)
    app.config.update(
        SESSION_COOKIE_NAME="steerway",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=14 * 24 * 3600,
        MAX_CONTENT_LENGTH=app.config.get("MAX_CONTENT_LENGTH") or max(MAX_BODY, max_upload_bytes() + MAX_BODY // 8),
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session: a form left open over lunch still saves
    )
    csrf.init_app(app)
    app.before_request(know_visitor)
    app.after_request(set_headers)
    app.teardown_request(here.close)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def limit_sign_in(app: Flask) -> None:
    """Slow down who tries passwords, and who floods public forms."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    limiter.request_filter(lambda: request.blueprint == "api")
    view = app.view_functions["signin.enter"]
    limited = limiter.limit(
        SIGN_IN_LIMIT, deduct_when=lambda response: response.status_code == 422, on_breach=_note_locked
    )
    app.view_functions["signin.enter"] = cast("Callable[..., Response]", limited(view))
    for name in ("joining.show", "joining.enter"):
        joined = limiter.limit(JOIN_LIMIT)(app.view_functions[name])
        app.view_functions[name] = cast("Callable[..., Response]", joined)
    app.view_functions["intake.send"] = cast(
        "Callable[..., Response]", limiter.limit(INTAKE_LIMIT)(app.view_functions["intake.send"])
    )


def whence() -> dict[str, str]:
    """Return from where a request comes, as the audit trail keeps it: the net of the address, and the program."""
    return {"ip": _net_of(request.remote_addr or ""), "agent": _program(request.user_agent.string or "")}


def _program(agent: str) -> str:
    """Return what a program calls itself in short: its name and great version, and the system it runs on."""
    named = next(filter(None, (re.search(rf"{name}/(\d+)", agent) for name in PROGRAMS_KNOWN)), None)
    system = next((name for name in SYSTEMS_KNOWN if name in agent), "")
    return " ".join(filter(None, (named[0].replace("Version", "Safari"), system))) if named else agent[:AGENT]


def _net_of(address: str) -> str:
    """Return an address without what tells one machine of a net from another."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{known}/{24 if known.version == 4 else 48}", strict=False))


def _note_locked(_limit: object) -> None:
    """Write down that an address tried too often; once in a while, not each time."""
    address, now = get_remote_address(), here.now()
    with _locked_guard:
        for old in [one for one, at in _locked.items() if at < now - LOCKED_EVERY]:
            del _locked[old]
        known = address in _locked
        if not known and len(_locked) < MOST_LOCKED:
            _locked[address] = now
    if not known:
        note_apart(here.db(), kind="sign_in", verb="locked", user=None, now=now, facts=whence())


def sign_in(person: Person) -> None:
    """Start a fresh session: nothing that was in the old cookie survives, so none can be planted."""
    session.clear()
    session["person"], session["stamp"] = person.id, person.session_stamp
    session.permanent = True


def sign_out() -> None:
    """Forget the person."""
    session.clear()


def know_visitor() -> AnyResponse | None:
    """Load who is signed in, and send everybody else to the sign-in page."""
    if request.endpoint == "static" or (request.endpoint or "").startswith("api."):
        return None  # the interface for programs takes tokens, never cookies
    if request.blueprint == "live":
        return None  # asked once a second by every open page: it looks for itself, and seldom
    g.user = remembered()
    if g.user is not None or request.endpoint is None or request.endpoint.startswith(OPEN):
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    address = url_for("signin.show") + ("?" + urlencode({"next": wanted}) if len(wanted) > 1 else "")
    if request.headers.get("HX-Request") == "true":
        return Response("", 401, {"HX-Redirect": url_for("signin.show")})
    return redirect(address, 303)


def remembered() -> User | None:
    """Return the person of the cookie, unless the password changed or the account was closed since."""
    person = session.get("person")
    if not isinstance(person, int):
        return None
    row = person_of(here.db(), person)
    if row is None or not row.active or not secrets.compare_digest(row.session_stamp, str(session.get("stamp", ""))):
        session.clear()
        return None
    return user_of(row)


def csp_nonce() -> str:
    """Return this response's nonce, for the few back-office pages whose scripts are not ours."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def set_headers(response: Response) -> Response:
    """Add the headers to every response."""
    policy = _POLICY_LINE
    if nonce := g.get("nonce"):
        own = f"'self' 'nonce-{nonce}'"
        policy = _policy_line({**POLICY, "script-src": own, "style-src": own})
    # What is handed over as a file brings a stricter policy of its own.
    response.headers.setdefault("Content-Security-Policy", policy)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
