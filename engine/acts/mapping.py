"""Records sent where the next release will want them, before it comes: as a job in batches, which can be taken back.

A release moves whoever is left in a stage or an option that it takes away, within its one transaction. Where they are very
many, most of them are sent ahead while people go on working, as far as what is live knows where they go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.acts.deeds import DONE, REFUSED, UNCHANGED, Deed, Outcome
from engine.acts.rows import Act
from engine.alerts.evaluate import poke
from engine.errors import ConfigError, EngineError, Refused
from engine.people import User
from engine.records import store
from engine.records.bulk import halved
from engine.records.conditions import look_up
from engine.records.derived import propagate
from engine.records.unique import check_unique
from engine.records.verbs import guarded
from engine.records.writing import Draft, Writing, hold_release
from engine.releases.live import Live
from engine.releases.moves import STAGE, Moves, targets_of
from engine.rights.config import may_publish
from engine.sql.lists import holds_any
from rules.errors import N_, Fault
from rules.types import Kind

#: A record as it is stored -> what it is to hold.
Values = Callable[[Mapping[str, Any]], Mapping[str, object]]
#: Kind of act, and what such a change of a record is called.
KIND = "map"
VERB = "map_ahead"
NOT_THERE = N_("“{new}” of {place} is not live yet: its records go there with the release.")
NO_SUCH = N_("What it was before is not there any more ({place}: “{value}”).")


def acts_ahead(session: Session, live: Live, moves: Moves, user: User, now: datetime, reason: str = "") -> list[Act]:
    """Return an act for each form that has records to be sent ahead, checked, neither stored nor begun.

    ConfigError where a place or a target is not live, Refused for who may not publish.
    """
    if not may_publish(user, live):
        raise Refused("publish", live.key)
    if faults := list(_faults(live, moves)):
        raise ConfigError(*faults)
    made = [_act(session, live, form, moves, user, now, reason) for form in moves.forms]
    found = [one for one in made if one.total]
    if not found:
        raise EngineError(Fault("act.nothing", N_("No records are there to be moved.")))
    return found


def _faults(live: Live, moves: Moves) -> Iterator[Fault]:
    """Return a fault for each line that leads where what is live has nothing."""
    for (form, column), values in sorted(moves.by_place.items()):
        there = targets_of(live, form, column)
        for new in sorted({new or "" for new in values.values()}):
            targets, may_empty = there or (set(), False)
            if new not in targets and not (not new and may_empty):
                yield Fault("moves.ahead", NOT_THERE, {"place": f"{form}.{column}", "new": new})


def _act(session: Session, live: Live, form: str, moves: Moves, user: User, now: datetime, reason: str) -> Act:
    mine = replace(moves, by_place={place: values for place, values in moves.by_place.items() if place[0] == form})
    asked = _waiting(session, live, form, mine)
    table = live.tables.current(form)
    count, upto = session.execute(sa.select(sa.func.count(), sa.func.max(table.c.id)).where(*asked)).one()
    payload = {"lines": mine.lines, "release": live.number, "upto": upto or 0, "reason": reason}
    made = Act(app_key=live.key, form=form, kind=KIND, payload=payload, person_id=user.id, at=now, total=count)
    made.cursor, made.counts = 0, {}
    return made


def _waiting(session: Session, live: Live, form: str, moves: Moves) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of the living records that are in what goes."""
    table, dialect = live.tables.current(form), session.get_bind().dialect.name
    held = [
        holds_any(dialect, table.c[key], list(values))
        if live.app.shapes[form][key].kind is Kind.CHOICES
        else table.c[key].in_(list(values))
        for key, values in moves.of_form(form).items()
    ]
    return table.c.deleted_at.is_(None), sa.or_(*held)


def next_part(session: Session, live: Live, act: Act, most: int) -> Sequence[int]:
    """Return the ids of the next records; who comes into such a stage meanwhile is left to the release."""
    moves = Moves.read(act.payload["lines"])
    if list(_faults(live, moves)):  # another release took away where they were to go
        return []
    column = live.tables.current(act.form).c.id
    between = (column > act.cursor, column <= act.payload["upto"])
    wanted = sa.select(column).where(*between, *_waiting(session, live, act.form, moves))
    return session.scalars(wanted.order_by(column).limit(most)).all()


def send(deed: Deed, ids: Sequence[int], lines: Sequence[str], reason: str = "") -> list[Outcome]:
    """Give these records what the lines say. As with the release itself, no guard, rule or row right is asked.

    Triggers are not set off: nobody did something to these records. Rules that look at their state do so at the next tick.
    """
    moves = Moves.read(lines)
    return _given(deed, ids, lambda row: _moved(deed, moves, row), reason)


def put_back(deed: Deed, before: Mapping[int, Mapping[str, object]]) -> list[Outcome]:
    """Give records what they held before; those whose stage or option is not there any more stay as they are."""
    faults = {id_: fault for id_, values in before.items() if (fault := missing(deed, values))}
    refused = [Outcome(id_, REFUSED, faults=(fault,)) for id_, fault in faults.items()]
    good = [id_ for id_ in before if id_ not in faults]
    return [*refused, *_given(deed, good, lambda row: before[row["id"]])]


def missing(deed: Deed, values: Mapping[str, object]) -> Fault | None:
    """Return a fault where a stage or an option among the values is none of what is live."""
    for key, value in values.items():
        there = targets_of(deed.live, deed.form, key)
        for one in value if isinstance(value, list) else [value]:
            if there is not None and one is not None and one not in there[0]:
                pipeline, field = deed.live.pipeline(deed.form), deed.live.form(deed.form).by_key.get(key)
                named = field or pipeline
                place = named.label if named is not None else key
                return Fault("undo.gone", NO_SUCH, {"place": place, "value": str(one)})
    return None


def _moved(deed: Deed, moves: Moves, row: Mapping[str, object]) -> dict[str, object]:
    given = {key: moves.value(deed.form, key, row[key]) for key in moves.of_form(deed.form)}
    if STAGE in given and given[STAGE] != row[STAGE]:
        given["stage_entered_at"] = deed.now
    return given


def _given(deed: Deed, ids: Sequence[int], values: Values, reason: str = "") -> list[Outcome]:
    """Write values over records, find what follows, and leave out those whose new value another record has."""
    if not may_publish(deed.user, deed.live):
        raise Refused("publish", deed.live.key)
    writing = Writing(
        deed.session, deed.live, deed.live.form(deed.form), deed.user, deed.now.replace(microsecond=0), deed.via, VERB
    )
    hold_release(deed.session, deed.live, deed.form)
    rows = store.locked_rows(deed.session, writing.table, ids)
    drafts = [Draft({**row, **values(row)}, row) for row in rows.values() if row["deleted_at"] is None]
    look_up(writing, drafts)
    check_unique(writing, drafts)
    good = [draft for draft in drafts if draft.changed and not draft.faults]
    halved(writing, good, lambda part: _write(writing, part, reason))
    return [_outcome(draft) for draft in drafts]


def _write(writing: Writing, drafts: Sequence[Draft], reason: str) -> None:
    events = guarded(writing, lambda: store.update_records(writing, drafts, VERB, reason))
    ledger = propagate(writing.session, writing.live, events, writing.now)
    for form in ledger.by_form:
        poke(writing.session, writing.live, form, writing.now)


def _outcome(draft: Draft) -> Outcome:
    if draft.faults:
        return Outcome(draft.id, REFUSED, faults=tuple(draft.faults))
    version = draft.new["version"]
    assert isinstance(version, int)
    return Outcome(draft.id, DONE if draft.changed else UNCHANGED, version if draft.changed else None)
