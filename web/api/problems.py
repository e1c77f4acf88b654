"""What goes wrong, as `application/problem+json`: the same errors and sentences as on the screens, beside their field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from flask import Blueprint, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from engine.access.once import Racing, Repeated
from engine.errors import NotFound, StaleWrite
from rules.errors import Fault, SteerwayError
from web import errors
from web.api.values import record_json
from web.words import gettext

MIME = "application/problem+json"


def add_to(bp: Blueprint) -> None:
    """Answer every error of the interface as JSON."""
    bp.register_error_handler(SteerwayError, _house_error)
    bp.register_error_handler(HTTPException, http_problem)
    bp.register_error_handler(Exception, _surprise)


def problem(
    status: int,
    faults: Iterable[Fault] = (),
    more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem: status, title, and one entry per fault."""
    body = {
        "title": gettext(errors.TITLES[status]) if status in errors.TITLES else HTTPStatus(status).phrase,
        "status": status,
        "errors": [_entry(fault) for fault in faults],
        **(more or {}),
    }
    return Response(json.dumps(body, ensure_ascii=False), status, headers, mimetype=MIME)


def _entry(fault: Fault) -> dict[str, object]:
    found: dict[str, object] = {"code": fault.code, "message": errors.sentence(fault)}
    if fault.field:
        found["field"] = fault.field
    if fault.suggestion:
        found["suggestion"] = fault.suggestion
    return found


def _house_error(error: SteerwayError) -> Response:
    if isinstance(error, StaleWrite):
        return _stale(error)
    if isinstance(error, Repeated):
        return problem(422, error.faults)
    if isinstance(error, Racing):
        return problem(409, error.faults)
    status = errors.status_of(error)
    return problem(status, () if isinstance(error, NotFound) else error.faults)


def _stale(error: StaleWrite) -> Response:
    """Return both sides' difference: the record as it is now, and the fields in which it differs."""
    if error.theirs is None:
        return problem(412, error.faults)
    from web import here

    live = here.live_app(str(request.view_args["app_key"]) if request.view_args else "")
    more = {"record": record_json(live, error.theirs), "differing": list(error.differing)}
    return problem(412, error.faults, more, {"ETag": f'"{error.theirs.version}"'})


def http_problem(error: HTTPException) -> Response:
    """Return what the framework refused: an unknown address, a method, a body that is no JSON."""
    if error.code is None or error.code < 400:
        return Response(error.get_body(), error.code or 500)
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return problem(error.code, headers=headers)


def _surprise(error: Exception) -> Response:
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS", True):
        raise error
    return problem(500)
