"""Search-as-you-type for references and people: JSON for the select, always asked on the server, never embedded."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.people import find_people
from engine.records import query
from engine.records.choosing import teams_of
from engine.records.filters import EMPTY, Filter
from engine.records.titles import lookup
from engine.rights import may
from web import here
from web.fields import visible_fields

bp = Blueprint("lookup", __name__)
MOST = 30
#: Records whose tags are offered.
RECORDS = 500


@bp.get("/a/<app_key>/<form_key>/lookup")
def records(app_key: str, form_key: str) -> Response:
    """Find records by words of their title, within the viewer's rights."""
    live = here.live_app(app_key)
    if form_key not in live.app.forms or not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    found = lookup(here.db(), live, form_key, _text(), here.viewer(), here.now(), limit=MOST)
    return _answer(found)


@bp.get("/a/<app_key>/people")
def people(app_key: str) -> Response:
    """Find people by a part of their name."""
    here.live_app(app_key)
    role, team = request.args.get("role", ""), request.args.get("team", "")
    return _answer(find_people(here.db(), _text(), limit=MOST, role=(app_key, role) if role else None, team=team))


@bp.get("/a/<app_key>/teams")
def teams(app_key: str) -> Response:
    """Find teams by a part of their name."""
    live = here.live_app(app_key)
    asked = _text().casefold()
    return _reply([(team, team) for team in teams_of(here.db(), live) if asked in team.casefold()][:MOST])


@bp.get("/a/<app_key>/<form_key>/tags/<field_key>")
def tags(app_key: str, form_key: str, field_key: str) -> Response:
    """Offer the tags that the latest records use, of those the viewer may see."""
    live = here.live_app(app_key)
    if form_key not in live.app.forms or not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    field = visible_fields(live, form_key).get(field_key)
    if field is None or field.type.key != "tags":
        raise NotFound("field", field_key)
    asked = [Filter(field_key, EMPTY, (False,))]
    page = query(
        here.db(), live, form_key, here.viewer(), here.now(), filters=asked, sort=["-updated_at"], limit=RECORDS
    )
    used = Counter(tag for record in page.records for tag in _tags(record.get(field_key)) if _text() in tag)
    return _reply([(tag, tag) for tag, _ in used.most_common(MOST)])


def _tags(value: object) -> list[str]:
    return [str(tag) for tag in value] if isinstance(value, list | tuple) else []


def _text() -> str:
    return " ".join(request.args.get("q", "").split())[:100]


def _answer(found: list[tuple[int, str]]) -> Response:
    return _reply([(str(id_), title) for id_, title in found])


def _reply(found: list[tuple[str, str]]) -> Response:
    response = jsonify(results=[{"id": id_, "title": title} for id_, title in found])
    response.headers["Cache-Control"] = "no-store"
    return response
