"""`/a/<app>/<form>/import`: a file becomes records: choose it, match its columns, see what would happen, do it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.acts.importing import recall, start_import
from engine.errors import NotFound, Refused
from engine.imports.encoding import ENCODINGS
from engine.imports.errors import ImportRefused
from engine.imports.mapping import ImportMapping, guess, mapping_of
from engine.imports.read import Table, read
from engine.imports.report import CREATE, REFUSED, UPDATE, Report
from engine.imports.run import plan
from engine.rights import may
from rules.errors import N_, Fault
from web import here, i18n, uploads
from web.act_view import place_of
from web.errors import sentence
from web.import_view import (
    LEAVE_EMPTY,
    column_views,
    dirt_views,
    field_choices,
    posted_mapping,
    unasked_orders,
    unknown_views,
    verdict_words,
    with_orders,
)
from web.render import go, render
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
    if not file or not file.filename:
        raise ImportRefused(Fault("no_file", _NO_FILE))
    token = uploads.keep(file.stream, here.viewer().id)
    try:
        table = _read_upload(uploads.fetch(token, here.viewer().id))
    except ImportRefused:
        uploads.forget(token, here.viewer().id)
        raise
    known = recall(here.db(), live, form_key, table.header, here.viewer())
    mapping = known or guess(live.form(form_key), live.pipeline(form_key), table.header)
    if live.pipeline(form_key) is not None and known is None and not _configures(live, form_key):
        mapping = replace(mapping, gates=True)
    notes = [gettext("The columns are matched as the last time you read a sheet like this one.")] if known else []
    return _columns_page(live, form_key, token, table, mapping, notes=notes)


def _read_upload(path: Path) -> Table:
    if not path.stat().st_size:
        raise ImportRefused(Fault("no_file", _NO_FILE))
    return read(path)


def _configures(live: Live, form_key: str) -> bool:
    """Tell whether the viewer may set stages as they stand, without their gates."""
    return here.viewer().is_admin or may(here.viewer(), "configure", live, form_key)


def _go_on(live: Live, form_key: str, wanted: str) -> Response:
    token = request.form.get("token", "")
    table = read(uploads.fetch(token, here.viewer().id), **_reading())
    form, pipeline = live.form(form_key), live.pipeline(form_key)
    base = _base(live, form_key, table)
    config = with_orders(posted_mapping(form_key, table, request.form, base), live, form_key, table)
    try:
        mapping = mapping_of({**config, **_reading()}, form, pipeline)
    except ImportRefused as error:
        faults = [sentence(fault) for fault in error.faults]
        return _columns_page(live, form_key, token, table, base, faults=faults, status=422)
    if wanted == "columns":
        return _columns_page(live, form_key, token, table, mapping)
    if unasked := unasked_orders(live, form_key, table, mapping):
        said = [sentence(fault) for fault in unasked]
        return _columns_page(live, form_key, token, table, mapping, faults=said, status=422)
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
        report = plan(*arguments, verdicts=False)
        here.db().rollback()
        return _report_page(live, form_key, "preview", report, token, mapping)
    name = request.form.get("name", "")
    act = start_import(here.db(), live, form_key, table, mapping, here.viewer(), here.now(), name=name)
    here.db().commit()
    uploads.forget(token, here.viewer().id)
    return go(place_of(act))


def _columns_page(
    live: Live,
    form_key: str,
    token: str,
    table: Table,
    mapping: ImportMapping,
    faults: Any = (),
    status: int = 200,
    notes: Sequence[str] = (),
) -> Response:
    context: dict[str, Any] = {
        "token": token,
        "name": _file_name(),
        "encodings": ENCODINGS,
        "staged": live.pipeline(form_key) is not None,
        "configures": _configures(live, form_key),
        "columns": column_views(live, form_key, table, mapping),
        "choices": field_choices(live, form_key),
        "mapping": mapping,
        "mapping_json": json.dumps(mapping.to_dict(), ensure_ascii=False),
        "row_count": i18n.number(len(table.rows)),
        "table": table,
        "notes": [*notes, *(sentence(note) for note in table.notes)],
    }
    return _page(live, form_key, "columns", status=status, faults=faults, **context)


def _report_page(live: Live, form_key: str, where: str, report: Report, token: str, mapping: ImportMapping) -> Response:
    counts, words = report.counts, verdict_words()
    context: dict[str, Any] = {
        "token": token,
        "name": _file_name(),
        "reading": list(_reading().items()),
        "mapping_json": json.dumps(mapping.to_dict(), ensure_ascii=False),
        "figures": [(words[key], i18n.number(counts[key]), key) for key in words],
        "will_write": counts[CREATE] + counts[UPDATE],
        "refused": counts[REFUSED],
        "unknown": unknown_views(report),
        "leave_empty": LEAVE_EMPTY,
        "dirt": dirt_views(live, report),
        "dirt_count": i18n.number(len(report.dirt) + report.more_dirt),
        "notes": [sentence(note) for note in report.notes],
    }
    return _page(live, form_key, where, **context)


def _file_name() -> str:
    """Return what the file is called, by which its import is told from others."""
    file = request.files.get("file")
    return ((file.filename if file else "") or request.form.get("name", ""))[:200]


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
