"""The back office over the small app; what its pages do is the engine's matter and tested there on both databases."""

from __future__ import annotations

from tests.web import conftest as web

prepared, db, tiny, site = web.prepared, web.db, web.tiny, web.site
