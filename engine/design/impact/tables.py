"""Tables of an app in which some are seen through a subselect: the same names and columns, other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, Subquery, Table
from sqlalchemy.types import TypeEngine

from engine.config.defs import AppDef
from engine.tables import AppTables
from forms.defs import FormDef


class AheadTables(AppTables):
    """The tables of a draft; where something was laid over one, that is what is read."""

    def __init__(self, app: AppDef) -> None:
        super().__init__(app.key, app.shapes)
        self.app = app
        self._laid: dict[tuple[str, bool], Subquery] = {}

    def lay(self, form: str, seen: Subquery, *, past: bool) -> None:
        """Let a form, or its history, be seen through a subselect."""
        self._laid[form, past] = seen

    def current(self, form: str | FormDef) -> Table:
        """Return what a form's records are read from."""
        seen = self._seen(form, past=False)
        return super().current(form) if seen is None else seen

    def history(self, form: str | FormDef) -> Table:
        """Return what the past of a form's records is read from."""
        seen = self._seen(form, past=True)
        return super().history(form) if seen is None else seen

    def for_scans(self) -> AheadTables:
        """Return the same for questions that read a table from end to end and a value several times.

        OFFSET 0 keeps both databases from writing a formula out wherever its value is read: it is worked out once a row.
        """
        made = AheadTables(self.app)
        for (form, past), seen in self._laid.items():
            made.lay(form, sa.select(seen).offset(0).subquery(seen.name), past=past)
        return made

    def under(self, form: str) -> Table:
        """Return the table itself, as the draft would have it."""
        return super().current(form)

    def _seen(self, form: str | FormDef, *, past: bool) -> Table | None:
        found = self._laid.get((form if isinstance(form, str) else form.key, past))
        # A subselect has all that is asked of a table that is only read: columns, a name, aliases.
        return cast("Table | None", found)


def nothing(type_: TypeEngine[Any]) -> ColumnElement[Any]:
    """Return an empty value of a type; a collation cannot be cast to."""
    plain = sa.Text() if isinstance(type_, sa.Text) else type_
    return sa.type_coerce(sa.cast(sa.null(), plain), type_)


def select_from(
    under: Table, given: Mapping[str, ColumnElement[Any]], source: FromClause | None = None, *, empty: bool = False
) -> Subquery:
    """Return a table seen through a subselect in which some columns have other values; `empty` leaves all rows out."""
    columns = [given[key].label(key) if key in given else column for key, column in under.c.items()]
    chosen: sa.Select[Any]
    if empty:
        chosen = sa.select(*columns).where(sa.false())
    else:
        chosen = sa.select(*columns).select_from(under if source is None else source)
    return chosen.subquery(under.name)
