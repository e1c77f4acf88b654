"""What must hold before a record is stored: defaults, visibility, read-only, required, limits, cross-field rules."""

from __future__ import annotations

from collections.abc import Sequence

from engine.records import computing
from engine.records.env import Path, holds, reads_of, values_for_many
from engine.records.field_rights import check_new
from engine.records.hidden import default_of, is_shown, settle_hidden
from engine.records.input import read_only
from engine.records.writing import Draft, Writing
from engine.rights import HIDDEN, may, row_condition
from forms.defs import AssertDef, FieldDef, FormDef
from rules.errors import N_, Fault


def settle(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Complete and check drafts: every fault is noted on its draft, nothing is written.

    1. Names are looked up and computed fields computed. 2. Values that are not shown go or stay. 3. Each field
    and each cross-field rule is checked.
    """
    look_up(writing, drafts)
    check_new(writing, drafts)
    settle_hidden(writing, drafts, look_up)
    before = _old_environments(writing, drafts)
    fields = [(field, _is_free(field)) for field in writing.form.fields]
    for draft, old in zip(drafts, before, strict=True):
        unreadable = {fault.field for fault in draft.faults}
        new, given, checked = draft.new, draft.given, draft.checked
        for field, is_free in fields:
            key = field.key
            if is_free and ((value := new.get(key)) is None or (key in checked and value is given.get(key))):
                continue  # nothing to be asked of most fields of an import, which has many
            if key not in unreadable and (found := _field_faults(writing, field, draft, old)):
                draft.faults.extend(found)
        if not writing.form.asserts:
            continue
        broken = {fault.field for fault in draft.faults}
        draft.faults.extend(fault for fault in _assert_faults(writing, draft, old) if fault.field not in broken)


def look_up(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Fill the environments of the drafts and compute what is computed from them."""
    rows = [draft.new for draft in drafts]
    reads = form_reads(writing)
    made = values_for_many(writing.session, writing.live, writing.key, rows, reads, writing.user, writing.now)
    for draft, env in zip(drafts, made, strict=True):
        draft.env = {**env, **writing.around}
        computing.compute_own(writing.live, writing.form, draft.new, draft.env)


def form_reads(writing: Writing) -> frozenset[Path]:
    """Return all that the form's own rules and its row rights read."""
    memo = ("reads", writing.key, writing.user.roles_in(writing.live.key), writing.user.is_admin, writing.verb)
    if memo not in writing.live.memo:
        form, rights = writing.form, row_condition(writing.live, writing.key, writing.user, writing.verb)
        of_fields = (
            one
            for field in form.fields
            for one in (
                field.required_if,
                field.read_only_if,
                field.expression,
                field.default_expression,
            )
        )
        shown = (one for conditions in form.shown_if.values() for one in conditions)
        asserts = (one.condition for one in form.asserts)
        writing.live.memo[memo] = reads_of(*of_fields, *shown, *asserts, *rights)
    found: frozenset[Path] = writing.live.memo[memo]
    return found


def fill_defaults(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Give new records the defaults of the fields that were not typed."""
    nothing = computing.empty_rollups(writing.live, writing.key)
    for draft in drafts:
        draft.new |= nothing
        for field in writing.form.fields:
            if field.key not in draft.given and field.key not in writing.fixed and not field.is_derived:
                draft.new[field.key] = field.default
    computed = [field for field in writing.form.fields if field.default_expression is not None]
    if not computed:
        return
    look_up(writing, drafts)
    for draft in drafts:
        for field in computed:
            if field.key not in draft.given and field.key not in writing.fixed:
                draft.new[field.key] = default_of(writing, field, draft.env)
                draft.env[field.key] = draft.new[field.key]


def _old_environments(writing: Writing, drafts: Sequence[Draft]) -> list[dict[str, object] | None]:
    rows = [draft.old for draft in drafts if draft.old is not None]
    made = iter(
        values_for_many(
            writing.session, writing.live, writing.key, rows, form_reads(writing), writing.user, writing.now
        )
        if rows
        else ()
    )
    return [None if draft.old is None else next(made) for draft in drafts]


def _is_free(field: FieldDef) -> bool:
    """Tell whether a field may be empty and be typed on every record."""
    return not field.required and field.required_if is None and field.read_only_if is None


def _field_faults(writing: Writing, field: FieldDef, draft: Draft, old: dict[str, object] | None) -> list[Fault]:
    key = field.key
    value = draft.new.get(key)
    locked = field.read_only_if is not None and key in draft.given and _is_read_only(writing, field, draft, old)
    faults = [read_only(key)] if locked else []
    if value is None:
        if (field.required or field.required_if is not None) and _is_missing(writing, field, draft, old):
            faults.append(Fault("field.required", N_("This field must be filled."), field=key))
    elif key in draft.checked and value is draft.given.get(key):
        pass  # an import tells of it once
    elif old is None or key in draft.given or value != old.get(key):
        faults.extend(field.type.validate(field, value))
    return faults


def _is_read_only(writing: Writing, field: FieldDef, draft: Draft, old: dict[str, object] | None) -> bool:
    """Ask the record as it was, so that no value can unlock its own field; a new record is asked as it is typed.

    Who may configure the form may import records that already stand where their fields are locked.
    """
    if old is None and writing.via == "import" and may(writing.user, "configure", writing.live, writing.key):
        return False
    if field.read_only_if is None or not holds(field.read_only_if, draft.env if old is None else old):
        return False
    was = field.default if old is None else old.get(field.key)
    return draft.given[field.key] != was


def _is_missing(writing: Writing, field: FieldDef, draft: Draft, old: dict[str, object] | None) -> bool:
    """Tell whether a value must be there. A gap older than its rule may stay until somebody edits the field."""
    if (
        (draft.access or writing.access).get(field.key) == HIDDEN
        or field.is_derived
        or not is_required(writing.form, field, draft.env)
    ):
        return False
    gap = old is not None and old.get(field.key) is None and is_required(writing.form, field, old)
    return not gap or field.key in draft.given


def is_required(form: FormDef, field: FieldDef, env: dict[str, object]) -> bool:
    """Tell whether a field is shown and must be filled, on a record with these values."""
    if not is_shown(form, field.key, env):
        return False
    return field.required or (field.required_if is not None and holds(field.required_if, env))


def _assert_faults(writing: Writing, draft: Draft, old: dict[str, object] | None) -> list[Fault]:
    return [
        assert_fault(writing, one)
        for one in writing.form.asserts
        if not holds(one.condition, draft.env) and not _is_old_sin(one, draft, old)
    ]


def _is_old_sin(one: AssertDef, draft: Draft, old: dict[str, object] | None) -> bool:
    """A record that broke a rule before, and whose named fields are left alone, may still be changed elsewhere."""
    if old is None or any(path[0] in draft.changed or path[0] in draft.given for path in one.condition.reads):
        return False
    return not holds(one.condition, old)


def assert_fault(writing: Writing, one: AssertDef) -> Fault:
    """Return the fault of a cross-field rule in the config's own words: the fact is a Label, of which the edge picks a language."""
    shown = one.field if writing.access.get(one.field, HIDDEN) != HIDDEN else ""
    return Fault("record.assert", N_("{message}"), {"message": one.message or one.condition.text}, field=shown)


def meets_rights(writing: Writing, env: dict[str, object]) -> bool:
    """Tell whether the person may do what is being done to a record with these values."""
    conditions = row_condition(writing.live, writing.key, writing.user, writing.verb)
    return any(one is None or holds(one, env) for one in conditions)
