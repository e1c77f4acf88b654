"""What a list needs for deeds to many of its records: which of them the viewer may do, and what the list is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from engine.rights import may
from web import here

if TYPE_CHECKING:
    from engine.releases import Live
    from web.list_query import ListQuery

VERBS = ("update", "move", "delete", "export")


def bulk_context(live: Live, form_key: str, asked: ListQuery) -> dict[str, object]:
    """Return `bulk_can` and `bulk_query` for the template."""
    return {
        "bulk_can": {verb: may(here.viewer(), verb, live, form_key) for verb in VERBS},
        "bulk_query": urlencode(asked.args(page=1)),
    }
