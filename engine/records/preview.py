"""A form that is being filled in: which fields it shows, which must be filled, which may only be read. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.people.users import User
from engine.records.conditions import fill_defaults, form_reads, is_required, look_up
from engine.records.env import holds, values_for
from engine.records.field_rights import check_stored
from engine.records.hidden import is_shown, settle_hidden
from engine.records.input import Input, read_inputs
from engine.records.links import check_links
from engine.records.sight import accesses
from engine.records.verbs import blank_draft, changed_draft, complete
from engine.records.writing import Draft, Writing
from engine.releases.live import Live
from engine.rights import EDIT, HIDDEN
from forms.defs import PageDef, SectionDef
from rules.errors import Fault


@dataclass(frozen=True)
class Preview:
    """How the form stands with what was typed so far."""

    #: Values the person may see, as stored values; what could not be read is as it was.
    values: Mapping[str, object]
    shown: frozenset[str]
    required: frozenset[str]
    read_only: frozenset[str]
    #: Names that are hidden on this very record.
    hidden: frozenset[str] = frozenset()
    #: Sections, and tabs or steps, whose own condition holds.
    sections: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    #: What is wrong with what was typed, when that was asked.
    faults: tuple[Fault, ...] = ()


def preview(
    session: Session,
    live: Live,
    form: str,
    typed: Input,
    user: User,
    now: datetime,
    record_id: int | None = None,
    *,
    judged: bool = False,
) -> Preview:
    """Return how a form stands, with what saving would refuse when it is `judged`; nothing is written.

    Whether the person may see the record at all is asked before.
    """
    verb = "create" if record_id is None else "update"
    writing = Writing(session, live, live.form(form), user, now.replace(microsecond=0), "form", verb)
    [(given, faults)] = read_inputs(writing, [typed])
    old = None if record_id is None else _row(writing, record_id)
    draft = blank_draft(writing, given, faults) if old is None else changed_draft(writing, old, given, faults)
    check_links(writing, [draft])
    if old is None:
        fill_defaults(writing, [draft])
    if judged:
        check_stored(writing, [draft])
        complete(writing, [draft])
    else:
        look_up(writing, [draft])
        settle_hidden(writing, [draft], look_up)
    return _preview(writing, draft, _before(writing, draft), judged=judged)


def _row(writing: Writing, record_id: int) -> Mapping[str, object]:
    found = writing.session.execute(sa.select(writing.table).where(writing.table.c.id == record_id)).mappings().first()
    if found is None:
        raise NotFound(writing.key, record_id)
    return dict(found)


def _before(writing: Writing, draft: Draft) -> Mapping[str, object]:
    """Return what read-only conditions are asked about: the record as it is stored, or the new one as it is typed."""
    if draft.old is None:
        return draft.env
    reads = form_reads(writing)
    return values_for(writing.session, writing.live, writing.key, draft.old, reads, writing.user, writing.now)


def _preview(writing: Writing, draft: Draft, before: Mapping[str, object], *, judged: bool) -> Preview:
    form, env = writing.form, draft.env
    row = draft.new if draft.old is None else draft.old
    [access] = accesses(writing.session, writing.live, writing.key, [row], writing.user, writing.now)
    seen = [field for field in writing.form.fields if access.get(field.key, HIDDEN) != HIDDEN]
    shown = [field for field in seen if is_shown(form, field.key, env)]
    tables = [table.key for table in form.tables if is_shown(form, table.key, env)]
    locked = [f.key for f in seen if f.read_only_if is not None and holds(f.read_only_if, before)]
    return Preview(
        values={key: value for key, value in draft.new.items() if access.get(key, HIDDEN) != HIDDEN},
        shown=frozenset([*(field.key for field in shown), *tables]),
        required=frozenset(field.key for field in shown if is_required(form, field, env)),
        read_only=frozenset([*locked, *(key for key, level in access.items() if level != EDIT)]),
        hidden=frozenset(key for key, level in access.items() if level == HIDDEN),
        sections=_standing(form.sections, env),
        pages=_standing(form.pages, env),
        faults=tuple(draft.faults) if judged else (),
    )


def _standing(parts: Sequence[SectionDef] | Sequence[PageDef], env: Mapping[str, object]) -> frozenset[str]:
    """Return the keys of the sections or pages whose own condition holds."""
    return frozenset(part.key for part in parts if part.visible_if is None or holds(part.visible_if, env))
