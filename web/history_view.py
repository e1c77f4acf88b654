"""Changes in words: who did what, when, through what, and each field from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup

from rules.types import Kind
from web import i18n
from web.widgets import Display, Look, show
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.timeline import Entry
    from forms.defs import FieldDef

#: Fields that follow from the deed itself and need no line of their own.
SILENT = frozenset({"stage_entered_at", "deleted_at"})


@dataclass(frozen=True)
class Line:
    """One field of a change."""

    label: str
    before: Markup
    after: Markup


@dataclass(frozen=True)
class ChangeView:
    """One change of a record."""

    id: int
    verb: str
    who: str
    did: str
    through: str
    at: datetime
    note: str
    lines: Sequence[Line]


def verb_words(verb: str) -> str:
    """Say what was done."""
    words = {
        "create": gettext("created this record"),
        "update": gettext("changed"),
        "move": gettext("moved"),
        "delete": gettext("deleted this record"),
        "restore": gettext("restored this record"),
        "purge": gettext("deleted this record for good"),
        "derive": gettext("was recomputed"),
        "import": gettext("imported this record"),
        "map": gettext("moved it with a new release"),
        "map_ahead": gettext("moved it ahead of a new release"),
    }
    return words.get(verb, verb)


def news_words(verb: str) -> str:
    """Say what was done to a record that is named right behind."""
    words = {
        "create": gettext("added"),
        "update": gettext("changed"),
        "move": gettext("moved"),
        "restore": gettext("restored"),
        "import": gettext("imported"),
    }
    return words.get(verb, verb)


def via_words(via: str) -> str:
    """Say through what it was done."""
    words = {
        "form": gettext("on the form"),
        "board": gettext("on the board"),
        "import": gettext("by an import"),
        "rule": gettext("by a rule"),
        "api": gettext("through the API"),
        "cli": gettext("from the command line"),
        "job": gettext("by a job"),
        "restore": gettext("by going back"),
        "link": gettext("through a public link"),
        "clock": gettext("because a new day began"),
        "sweep": gettext("by a sweep of derived values"),
        "bulk": gettext("together with other records"),
    }
    return words.get(via, via)


def change_view(entry: Entry, fields: Mapping[str, FieldDef], look: Look) -> ChangeView:
    """Return one change in words; the fields of a new record are not listed one by one."""
    lines = [] if entry.verb == "create" else _lines(entry.fields, fields, look)
    return ChangeView(
        id=entry.id,
        verb=entry.verb,
        who=entry.person or gettext("Steerway"),
        did=verb_words(entry.verb),
        through=via_words(entry.via),
        at=entry.at,
        note=entry.note or "",
        lines=lines,
    )


def _lines(changed: Mapping[str, tuple[object, object]], fields: Mapping[str, FieldDef], look: Look) -> list[Line]:
    shown = [(fields[key], pair) for key, pair in changed.items() if key in fields and key not in SILENT]
    return [Line(str(i18n.told(one.label)), said(one, pair[0], look), said(one, pair[1], look)) for one, pair in shown]


def said(field: FieldDef, value: object, look: Look) -> Markup:
    """Draw a value of a change; of a record out of sight no more than that it is one."""
    if value is None or value == []:
        return Markup()
    shown = field.type.shown_as(field)
    if shown.kind is Kind.REFERENCE and look.title(field.to, int(str(value))) is None:
        return Markup.escape(gettext("a record you may not see"))
    return show(Display(field, value, look, small=True))
