"""`/a/<app>/<form>/expression`: try an expression on a record and see how its value comes about; checks and completes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify, request, url_for
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.records.expressions import scope_for
from engine.records.read import get
from rules.check import check
from rules.checked import Checked
from rules.complete import complete, usage
from rules.errors import Fault, RuleError
from rules.explain import explain
from web import here, i18n
from web.errors import sentence
from web.explaining import Speaker
from web.expressions import values_on
from web.fields import input_context, look_at, title_of, visible_fields
from web.pages.lists import readable_form
from web.render import render
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live

bp = Blueprint("expression", __name__)


@bp.get("/a/<app_key>/<form_key>/expression")
def show(app_key: str, form_key: str) -> Response:
    """Show the page, with what the address asks for already tried."""
    return _page(app_key, form_key, request.args.get("text", ""), request.args.get("record", ""))


@bp.post("/a/<app_key>/<form_key>/expression/try")
def attempt(app_key: str, form_key: str) -> Response:
    """Evaluate an expression on a record and explain it."""
    return _page(app_key, form_key, request.form.get("text", ""), request.form.get("record", ""))


@bp.post("/a/<app_key>/<form_key>/expression/check")
def check_text(app_key: str, form_key: str) -> Response:
    """Return what is wrong with an expression, as JSON for the editor."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    checked, faults = _checked(live, form_key, request.form.get("text", ""))
    kind = checked.type.kind.value if checked else ""
    return jsonify(type=kind, faults=[_fault_json(fault) for fault in faults])


@bp.post("/a/<app_key>/<form_key>/expression/complete")
def complete_text(app_key: str, form_key: str) -> Response:
    """Return what may stand at a place of an expression, as JSON for the editor."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    text, place = request.form.get("text", "")[:4000], request.form.get("position", 0, type=int)
    place = min(max(place, 0), len(text))
    found = complete(text, place, scope_for(live, form_key, here.viewer()))
    options = [{"label": one.text, "type": one.kind, "detail": one.detail, "info": one.doc} for one in found]
    hint = usage(text, place)
    return jsonify({"from": found[0].start if found else place, "options": options, "usage": hint and asdict(hint)})


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {"code": fault.code, "column": fault.column, "text": sentence(fault), "suggestion": fault.suggestion}


def _checked(live: Live, form_key: str, text: str) -> tuple[Checked | None, tuple[Fault, ...]]:
    try:
        return check(text, scope_for(live, form_key, here.viewer())), ()
    except RuleError as error:
        return None, error.faults


def _page(app_key: str, form_key: str, text: str, record_text: str) -> Response:
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    checked, faults = _checked(live, form_key, text) if text.strip() else (None, ())
    record = _record(live, form_key, record_text)
    context: dict[str, Any] = {
        "live": live,
        "form": form,
        "text": text,
        "record": record,
        "title": title_of(live, record) if record else "",
        "lookup": url_for("lookup.records", app_key=app_key, form_key=form_key),
        "faults": [_fault_json(fault) for fault in faults],
        "asked": bool(text.strip()),
        "names": _names(live, form_key),
    }
    if checked is not None and record is not None:
        context |= _result(live, record, checked)
    status = 422 if faults and request.method == "POST" else 200
    return render("expression.html", "_expression_result.html", status=status, piece_id="result", **context)


def _record(live: Live, form_key: str, text: str) -> Record | None:
    digits = text.rsplit("#", 1)[-1].strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        record_id = int(digits)
    else:
        found = input_context(live).find_records(form_key, text.strip()) if text.strip() else ()
        if len(found) != 1:
            return None
        record_id = found[0]
    try:
        return get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    except NotFound:
        return None


def _result(live: Live, record: Record, checked: Checked) -> dict[str, Any]:
    fields = visible_fields(live, record.form)
    look = look_at(live, fields.values(), [record.values])
    speaker = Speaker(look, fields)
    tree = explain(checked, values_on(live, record, checked))
    return {"value": speaker.value(checked.text, tree.value, checked.type.kind), "nodes": [speaker.node(tree)]}


def _names(live: Live, form_key: str) -> list[tuple[str, str, str]]:
    """Return (name, label, kind) of what the viewer may write, for a person who looks for words."""
    fields = visible_fields(live, form_key)
    found = scope_for(live, form_key, here.viewer()).names()
    clock = {"me": gettext("you"), "today": gettext("today"), "now": gettext("this moment")}
    return [
        (name, str(i18n.told(fields[name].label)) if name in fields else clock.get(name, ""), type_.kind.value)
        for name, type_ in found.items()
    ]
