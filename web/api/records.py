"""`/api/v1/<app>/<form>`: list, read, create, change, move, delete and restore records, and what happened to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from engine import pipeline
from engine.errors import NotFound
from engine.records import create, delete, get, query, restore, timeline, update
from engine.records.expressions import condition_from
from engine.records.query import MOST_RECORDS, Page
from engine.releases import apps
from engine.rights import may
from forms.dates import read_moment
from forms.errors import FormError
from forms.labels import Label
from rules.errors import N_, Fault
from rules.moments import iso
from web import here
from web.api.entry import body, demand, if_match, once
from web.api.rows import create_with_rows, rows_json, split, update_with_rows
from web.api.values import fields_of, record_json, records_json, typed
from web.i18n import language, told

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.records.timeline import Entry
    from engine.releases import Live

VERBS = ("read", "create", "update", "move", "delete")


def add_to(bp: Blueprint) -> None:
    """Add the addresses."""
    one = "/<app_key>/<form_key>/<int:record_id>"
    bp.get("/")(home)
    bp.get("/<app_key>")(app_home)
    bp.get("/<app_key>/<form_key>")(listed)
    bp.post("/<app_key>/<form_key>")(created)
    bp.get(one)(read)
    bp.patch(one)(changed)
    bp.delete(one)(deleted)
    bp.post(f"{one}/move")(moved)
    bp.post(f"{one}/restore")(restored)
    bp.get(f"{one}/moves")(moves)
    bp.get(f"{one}/history")(history)


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON; nobody on the way may keep it."""
    sent = Response(
        json.dumps(content, ensure_ascii=False, allow_nan=False), status, headers, mimetype="application/json"
    )
    sent.headers["Cache-Control"] = "no-store"
    return sent


def home() -> Response:
    """List the apps in which the person has a part."""
    demand("read")
    user, found = here.viewer(), []
    for app in apps(here.db()):
        if (user.is_admin or user.roles_in(app.key)) and g.only_app in (None, app.key):
            address = url_for("api.openapi", app_key=app.key)
            found.append(
                {
                    "key": app.key,
                    "label": Label.of(app.label, app.key).pick(language()),
                    "release": app.live_number,
                    "openapi": address,
                }
            )
    return answer({"apps": found})


def app_home(app_key: str) -> Response:
    """List the forms of an app, and what the person may do there."""
    demand("read")
    live, user = here.live_app(app_key), here.viewer()
    forms = [
        {"key": key, "label": str(told(form.label)), "verbs": [verb for verb in VERBS if may(user, verb, live, key)]}
        for key, form in live.app.forms.items()
        if may(user, "read", live, key)
    ]
    return answer({"key": live.key, "release": live.number, "forms": forms})


def listed(app_key: str, form_key: str) -> Response:
    """Return a page of records: filtered by an expression, searched, sorted, from a cursor on."""
    demand("read")
    live = _readable(app_key, form_key)
    only = _names("fields")
    unknown = [key for key in only if key not in fields_of(live, form_key)]
    if unknown:
        raise FormError(*(_wrong("fields", N_("There is no field called {name} here."), name=key) for key in unknown))
    page = _page(live, form_key)
    found: dict[str, object] = {
        "records": records_json(live, page.records, only),
        "next": page.next or None,
    }
    if _flag("count"):
        found["count"] = page.count
    if page.titles:
        found["titles"] = {form or "people": {str(k): v for k, v in part.items()} for form, part in page.titles.items()}
    return answer(found)


def _page(live: Live, form_key: str) -> Page:
    user, text = here.viewer(), request.args.get("filter", "").strip()
    return query(
        here.db(),
        live,
        form_key,
        user,
        here.now(),
        where=condition_from(live, form_key, text, user) if text else None,
        text=request.args.get("q", "")[:200],
        sort=_names("sort") or None,
        limit=_limit(),
        after=request.args.get("after", ""),
        at=_moment(live),
        count=_flag("count"),
        titles=None if _flag("titles") else (),
    )


def _readable(app_key: str, form_key: str) -> Live:
    live = here.live_app(app_key)
    if not may(here.viewer(), "read", live, live.form(form_key).key):
        raise NotFound("form", form_key)
    return live


def _names(argument: str) -> Sequence[str]:
    return [name.strip() for name in request.args.get(argument, "").split(",") if name.strip()][:200]


def _flag(argument: str) -> bool:
    text = request.args.get(argument, "false")
    if text not in ("true", "false"):
        raise FormError(_wrong(argument, N_("Write true or false.")))
    return text == "true"


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_RECORDS):
        raise FormError(_wrong("limit", N_("Write a number from 1 to {most}."), most=MOST_RECORDS))
    return int(text)


def _moment(live: Live) -> datetime | None:
    text = request.args.get("at", "").strip()
    if not text:
        return None
    found = read_moment(text, live.app.context.time_zone)
    if found is None or found > here.now():
        raise FormError(_wrong("at", N_("Write a moment of the past, as 2026-03-02T10:00:00Z.")))
    return found


def _wrong(argument: str, template: str, **facts: object) -> Fault:
    return Fault("argument", template, facts, field=argument)


def read(app_key: str, form_key: str, record_id: int) -> Response:
    """Return a record, as it is or as it was."""
    demand("read")
    live = here.live_app(app_key)
    at = _moment(live)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now(), at)
    return _one(live, record, at=at)


def _one(
    live: Live,
    record: Record,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Response:
    found = record_json(live, record)
    if live.form(record.form).tables:
        found |= rows_json(live, record, at)
    return answer(found, status, {"ETag": f'"{record.version}"', **(headers or {})})


def created(app_key: str, form_key: str) -> Response:
    """Create a record."""
    demand("create")
    live, values = _readable(app_key, form_key), body()

    def work() -> Response:
        if live.form(form_key).tables:
            made = create_with_rows(live, form_key, *split(live, form_key, values))
        else:
            given = typed(live, form_key, values)
            made = create(here.db(), live, form_key, given, here.viewer(), here.now(), via="api")
        place = url_for("api.read", app_key=app_key, form_key=form_key, record_id=made.id)
        return _one(live, made, 201, {"Location": place})

    return once(work)


def changed(app_key: str, form_key: str, record_id: int) -> Response:
    """Change the fields that are named; with `If-Match` only the version that was read."""
    demand("update")
    live, values = here.live_app(app_key), body()

    def work() -> Response:
        user, version = here.viewer(), if_match()
        own, tables = split(live, form_key, values)
        if tables:
            return _one(live, update_with_rows(live, form_key, record_id, own, tables, version))
        given = typed(live, form_key, own) if form_key in live.app.forms else own
        made = update(here.db(), live, form_key, record_id, given, user, here.now(), via="api", version=version)
        return _one(live, made)

    return once(work)


def deleted(app_key: str, form_key: str, record_id: int) -> Response:
    """Delete a record; it can be restored."""
    demand("delete")
    live = here.live_app(app_key)

    def work() -> Response:
        delete(here.db(), live, form_key, record_id, here.viewer(), here.now(), via="api", version=if_match())
        return Response(status=204)

    return once(work)


def restored(app_key: str, form_key: str, record_id: int) -> Response:
    """Bring a deleted record back."""
    demand("delete")
    live = here.live_app(app_key)
    return once(lambda: _one(live, restore(here.db(), live, form_key, record_id, here.viewer(), here.now(), via="api")))


def moved(app_key: str, form_key: str, record_id: int) -> Response:
    """Move a record: `to` is a transition or a stage, `values` are filled in on the way."""
    demand("move")
    live, sent = here.live_app(app_key), body()
    to, values, note = sent.get("to"), sent.get("values", {}), sent.get("note", "")
    if not isinstance(to, str) or not isinstance(values, dict) or not isinstance(note, str) or sent.keys() - _MOVE:
        raise FormError(_wrong("to", N_("Send “to”, and if need be “values” and “note”.")))
    user, version = here.viewer(), if_match()

    def work() -> Response:
        given = typed(live, form_key, values) if form_key in live.app.forms else values
        now = here.now()
        found = pipeline.move(
            here.db(), live, form_key, record_id, to, given, user, now, version=version, via="api", note=note
        )
        return _one(live, found)

    return once(work)


_MOVE = {"to", "values", "note"}


def moves(app_key: str, form_key: str, record_id: int) -> Response:
    """Return the moves that lead on from a record's stage, and why one is not open."""
    demand("read")
    live, user, now = here.live_app(app_key), here.viewer(), here.now()
    record = get(here.db(), live, form_key, record_id, user, now)
    options = pipeline.moves(here.db(), live, form_key, record, user, now)
    return answer({"moves": [_move(one) for one in options]})


def _move(one: pipeline.MoveOption) -> dict[str, object]:
    from web.errors import sentence

    return {
        "key": one.transition.key,
        "label": str(told(one.transition.label)),
        "to": one.transition.to,
        "allowed": one.allowed,
        "why_not": [sentence(fault) for fault in one.why],
        "missing": list(one.missing),
    }


def history(app_key: str, form_key: str, record_id: int) -> Response:
    """Return what happened to a record, newest first."""
    demand("read")
    live = here.live_app(app_key)
    entries = timeline(here.db(), live, form_key, record_id, here.viewer(), here.now())
    return answer({"changes": [_entry(live, form_key, one) for one in entries]})


def _entry(live: Live, form_key: str, one: Entry) -> dict[str, object]:
    fields = fields_of(live, form_key)

    def shown(key: str, value: object) -> object:
        return None if value is None or key not in fields else fields[key].type.to_json(fields[key], value)

    return {
        "at": iso(one.at),
        "person": one.person_id,
        "name": one.person,
        "via": one.via,
        "verb": one.verb,
        "version": one.version,
        "note": one.note,
        "fields": {
            key: {"before": shown(key, before), "after": shown(key, after)}
            for key, (before, after) in one.fields.items()
        },
    }
