"""Acts from beginning to end: a few records at once within the request, many by a job, a chunk in each transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.acts.choosing import Selection, measured, next_ids
from engine.acts.deeds import Deed, Outcome, delete, edit, move, restore
from engine.acts.mapping import KIND as MAP
from engine.acts.mapping import acts_ahead, next_part, send
from engine.acts.rows import Act, ActLine
from engine.acts.undoing import undo, undo_map
from engine.audit import note as in_audit
from engine.changes import encode
from engine.errors import EngineError, NotFound, Refused
from engine.jobs.queue import enqueue, stored
from engine.people import User
from engine.records.input import read_inputs
from engine.records.loading import load, renew_statistics
from engine.records.writing import open_writing
from engine.releases.live import Live
from engine.releases.moves import Moves
from engine.rights import may
from engine.rights.config import may_publish
from forms.errors import FormError
from rules.errors import N_, Fault

#: Records of one transaction, and of an act that is done while its person waits.
CHUNK, AT_ONCE = 500, 200
#: Rows of an import after which the database looks at its tables anew.
MANY = 5000
#: Right that each kind of act needs.
RIGHTS = {"edit": "update", "move": "move", "delete": "delete", "restore": "delete"}
#: Verdicts of lines that can be taken back.
WRITTEN = ("done", "create", "update")
TITLES = {
    "edit": N_("Change {count} records: {form}"),
    "move": N_("Move {count} records: {form}"),
    "delete": N_("Delete {count} records: {form}"),
    "restore": N_("Restore {count} records: {form}"),
    MAP: N_("Move {count} records ahead of a release: {form}"),
    "import": N_("Import {count} rows: {form}"),
    "undo": N_("Undo what was done to {count} records: {form}"),
}


def begin(
    session: Session,
    live: Live,
    form: str,
    kind: str,
    chosen: Selection,
    user: User,
    now: datetime,
    *,
    values: Mapping[str, object] | None = None,
    to: str = "",
) -> Act:
    """Do something to many records; FormError when the values are wrong for any record, Refused without the right.

    Up to AT_ONCE records are done in this transaction, more by a job that is queued with it.
    """
    return launch(session, live, prepare(session, live, form, kind, chosen, user, now, values, to), user, now)


def prepare(
    session: Session,
    live: Live,
    form: str,
    kind: str,
    chosen: Selection,
    user: User,
    now: datetime,
    values: Mapping[str, object] | None = None,
    to: str = "",
) -> Act:
    """Return an act that was checked like any other, for whoever brings it to its end: nothing is stored or done yet."""
    if kind not in RIGHTS:
        raise NotFound("act", kind[:60])
    right = RIGHTS[kind]
    if not may(user, right, live, form):
        raise Refused(right, form)
    if kind in ("edit", "move"):
        _check_values(session, live, form, right, values or {}, user, now)
    if kind == "move":
        _check_way(live, form, to)
    count, upto = measured(session, live, form, chosen, user, now)
    if not count:
        raise EngineError(Fault("act.nothing", N_("Choose at least one record.")))
    typed = {key: encode(value) for key, value in (values or {}).items()}
    payload = {"chosen": chosen.to_json(), "upto": upto, "values": typed, "to": to}
    return _act(live.key, form, kind, payload, user, now, count)


def send_ahead(session: Session, live: Live, moves: Moves, user: User, now: datetime, reason: str = "") -> list[Act]:
    """Send records ahead of the release that takes away where they are; return an act for each form that has some."""
    begun = [launch(session, live, one, user, now) for one in acts_ahead(session, live, moves, user, now, reason)]
    facts = {"moved": moves.lines, "before": live.number, "reason": reason}
    in_audit(
        session, kind="config", verb="sent_ahead", user=user, now=now,
        subject=f"release:{live.number}", app_key=live.key, facts=facts,
    )  # fmt: skip
    return begun


def _check_values(
    session: Session, live: Live, form: str, right: str, values: Mapping[str, object], user: User, now: datetime
) -> None:
    if not values and right == "update":
        raise EngineError(Fault("act.no_values", N_("Choose at least one field to change.")))
    writing = open_writing(session, live, form, user, now, "bulk", right)
    [(_, faults)] = read_inputs(writing, [values])
    if faults:
        raise FormError(*faults)


def _check_way(live: Live, form: str, to: str) -> None:
    pipeline = live.pipeline(form)
    if pipeline is None or to not in {name for one in pipeline.transitions for name in (one.key, one.to)}:
        raise NotFound("transition", to[:60])


def _act(app: str, form: str, kind: str, payload: dict[str, Any], user: User, now: datetime, total: int) -> Act:
    made = Act(app_key=app, form=form, kind=kind, payload=payload, person_id=user.id, at=now, total=total)
    made.cursor, made.counts = 0, {}
    return made


def launch(session: Session, live: Live, act: Act, user: User, now: datetime, at_once: int = AT_ONCE) -> Act:
    """Store an act and do it, or queue its job."""
    session.add(act)
    session.flush()
    if act.total <= at_once:
        while advance(session, act, user, now):
            pass
        return act
    title = Fault("act", TITLES[act.kind], {"count": act.total, "form": live.form(act.form).label})
    job = enqueue(session, "act", {"act": act.id}, user=user, now=now, app_key=act.app_key, title=title)
    job.total, job.result = act.total, {"url": address_of(act)}
    act.job_id = job.id
    session.flush()
    return act


def address_of(act: Act) -> str:
    """Return where an act is to be seen."""
    return f"/a/{act.app_key}/{act.form}/acts/{act.id}"


def advance(session: Session, act: Act, user: User, now: datetime) -> bool:
    """Do the next chunk of an act; return whether there is more."""
    from engine.acts.importing import import_part  # imports write lines of acts, too
    from engine.releases.live import live as live_of

    live = live_of(session, act.app_key)
    if act.kind == "import":
        more = ended(act, import_part(session, live, act, user, now), now)
        if not more and act.total >= MANY:
            renew_statistics(session, [live.tables.current(act.form), live.tables.history(act.form)])
        return more
    step = _undo_step if act.kind == "undo" else _map_step if act.kind == MAP else _chosen_step
    return ended(act, step(session, live, act, user, now), now)


def ended(act: Act, more: bool, now: datetime) -> bool:
    """Note the end of an act that has no more to do."""
    act.ended_at = None if more else now
    return more


def _chosen_step(session: Session, live: Live, act: Act, user: User, now: datetime) -> bool:
    kept = act.payload
    chosen = Selection.of(live, act.form, kept["chosen"])
    ids = next_ids(session, live, act.form, chosen, user, now, act.cursor, kept["upto"], CHUNK)
    if not ids:
        return False
    outcomes = _do(Deed(session, live, act.form, user, now), act, ids)
    note(session, act, outcomes)
    act.cursor = ids[-1]
    return len(ids) == CHUNK


def _map_step(session: Session, live: Live, act: Act, user: User, now: datetime) -> bool:
    ids = next_part(session, live, act, CHUNK)
    if not ids:
        return False
    note(session, act, send(Deed(session, live, act.form, user, now), ids, act.payload["lines"], act.payload["reason"]))
    act.cursor = ids[-1]
    return len(ids) == CHUNK


def _do(deed: Deed, act: Act, ids: Sequence[int]) -> list[Outcome]:
    kept = act.payload
    if act.kind == "edit":
        return edit(deed, ids, kept["values"])
    if act.kind == "move":
        return move(deed, ids, kept["to"], kept["values"])
    return delete(deed, ids) if act.kind == "delete" else restore(deed, ids)


def note(session: Session, act: Act, outcomes: Sequence[Outcome]) -> None:
    """Write a line for each record or row, and count."""
    lines = [
        {
            "act_id": act.id,
            "record_id": one.record,
            "row": one.row,
            "verdict": one.verdict,
            "version": one.version,
            "mark": one.mark,
            "said": one.said,
            "faults": [{**stored(fault), "field": fault.field} for fault in one.faults] or None,
        }
        for one in outcomes
    ]
    if lines:
        load(session, cast("sa.Table", ActLine.__table__), lines)
    act.counts = dict(Counter(act.counts or {}) + Counter(one.verdict for one in outcomes))


# -- taking back -----------------------------------------------------------------------------------------------------------


def may_undo(live: Live, act: Act, user: User) -> bool:
    """Tell whether a person may take an act back: who did it, and who looks after the form; once, after it has ended."""
    mine = act.person_id == user.id or user.is_admin or may(user, "configure", live, act.form)
    if act.kind == MAP:
        mine = may_publish(user, live)
    return mine and act.undone_by is None and act.ended_at is not None and done_count(act) > 0


def done_count(act: Act) -> int:
    """Return how many records an act wrote."""
    return sum(int((act.counts or {}).get(verdict, 0)) for verdict in WRITTEN)


def take_back(session: Session, live: Live, act_id: int, user: User, now: datetime) -> Act:
    """Undo an act: its records that nobody changed since go back to what they were; the others are listed."""
    act = act_of(session, live, act_id, lock=True)
    if not may_undo(live, act, user):
        raise Refused("update", act.form)
    made = _act(live.key, act.form, "undo", {}, user, now, done_count(act))
    made.undoes = act.id
    session.add(made)
    session.flush()
    act.undone_by = made.id
    return launch(session, live, made, user, now)


def _undo_step(session: Session, live: Live, act: Act, user: User, now: datetime) -> bool:
    """Go through the lines of the act that is undone, the last one first: what it made last goes first."""
    undone = session.get_one(Act, act.undoes)
    below = [ActLine.id < act.cursor] if act.cursor else []
    wanted = (ActLine.act_id == undone.id, ActLine.verdict.in_(WRITTEN), *below)
    lines = session.scalars(sa.select(ActLine).where(*wanted).order_by(ActLine.id.desc()).limit(CHUNK)).all()
    if not lines:
        return False
    versions: dict[int, int] = {}
    for line in lines:
        if line.record_id is not None and line.version is not None:
            versions.setdefault(line.record_id, line.version)
    own = undone.kind == "import" and undone.person_id == user.id
    deed = Deed(session, live, act.form, user, now)
    outcomes = undo_map(deed, versions) if undone.kind == MAP else undo(deed, versions, "import" if own else "delete")
    note(session, act, outcomes)
    act.cursor = lines[-1].id
    return len(lines) == CHUNK


def act_of(session: Session, live: Live, act_id: int, *, lock: bool = False) -> Act:
    """Return an act of an app; NotFound without one."""
    query = sa.select(Act).where(Act.id == act_id, Act.app_key == live.key)
    act = session.scalar(query.with_for_update() if lock else query, execution_options={"populate_existing": True})
    if act is None or act.form not in live.app.forms:
        raise NotFound("act", act_id)
    return act
