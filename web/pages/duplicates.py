"""Likely duplicates: shown while a record is typed and beside a record; compared side by side, merged, taken apart again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound, Refused, StaleWrite
from engine.records.merging import choosable, merge, merges_of, unmerge
from engine.records.read import get
from engine.records.twins import twins
from engine.rights import may
from forms.errors import FormError
from web import here
from web.fields import displays, look_at, title_of, visible_fields
from web.form_view import read_typed
from web.render import go, render
from web.shell import toast
from web.widgets import Display
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live

bp = Blueprint("duplicates", __name__)


@dataclass(frozen=True)
class Likely:
    """A record that is probably the same: what it is called, why it is shown, and where to go from here."""

    id: int
    title: str
    facts: Sequence[Display]
    agrees: str
    url: str
    merge_url: str


@dataclass(frozen=True)
class Line:
    """One field of two records side by side; `free` when either value may be chosen."""

    key: str
    label: object
    sides: tuple[Display, Display]
    free: bool
    #: Which side is chosen at first: 0 the survivor, 1 the other.
    chosen: int


@bp.post("/a/<app_key>/<form_key>/duplicates")
def likely(app_key: str, form_key: str) -> Response:
    """Answer while somebody types: the records that are probably the same, as far as they may see them."""
    live = here.live_app(app_key)
    record_id = request.args.get("record", type=int)
    if not _has(live, form_key):
        raise NotFound("form", form_key)
    typed = read_typed(request.form, live, form_key)
    values = {key: typed[key] for key in live.form(form_key).duplicates if isinstance(typed.get(key), str)}
    found = _likely(live, form_key, values, record_id)
    return render("_likely.html", live=live, form=live.form(form_key), likely=found)


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/duplicates")
def show(app_key: str, form_key: str, record_id: int) -> Response:
    """Show the likely duplicates of a record, and what was merged into it."""
    live = here.live_app(app_key)
    record = _record(live, form_key, record_id)
    found = _likely(live, form_key, record.values, record_id)
    can_undo = may(here.viewer(), "delete", live, form_key)
    merged = merges_of(here.db(), live, form_key, record_id) if can_undo else []
    return render(
        "duplicates.html",
        live=live,
        form=live.form(form_key),
        record=record,
        title=title_of(live, record),
        likely=found,
        merged=merged,
    )


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/merge/<int:other_id>")
def compare(app_key: str, form_key: str, record_id: int, other_id: int) -> Response:
    """Show two records side by side; each field is chosen from one of them."""
    return _compare(here.live_app(app_key), form_key, record_id, other_id)


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/merge/<int:other_id>")
def join(app_key: str, form_key: str, record_id: int, other_id: int) -> Response:
    """Merge the other record into the first one."""
    live = here.live_app(app_key)
    _record(live, form_key, other_id)
    take = [field.key for field in live.form(form_key).fields if request.form.get(f"take.{field.key}") == "other"]
    versions = (request.form.get("version", type=int), request.form.get("other_version", type=int))
    try:
        merge(here.db(), live, form_key, record_id, other_id, take, here.viewer(), here.now(), versions=versions)
        here.db().commit()
    except (FormError, StaleWrite) as error:
        here.db().rollback()
        return _compare(live, form_key, record_id, other_id, error, 409 if isinstance(error, StaleWrite) else 422)
    toast(gettext("The two records are one now. This can be undone."))
    return go(url_for("records.show", app_key=live.key, form_key=form_key, record_id=record_id))


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/unmerge/<int:merge_id>")
def part(app_key: str, form_key: str, record_id: int, merge_id: int) -> Response:
    """Take two merged records apart again."""
    live = here.live_app(app_key)
    _record(live, form_key, record_id)
    if merge_id not in {one.id for one in merges_of(here.db(), live, form_key, record_id)}:
        raise NotFound("merge", merge_id)
    back = url_for("duplicates.show", app_key=live.key, form_key=form_key, record_id=record_id)
    try:
        made = unmerge(here.db(), live, form_key, merge_id, here.viewer(), here.now())
        here.db().commit()
    except FormError as error:
        here.db().rollback()
        toast("; ".join(str(fault) for fault in error.faults))
        return go(back)
    toast(gettext("The two records are two again."))
    return go(url_for("records.show", app_key=live.key, form_key=form_key, record_id=made.id))


def _has(live: Live, form_key: str) -> bool:
    return bool(live.form(form_key).duplicates) and may(here.viewer(), "read", live, form_key)


def _record(live: Live, form_key: str, record_id: int) -> Record:
    if not _has(live, form_key):
        raise NotFound("form", form_key)
    return get(here.db(), live, form_key, record_id, here.viewer(), here.now())


def _may_merge(live: Live, form_key: str) -> bool:
    return may(here.viewer(), "update", live, form_key) and may(here.viewer(), "delete", live, form_key)


def _likely(live: Live, form_key: str, values: Mapping[str, object], record_id: int | None) -> list[Likely]:
    form, fields = live.form(form_key), visible_fields(live, form_key)
    found = twins(here.db(), live, form_key, here.viewer(), here.now(), values, but=record_id)
    shown = [fields[key] for key in form.duplicates if key in fields and key != form.title]
    look = look_at(live, shown, [one.record.values for one in found])
    merging = record_id is not None and _may_merge(live, form_key)
    made = []
    for one in found:
        names: dict[str, Any] = {"app_key": live.key, "form_key": form_key}
        address = url_for("duplicates.compare", record_id=record_id, other_id=one.record.id, **names) if merging else ""
        made.append(
            Likely(
                one.record.id,
                title_of(live, one.record),
                [fact for fact in displays(shown, one.record, look, small=True) if not fact.empty],
                ", ".join(str(fields[key].label) for key in one.fields if key in fields),
                url_for("records.show", record_id=one.record.id, **names),
                address,
            )
        )
    return made


def _compare(
    live: Live,
    form_key: str,
    record_id: int,
    other_id: int,
    error: FormError | StaleWrite | None = None,
    status: int = 200,
) -> Response:
    one, other = (_record(live, form_key, id_) for id_ in (record_id, other_id))
    if one.id == other.id:
        raise NotFound(form_key, other_id)
    if not _may_merge(live, form_key):
        raise Refused("delete", form_key)
    names: dict[str, Any] = {"app_key": live.key, "form_key": form_key}
    return render(
        "merge.html",
        status=status,
        live=live,
        form=live.form(form_key),
        one=one,
        other=other,
        titles=(title_of(live, one), title_of(live, other)),
        lines=_lines(live, form_key, one, other),
        faults=error.faults if error else (),
        action=url_for("duplicates.join", record_id=one.id, other_id=other.id, **names),
        swapped=url_for("duplicates.compare", record_id=other.id, other_id=one.id, **names),
        back=url_for("records.show", record_id=one.id, **names),
    )


def _lines(live: Live, form_key: str, one: Record, other: Record) -> list[Line]:
    """Return the fields in which two records differ, or that only one of them has."""
    fields = visible_fields(live, form_key)
    shown = [field for key, field in fields.items() if key in live.form(form_key).by_key and not field.is_derived]
    shown = [field for field in shown if one.get(field.key) != other.get(field.key)]
    look = look_at(live, shown, [one.values, other.values])
    free = set(choosable(live, form_key, one.access)) & set(choosable(live, form_key, other.access))
    pairs = zip(shown, displays(shown, one, look), displays(shown, other, look), strict=True)
    return [
        Line(field.key, field.label, (left, right), field.key in free, int(left.empty and field.key in free))
        for field, left, right in pairs
    ]
