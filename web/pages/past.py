"""`/a/<app>/<form>/<id>/compare`: two moments of a record, and the way back; `/a/<app>/<form>/trash`: what was deleted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound, StaleWrite
from engine.records.past import Point, compare, record_at, restore_field, restore_record
from engine.records.read import get
from engine.records.trash import may_purge, purge, trash
from engine.rights import HIDDEN, may
from web import here
from web.fields import look_at, title_of, visible_fields
from web.past_view import moment_text, moments, names_of_fields, point_of, rows_of
from web.record_view import sections_shown
from web.render import go, render
from web.shell import toast
from web.words import gettext

bp = Blueprint("past", __name__)


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/compare")
def show(app_key: str, form_key: str, record_id: int) -> Response:
    """Show what differs between two moments of a record."""
    live = here.live_app(app_key)
    current = get(here.db(), live, form_key, record_id, here.viewer(), here.now(), deleted=True)
    known = moments(live, current)
    left, right = point_of(live, "left"), point_of(live, "right")
    if left.is_now and right.is_now and len(known) > 2 and "left" not in request.args:
        left = Point.read(known[2].value)
    missing = False
    try:
        found = compare(here.db(), live, form_key, record_id, left, right, here.viewer(), here.now())
    except NotFound:
        found, missing = None, True
    return render(
        "compare.html",
        live=live,
        form=live.form(form_key),
        record=current,
        title=title_of(live, current),
        moments=known,
        left=left,
        right=right,
        left_text=moment_text(live, left, known),
        right_text=moment_text(live, right, known),
        rows=rows_of(live, found, current) if found else [],
        missing=missing,
        can_restore=not left.is_now and may(here.viewer(), "update", live, form_key) and not missing,
        names={"app_key": app_key, "form_key": form_key, "record_id": record_id},
    )


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/past")
def whole(app_key: str, form_key: str, record_id: int) -> Response:
    """Show a record as it was at a moment, its files of then included."""
    live = here.live_app(app_key)
    point = point_of(live, "left")
    record = record_at(here.db(), live, form_key, record_id, point, here.viewer(), here.now())
    seen = visible_fields(live, form_key)
    fields = {key: one for key, one in seen.items() if record.access.get(key) != HIDDEN and key in record.values}
    look = look_at(live, fields.values(), [record.values])
    return render(
        "past.html",
        live=live,
        form=live.form(form_key),
        record=record,
        title=title_of(live, record),
        when=moment_text(live, point, moments(live, record)),
        sections=sections_shown(live.form(form_key), fields, record, look),
        names={"app_key": app_key, "form_key": form_key, "record_id": record_id},
    )


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/back")
def back(app_key: str, form_key: str, record_id: int) -> Response:
    """Give one field, or the whole record, what it held at a moment."""
    live = here.live_app(app_key)
    point, key, version = point_of(live, "left"), request.form.get("key", ""), _version()
    user, now = here.viewer(), here.now()
    try:
        if key:
            restore_field(here.db(), live, form_key, record_id, key, point, user, now, version)
            text = gettext("“%(field)s” is as it was", field=names_of_fields(live, form_key, [key]))
        else:
            done = restore_record(here.db(), live, form_key, record_id, point, user, now, version)
            left = names_of_fields(live, form_key, done.left)
            text = gettext("Restored, except: %(fields)s", fields=left) if left else gettext("Restored")
    except StaleWrite:
        here.db().rollback()
        toast(gettext("Somebody changed the record meanwhile; look again before you restore."))
        return go(url_for("past.show", app_key=app_key, form_key=form_key, record_id=record_id, left=str(point)))
    here.db().commit()
    toast(text)
    return go(url_for("records.show", app_key=app_key, form_key=form_key, record_id=record_id))


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@bp.get("/a/<app_key>/<form_key>/trash")
def bin_(app_key: str, form_key: str) -> Response:
    """Show deleted records, and who may what with them."""
    live = here.live_app(app_key)
    live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    words, page = request.args.get("q", "")[:200], min(max(request.args.get("page", 1, type=int), 1), 1000)
    found = trash(here.db(), live, form_key, here.viewer(), here.now(), words, page)
    names: dict[str, Any] = {"app_key": app_key, "form_key": form_key}
    return render(
        "trash.html",
        live=live,
        form=live.form(form_key),
        entries=[(one, title_of(live, one.record)) for one in found.entries],
        zone=here.zone(live),
        days=live.app.trash_days,
        can_purge=may_purge(live, form_key, here.viewer()),
        words=words,
        number=page,
        next_url=url_for("past.bin_", **names, q=words or None, page=page + 1) if found.more else "",
        previous_url=url_for("past.bin_", **names, q=words or None, page=page - 1) if page > 1 else "",
        names=names,
    )


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/purge")
def for_good(app_key: str, form_key: str, record_id: int) -> Response:
    """Delete a record for good."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now(), deleted=True)
    if request.form.get("sure") != "yes":
        toast(gettext("Tick the box first: this cannot be undone."))
        return go(url_for("past.bin_", app_key=app_key, form_key=form_key))
    title = title_of(live, record)
    purge(here.db(), live, form_key, record_id, here.viewer(), here.now())
    here.db().commit()
    toast(gettext("“%(title)s” is gone for good", title=title))
    return go(url_for("past.bin_", app_key=app_key, form_key=form_key))
