"""What alerts are about, by name: records by their titles, people by theirs."""

from __future__ import annotations

from collections.abc import Collection

from engine.alerts.holding import NO_RECORD
from engine.people.users import names_of
from engine.records.titles import titles
from engine.releases import Live
from web import here


def subject_titles(live: Live, form: str, ids: Collection[int]) -> dict[int, str]:
    """Return what records are called, or without a form people; nothing for what is about neither."""
    if form in live.app.forms:
        return dict(titles(here.db(), live, form, ids, here.viewer(), here.now()))
    return dict(names_of(here.db(), [id_ for id_ in ids if id_ != NO_RECORD])) if not form else {}
