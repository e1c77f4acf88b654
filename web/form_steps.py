"""Forms that are filled step by step, and the buttons of sub-tables: what a post without saving does to a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from engine.records.subtables import JOINT, RowInput
from engine.rights import HIDDEN, field_access
from web import here
from web.form_view import FormState, Typed, form_state
from web.own import own
from web.table_form import Tables, read_rows
from web.table_paste import judged_faults, pasted_rows, too_wide

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FormDef, PageDef
    from rules.errors import Fault

NEXT, BACK = "-next", "-back"
#: Buttons of sub-tables.
ACTIONS = ("add_row", "remove_row", "keep_row", "row_up", "show_rows", "paste_rows")


@dataclass
class Posted:
    """What a form posted beside its fields: the rows of its tables, the page it was on, and which button was pressed."""

    rows: dict[str, list[RowInput]]
    page: str = ""
    go: str = ""
    state: str = ""
    #: A button of a table was pressed: the form is shown again, nothing is saved.
    acted: bool = False
    #: Table of which more rows are to be shown.
    whole: str = ""
    #: Table and row that take the focus.
    focus: tuple[str, str] = ("", "")
    faults: list[Fault] = field(default_factory=list)


def posted(form_data: MultiDict[str, str], live: Live, form_key: str) -> Posted:
    """Read what was posted beside the fields, and do what the buttons of tables say."""
    form = live.form(form_key)
    rows = {key: list(held) for key, held in read_rows(form_data, live, form).items()}
    found = Posted(rows, form_data.get("-page", ""), own(form_data, "go", form), form_data.get("-state", ""))
    for action in ACTIONS:
        if pressed := own(form_data, action, form):
            _act(found, form_data, live, form, action, pressed)
    return found


def _act(found: Posted, form_data: MultiDict[str, str], live: Live, form: FormDef, action: str, value: str) -> None:
    key, _, token = value.partition(JOINT)
    if key not in form.tables_by_key:
        return
    found.acted = True
    rows = found.rows.setdefault(key, [])
    if action == "add_row":
        token = f"new{_next(rows)}"
        rows.append(RowInput(token, {}))
        found.focus = (key, token)
    elif action == "show_rows":
        found.whole = key
    elif action == "paste_rows":
        _paste(found, form_data, live, form, key)
    else:
        found.rows[key] = _changed(rows, token, action)


def _next(rows: Sequence[RowInput]) -> int:
    numbers = (int(row.token[3:]) for row in rows if row.record is None)
    return 1 + max(numbers, default=0)


def _changed(rows: Sequence[RowInput], token: str, action: str) -> list[RowInput]:
    """Return the rows with one of them removed, kept again or moved up."""
    place = next((place for place, row in enumerate(rows) if row.token == token), None)
    if place is None:
        return list(rows)
    row, others = rows[place], [*rows[:place], *rows[place + 1 :]]
    if action == "row_up":
        return [*others[: max(place - 1, 0)], row, *others[max(place - 1, 0) :]]
    if row.record is None:
        return others
    return [*rows[:place], replace(row, removed=action == "remove_row"), *rows[place + 1 :]]


def _paste(found: Posted, form_data: MultiDict[str, str], live: Live, form: FormDef, key: str) -> None:
    table = form.tables_by_key[key]
    access = field_access(live, table.of, here.viewer())
    columns = [one for one in table.columns if access.get(one, HIDDEN) != HIDDEN]
    text, first = form_data.get(f"{key}{JOINT}-paste", ""), form_data.get(f"{key}{JOINT}-first", "")
    rows = [row for row in found.rows[key] if not row.is_blank]
    pasted = pasted_rows(text, columns, first, _next(rows))
    found.rows[key] = [*rows, *pasted]
    if pasted:
        found.focus = (key, pasted[0].token)
    if wide := too_wide(text, columns, first):
        found.faults.append(replace(wide, field=key))
    found.faults += judged_faults(live, table, pasted)


# -- steps -----------------------------------------------------------------------------------------------------------


def stepped(
    live: Live, form_key: str, record_id: int | None, typed: Typed, post: Posted, faults: Sequence[Fault] = ()
) -> FormState | None:
    """Return the form at another step when one was asked for; a step forward only where everything before it is right."""
    form = live.form(form_key)
    if form.paging != "steps" or not post.go:
        return None
    state = form_state(live, form_key, record_id, typed, faults, judged=True, rows=post.rows, page=post.page)
    steps = [page for page in form.pages if page.key in state.preview.pages and _is_seen(form, page, state)]
    keys = [page.key for page in steps]
    here_at = keys.index(post.page) if post.page in keys else 0
    target = {NEXT: here_at + 1, BACK: here_at - 1}.get(post.go, keys.index(post.go) if post.go in keys else here_at)
    target = min(max(target, 0), len(steps) - 1)
    every = [*faults, *state.preview.faults, *_row_faults(state, post.rows)]
    for place in range(target if target > here_at else 0):
        wrong = [fault for fault in every if _stops(form, fault, steps[place], steps[: place + 1])]
        if wrong:
            return replace(state, page=keys[place], faults=wrong)
    return replace(state, page=keys[target], faults=())


def fields_of(form: FormDef, page: PageDef) -> frozenset[str]:
    """Return the fields and tables of a page; what stands in no section, or on no page, is on the last one."""
    by_page = {
        one.key: {key for section in form.sections if section.key in one.sections for key in section.fields}
        for one in form.pages
    }
    placed = {key for keys in by_page.values() for key in keys}
    slots = {*form.by_key, *form.tables_by_key, "owner"}
    return frozenset(by_page[page.key] | (slots - placed if page is form.pages[-1] else set()))


def _is_seen(form: FormDef, page: PageDef, state: FormState) -> bool:
    return bool(fields_of(form, page) & state.preview.shown)


def _stops(form: FormDef, fault: Fault, page: PageDef, done: Sequence[PageDef]) -> bool:
    """Tell whether a fault keeps a person on a page: not when it is about what comes later."""
    if fault.field.partition(JOINT)[0] not in fields_of(form, page):
        return False
    if fault.code != "record.assert":
        return True
    rule = next((one for one in form.asserts if fault.facts.get("message") in (one.message, one.condition.text)), None)
    reached = frozenset().union(*(fields_of(form, one) for one in done))
    return rule is None or all(path[0] in reached or path[0] not in form.by_key for path in rule.condition.reads)


def _row_faults(state: FormState, rows: Tables) -> list[Fault]:
    tables: Mapping[str, object] = state.form.tables_by_key
    shown = [key for key in tables if key in state.preview.shown]
    found: list[Fault] = []
    for key in shown:
        table = state.form.tables_by_key[key]
        found += judged_faults(
            state.live, table, rows.get(key, ()), state.record_id, state.preview.values, whole=state.record_id is None
        )
    return found
