"""`/a/<app>/<form>/import`: a file becomes records: choose it, match its columns, see what would happen, do it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound, Refused
from engine.imports.errors import ImportRefused
from engine.imports.mapping import ImportMapping, guess, mapping_of
from engine.imports.read import Table, read
from engine.imports.report import CREATE, REFUSED, UPDATE, Report
from engine.imports.run import plan, run
from engine.rights import may
from rules.errors import N_, Fault
from web import here, i18n, uploads
from web.errors import sentence
from web.import_view import (
    LEAVE_EMPTY,
    column_views,
    dirt_views,
    field_choices,
    posted_mapping,
    unknown_views,
    verdict_words,
)
from web.render import render
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live

bp = Blueprint("imports", __name__)
_NO_FILE = N_("Choose a file first.")


@bp.get("/a/<app_key>/<form_key>/import")
def show(app_key: str, form_key: str) -> Response:
    """Ask for a file."""
    return _page(_allowed(app_key, form_key), form_key, "file")


@bp.post("/a/<app_key>/<form_key>/import")
def step(app_key: str, form_key: str) -> Response:
    """Go one step on: `step` is upload, columns, preview or run."""
    live = _allowed(app_key, form_key)
    wanted = request.form.get("step", "upload")
    try:
        if wanted == "upload":
            return _uploaded(live, form_key)
        return _go_on(live, form_key, wanted)
    except ImportRefused as error:
        here.db().rollback()
        return _page(live, form_key, "file", status=422, faults=[sentence(fault) for fault in error.faults])


def _allowed(app_key: str, form_key: str) -> Live:
    live = here.live_app(app_key)
    live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    if not may(here.viewer(), "import", live, form_key):
        raise Refused("import", form_key)
    return live


def _uploaded(live: Live, form_key: str) -> Response:
    file = request.files.get("file")
    data = file.read() if file else b""
    if not data:
        raise ImportRefused(Fault("no_file", _NO_FILE))
    table = read(data)
    token = uploads.keep(data, here.viewer().id)
    mapping = guess(live.form(form_key), live.pipeline(form_key), table.header)
    return _columns_page(live, form_key, token, table, mapping)


def _go_on(live: Live, form_key: str, wanted: str) -> Response:
    token = request.form.get("token", "")
    table = read(uploads.fetch(token, here.viewer().id), **_reading())
    form, pipeline = live.form(form_key), live.pipeline(form_key)
    base = _base(live, form_key, table)
    config = posted_mapping(form_key, table, request.form, base)
    try:
        mapping = mapping_of({**config, **_reading()}, form, pipeline)
    except ImportRefused as error:
        faults = [sentence(fault) for fault in error.faults]
        return _columns_page(live, form_key, token, table, base, faults=faults, status=422)
    if wanted == "columns":
        return _columns_page(live, form_key, token, table, mapping)
    return _verdicts(live, form_key, token, table, mapping, write=wanted == "run")


def _reading() -> dict[str, str]:
    """Return how the file is to be read, where a person chose."""
    return {name: value for name in ("encoding", "delimiter", "sheet") if (value := request.form.get(name, ""))}


def _base(live: Live, form_key: str, table: Table) -> ImportMapping:
    """Return the mapping of the step before, or the guess."""
    form, pipeline = live.form(form_key), live.pipeline(form_key)
    text = request.form.get("mapping", "")
    try:
        return mapping_of(_kept(text), form, pipeline) if text else guess(form, pipeline, table.header)
    except (ValueError, RecursionError, ImportRefused):
        return guess(form, pipeline, table.header)


def _kept(text: str) -> dict[str, Any]:
    """Return the mapping that the page before wrote into itself; ValueError for what it cannot have written."""
    found = json.loads(text)
    json.dumps(found, ensure_ascii=False).encode()
    if not isinstance(found, dict):
        raise ValueError("no mapping")  # noqa: TRY004 - told like everything that is no mapping
    return found


def _verdicts(live: Live, form_key: str, token: str, table: Table, mapping: ImportMapping, *, write: bool) -> Response:
    arguments = (here.db(), live, form_key, table, mapping, here.viewer(), here.now(), i18n.language())
    if not write:
        report = plan(*arguments)
        here.db().rollback()
        return _report_page(live, form_key, "preview", report, token, mapping)
    report = run(*arguments)
    here.db().commit()
    uploads.forget(token, here.viewer().id)
    return _report_page(live, form_key, "done", report, "", mapping)


def _columns_page(
    live: Live, form_key: str, token: str, table: Table, mapping: ImportMapping, faults: Any = (), status: int = 200
) -> Response:
    context: dict[str, Any] = {
        "token": token,
        "columns": column_views(table, mapping),
        "choices": field_choices(live, form_key),
        "mapping": mapping,
        "mapping_json": json.dumps(mapping.to_dict(), ensure_ascii=False),
        "row_count": i18n.number(len(table.rows)),
        "table": table,
        "notes": [sentence(note) for note in table.notes],
    }
    return _page(live, form_key, "columns", status=status, faults=faults, **context)


def _report_page(live: Live, form_key: str, where: str, report: Report, token: str, mapping: ImportMapping) -> Response:
    counts, words = report.counts, verdict_words()
    context: dict[str, Any] = {
        "token": token,
        "mapping_json": json.dumps(mapping.to_dict(), ensure_ascii=False),
        "figures": [(words[key], i18n.number(counts[key]), key) for key in words],
        "will_write": counts[CREATE] + counts[UPDATE],
        "refused": counts[REFUSED],
        "unknown": unknown_views(report),
        "leave_empty": LEAVE_EMPTY,
        "dirt": dirt_views(live, report),
        "dirt_count": i18n.number(len(report.dirt)),
        "notes": [sentence(note) for note in report.notes],
    }
    return _page(live, form_key, where, **context)


def _page(live: Live, form_key: str, where: str, status: int = 200, **context: Any) -> Response:
    steps = [
        ("file", gettext("File")),
        ("columns", gettext("Columns")),
        ("preview", gettext("Preview")),
        ("done", gettext("Result")),
    ]
    address = url_for("imports.show", app_key=live.key, form_key=form_key)
    return render(
        "import.html",
        status=status,
        live=live,
        form=live.form(form_key),
        where=where,
        steps=steps,
        action=address,
        **context,
    )
