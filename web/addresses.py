"""Addresses that nobody's page holds: ids no record can have, and characters no text can have."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

#: What a database keeps ids in.
LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """An id in an address; larger numbers name nothing, whatever database is asked."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - Werkzeug's own argument name
        super().__init__(map, max=LARGEST_ID)


def install(app: Flask) -> None:
    """Refuse such addresses before any page reads them; comes before the pages."""
    app.url_map.converters["int"] = IdConverter
    app.before_request(refuse_nul)


def refuse_nul() -> None:
    """NUL is no character of any text: databases refuse it, so no search and no name can hold it."""
    if "\x00" in request.path or b"%00" in request.query_string or b"\x00" in request.query_string:
        abort(400)
