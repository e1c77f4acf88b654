"""`/a/<app>/<form>/<id>`: one record: look at it, create, change, delete and restore it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.errors import NotFound, Refused, StaleWrite
from engine.records.read import get
from engine.records.subtables import JOINT, RowInput
from engine.records.subtables import save as save_tables
from engine.records.verbs import create, delete, restore, update
from engine.rights import may
from forms.errors import FormError
from rules.errors import N_, Fault
from web import here, i18n, once
from web.conflicts import changed_since, chosen, conflict_of, merged
from web.drafts_view import asked_draft, drop_posted, left_over, lost_of, notes, resumed
from web.fields import title_of
from web.file_view import take_uploads
from web.form_pieces import changes, standing, state_key
from web.form_steps import Posted, posted, stepped
from web.form_view import FormState, Typed, conditional_keys, form_state, read_typed
from web.own import own
from web.record_view import record_context
from web.render import go, own_next, render
from web.shell import toast
from web.table_form import Tables, TableView
from web.widgets import is_id
from web.words import gettext

if TYPE_CHECKING:
    from engine.drafts import Unfinished
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FormDef

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
    draft = asked_draft(own(request.args, "draft", live.form(form_key)), live, form_key, None)
    if draft is not None:
        return _resume(live, form_key, None, draft)
    return _form(form_state(live, form_key, None, given=_given(live, form_key)), None)


def _resume(live: Live, form_key: str, record: Any, draft: Unfinished) -> Response:
    """Show a form as it was left; a record that somebody else changed since then shows both sides."""
    data = resumed(draft)
    typed, post = read_typed(data, live, form_key), posted(data, live, form_key)
    if record is not None and draft.version is not None and draft.version != record.version:
        try:
            update(here.db(), live, form_key, record.id, typed, here.viewer(), here.now(), version=draft.version)
        except StaleWrite as error:
            here.db().rollback()
            return _conflict(live, form_key, record.id, typed, error, post, draft)
    state = _state(live, form_key, record.id if record else None, typed, post)
    return _form(state, record, draft=draft)


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
    live, sending = here.live_app(app_key), once.sent()
    typed, refused = take_uploads(live, form_key, read_typed(request.form, live, form_key))
    post = posted(request.form, live, form_key)
    if again := _again(live, form_key, None, typed, post, refused):
        return again
    try:
        _stop_at(refused)
        if known := sending.answered():
            return known
        made = _create(live, form_key, typed, post)
        address = own_next(address_of(live, form_key, made.id), live.form(form_key))
        _finish(sending, address)
    except (FormError, once.Racing, once.Repeated) as error:
        here.db().rollback()
        if known := sending.answered(error):
            return known
        return _form(_state(live, form_key, None, typed, post, once.faults_of(error)), None, 422)
    toast(gettext("Saved"))
    return go(address)


def _finish(sending: once.Sending, address: str) -> None:
    drop_posted(request.form)
    sending.keep(address)
    here.db().commit()


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/edit")
def edit(app_key: str, form_key: str, record_id: int) -> Response:
    """Show the form of a record."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    _require(live, form_key, "update")
    draft = asked_draft(own(request.args, "draft", live.form(form_key)), live, form_key, record_id)
    return _resume(live, form_key, record, draft) if draft else _form(form_state(live, form_key, record_id), record)


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/edit")
def save(app_key: str, form_key: str, record_id: int) -> Response:
    """Store the changes, or show the form again with what is wrong, or with what somebody else changed meanwhile."""
    live, sending = here.live_app(app_key), once.sent()
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    typed, refused = take_uploads(live, form_key, read_typed(request.form, live, form_key))
    typed = dict(chosen(typed, request.form))
    post = posted(request.form, live, form_key)
    if again := _again(live, form_key, record, typed, post, refused):
        return again
    try:
        _stop_at(refused)
        if known := sending.answered():
            return known
        _update(live, form_key, record_id, typed, post)
        _finish(sending, address_of(live, form_key, record_id))
    except (FormError, StaleWrite, once.Racing, once.Repeated) as error:
        here.db().rollback()
        if known := sending.answered(error):
            return known
        if isinstance(error, StaleWrite):
            return _conflict(live, form_key, record_id, typed, error, post)
        return _form(_state(live, form_key, record_id, typed, post, once.faults_of(error)), record, 422)
    toast(gettext("Saved"))
    return go(address_of(live, form_key, record_id))


def _state(
    live: Live, form_key: str, record_id: int | None, typed: Typed, post: Posted, faults: Sequence[Fault] = ()
) -> FormState:
    """Return the form as it was posted."""
    page, whole = post.page, post.whole
    return form_state(live, form_key, record_id, typed, faults, rows=post.rows, page=page, whole=whole)


def _again(
    live: Live, form_key: str, record: Any, typed: Typed, post: Posted, refused: Sequence[Fault]
) -> Response | None:
    """Show the form again when another button than Save was pressed: a step, or a table's."""
    record_id = record.id if record else None
    state = stepped(live, form_key, record_id, typed, post, refused)
    if state is not None:
        return _form(state, record, 422 if state.faults else 200, stepped=True)
    if lost := left_over(live, form_key, request.form):
        changed = Fault("form.changed", N_("This form was changed while you filled it in. Look at it, and save again."))
        state = _state(live, form_key, record_id, typed, post, [changed])
        return _form(state, record, 409, lost=lost)
    if post.acted or request.form.get("refresh"):
        return _form(_state(live, form_key, record_id, typed, post, [*refused, *post.faults]), record)
    return None


def _create(live: Live, form_key: str, typed: Typed, post: Posted) -> Record:
    db, user, now = here.db(), here.viewer(), here.now()
    if live.form(form_key).tables:
        return save_tables(db, live, form_key, None, typed, _tables(live, form_key, post), user, now)
    return create(db, live, form_key, typed, user, now, via="form")


def _update(live: Live, form_key: str, record_id: int, typed: Typed, post: Posted) -> Record:
    db, user, now = here.db(), here.viewer(), here.now()
    if post.rows:
        tables = _tables(live, form_key, post)
        return save_tables(db, live, form_key, record_id, typed, tables, user, now, version=_version())
    return update(db, live, form_key, record_id, typed, user, now, via="form", version=_version())


def _tables(live: Live, form_key: str, post: Posted) -> Tables:
    """Return the rows that are written: of tables without an order of their own only those that were touched."""
    kept = {
        table.key: [row for row in post.rows.get(table.key, ()) if table.order or _is_touched(row)]
        for table in live.form(form_key).tables
    }
    shown = {key for key, rows in kept.items() if rows or key in post.rows}
    return {key: rows for key, rows in kept.items() if key in shown or live.form(form_key).tables_by_key[key].min_rows}


def _is_touched(row: RowInput) -> bool:
    return bool(row.values) or row.removed or row.record is None


def _stop_at(refused: Sequence[Fault]) -> None:
    """Raise what is wrong with uploads, so that nothing is saved without them."""
    if refused:
        raise FormError(*refused)


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _conflict(
    live: Live,
    form_key: str,
    record_id: int,
    typed: Typed,
    error: StaleWrite,
    post: Posted,
    draft: Unfinished | None = None,
) -> Response:
    """Show both sides: what only they changed is taken over, what both changed is left to the person."""
    version = draft.version if draft else _version()
    before = changed_since(live, form_key, record_id, version or 0)
    kept = merged(typed, error, before)
    state = _state(live, form_key, record_id, kept, post, error.faults)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    return _form(state, record, 409, conflict=conflict_of(state, typed, kept, error, before.keys()), draft=draft)


def _draft_context(live: Live, form_key: str, record_id: int | None, draft: Unfinished | None) -> dict[str, Any]:
    """Return what the form says about drafts: its own, what is left over of it, and others that wait."""
    names: dict[str, Any] = {"app_key": live.key, "form_key": form_key, **({"record": record_id} if record_id else {})}
    own = draft.id if draft else int(text) if is_id(text := request.form.get("-draft", "")) else None
    fresh = draft is None and request.method == "GET"
    waiting = [note for note in notes(live.key, form_key) if note.record_id == record_id] if fresh else []
    return {
        "draft_id": own,
        "draft_url": url_for("drafts.save", **names),
        "lost": lost_of(live, form_key, draft.typed) if draft else [],
        "unfinished_here": waiting,
    }


def _form(state: FormState, record: Any, status: int = 200, draft: Unfinished | None = None, **more: Any) -> Response:
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
        "extra": _extra(form),
        "problems": state.problems(),
        **_layout(state),
        **_draft_context(live, form.key, record.id if record else None, draft),
        "has_files": any(one.type.keeps_files for one in form.fields),
        "has_conditions": bool(conditional_keys(form)),
        "conditions_url": url_for("records.conditions", **conditions),
        **more,
    }
    return render("form.html", "_form.html", status=status, piece_id="record-form", **context)


def _extra(form: FormDef) -> list[tuple[str, str]]:
    address = own_next("", form)
    return [("-next", address)] if address else []


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
    post = posted(request.form, live, form_key)
    state = _state(live, form_key, record_id, read_typed(request.form, live, form_key), post)
    answer = Response(changes(state, post.state), mimetype="text/html")
    answer.headers["HX-Trigger"] = json.dumps({"steerway:standing": standing(state)})
    return answer


@bp.post("/a/<app_key>/<form_key>/table")
def table(app_key: str, form_key: str) -> Response:
    """Answer a sub-table after one of its buttons was pressed; nothing is saved."""
    live = here.live_app(app_key)
    record_id = request.args.get("record", type=int)
    _require(live, form_key, "create" if record_id is None else "update")
    if record_id is not None:
        get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    post = posted(request.form, live, form_key)
    state = _state(live, form_key, record_id, read_typed(request.form, live, form_key), post, post.faults)
    found = state.form.tables_by_key.get(request.args.get("table", ""))
    drawn = state.table(found) if found else None
    if drawn is None:
        raise NotFound("table", request.args.get("table", ""))
    key = Markup('<input type="hidden" name="-state" id="form-state" value="{}" hx-swap-oob="true">')
    macros: Any = current_app.jinja_env.get_template("table.html").module
    body = macros.table(_linked(state, drawn)) + key.format(state_key(state))
    answer = Response(body, mimetype="text/html")
    if post.focus[1]:
        place = f"{drawn.id}{JOINT}{post.focus[1]}"
        answer.headers["HX-Trigger-After-Settle"] = json.dumps({"steerway:focus": {"id": place}})
    return answer


def _linked(state: FormState, drawn: TableView) -> TableView:
    """Return a table that knows where its buttons post to."""
    names: dict[str, Any] = {"app_key": state.live.key, "form_key": state.form.key, "table": drawn.key}
    record: dict[str, Any] = {"record": state.record_id} if state.record_id is not None else {}
    return replace(drawn, url=url_for("records.table", **names, **record))


def _layout(state: FormState) -> dict[str, Any]:
    """Return what drawing sections, tabs, steps and tables needs."""
    sections = [
        replace(one, controls=[_linked(state, c) if isinstance(c, TableView) else c for c in one.controls])
        for one in state.drawn
    ]
    by_key = {one.key: one for one in sections}
    pages = [replace(page, sections=[by_key[one.key] for one in page.sections]) for page in state.pages]
    seen = [page for page in pages if page.visible]
    active = next((place for place, page in enumerate(seen) if page.active), 0)
    return {
        "sections": sections,
        "paging": state.form.paging,
        "pages": pages,
        "active": seen[active].key if seen else "",
        "first_step": active == 0,
        "last_step": active >= len(seen) - 1,
        "has_tables": any(isinstance(one, TableView) for section in sections for one in section.controls),
        "state_key": state_key(state) if conditional_keys(state.form) else "",
    }


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
