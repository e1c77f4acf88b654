"""Unfinished forms on pages: what is kept of a form, what is resumed, and the notes that point to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, g, url_for
from werkzeug.datastructures import MultiDict

from engine.drafts import Unfinished, draft_of, drafts_of, drop
from engine.errors import NotFound
from engine.records.subtables import JOINT
from engine.releases import labels_before, live
from engine.rights import may
from web import here, i18n
from web.fields import all_fields
from web.widgets import is_id

if TYPE_CHECKING:
    from engine.releases import Live

#: Posted beside what was typed into a field that is gone, once the person was told of it.
TOLD = "-told"
#: Names that a form posts for itself.
OWN = frozenset({"csrf_token", "version", "refresh", TOLD, "-next", "-go", "-once", "-state", "-page", "-draft"})
_PASTE = (f"{JOINT}-paste", f"{JOINT}-first")
ACTIONS = frozenset({"-add_row", "-remove_row", "-keep_row", "-row_up", "-show_rows", "-paste_rows"})


@dataclass(frozen=True)
class Note:
    """A line that says: you have an unfinished form."""

    id: int
    form: Any
    app: Any
    what: str
    at: datetime
    url: str
    discard_url: str
    record_id: int | None = None


@dataclass(frozen=True)
class Lost:
    """Something that was typed into a field that no longer exists; `label` is what it was called."""

    name: str
    text: str
    label: str = ""


def typed_pairs(form_data: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Return what is kept of a posted form."""
    pairs = form_data.items(multi=True)
    kept = [(name, text.replace("\0", "")) for name, text in pairs if name not in OWN | ACTIONS]
    return [(name, text) for name, text in kept if "\0" not in name and not name.endswith(_PASTE)]


def resumed(draft: Unfinished) -> MultiDict[str, str]:
    """Return a draft as if it were posted."""
    return MultiDict([*draft.typed, ("-page", draft.step)])


def asked_draft(text: str, live: Live, form_key: str, record_id: int | None) -> Unfinished | None:
    """Return the draft that an address names, if it is one of this form; NotFound for another."""
    if not text:
        return None
    found = draft_of(here.db(), int(text) if is_id(text) else 0, here.viewer())
    if (found.app_key, found.form, found.record_id) != (live.key, form_key, record_id):
        raise NotFound("draft", found.id)
    return found


def drop_posted(form_data: MultiDict[str, str]) -> None:
    """Drop the draft of a form that was saved."""
    text = form_data.get("-draft", "")
    if is_id(text):
        drop(here.db(), int(text), here.viewer())


def lost_of(live: Live, form_key: str, typed: Sequence[tuple[str, str]]) -> list[Lost]:
    """Return what was typed into fields that a later release does not have any more."""
    form = live.form(form_key)
    known = all_fields(live, form_key)
    lost = []
    for name, text in typed:
        key, _, rest = name.partition(JOINT)
        table = form.tables_by_key.get(key)
        if name.startswith("-") or rest.rpartition(JOINT)[2].startswith("-") or not text.strip():
            continue
        bare = name.partition(".")[0]
        column = rest.rpartition(JOINT)[2]
        if (table is None and bare not in known) or (table is not None and column and column not in table.columns):
            lost.append(Lost(name, text[:500]))
    called = labels_before(here.db(), live, form_key, [one.name for one in lost])
    return [replace(one, label=str(i18n.told(called[one.name]))) if one.name in called else one for one in lost]


def left_over(live: Live, form_key: str, posted: MultiDict[str, str]) -> list[Lost]:
    """Return what was posted for fields that were taken out while the form was filled in, unless the person was told."""
    told = set(posted.getlist(TOLD))
    lost = [one for one in lost_of(live, form_key, typed_pairs(posted)) if one.label]
    return lost if any(one.name not in told for one in lost) else []


def notes(app_key: str | None = None, form_key: str | None = None) -> list[Note]:
    """Return the viewer's unfinished forms, in apps and forms that still are there and open to them."""
    user = here.viewer()
    found = drafts_of(here.db(), user, app_key, form_key, limit=10)
    keys = {one.app_key for one in found if user.is_admin or user.roles_in(one.app_key)}
    apps = {key: _live(key) for key in keys}
    made = [_note(apps[one.app_key], one) for one in found if one.app_key in apps]
    return [note for note in made if note is not None]


def _live(app_key: str) -> Live:
    known: dict[str, Live] = g.setdefault("live", {})
    if app_key not in known:
        known[app_key] = live(here.db(), app_key)
    return known[app_key]


def _note(app: Live, draft: Unfinished) -> Note | None:
    form = app.app.forms.get(draft.form)
    if form is None or not may(here.viewer(), "read", app, draft.form):
        return None
    names: dict[str, Any] = {"app_key": app.key, "form_key": form.key, "-draft": draft.id}
    title = next((text for name, text in draft.typed if name == form.title and text.strip()), "")
    what = title[:80] or (f"#{draft.record_id}" if draft.record_id else "")
    if draft.record_id is None:
        url = url_for("records.new", **names)
    else:
        url = url_for("records.edit", **names, record_id=draft.record_id)
    discard = url_for("drafts.discard", draft_id=draft.id)
    return Note(
        draft.id, i18n.told(form.label), i18n.told(app.app.label), what, draft.updated_at, url, discard, draft.record_id
    )


def install(app: Flask) -> None:
    """Give templates the viewer's unfinished forms."""
    app.jinja_env.globals.update(unfinished=notes)
