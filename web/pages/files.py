"""`/files/<token>`: a file and its small view, for who may see where it hangs; and where uploads go."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from engine.files.pictures import type_of_small
from engine.files.reading import file_for, path_of, small_path_of
from engine.files.staging import place_for, receive
from forms.errors import FormError
from forms.media import PICTURES
from web import here
from web.errors import sentence
from web.file_view import file_view

bp = Blueprint("files", __name__)

#: Nothing inside a file runs, loads or is framed, whatever it is.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@bp.post("/a/<app_key>/<form_key>/files")
def add(app_key: str, form_key: str) -> Response:
    """Take one file in as it comes, without keeping it in memory; answer its line in the list, or what is wrong."""
    live = here.live_app(app_key)
    place = place_for(live, form_key, request.args.get("field", ""), here.viewer())
    name = unquote(request.headers.get("X-File-Name", ""))[:1000]
    try:
        row = receive(here.db(), place, request.stream, name, here.viewer(), here.now())
    except FormError as error:
        return Response(" ".join(sentence(fault) for fault in error.faults), 422, mimetype="text/plain")
    shown = file_view(f"{row.token}/{row.name}", row)
    input_name = place.field.key if place.field else "files"
    return Response(render_template("_file_line.html", file=shown, name=input_name), 201, mimetype="text/html")


@bp.get("/files/<token>")
def show(token: str) -> Response:
    """Hand a file over; only plain pictures are ever shown in the browser, and only when asked for."""
    row = file_for(here.db(), token, here.viewer(), here.now())
    path = path_of(here.db(), row)
    inline = bool(request.args.get("view")) and row.media_type in PICTURES
    kind = row.media_type if row.media_type in PICTURES else "application/octet-stream"
    return _sent(send_file(path, kind, as_attachment=not inline, download_name=row.name, etag=row.sha256))


@bp.get("/files/<token>/small")
def small(token: str) -> Response:
    """Show a picture small."""
    row = file_for(here.db(), token, here.viewer(), here.now())
    path = small_path_of(here.db(), row)
    return _sent(send_file(path, type_of_small(path), etag=f"{row.sha256}-small"))


def _sent(answer: Response) -> Response:
    """Let browsers keep a copy that they ask about each time: rights may be gone."""
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
