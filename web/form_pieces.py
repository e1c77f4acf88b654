"""What changed on a form while somebody types: only the controls, cells and totals that look different are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from zlib import crc32

from flask import current_app
from markupsafe import Markup

from web import i18n
from web.form_view import FormState, conditional_keys
from web.table_form import TableView
from web.widgets import Control
from web.words import gettext

#: (id, what it looks like, how it is drawn)
Piece = tuple[str, str, Callable[[], Markup]]


def state_key(state: FormState) -> str:
    """Return what the conditional parts of a form look like, short enough to be posted back."""
    return json.dumps({id_: look for id_, look, _ in _pieces(state)}, separators=(",", ":"))


def changes(state: FormState, known: str) -> str:
    """Return the parts that look different from what the browser has, and the new key."""
    had = _known(known)
    drawn = list(_pieces(state))
    now = {id_: look for id_, look, _ in drawn}
    parts = [draw() for id_, look, draw in drawn if had.get(id_) != look]
    key = Markup('<input type="hidden" name="-state" id="form-state" value="{}" hx-swap-oob="true">')
    return Markup().join([*parts, key.format(json.dumps(now, separators=(",", ":")))])


def _known(text: str) -> dict[str, str]:
    try:
        found = json.loads(text) if len(text) < 200_000 else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def standing(state: FormState) -> dict[str, list[str]]:
    """Return the ids of sections and pages that are hidden, and of those that are shown."""
    sections = [(section.id, section.visible) for section in state.drawn]
    pages = [(prefix + page.key, page.visible) for page in state.pages for prefix in _page_ids(state)]
    tables = [(f"wrap-{one.id}", one.visible) for section in state.drawn for one in section.controls if one.is_table]
    both = [*sections, *pages, *tables]
    return {"shown": [id_ for id_, seen in both if seen], "hidden": [id_ for id_, seen in both if not seen]}


def _page_ids(state: FormState) -> tuple[str, ...]:
    return ("step-",) if state.form.paging == "steps" else ("tab-",)


def _pieces(state: FormState) -> Iterator[Piece]:
    wanted = set(conditional_keys(state.form))
    field = _macros("field.html").field
    for section in state.drawn:
        for item in section.controls:
            if isinstance(item, TableView):
                yield from _table_pieces(item)
            elif item.name in wanted:
                yield item.id, _look(item), partial(field, item, True)


def _table_pieces(table: TableView) -> Iterator[Piece]:
    """Go through the cells that are not simply typed, and the totals."""
    macros = _macros("table.html")
    yield (
        f"totals-{table.id}",
        _short((table.count, {k: d.value for k, d in table.totals.items()})),
        partial(macros.totals, table, True),
    )
    conditional = _conditional(table)
    for row in table.rows:
        for cell in row.cells if not row.removed else ():
            if cell.field.key in conditional:
                label = gettext("%(column)s, row %(number)s", column=i18n.told(cell.field.label), number=row.number)
                yield cell.id, _look(cell), partial(macros.cell, cell, label, True)


def _conditional(table: TableView) -> set[str]:
    fields = (column.field for column in table.columns)
    return {
        one.key
        for one in fields
        if one.is_derived or one.visible_if or one.required_if or one.read_only_if or one.default_expression
    }


def _look(item: Control) -> str:
    """Return a digest of everything but what a person types."""
    value = item.display.value if item.display is not None else None
    shown = value if item.read_only or item.field.is_derived or item.offered else None
    return _short((item.visible, item.required, item.read_only, item.offered, shown))


def _short(look: object) -> str:
    return format(crc32(repr(look).encode()), "x")


def _macros(name: str) -> Any:
    return current_app.jinja_env.get_template(name).module
