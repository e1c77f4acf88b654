"""Expressions over names that are no form's, checked and completed while they are written: figures and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request

from admin.expression_names import named_here
from rules.check import check
from rules.complete import complete, usage
from rules.errors import RuleError
from web.errors import sentence
from web.expression_names import reworded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from rules.scope import Scope

#: Longest text that is looked at.
MOST = 4000


def check_answer(scope: Scope, keys: Mapping[str, str] | None = None) -> Response:
    """Return what is wrong with the posted expression, as JSON for the editor; `keys` are those that names stand for."""
    faults: tuple[Any, ...] = ()
    kind = ""
    try:
        kind = check(reworded(request.form.get("text", "")[:MOST], keys or {}), scope).type.kind.value
    except RuleError as error:
        faults = error.faults
    said = [{"column": one.column, "text": sentence(one), "suggestion": one.suggestion} for one in faults]
    return jsonify(type=kind, faults=said)


def complete_answer(scope: Scope, keys: Mapping[str, str] | None = None) -> Response:
    """Return what may stand at the posted place of it, as JSON for the editor: by keys, and by the names of them."""
    text, place = request.form.get("text", "")[:MOST], request.form.get("position", 0, type=int)
    place = min(max(place, 0), len(text))
    found = complete(text, place, scope)
    options = [{"label": one.text, "type": one.kind, "detail": one.detail, "info": one.doc} for one in found]
    start, named = named_here(text, place, keys or {})
    if named and not found:
        options = [{"label": name, "type": "variable", "detail": key, "info": ""} for name, key in named]
        return jsonify({"from": start, "options": options, "usage": None})
    hint = usage(text, place)
    return jsonify({"from": found[0].start if found else place, "options": options, "usage": hint and vars(hint)})
