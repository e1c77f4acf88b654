"""Moving records between stages: which moves there are, why one is refused, and how long each stage took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.defs import TransitionDef
from engine.errors import MoveRefused, NotFound
from engine.files.binding import check_files
from engine.guards import failing_clauses, guard_faults
from engine.people.users import User
from engine.records import store
from engine.records.computing import decimals_of
from engine.records.conditions import look_up, settle
from engine.records.env import evaluate, reads_of, stored, values_for, values_for_many
from engine.records.field_rights import check_stored
from engine.records.input import read_inputs
from engine.records.limits import check_limits
from engine.records.links import check_links
from engine.records.read import get
from engine.records.record import Record
from engine.records.unique import check_unique
from engine.records.verbs import changed_draft, check_version, finish, guarded, meets, own_row, refuse_faults, reread
from engine.records.writing import Draft, Writing, open_writing
from engine.releases.live import Live
from engine.rights import may, visible
from engine.tables import HISTORY_ID
from rules.errors import N_, Fault

Values = Mapping[str, object]


@dataclass(frozen=True)
class MoveOption:
    """A move that leads on from a record's stage: whether this person may make it now, else why not."""

    transition: TransitionDef
    allowed: bool
    #: Why not: role and guard, one fault per clause that fails.
    why: tuple[Fault, ...] = ()
    #: Keys of the fields that must be filled on the way.
    missing: tuple[str, ...] = ()


def moves(session: Session, live: Live, form: str, record: Record, user: User, now: datetime) -> list[MoveOption]:
    """Return the moves from a record's stage, in the order of the config; none when this person may not move it at all."""
    if live.pipeline(form) is None or not may(user, "move", live, form):
        return []
    writing = Writing(session, live, live.form(form), user, now.replace(microsecond=0), "form", "move")
    row = store.unlocked_row(session, writing.table, record.id)
    if row is None or not meets(writing, row, "read") or not meets(writing, row, "move"):
        return []
    leading = [one for one in _transitions(live, form) if row["stage"] in one.sources]
    env = values_for(session, live, form, row, reads_of(*(one.guard for one in leading)), user, now)
    return [_option(writing, one, env) for one in leading]


def _transitions(live: Live, form: str) -> Sequence[TransitionDef]:
    pipeline = live.pipeline(form)
    return pipeline.transitions if pipeline else ()


def _option(writing: Writing, one: TransitionDef, env: Values) -> MoveOption:
    why = (*_role_faults(writing, one), *guard_faults(writing, one, env))
    missing = _missing(one, env)
    return MoveOption(one, not why and not missing, why, missing)


def _missing(one: TransitionDef, values: Values) -> tuple[str, ...]:
    return tuple(key for key in one.required if values.get(key) is None and key not in one.sets)


def _role_faults(writing: Writing, one: TransitionDef) -> list[Fault]:
    if not one.roles or writing.user.is_admin or not writing.user.roles_in(writing.live.key).isdisjoint(one.roles):
        return []
    labels = {role.key: str(role.label) for role in writing.live.app.roles}
    roles = ", ".join(labels.get(role, role) for role in one.roles)
    return [Fault("move.role", N_("Only {roles} may make this move."), {"roles": roles})]


def move(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    to: str,
    values: Values,
    user: User,
    now: datetime,
    version: int | None = None,
    via: str = "form",
    note: str = "",
) -> Record:
    """Move a record by a transition's key, or to a stage, filling fields on the way; return it.

    1. Find the record and its moves. 2. Read what was typed. 3. Role, guard and required fields, on the record with
    what was typed. 4. Set the stage and what the move sets. 5. Check and write like any change. MoveRefused says which
    clause fails and what was found; FormError what was typed wrongly. The right to move is asked of the record as it
    was: a move may hand it on to people and stages out of one's own sight, for the config says so.
    """
    writing = open_writing(session, live, form, user, now, via, "move")
    old = own_row(writing, record_id)
    candidates = _candidates(writing, old, to)
    [(given, faults)] = read_inputs(writing, [values])
    check_version(writing, old, version, given)
    draft = changed_draft(writing, old, given, faults)
    check_stored(writing, [draft])
    check_links(writing, [draft])
    check_files(writing, [draft])
    refuse_faults(draft)
    look_up_with(writing, draft, candidates)
    _enter(writing, draft, _passable(writing, candidates, draft))
    settle(writing, [draft])
    check_unique(writing, [draft])
    check_limits(writing, [draft])
    refuse_faults(draft)
    finish(writing, guarded(writing, lambda: store.update_records(writing, [draft], "move", note)))
    return reread(writing, record_id)


def pass_gates(writing: Writing, draft: Draft, to: str) -> None:
    """Put a draft that is being imported into another stage as a move would; MoveRefused when none leads there."""
    candidates = _candidates(writing, draft.new, to)
    look_up_with(writing, draft, candidates)
    _enter(writing, draft, _passable(writing, candidates, draft))


def pass_gates_many(writing: Writing, drafts: Sequence[Draft], to: str) -> None:
    """Do the same for many drafts, with as many queries as for one; why one cannot pass is noted on it."""
    ways: list[tuple[Draft, list[TransitionDef]]] = []
    for draft in drafts:
        try:
            ways.append((draft, _candidates(writing, draft.new, to)))
        except MoveRefused as error:
            draft.faults.extend(error.faults)
    going = [draft for draft, _ in ways]
    look_up(writing, going)
    used = {one.key: one for _, found in ways for one in found}.values()
    reads = reads_of(*(one.guard for one in used), *(each for one in used for each in one.sets.values()))
    rows = [draft.new for draft in going]
    more = values_for_many(writing.session, writing.live, writing.key, rows, reads, writing.user, writing.now)
    for (draft, found), env in zip(ways, more, strict=True):
        draft.env = {**env, **draft.env}
        try:
            _enter(writing, draft, _passable(writing, found, draft))
        except MoveRefused as error:
            draft.faults.extend(error.faults)


def _candidates(writing: Writing, old: Values, to: str) -> list[TransitionDef]:
    """Return the transitions that are meant, best first: by their own key, or by the stage they lead to."""
    pipeline = writing.live.pipeline(writing.key)
    if pipeline is None:
        raise NotFound("pipeline", writing.key)
    found = [one for one in pipeline.transitions if old["stage"] in one.sources and to in (one.key, one.to)]
    if found:
        return sorted(found, key=lambda one: one.key != to)
    named = next((one.to for one in pipeline.transitions if one.key == to), to)
    target, here = pipeline.stage(named), pipeline.stage(str(old["stage"]))
    facts = {"stage": here.label if here else str(old["stage"]), "to": target.label if target else to[:60]}
    raise MoveRefused([Fault("move.none", N_("There is no way from “{stage}” to “{to}”."), facts)])


def look_up_with(writing: Writing, draft: Draft, candidates: Sequence[TransitionDef]) -> None:
    """Fill the draft's environment, with what guards and settings of the moves read."""
    look_up(writing, [draft])
    reads = reads_of(*(one.guard for one in candidates), *(each for one in candidates for each in one.sets.values()))
    more = values_for(writing.session, writing.live, writing.key, draft.new, reads, writing.user, writing.now)
    draft.env = {**more, **draft.env}


def _passable(writing: Writing, candidates: Sequence[TransitionDef], draft: Draft) -> TransitionDef:
    """Return the first transition that is open; MoveRefused with the faults of the one that was meant most."""
    refusals = []
    for one in candidates:
        missing = [
            Fault("field.required", N_("This field must be filled for this move."), field=key)
            for key in _missing(one, draft.new)
        ]
        faults = [*_role_faults(writing, one), *guard_faults(writing, one, draft.env), *missing]
        if not faults:
            return one
        refusals.append((one, faults))
    meant, faults = refusals[0]
    raise MoveRefused(faults, failing_clauses(writing, meant, draft.env))


def _enter(writing: Writing, draft: Draft, one: TransitionDef) -> None:
    """Put the record into the stage, and set what the move sets."""
    shape = writing.live.app.shapes[writing.key]
    made = {
        key: stored(evaluate(expression, draft.env), shape[key], _decimals(writing, key))
        for key, expression in one.sets.items()
    }
    draft.new |= {**made, "stage": one.to, "stage_entered_at": writing.now}


def _decimals(writing: Writing, key: str) -> int | None:
    found = writing.form.by_key.get(key)
    return decimals_of(found) if found else None


@dataclass(frozen=True)
class StageTime:
    """One stay in a stage; `left_at` is None while it lasts."""

    stage: str
    entered_at: datetime
    left_at: datetime | None
    days: float = field(default=0.0)


def stage_times(session: Session, live: Live, form: str, record_id: int, user: User, now: datetime) -> list[StageTime]:
    """Return a record's stays in its stages, the first one first; NotFound when this person may not see it."""
    get(session, live, form, record_id, user, now)
    if "stage" not in visible(live, form, user):
        return []
    history = live.tables.history(form)
    lines = sa.select(history.c.stage, history.c.stage_entered_at, history.c.valid_from).where(
        history.c.id == record_id
    )
    stays: list[tuple[str, datetime]] = []
    for stage, entered_at, valid_from in session.execute(lines.order_by(history.c[HISTORY_ID])):
        moment = entered_at or valid_from
        if stage is not None and (not stays or stays[-1] != (stage, moment)):
            stays.append((stage, moment))
    ends: list[datetime | None] = [entered_at for _, entered_at in stays[1:]]
    return [
        StageTime(stage, entered_at, left_at, ((left_at or now) - entered_at).total_seconds() / 86400)
        for (stage, entered_at), left_at in zip(stays, [*ends, None], strict=False)
    ]
