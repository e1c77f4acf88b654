"""What publishing a draft will do to the tables, and about how long that takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.releases.indexes import IndexDef, wanted_indexes
from engine.releases.texts import searched_anew
from forms.labels import Label

if TYPE_CHECKING:
    from engine.design.impact.ahead import Ahead
    from engine.releases.live import Live

#: Microseconds per record: for one index, for one derived or converted field with its history, for one search text.
#: `rates_us` of the slower database in benchmarks/results/publish.json, rounded up; the machine was busy, so it is no less.
INDEX_US, WRITE_US, SEARCH_US = 1.0, 210.0, 520.0


@dataclass(frozen=True)
class IndexToBuild:
    """An index that the draft asks for and the live release does not have."""

    form: Label
    columns: tuple[str, ...]
    unique: bool
    rows: int


@dataclass(frozen=True)
class Cost:
    """What is added, what is built, what is written anew (form, field, records), and the seconds it takes, estimated."""

    new_forms: tuple[Label, ...] = ()
    #: (form, field)
    new_columns: tuple[tuple[Label, Label], ...] = ()
    indexes: tuple[IndexToBuild, ...] = ()
    #: (form, field, records): derived fields, then fields that change their type.
    worked_out: tuple[tuple[Label, Label, int], ...] = ()
    converted: tuple[tuple[Label, Label, int], ...] = ()
    #: (form, records): at most so many search texts are written anew.
    searched: tuple[tuple[Label, int], ...] = ()
    seconds: float = 0.0

    @property
    def is_nothing(self) -> bool:
        """Tell whether no table changes."""
        parts = (self.new_forms, self.new_columns, self.indexes, self.worked_out, self.converted, self.searched)
        return not any(parts)


def cost_of(session: Session, before: Live | None, ahead: Ahead) -> Cost:
    """Return what publishing does: one count for each form whose table is gone through."""
    after, rows = ahead.live, _Rows(session, before)
    indexes = [
        IndexToBuild(after.form(form).label, one.columns, one.unique, rows.of(form))
        for form in after.app.forms
        if form not in ahead.new_forms
        for one in _new_indexes(before, ahead, form)
    ]
    anew = [(*_labels(after, pair), rows.of(pair[0])) for pair in ahead.anew]
    derived = set(ahead.anew)
    converted = [(*_labels(after, pair), rows.of(pair[0])) for pair in sorted(ahead.converted - derived)]
    searched = [
        (after.form(form).label, rows.of(form))
        for form in after.app.forms
        if form not in ahead.new_forms and searched_anew(before, after, form)
    ]
    seconds = INDEX_US * sum(one.rows for one in indexes) + WRITE_US * sum(one[2] for one in (*anew, *converted))
    return Cost(
        tuple(after.form(form).label for form in ahead.new_forms),
        tuple(_labels(after, pair) for pair in ahead.new_fields),
        tuple(indexes),
        tuple(anew),
        tuple(converted),
        tuple(searched),
        (seconds + SEARCH_US * sum(count for _, count in searched)) / 1e6,
    )


def minutes_for(seconds: float) -> int:
    """Return the whole minutes to name for an estimate; 0 for less than half of one."""
    return max(1, round(seconds / 60)) if seconds >= 30 else 0


def _new_indexes(before: Live | None, ahead: Ahead, form: str) -> list[IndexDef]:
    there = (
        {one.name for one in wanted_indexes(before, form)} if before is not None and form in before.app.forms else set()
    )
    return [one for one in wanted_indexes(ahead.live, form) if one.name not in there]


def _labels(live: Live, pair: tuple[str, str]) -> tuple[Label, Label]:
    form = live.form(pair[0])
    return form.label, form.by_key[pair[1]].label


class _Rows:
    """Counts the records of a form once."""

    def __init__(self, session: Session, before: Live | None) -> None:
        self.session, self.before = session, before
        self.known: dict[str, int] = {}

    def of(self, form: str) -> int:
        """Return how many rows a form's table has, deleted ones as well: all are gone through."""
        if form not in self.known:
            there = self.before is not None and form in self.before.app.forms
            table = self.before.tables.current(form) if self.before and there else None
            query = sa.select(sa.func.count()).select_from(table) if table is not None else None
            self.known[form] = (self.session.scalar(query) or 0) if query is not None else 0
        return self.known[form]
