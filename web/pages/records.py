"""`/a/<app>/<form>/<id>`: one record: look at it, create, change, delete and restore it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound, Refused, StaleWrite
from engine.records.read import get
from engine.records.verbs import create, delete, restore, update
from engine.rights import may
from forms.errors import FormError
from web import here, i18n
from web.conflicts import merged, still_conflicting
from web.fields import title_of
from web.form_view import FormState, Typed, conditional_keys, form_state, read_typed
from web.record_view import record_context
from web.render import back_or, go, render
from web.shell import toast
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live

bp = Blueprint("records", __name__)


def address_of(live: Live, form_key: str, record_id: int, endpoint: str = "records.show") -> str:
    """Return the address of a record."""
    return url_for(endpoint, app_key=live.key, form_key=form_key, record_id=record_id)


@bp.get("/a/<app_key>/<form_key>/<int:record_id>")
def show(app_key: str, form_key: str, record_id: int) -> Response:
    """Show a record: as a page, or in the drawer beside its list."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    return render("record.html", "_drawer.html", piece_id="drawer", **record_context(live, record))


@bp.get("/a/<app_key>/<form_key>/new")
def new(app_key: str, form_key: str) -> Response:
    """Show an empty form; values in the address are filled in."""
    live = here.live_app(app_key)
    _require(live, form_key, "create")
    return _form(form_state(live, form_key, None, given=_given(live, form_key)), None)


def _require(live: Live, form_key: str, verb: str) -> None:
    live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    if not may(here.viewer(), verb, live, form_key):
        raise Refused(verb, form_key)


def _given(live: Live, form_key: str) -> Typed:
    return read_typed(request.args, live, form_key)


@bp.post("/a/<app_key>/<form_key>/new")
def add(app_key: str, form_key: str) -> Response:
    """Store a new record, or show the form again with what is wrong."""
    live = here.live_app(app_key)
    typed = read_typed(request.form, live, form_key)
    if request.form.get("refresh"):
        return _form(form_state(live, form_key, None, typed), None)
    try:
        made = create(here.db(), live, form_key, typed, here.viewer(), here.now(), via="form")
    except FormError as error:
        here.db().rollback()
        return _form(form_state(live, form_key, None, typed, error.faults), None, 422)
    here.db().commit()
    toast(gettext("Saved"))
    return go(back_or(address_of(live, form_key, made.id)))


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/edit")
def edit(app_key: str, form_key: str, record_id: int) -> Response:
    """Show the form of a record."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    _require(live, form_key, "update")
    return _form(form_state(live, form_key, record_id), record)


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/edit")
def save(app_key: str, form_key: str, record_id: int) -> Response:
    """Store the changes, or show the form again with what is wrong, or with what somebody else changed meanwhile."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    typed = read_typed(request.form, live, form_key)
    if request.form.get("refresh"):
        return _form(form_state(live, form_key, record_id, typed), record)
    user, now = here.viewer(), here.now()
    try:
        update(here.db(), live, form_key, record_id, typed, user, now, via="form", version=_version())
    except FormError as error:
        here.db().rollback()
        return _form(form_state(live, form_key, record_id, typed, error.faults), record, 422)
    except StaleWrite as error:
        here.db().rollback()
        return _conflict(live, form_key, record_id, typed, error)
    here.db().commit()
    toast(gettext("Saved"))
    return go(address_of(live, form_key, record_id))


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _conflict(live: Live, form_key: str, record_id: int, typed: Typed, error: StaleWrite) -> Response:
    """Show both sides: what only they changed is taken over, what both changed is left to the person."""
    kept = merged(live, record_id, typed, error, _version() or 0)
    state = form_state(live, form_key, record_id, kept, error.faults)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    return _form(state, record, 409, conflict=still_conflicting(state, kept, error))


def _form(state: FormState, record: Any, status: int = 200, **more: Any) -> Response:
    live, form = state.live, state.form
    title = title_of(live, record) if record else ""
    kind = str(i18n.told(form.label))
    heading = gettext("Edit %(title)s", title=title) if record else gettext("New: %(form)s", form=kind)
    back = address_of(live, form.key, record.id) if record else _list_url(live, form.key)
    conditions = {"app_key": live.key, "form_key": form.key, **({"record": record.id} if record else {})}
    context: dict[str, Any] = {
        "live": live,
        "form": form,
        "heading": heading,
        "title": title,
        "record_id": record.id if record else None,
        "version": record.version if record else "",
        "action": request.full_path.rstrip("?")
        if record is None
        else address_of(live, form.key, record.id, "records.edit"),
        "back_url": back,
        "extra": _extra(),
        "problems": state.problems(),
        "sections": state.sections(),
        "has_conditions": bool(conditional_keys(form)),
        "conditions_url": url_for("records.conditions", **conditions),
        **more,
    }
    return render("form.html", "_form.html", status=status, piece_id="record-form", **context)


def _extra() -> list[tuple[str, str]]:
    return [("next", back_or(""))] if back_or("") else []


def _list_url(live: Live, form_key: str) -> str:
    return url_for("lists.show", app_key=live.key, form_key=form_key)


@bp.post("/a/<app_key>/<form_key>/conditions")
def conditions(app_key: str, form_key: str) -> Response:
    """Answer which conditional fields are shown, required or read only with what was typed so far."""
    live = here.live_app(app_key)
    record_id = request.args.get("record", type=int)
    _require(live, form_key, "create" if record_id is None else "update")
    if record_id is not None:
        get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    state = form_state(live, form_key, record_id, read_typed(request.form, live, form_key))
    wanted = set(conditional_keys(state.form))
    controls = [c for section in state.sections() for c in section.controls if c.name in wanted]
    return Response(
        "".join(render_template("_field.html", c=control, oob=True) for control in controls), mimetype="text/html"
    )


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/delete")
def remove(app_key: str, form_key: str, record_id: int) -> Response:
    """Delete a record, and offer to undo it."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    delete(here.db(), live, form_key, record_id, here.viewer(), here.now(), via="form", version=_version())
    here.db().commit()
    undo = address_of(live, form_key, record_id, "records.bring_back")
    toast(gettext("“%(title)s” was deleted", title=title_of(live, record)), undo)
    return go(_list_url(live, form_key))


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/restore")
def bring_back(app_key: str, form_key: str, record_id: int) -> Response:
    """Undo a deletion."""
    live = here.live_app(app_key)
    restore(here.db(), live, form_key, record_id, here.viewer(), here.now(), via="form")
    here.db().commit()
    toast(gettext("Restored"))
    return go(address_of(live, form_key, record_id))
