"""People in and out as a sheet: first what would happen row by row, then all sound rows at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, request
from flask_admin import expose

from admin._base import Page
from admin._people import role_words
from engine.imports.read import read
from engine.people import everybody
from engine.sheets import csv_text
from engine.staff.columns import COLUMNS, NAMES
from engine.staff.sheet import NEW, REFUSED, exported, plan, read_in
from rules.errors import N_, SteerwayError
from web import here, uploads
from web.errors import sentence
from web.i18n import NAMES as LANGUAGE_NAMES
from web.words import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.imports.read import Table
    from engine.staff.sheet import Line, Plan
    from rules.errors import Fault

#: Rows of the dry run that are shown; the refused ones come first.
SHOWN = 300
VERDICTS = {"new": N_("new"), "changed": N_("changed"), "unchanged": N_("unchanged"), "refused": N_("refused")}


class PeopleSheetView(Page):
    """Read people in from CSV or a spreadsheet; write them out."""

    under = "people"

    def is_visible(self) -> bool:
        """Stand below the page of people."""
        return False

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """Ask for a file; say what it would do."""
        if request.method == "GET":
            return self._page()
        file = request.files.get("file")
        if file is None or not file.filename:
            return self._page([gettext("Choose a file.")])
        token = uploads.keep(file.stream, here.viewer().id)
        try:
            made = plan(here.db(), self._table(token), here.viewer())
        except SteerwayError as error:
            uploads.forget(token, here.viewer().id)
            return self._page([_whole(fault) for fault in error.faults])
        return self._page(made=made, token=token)

    @expose("/run", methods=("POST",))
    def run(self) -> Any:
        """Read all sound rows in, in one transaction; what was refused comes back as a page."""
        token = request.form.get("token", "")
        try:
            made = read_in(here.db(), self._table(token), here.viewer(), here.now())
        except SteerwayError as error:
            here.db().rollback()
            return self._page([_whole(fault) for fault in error.faults])
        here.db().commit()
        counts = made.counts
        told = gettext("%(new)s people were added, %(changed)s changed.", new=counts["new"], changed=counts["changed"])
        flash(told, "success")
        if counts[REFUSED]:
            return self._page(made=made, token=token, done=True)
        uploads.forget(token, here.viewer().id)
        return redirect(self.get_url("people.index_view"), 303)

    @expose("/refused", methods=("POST",))
    def refused(self) -> Any:
        """Hand over the refused rows as a sheet, each with its reasons."""
        made = plan(here.db(), self._table(request.form.get("token", "")), here.viewer())
        return _file(_refused(made), "refused.csv")

    @expose("/export")
    def export(self) -> Any:
        """Hand over everybody as a sheet that can be read in again."""
        rows = exported(here.db())
        heads = [_column(one) for one in next(rows)]
        return _file(chain([heads], rows), "people.csv")

    def _table(self, token: str) -> Table:
        return read(uploads.fetch(token, here.viewer().id))

    def _page(
        self, faults: Sequence[str] = (), *, made: Plan | None = None, token: str = "", done: bool = False
    ) -> Any:
        lines = sorted(made.lines, key=lambda line: line.verdict != REFUSED)[:SHOWN] if made else []
        names = {one.sign_in: one.name for one in everybody(here.db())} if made else {}
        names |= {line.sign_in: str(line.values["name"]) for line in lines if line.values.get("name")}
        rows = [
            (line, _said(line, names), [_fault(line, place) for place in range(len(line.faults))]) for line in lines
        ]
        more = len(made.lines) - len(lines) if made else 0
        facts = {
            "rows": rows,
            "more": more,
            "token": token,
            "done": done,
            "columns": [_column(one) for one in COLUMNS],
            "verdicts": VERDICTS,
            "kinds": {"team": _column("team"), "region": _column("region")},
        }
        page = self.render("back/people_sheet.html", made=made, faults=faults, **facts)
        return page, 422 if faults else 200


def _said(line: Line, names: Mapping[str, str]) -> list[str]:
    """Say what would change of somebody who is there, or what somebody new would have."""
    if line.verdict == NEW:
        own = {column: value for column, value in line.values.items() if column not in ("name", "sign_in")}
        given = {column: value for column, value in own.items() if value not in (None, frozenset())}
        return [_pair(column, _value(column, value, names)) for column, value in given.items()]
    return [
        _pair(column, f"{_value(column, before, names)} → {_value(column, after, names)}")
        for column, (before, after) in line.changes.items()
    ]


def _pair(column: str, value: str) -> str:
    return gettext("%(name)s: %(value)s", name=_column(column), value=value)


def _value(column: str, value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, frozenset):
        return gettext(", ").join(role_words(sorted(value))) or "–"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    said = str(value or "–")
    return names.get(said, said) if column == "manager" else LANGUAGE_NAMES.get(said, said)


def _whole(fault: Fault) -> str:
    """Say why a file is refused as a whole, its columns by what the page calls them."""
    column = fault.facts.get("column")
    return sentence(replace(fault, facts={**fault.facts, "column": _column(str(column))}) if column else fault)


def _fault(line: Line, place: int) -> str:
    fault = line.faults[place]
    if not fault.field:
        return sentence(fault)
    return _pair(fault.field, sentence(fault))


def _column(key: str) -> str:
    return gettext(NAMES[key]) if key in NAMES else key


def _refused(made: Plan) -> Iterator[Sequence[str]]:
    yield [*made.header, gettext("Reason")]
    for line in made.lines:
        if line.verdict == REFUSED:
            yield [*line.cells, "; ".join(_fault(line, place) for place in range(len(line.faults)))]


def _file(rows: Iterable[Sequence[str]], name: str) -> Response:
    answer = Response("".join(csv_text(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
