"""Two people changed the same record: what only the other one changed is taken over, the rest is shown side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from engine.errors import StaleWrite
from engine.records.timeline import timeline
from web import here, i18n
from web.fields import all_fields
from web.widgets import Display, show

if TYPE_CHECKING:
    from engine.releases import Live
    from web.form_view import FormState, Typed


#: Changes looked through for what was stored when the form was opened.
MOST_CHANGES = 5000
#: Begins the name of a choice between the two sides of a field; no field is called so.
MERGE = "-merge."


@dataclass(frozen=True)
class Line:
    """A field that both changed."""

    key: str
    label: str
    theirs: Markup
    yours: Markup


@dataclass(frozen=True)
class Conflict:
    """What to choose between, and the labels of what only the others changed."""

    lines: Sequence[Line] = ()
    taken: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.lines or self.taken)


def chosen(typed: Typed, posted: Mapping[str, str]) -> Typed:
    """Return what was typed without the fields in which this person chose what is stored."""
    return {key: value for key, value in typed.items() if posted.get(f"{MERGE}{key}") != "theirs"}


def conflict_of(state: FormState, typed: Typed, kept: Typed, error: StaleWrite, touched: Collection[str]) -> Conflict:
    """Return both sides of what both changed, and what is taken over; what only this person changed stays as typed."""
    fields = all_fields(state.live, state.form.key)
    seen = error.theirs.values if error.theirs else {}
    gone = [
        key for key in typed if key not in kept and key in fields and key in seen and seen[key] != error.yours.get(key)
    ]
    both = {key: value for key, value in kept.items() if key in touched} if touched else kept
    return Conflict(still_conflicting(state, both, error), [str(i18n.told(fields[key].label)) for key in gone])


def merged(typed: Typed, error: StaleWrite, before: Mapping[str, object]) -> Typed:
    """Return what was typed without the fields that others changed and this person left as they were read."""
    untouched = {key for key, old in before.items() if key in error.yours and error.yours[key] == old}
    return {key: value for key, value in typed.items() if key not in untouched}


def changed_since(live: Live, form_key: str, record_id: int, version: int) -> dict[str, object]:
    """Return, for each field changed since a version, what it held then."""
    held: dict[str, object] = {}
    for change in timeline(here.db(), live, form_key, record_id, here.viewer(), here.now(), limit=MOST_CHANGES):
        if change.version is not None and change.version > version:
            held |= {key: before for key, (before, _) in change.fields.items()}
    return held


def still_conflicting(state: FormState, typed: Typed, error: StaleWrite) -> Sequence[Line]:
    """Return the fields in which both sides differ."""
    if error.theirs is None:
        return ()
    fields = all_fields(state.live, state.form.key)
    lines = []
    for key in error.differing:
        if key in typed and key in fields and key in error.theirs.values:
            theirs = show(Display(fields[key], error.theirs.values[key], state.look))
            yours = show(Display(fields[key], error.yours[key], state.look))
            lines.append(Line(key, str(i18n.told(fields[key].label)), theirs, yours))
    return lines
