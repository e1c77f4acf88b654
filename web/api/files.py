"""`/api/v1/<app>/<form>/files`: files sent before a record takes them, and files read again."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Blueprint, request, send_file
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.files.reading import file_for, path_of
from engine.files.staging import place_for, receive
from web import here
from web.api.entry import demand
from web.api.records import answer


def add_to(bp: Blueprint) -> None:
    """Add the addresses."""
    bp.post("/<app_key>/<form_key>/files")(sent)
    bp.get("/<app_key>/<form_key>/files/<token>")(fetched)


def sent(app_key: str, form_key: str) -> Response:
    """Take one file in as it comes; its id goes into a field of a record that is created or changed next."""
    live = here.live_app(app_key)
    demand("create")
    if "field" not in request.args or request.mimetype != "application/octet-stream":
        raise BadRequest
    place = place_for(live, form_key, request.args["field"], here.viewer())
    name = unquote(request.headers.get("X-File-Name", ""))[:1000]
    row = receive(here.db(), place, request.stream, name, here.viewer(), here.now())
    told = {"id": row.token, "name": row.name, "size": row.size, "media_type": row.media_type, "sha256": row.sha256}
    return answer(told, 201, {"Location": f"/api/v1/{app_key}/{form_key}/files/{row.token}"})


def fetched(app_key: str, form_key: str, token: str) -> Response:
    """Hand a file over, always as something to keep and never to run."""
    live = here.live_app(app_key)
    live.form(form_key)
    demand("read")
    row = file_for(here.db(), token, here.viewer(), here.now())
    if (row.app_key, row.form) != (app_key, form_key):
        raise NotFound("file", token[:40])
    path = path_of(here.db(), row)
    handed = send_file(path, "application/octet-stream", as_attachment=True, download_name=row.name, etag=row.sha256)
    handed.headers["Cache-Control"] = "private, no-cache"
    return handed
