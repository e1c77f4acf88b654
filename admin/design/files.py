"""The files of a draft as JSON: every part of every designer, one click away and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._desk import Tab, desk
from admin.design.editor.completing import complete
from admin.design.editor.marking import check, line_of, marked
from admin.design.editor.places import from_browser, take_apart, to_browser
from admin.design.editor.stale import sides
from engine import design
from engine.config.parse import parse
from rules.errors import N_, Fault, SteerwayError
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint
    from werkzeug.wrappers import Response

    from admin.design.editor.places import Span
    from admin.design.editor.stale import Row

TABS = (Tab("design.files", lazy_gettext("JSON")),)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/files", "files", index)
    pages.add_url_rule("/files/<path:path>", "files_edit", edit)
    pages.add_url_rule("/files/<path:path>", "files_save", save, methods=["POST"])
    pages.add_url_rule("/json/format/<path:path>", "files_format", formatted, methods=["POST"])
    pages.add_url_rule("/json/check/<path:path>", "files_check", checked, methods=["POST"])
    pages.add_url_rule("/json/complete/<path:path>", "files_complete", completed, methods=["POST"])


def index(app_key: str) -> Response:
    """List the files."""
    return render("design/files.html", app_key=app_key)


def edit(app_key: str, path: str) -> Response:
    """Show a file as canonical JSON."""
    text = design.text_of(path, desk().content(path))
    return _page(app_key, path, text, desk().faults_in(path), at=request.args.get("at", ""))


def save(app_key: str, path: str) -> Response:
    """Store what was typed; text that is no JSON object comes back with its faults, a stale one with both sides."""
    text = _text()
    content, faults = parse(text.encode("utf-8", "surrogatepass"), path)
    if not isinstance(content, dict):
        return _page(app_key, path, text, faults or [_no_object(path)], 422)
    try:
        desk().save(path, content, gettext("edited as JSON"))
    except design.StaleDraft as error:
        here.db().rollback()
        return _page(app_key, path, text, error.faults, 409, sides(desk().source, path, content))
    except SteerwayError as error:
        here.db().rollback()
        flash(sentence(error.faults[0]), "error")
        return _page(app_key, path, text, error.faults, 422)
    flash(gettext("Saved in the draft."), "success")
    return redirect(url_for("design.files_edit", app_key=app_key, path=design.called(path, content)), 303)


def formatted(app_key: str, path: str) -> Response:
    """Write what was typed in canonical form: as JSON for the editor, else as the page."""
    text = _text()
    content, faults = parse(text.encode("utf-8", "surrogatepass"), path)
    found = [*faults] if isinstance(content, dict) else [*(faults or [_no_object(path)])]
    again = text if found or not isinstance(content, dict) else design.text_of(path, content)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(text=again, faults=_rows(text, check(desk().source, path, text) if found else []))
    return _page(app_key, path, again, found or desk().faults_in(path), 422 if found else 200, seen=_seen())


def checked(app_key: str, path: str) -> Response:  # noqa: ARG001 - the desk knows it
    """Return the faults of what was typed, each with the characters to mark, as JSON for the editor."""
    text = _text()
    return jsonify(faults=_rows(text, check(desk().source, path, text)))


def completed(app_key: str, path: str) -> Response:  # noqa: ARG001 - the desk knows it
    """Return what may stand at the cursor and what the member there means, as JSON for the editor."""
    text = _text()
    position = from_browser(text, request.form.get("position", 0, type=int))
    answer = complete(desk().source, path, text, position)
    options = [
        {"label": one.label, "type": one.kind, "detail": one.detail, "info": one.info, "apply": one.apply}
        for one in answer.options
    ]
    places = {"from": to_browser(text, answer.start), "to": to_browser(text, answer.end)}
    return jsonify({**places, "options": options, "title": answer.title, "help": answer.help})


def _rows(text: str, found: Sequence[tuple[Span, Fault]]) -> list[dict[str, object]]:
    return [
        {
            "from": to_browser(text, span.start),
            "to": to_browser(text, span.end),
            "severity": fault.level,
            "message": sentence(fault) + (f" → {fault.suggestion}" if fault.suggestion else ""),
        }
        for span, fault in found
    ]


def _text() -> str:
    """Return what was typed; forms write the ends of lines in two characters."""
    return request.form.get("text", "").replace("\r\n", "\n")


def _seen() -> str:
    return request.form.get("seen", "")


def _no_object(path: str) -> Fault:
    return Fault("json.object", N_("A file holds one object: everything stands between curly brackets."), file=path)


def _place(text: str, at: str) -> dict[str, Any]:
    """Return which line and characters to show for a place."""
    span = take_apart(text).span(at)
    ends = {"from": to_browser(text, span.start), "to": to_browser(text, span.end)}
    return {**ends, "at": at, "line": line_of(text, span)}


def _page(
    app_key: str,
    path: str,
    text: str,
    faults: Sequence[Fault],
    status: int = 200,
    stale: Sequence[Row] | None = None,
    seen: str | None = None,
    at: str = "",
) -> Response:
    lines = {fault.pointer: line_of(text, span) for span, fault in marked(text, [*faults]) if fault.pointer}
    return render(
        "design/file.html",
        app_key=app_key,
        path=path,
        text=text,
        faults=faults,
        lines=lines,
        stale=stale,
        here=_place(text, at) if at else None,
        seen=desk().seen(path) if seen is None else seen,
        status=status,
    )
