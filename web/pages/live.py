"""`/a/<app>/<form>/live`: whether a form changed and who has a record open; pages ask once a second, answered from memory.

An answer names no record and no value: the page fetches its piece again, within the rights of whoever looks. Nothing
is held open, so that no thread of the server waits for anybody.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import Blueprint, Flask, current_app, g, jsonify, make_response, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.presence import Bulletin, leave, stay
from engine.records.read import get
from web import here
from web.pages.lists import readable_form
from web.security import remembered
from web.services import services_of

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FormDef

bp = Blueprint("live", __name__)
#: A right that was taken away ends this, too, after so many seconds.
TRUST_SECONDS = 15.0
#: Somebody who stays is written down so often.
RENEW_SECONDS = 8.0
#: Changes committed shortly before a page was made may be missing on it; moments are kept in whole seconds.
MARGIN_SECONDS = 2.0
_MOST_REMEMBERED = 20_000


class Asker(NamedTuple):
    """Who asks about what: the cookie's person and stamp, and the place."""

    person: int
    stamp: str
    app_key: str
    form: str
    record: int


class Memory:
    """What one process remembers for one database."""

    def __init__(self, bulletin: Bulletin) -> None:
        self.bulletin = bulletin
        self.trusted: dict[Asker, float] = {}
        self.renewed: dict[Asker, float] = {}


def memory() -> Memory:
    """Return the memory of this process; another database (of another test) has another one."""
    sessions = services_of(current_app).sessions
    held = cast("Memory | None", current_app.extensions.get("steerway_live"))
    if held is None or held.bulletin.sessions is not sessions:
        held = current_app.extensions["steerway_live"] = Memory(Bulletin(sessions))
    return held


@bp.get("/a/<app_key>/<form_key>/live")
def show(app_key: str, form_key: str) -> Response:
    """Say whether the form changed since, and who else has the record open; 204 when there is nothing new."""
    asker, held = _asker(app_key, form_key), memory()
    if not _recently(held.trusted, asker, TRUST_SECONDS):
        _check(asker)
    held.bulletin.refresh(here.now())
    if asker.record and request.args.get("leaving"):
        return _left(held, asker)
    if asker.record and request.args.get("editing") and not _recently(held.renewed, asker, RENEW_SECONDS):
        stay(here.db(), asker[2:], asker.person, here.now())
        here.db().commit()
    edition = held.bulletin.edition(app_key, form_key)
    others = held.bulletin.others(asker[2:], asker.person) if asker.record else []
    seen, _, crowd = request.args.get("seen", "").partition("~")
    changed = seen != edition.text if seen else _after(edition.at.timestamp() if edition.at else 0)
    if seen and not changed and crowd == _crowd(others):
        return _quiet(make_response("", 204))
    return _quiet(jsonify(seen=f"{edition.text}~{_crowd(others)}", changed=changed, here=others))


def _asker(app_key: str, form_key: str) -> Asker:
    person, stamp = session.get("person"), str(session.get("stamp", ""))
    record = request.args.get("record", "")
    known = record.isascii() and record.isdigit() and len(record) < 19
    return Asker(person if isinstance(person, int) else 0, stamp, app_key, form_key, int(record) if known else 0)


def _recently(when: dict[Asker, float], asker: Asker, seconds: float) -> bool:
    """Tell whether something was done lately; when not, it is about to be."""
    if monotonic() - when.get(asker, float("-inf")) < seconds:
        return True
    if len(when) > _MOST_REMEMBERED:
        when.clear()
    when[asker] = monotonic()
    return False


def _check(asker: Asker) -> None:
    """Make sure of person and rights; whatever is wrong, the next question is looked at again."""
    try:
        g.user = remembered()
        live = here.live_app(asker.app_key)
        readable_form(live, asker.form)
        if asker.record:
            get(here.db(), live, asker.form, asker.record, here.viewer(), here.now())
    except Exception:
        memory().trusted.pop(asker, None)
        raise
    finally:
        here.db().rollback()


def _left(held: Memory, asker: Asker) -> Response:
    held.renewed.pop(asker, None)
    leave(here.db(), asker[2:], asker.person)
    here.db().commit()
    return _quiet(make_response("", 204))


def _after(changed_at: float) -> bool:
    """Tell whether a change came after the page was made."""
    made = request.args.get("since", "")
    return made.isascii() and made.isdigit() and len(made) < 16 and changed_at >= int(made) / 1000 - MARGIN_SECONDS


def _crowd(names: list[str]) -> str:
    return ",".join(names)


def _quiet(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def install(app: Flask) -> None:
    """Give templates the mark."""
    app.jinja_env.globals["live_mark"] = live_mark


def live_mark(live: Live, form: FormDef, *, piece: bool = True) -> Markup:
    """Return what follows changes: whom to ask and since when, and of a piece where it is fetched again."""
    asked = url_for("live.show", app_key=live.key, form_key=form.key)
    mark = Markup(' data-live="{}" data-since="{}"').format(asked, int(here.now().timestamp() * 1000))
    return mark + Markup(' data-piece="{}"').format(request.full_path.rstrip("?")) if piece else mark
