"""Who comes in: a token in the `Authorization` header, what it is good for, and what a request may carry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, cast

from flask import current_app, g, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.wrappers import Response

from engine.access.once import Answer, keep_answer, kept_answer
from engine.access.tokens import note_use, user_by_token
from engine.db import read_only, start_writing
from engine.errors import NotFound, Refused
from rules.errors import N_, Fault
from web import here, security
from web.api.problems import problem
from web.services import services_of

READING = frozenset({"GET", "HEAD"})
#: Signs of an Idempotency-Key.
LONGEST_KEY = 200
#: Answer headers that are kept with an answer.
KEPT = ("ETag", "Location", "Content-Type")


def know_bearer() -> Response | None:
    """Find out who asks; everybody else is told how to come in."""
    if request.method in READING:
        read_only(here.db())
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    asked, bearer = (request.view_args or {}).get("app_key"), None
    if scheme.casefold() == "bearer" and secret.strip().isascii():
        bearer = user_by_token(here.db(), secret.strip(), here.now(), asked)
    if bearer is None:
        fault = Fault(
            "token", N_("Send a valid token: “Authorization: Bearer …”. Tokens are made on your profile page.")
        )
        return problem(401, [fault], headers={"WWW-Authenticate": "Bearer"})
    g.user, g.scopes = bearer.user, bearer.scopes
    if asked is not None and bearer.release is not None:
        here.expect(asked, *bearer.release)
    if bearer.app_key is not None and asked not in (None, bearer.app_key):
        raise NotFound("app", asked)
    g.only_app = bearer.app_key
    if bearer.unnoted:
        with services_of(current_app).sessions.begin() as session:
            note_use(session, bearer.token_id, bearer.user, here.now(), **security.whence())
    return None


def demand(scope: str) -> None:
    """Refuse a token that was not made for this."""
    if scope not in g.scopes:
        raise Refused(scope, "with this token")


def body() -> dict[str, Any]:
    """Return the JSON object that was sent."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        found = json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    if not isinstance(found, dict):
        raise BadRequest
    return cast("dict[str, Any]", found)


def _no_number(word: str) -> object:
    raise ValueError(word)


def if_match() -> int | None:
    """Return the version that `If-Match` names: another one now means that somebody was faster."""
    text = request.headers.get("If-Match", "").strip()
    if text in ("", "*"):
        return None
    digits = text.removeprefix('"').removesuffix('"')
    if len(digits) + 2 != len(text) or not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        return 0  # a version that no record has
    return int(digits)


def once(work: Callable[[], Response]) -> Response:
    """Do a piece of writing and commit; a request repeated under its `Idempotency-Key` gets the first answer again."""
    session, key = here.db(), request.headers.get("Idempotency-Key")
    if key is None:
        response = work()
        session.commit()
        return response
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise BadRequest
    digest = _digest()
    start_writing(session)
    known = kept_answer(session, here.viewer(), key, digest, here.now())
    if known is not None:
        return Response(known.body, known.status, {**known.headers, "Idempotency-Replayed": "true"})
    response = work()
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    answer = Answer(response.status_code, headers, response.get_data())
    keep_answer(session, here.viewer(), key, digest, answer, here.now())
    session.commit()
    return response


def _digest() -> str:
    parts = (request.method.encode(), request.full_path.encode(), request.headers.get("If-Match", "").encode())
    return hashlib.sha256(b"\0".join((*parts, request.get_data()))).hexdigest()
