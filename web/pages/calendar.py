"""`/a/<app>/<form>/calendar`: records on their days, and what puts one on another day by dragging it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, request
from werkzeug.wrappers import Response

from engine.config.views import serves
from engine.errors import NotFound, Refused
from engine.okr.cycle import today_in
from engine.records.read import get
from engine.records.verbs import update
from forms.errors import FormError
from web import here, i18n
from web.calendar_view import MODES, Calendar, day_asked
from web.errors import sentence
from web.fields import sure_fields, title_of, visible_fields
from web.kinds import asked, can_place, frame, placing_of
from web.pages.lists import readable_form
from web.render import render

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from rules.errors import Fault

bp = Blueprint("calendar", __name__)


@bp.get("/a/<app_key>/<form_key>/calendar")
def show(app_key: str, form_key: str) -> Response:
    """Show the month or the week around a day."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    wanted = asked(live, form, "calendar")
    placing = placing_of(live, form, wanted.settings.fields, "date")
    if placing is None:
        raise NotFound("calendar", form_key)
    today = today_in(here.now(), live.app.context.time_zone)
    mode = request.args.get("mode", "")
    calendar = Calendar(
        wanted, placing, mode if mode in MODES else MODES[0], day_asked(request.args.get("day", ""), today)
    )
    return render(
        "calendar.html", "_calendar.html", piece_id="calendar", calendar=calendar, days=calendar.days(), **frame(wanted)
    )


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/place")
def place(app_key: str, form_key: str, record_id: int) -> Response:
    """Put a record on another day, or let it last longer: an update like any other, with the same refusals."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    setting = "start" if request.form.get("start") else "date"
    chosen = asked_fields()
    sure = sure_fields(live, form_key)
    for name, key in chosen.items():
        if key not in sure or not serves(name, sure[key]):
            raise NotFound("field", key)
    placing = placing_of(live, form, chosen, setting)
    first, last = _day("first"), _day("last")
    if placing is None or first is None:
        abort(400)
    if not can_place(live, placing, record):
        raise Refused("update", form_key)
    try:
        values = placing.moved(record.values, first, last)
        update(here.db(), live, form_key, record_id, values, here.viewer(), here.now(), version=_version())
    except FormError as error:
        here.db().rollback()
        return _refused(live, record, error.faults)
    here.db().commit()
    return make_response("", 204)


def asked_fields() -> dict[str, str]:
    """Return the fields that the page at hand places records by."""
    return {name: request.form[name][:60] for name in ("date", "start", "end") if request.form.get(name)}


def _refused(live: Live, record: Record, faults: tuple[Fault, ...]) -> Response:
    fields = visible_fields(live, record.form)
    said = [(str(i18n.told(fields[one.field].label)) if one.field in fields else "", sentence(one)) for one in faults]
    return render("_refused.html", status=422, title=title_of(live, record), said=said)


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2900 else None


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
