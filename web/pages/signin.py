"""Signing in and out, and the two choices a person makes about the look: language and theme."""

from __future__ import annotations

from flask import Blueprint, request, session, url_for
from werkzeug.wrappers import Response

from engine.audit import FAILURE, note
from engine.people import Person, User, authenticate, person_named, user_of
from forms.labels import LANGUAGES
from web import here, security
from web.i18n import chosen_or_asked_for
from web.render import back_or, go, render
from web.shell import THEMES
from web.words import gettext

bp = Blueprint("signin", __name__)
YEAR = 365 * 24 * 3600


@bp.get("/sign-in")
def show() -> Response:
    """Show the sign-in page; who is signed in already goes home."""
    if here.visitor() is not None:
        return go(url_for("home.show"))
    return _page()


@bp.post("/sign-in")
def enter() -> Response:
    """Check name and password, and start a fresh session."""
    person = authenticate(here.db(), request.form.get("sign_in", "")[:200], request.form.get("password", ""))
    if person is None:
        _note_failure(request.form.get("sign_in", "")[:200])
        return _page(422, gettext("The sign-in name or the password is not right."))
    _note("sign_in", user_of(person))
    if not person.locale:  # what is written to somebody comes in the language in which they read the pages
        person.locale = chosen_or_asked_for()
    here.db().commit()
    security.sign_in(person)
    return go(back_or(url_for("home.show")))


@bp.post("/sign-out")
def leave() -> Response:
    """End the session."""
    if (user := here.visitor()) is not None:
        _note("sign_out", user)
        here.db().commit()
    security.sign_out()
    return go(url_for("signin.show"))


def _note(verb: str, user: User) -> None:
    subject = f"person:{user.id}"
    note(here.db(), kind="sign_in", verb=verb, user=user, now=here.now(), subject=subject, facts=security.whence())


def _note_failure(typed: str) -> None:
    """Write down whose name was tried; what is nobody's name may be a password in the wrong box, and is not kept."""
    session = here.db()
    person = person_named(session, typed)
    subject = f"person:{person.id}" if person else ""
    facts = {**security.whence(), "known": person is not None}
    note(
        session,
        kind="sign_in",
        verb="sign_in",
        user=None,
        now=here.now(),
        subject=subject,
        facts=facts,
        outcome=FAILURE,
    )
    session.commit()


@bp.post("/language")
def choose_language() -> Response:
    """Keep the chosen language with the person, or with the browser before the sign-in."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
        user = here.visitor()
        person = here.db().get(Person, user.id) if user else None
        if person is not None:
            person.locale = wanted
            here.db().commit()
    return go(back_or(url_for("home.show")))


@bp.post("/theme")
def choose_theme() -> Response:
    """Keep light, dark or the device's choice with the browser."""
    response = go(back_or(url_for("home.show")))
    wanted = request.form.get("theme", "")
    if wanted in THEMES:
        response.set_cookie("theme", wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


def _page(status: int = 200, fault: str = "") -> Response:
    wanted = back_or("")
    sign_in = request.form.get("sign_in", "")[:200]
    return render("signin.html", status=status, fault=fault, wanted=wanted, sign_in=sign_in)
