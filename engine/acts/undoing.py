"""The inverse of an act, by history: what nobody has changed since goes back to what it was, the rest is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from engine.acts.deeds import REFUSED, Deed, Outcome, delete, reachable, restore, write
from engine.acts.mapping import VERB as MAP_AHEAD
from engine.acts.mapping import missing, put_back
from engine.changes import Change, decode
from engine.records import store
from engine.records.verbs import complete
from engine.records.writing import Draft
from rules.errors import N_, Fault

#: Verbs of changes that a person makes; derived values follow by themselves.
MADE = ("create", "update", "move", "delete", "restore", MAP_AHEAD)
CHANGED = N_("Somebody has changed this record since.")
NOTHING = N_("What was done to this record is not known any more.")
#: record id -> its version right after the act.
Versions = Mapping[int, int]


def undo(deed: Deed, versions: Versions, created_right: str = "delete") -> list[Outcome]:
    """Take back what one act did to these records; `created_right` is asked where it made them."""
    writing = deed.writing("update") if created_right == "delete" else deed.writing(created_right)
    found, outcomes = _unchanged(deed, writing.table, versions)
    verbs = {id_: change.verb for id_, change in found.items()}
    outcomes += _by_verb(verbs, "create", lambda ids: delete(deed, ids, created_right))
    outcomes += _by_verb(verbs, "restore", lambda ids: delete(deed, ids))
    outcomes += _by_verb(verbs, "delete", lambda ids: restore(deed, ids))
    outcomes += _by_verb(verbs, "update", lambda ids: _put_back(deed, ids, "update", found))
    return outcomes + _by_verb(verbs, "move", lambda ids: _put_back(deed, ids, "move", found))


def undo_map(deed: Deed, versions: Versions) -> list[Outcome]:
    """Take back what sent these records ahead of a release; only who may publish."""
    found, outcomes = _unchanged(deed, deed.live.tables.current(deed.form), versions)
    return outcomes + put_back(deed, {id_: _before(deed, change) for id_, change in found.items()})


def _unchanged(deed: Deed, table: sa.Table, versions: Versions) -> tuple[dict[int, Change], list[Outcome]]:
    """Return what was done to the records that nobody changed since, and what is said of the others."""
    rows = store.locked_rows(deed.session, table, versions)
    same = [id_ for id_, version in versions.items() if id_ in rows and rows[id_]["version"] == version]
    changes = _changes(deed, {id_: versions[id_] for id_ in same})
    outcomes = [_refusal(id_, CHANGED, "changed_since") for id_ in versions if id_ not in set(same)]
    outcomes += [_refusal(id_, NOTHING, "unknown") for id_ in same if id_ not in changes]
    return {id_: changes[id_] for id_ in same if id_ in changes}, outcomes


def _by_verb(verbs: Mapping[int, str], wanted: str, act: Callable[[list[int]], list[Outcome]]) -> list[Outcome]:
    ids = [id_ for id_, verb in verbs.items() if verb == wanted]
    return act(ids) if ids else []


def _refusal(record: int, template: str, code: str) -> Outcome:
    return Outcome(record, REFUSED, faults=(Fault(code, template),))


def _changes(deed: Deed, versions: Versions) -> dict[int, Change]:
    """Return the change that brought each record to its version."""
    query = sa.select(Change).where(
        Change.app_key == deed.live.key,
        Change.form == deed.form,
        Change.record_id.in_(list(versions)),
        Change.version.in_(sorted(set(versions.values()))),
        Change.verb.in_(MADE),
        Change.diff.is_not(None),
    )
    found = {(one.record_id, one.version): one for one in deed.session.scalars(query)}
    return {id_: found[id_, version] for id_, version in versions.items() if (id_, version) in found}


def _put_back(deed: Deed, ids: Sequence[int], verb: str, found: Mapping[int, Change]) -> list[Outcome]:
    """Give records the values they had; the gates of stages are not asked again, every rule is."""
    writing = deed.writing(verb)
    rows, refused = reachable(writing, ids)
    before = {id_: _before(deed, found[id_]) for id_ in rows}
    drafts = [Draft({**row, **before[id_]}, row) for id_, row in rows.items()]
    for draft in drafts:
        draft.faults += [fault] if (fault := missing(deed, before[draft.id])) else []
    complete(writing, drafts)
    return [*refused, *write(writing, drafts, verb)]


def _before(deed: Deed, change: Change) -> dict[str, object]:
    """Return what the values were that the change set; what is worked out from them follows by itself."""
    shape, fields = deed.live.app.shapes[deed.form], deed.live.form(deed.form).by_key
    return {
        key: decode(before, shape[key].kind)
        for key, (before, _) in (change.diff or {}).items()
        if key in shape and not (key in fields and fields[key].is_derived)
    }
