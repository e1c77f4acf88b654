"""Fields that the form does not show for a record: what was typed into them is taken back, or their value goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.records import computing
from engine.records.env import evaluate, holds, stored
from engine.records.writing import SCREENS, Draft, Writing
from forms.defs import FieldDef, FormDef

LookUp = Callable[[Writing, Sequence[Draft]], None]


def is_shown(form: FormDef, key: str, env: Mapping[str, object]) -> bool:
    """Tell whether a form shows a field or sub-table: its own condition, its section's and its page's hold."""
    return all(holds(condition, env) for condition in form.shown_if.get(key, ()))


def settle_hidden(writing: Writing, drafts: Sequence[Draft], look_up: LookUp) -> None:
    """Apply each field's policy for values that are not shown, until nothing more follows.

    One hidden field may hide the next: each pass goes through the fields in order and looks up anew what changed. A
    pass either takes back something typed or empties something filled, so it comes to an end.
    """
    waiting = list(drafts) if writing.form.shown_if else []
    while waiting:
        waiting = [draft for draft in waiting if _hide(writing, draft)]
        if waiting:
            look_up(writing, waiting)


def _hide(writing: Writing, draft: Draft) -> bool:
    """Go through the fields once; tell whether a value changed."""
    changed = False
    for field in writing.form.fields:
        if field.is_derived or field.key in writing.fixed or is_shown(writing.form, field.key, draft.env):
            continue
        value = _left_over(writing, field, draft)
        if value == draft.new.get(field.key):
            continue
        draft.new[field.key] = draft.env[field.key] = value
        computing.compute_own(writing.live, writing.form, draft.new, draft.env)
        changed = True
    return changed


def _left_over(writing: Writing, field: FieldDef, draft: Draft) -> object:
    """Return what a field that is not shown holds from now on."""
    cleared, typed = field.key in writing.form.cleared, field.key in draft.given
    if cleared or writing.via in SCREENS:
        draft.faults = [fault for fault in draft.faults if fault.field != field.key]
        draft.given.pop(field.key, None)
    if cleared:
        return None
    if not typed or writing.via not in SCREENS:
        return draft.new.get(field.key)
    return draft.old.get(field.key) if draft.old is not None else default_of(writing, field, draft.env)


def default_of(writing: Writing, field: FieldDef, env: Mapping[str, object]) -> object:
    """Return the default of a field for a new record with these values."""
    if field.default_expression is None:
        return field.default
    type_ = writing.live.app.shapes[writing.key][field.key]
    return stored(evaluate(field.default_expression, env), type_, computing.decimals_of(field))
