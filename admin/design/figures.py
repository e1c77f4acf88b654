"""Expressions over names that are no form's, checked and completed while they are written: figures and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request

from rules.check import check
from rules.complete import complete, usage
from rules.errors import RuleError
from web.errors import sentence

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from rules.scope import Scope

#: Longest text that is looked at.
MOST = 4000


def check_answer(scope: Scope) -> Response:
    """Return what is wrong with the posted expression, as JSON for the editor."""
    faults: tuple[Any, ...] = ()
    kind = ""
    try:
        kind = check(request.form.get("text", "")[:MOST], scope).type.kind.value
    except RuleError as error:
        faults = error.faults
    said = [{"column": one.column, "text": sentence(one), "suggestion": one.suggestion} for one in faults]
    return jsonify(type=kind, faults=said)


def complete_answer(scope: Scope) -> Response:
    """Return what may stand at the posted place of it, as JSON for the editor."""
    text, place = request.form.get("text", "")[:MOST], request.form.get("position", 0, type=int)
    place = min(max(place, 0), len(text))
    found = complete(text, place, scope)
    options = [{"label": one.text, "type": one.kind, "detail": one.detail, "info": one.doc} for one in found]
    hint = usage(text, place)
    return jsonify({"from": found[0].start if found else place, "options": options, "usage": hint and vars(hint)})
