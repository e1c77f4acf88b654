"""Names of places that address fields offer: the same for everybody, so nobody is asked who they are."""

from __future__ import annotations

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from forms.cities import cities

bp = Blueprint("places", __name__)
_DAY = 24 * 3600


@bp.get("/places/cities")
def of_province() -> Response:
    """Return the cities of the province that a select sends, whatever its name, as options of a list."""
    name = next(iter(request.args.values()), "")[:20]
    response = Response(Markup().join(Markup("<option>{}</option>").format(city) for city in cities(name)))
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = f"public, max-age={_DAY}"
    return response
