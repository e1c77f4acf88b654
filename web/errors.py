"""What goes wrong, in words: the one table from errors to HTTP statuses, and the page that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.wrappers import Response

from engine.errors import Busy, ConfigError, MoveRefused, NotFound, Refused, StaleRelease, StaleWrite
from engine.guards import Clause
from forms.errors import FormError
from rules.errors import N_, Fault, RuleError, SteerwayError
from web import i18n
from web.criteria_words import clause_in_words
from web.render import render
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live

#: First match wins, so subclasses that answer otherwise than their parent come first.
STATUSES: tuple[tuple[type[SteerwayError], int], ...] = (
    (NotFound, 404),
    (MoveRefused, 409),
    (Refused, 403),
    (StaleWrite, 409),
    (StaleRelease, 409),
    (Busy, 503),
    (ConfigError, 422),
    (FormError, 422),
    (RuleError, 422),
)

TITLES = {
    400: N_("This request could not be read"),
    403: N_("You may not do that"),
    404: N_("There is nothing here, or you may not see it"),
    405: N_("This address cannot be used that way"),
    409: N_("Somebody was faster"),
    413: N_("This file is too large"),
    422: N_("Something in it is not right yet"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong on our side"),
    503: N_("Busy for a moment"),
}
ADVICE = {
    400: N_("Go back, reload the page and try again."),
    403: N_("Ask an administrator of the app if you need it."),
    404: N_("It may have been deleted, or it belongs to somebody else."),
    405: N_("Go back and use the buttons of the page."),
    409: N_("Reload the page to see what it looks like now."),
    413: N_("Split it into smaller files and try again."),
    422: N_("Go back, mend what is named here and try again."),
    429: N_("Wait a minute and try again."),
    500: N_("Nothing was saved. It has been written to the log; please try again in a moment."),
    503: N_("Nothing was saved; please try again in a moment."),
}


#: Facts that are words of ours, marked where they are made, and facts that may be the key of a form.
TERMS = frozenset({"kind", "other", "wanted", "found", "reason", "verb", "noun", "rule", "hold", "after"})
FORMS = frozenset({"what", "form"})
#: Verbs and things in sentences about rights.
WORDS = (
    N_("read"),
    N_("create"),
    N_("update"),
    N_("delete"),
    N_("move"),
    N_("import"),
    N_("export"),
    N_("configure"),
    N_("design"),
    N_("publish"),
    N_("app"),
    N_("form"),
    N_("person"),
    N_("release"),
    N_("alert"),
    N_("measure"),
    N_("key result"),
    N_("board"),
    N_("file"),
    N_("job"),
    N_("link"),
    N_("share"),
)


def status_of(error: SteerwayError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)


def sentence(fault: Fault) -> str:
    """Return a fault in the reader's language; facts that are marked sentences themselves are translated, too."""
    template = gettext(fault.template)
    try:
        return template.format(**{name: _told(name, value) for name, value in fault.facts.items()})
    except (KeyError, IndexError, ValueError):
        return template


def _told(name: str, value: object) -> object:
    """Return a fact in the reader's language: labels of the config, and terms of our own; what people typed stays."""
    if name in TERMS and isinstance(value, str):
        return gettext(value)
    if isinstance(value, Clause):
        return _clause_words(value)
    if name in FORMS and isinstance(value, str):
        return _form_name(value)
    return i18n.told(value)


def _clause_words(clause: Clause) -> str:
    """Return a clause of a guard by the names of fields, stages and options; programs read it as it is written."""
    live = None if for_programs() else _live_at_hand()
    return clause_in_words(clause, live) if live and clause.form in live.app.forms else str(clause)


def _live_at_hand() -> Live | None:
    found: Live | None = g.get("live", {}).get(g.get("app_key"))
    return found


def _form_name(key: str) -> object:
    """Return what the form at hand is called; any other word stays."""
    live = _live_at_hand()
    form = live.app.forms.get(key) if live else None
    return i18n.told(form.label) if form else gettext(key)


def install(app: Flask) -> None:
    """Show every error as a page in words."""
    app.register_error_handler(SteerwayError, _house_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _surprise)
    app.jinja_env.filters["sentence"] = sentence


def show(status: int, sentences: list[str]) -> Response:
    """Draw the error page, or only its piece for htmx."""
    title = gettext(TITLES.get(status, TITLES[400]))
    advice = gettext(ADVICE.get(status, ADVICE[400]))
    if isinstance(request.routing_exception, BadHost):  # nothing on a page could have an address
        return Response(f"{title}. {advice}\n", status, mimetype="text/plain")
    return render(
        "error.html", "_error.html", status=status, code=status, title=title, advice=advice, sentences=sentences
    )


def for_programs() -> bool:
    """Tell whether a program asks, which wants JSON."""
    return request.path.startswith("/api/")


def _house_error(error: SteerwayError) -> Response:
    status = status_of(error)
    return show(status, [] if status == 404 else [sentence(fault) for fault in error.faults])


def _csrf_error(_error: CSRFError) -> Response:
    return show(400, [gettext("The page was open for too long, or it was opened in another browser window.")])


def _http_error(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()
    if for_programs():  # an address or a method that no blueprint knows
        from web.api.problems import http_problem

        return http_problem(error)
    return show(error.code, [])


def _surprise(error: Exception) -> Response:
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS", True):
        raise error
    return show(500, [])
