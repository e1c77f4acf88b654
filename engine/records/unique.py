"""Unique fields and groups of fields: no second living record with the same values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from engine.records.writing import Draft, Writing
from engine.rights import HIDDEN
from forms.defs import FormDef
from rules.errors import N_, Fault

Group = tuple[str, ...]
#: Groups of values asked for in one statement; each is one branch of an OR.
BRANCHES = 200


def unique_groups(form: FormDef) -> list[Group]:
    """Return the unique fields and groups of a form."""
    singles = [(field.key,) for field in form.fields if field.unique]
    return list(dict.fromkeys([*singles, *form.unique]))


def check_unique(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Note a fault on each draft whose values another record has, stored or among the drafts."""
    for group in unique_groups(writing.form):
        wanted = [draft for draft in drafts if _is_asked(draft, group)]
        taken = _taken(writing, group, {_values(draft, group) for draft in wanted})
        replaced = {draft.id for draft in drafts if draft.old is not None}
        first: dict[tuple[object, ...], Draft] = {_values(one, group): one for one in reversed(drafts)}
        for draft in wanted:
            values = _values(draft, group)
            if taken.get(values, set()) - replaced or first[values] is not draft:
                draft.faults.append(taken_fault(writing, group))


def _is_asked(draft: Draft, group: Group) -> bool:
    whole = all(draft.new.get(key) is not None for key in group)
    return whole and (draft.old is None or any(key in draft.changed for key in (*group, "deleted_at")))


def _values(draft: Draft, group: Group) -> tuple[object, ...]:
    return tuple(draft.new.get(key) for key in group)


def _taken(writing: Writing, group: Group, wanted: set[tuple[object, ...]]) -> dict[tuple[object, ...], set[int]]:
    table = writing.table
    columns = [table.c[key] for key in group]
    found: dict[tuple[object, ...], set[int]] = {}
    for condition in _conditions(columns, list(wanted)):
        statement = sa.select(table.c.id, *columns).where(condition, table.c.deleted_at.is_(None))
        for id_, *values in writing.session.execute(statement):
            found.setdefault(tuple(values), set()).add(id_)
    return found


def _conditions(
    columns: Sequence[sa.Column[object]], wanted: Sequence[tuple[object, ...]]
) -> Iterator[sa.ColumnElement[bool]]:
    if len(columns) == 1:
        for start in range(0, len(wanted), 1000):
            yield columns[0].in_([values[0] for values in wanted[start : start + 1000]])
        return
    for start in range(0, len(wanted), BRANCHES):
        yield sa.or_(
            *(
                sa.and_(*(column == value for column, value in zip(columns, values, strict=True)))
                for values in wanted[start : start + BRANCHES]
            )
        )


def taken_fault(writing: Writing, group: Group) -> Fault:
    """Return the fault, beside the last visible field of the group; nothing of the other record is told."""
    seen = [key for key in group if writing.access.get(key, HIDDEN) != HIDDEN]
    if len(group) == 1:
        return Fault("field.taken", N_("Another record already has this value."), field=seen[0] if seen else "")
    template = N_("Another record already has the same values in {fields}.")
    labels = ", ".join(str(slot.label) for key in seen if (slot := writing.slot(key)))
    return Fault("field.taken_together", template, {"fields": labels or "…"}, field=seen[-1] if seen else "")
