"""`/a/<app>/<form>/<id>/cell/<field>`: one value changed where it stands in a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound, StaleWrite
from engine.records.read import get
from engine.records.verbs import update
from engine.rights import may
from forms.errors import FormError
from rules.errors import Fault
from web import here
from web.fields import look_at, visible_fields
from web.form_view import Typed, form_state, read_typed
from web.list_query import ListQuery
from web.list_table import can_edit, columns_of, head, row_of
from web.render import go, render
from web.widgets import Display
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef

bp = Blueprint("cells", __name__)


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/cell/<field_key>")
def edit(app_key: str, form_key: str, record_id: int, field_key: str) -> Response:
    """Show the widget of one value in its cell; without script the form of the whole record."""
    live = here.live_app(app_key)
    record, field = _found(live, form_key, record_id, field_key)
    if not here.wants_piece():
        return go(url_for("records.edit", app_key=app_key, form_key=form_key, record_id=record_id))
    return _editor(live, record, field)


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/cell/<field_key>")
def save(app_key: str, form_key: str, record_id: int, field_key: str) -> Response:
    """Store one value and answer its row, or show beside the cell why not."""
    live = here.live_app(app_key)
    record, field = _found(live, form_key, record_id, field_key)
    typed = read_typed(request.form, live, form_key, [field_key])
    db, user, now = here.db(), here.viewer(), here.now()
    try:
        update(db, live, form_key, record_id, typed, user, now, via="form", version=_version())
    except FormError as error:
        db.rollback()
        return _editor(live, record, field, typed, error.faults, 422)
    except StaleWrite as error:
        db.rollback()
        again = get(db, live, form_key, record_id, user, now)
        return _editor(live, again, field, typed, error.faults, 409, theirs=again)
    db.commit()
    return _row(live, form_key, record_id)


def _found(live: Live, form_key: str, record_id: int, field_key: str) -> tuple[Record, FieldDef]:
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    field = visible_fields(live, form_key).get(field_key)
    if field is None or not may(here.viewer(), "update", live, form_key):
        raise NotFound("field", field_key)
    if not can_edit(live.form(form_key), field, record):
        raise NotFound("field", field_key)
    return record, field


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _editor(
    live: Live,
    record: Record,
    field: FieldDef,
    typed: Typed | None = None,
    faults: Sequence[Fault] = (),
    status: int = 200,
    theirs: Record | None = None,
) -> Response:
    """Return the cell with its widget, and what is wrong with what was typed, wherever it is wrong."""
    state = form_state(live, record.form, record.id, typed, faults, prefix=f"in-{record.id}-")
    control = state.control(field)
    look = look_at(live, [field], [theirs.values]) if theirs else None
    others = [one for one in state.problems() if one.id != control.id]
    closed = gettext("This value cannot be changed here as the record stands.") if control.read_only else ""
    names: dict[str, Any] = {"app_key": live.key, "form_key": record.form, "record_id": record.id}
    return render(
        "_cell_edit.html",
        status=status,
        c=control,
        record=record,
        others=others,
        closed=closed,
        theirs=Display(field, theirs.get(field.key), look) if theirs and look else None,
        action=url_for("cells.save", **names, field_key=field.key),
        page_url=url_for("records.edit", **names),
        columns=request.values.get("-columns", ""),
        picks=request.values.get("-picks", ""),
        form=live.form(record.form),
    )


def _row(live: Live, form_key: str, record_id: int) -> Response:
    """Return the row of a record, which may be out of sight by now."""
    form, fields = live.form(form_key), visible_fields(live, form_key)
    chosen = request.form.get("-columns", "").split(",")[:50]
    columns = columns_of(form, fields, chosen)
    try:
        record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    except NotFound:
        return Response("", headers={"HX-Retarget": f"#row-{record_id}", "HX-Reswap": "outerHTML"})
    asked = ListQuery(url_for("lists.show", app_key=live.key, form_key=form_key))
    look = look_at(live, columns, [record.values])
    response = render(
        "_list_rows.html",
        these=[row_of(live, form, columns, record, look)],
        columns=head(live, form, columns, asked),
        form=form,
        picks=request.form.get("-picks", ""),
    )
    response.headers["HX-Retarget"] = f"#row-{record_id}"
    response.headers["HX-Reswap"] = "outerHTML"
    return response
