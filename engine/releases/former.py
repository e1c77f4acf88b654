"""Fields that a form had before: what they were called."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from engine.releases.live import Live
from engine.releases.plan import last_with
from forms.labels import Label

#: So many names are looked up at most: each goes back through the releases.
MOST = 20


def labels_before(session: Session, live: Live, form: str, names: Iterable[str]) -> dict[str, Label]:
    """Return the last label of those names, or names of parts, that were fields of a form once and are none now."""
    asked = {name: name.partition(".")[0] for name in list(names)[:MOST]}
    gone = {name: key for name, key in asked.items() if key not in live.form(form).by_key}
    if not gone:
        return {}
    table = live.tables.current(form).name
    there = {str(one["name"]) for one in inspect(session.connection()).get_columns(table)}
    past = {key: last_with(session, live, form, key) for key in set(gone.values()) & there}
    return {name: one.app.forms[form].by_key[key].label for name, key in gone.items() if (one := past.get(key))}
