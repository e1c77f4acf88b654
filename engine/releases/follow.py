"""What a new release means for records that are there already: a first stage, derived fields, search texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.users import SYSTEM
from engine.records.graph import Derived, Node, derived_fields
from engine.records.search import searchable
from engine.records.search_many import write_texts
from engine.records.sweep import bring, following
from engine.releases.live import Live
from engine.releases.moves import STAGE
from engine.releases.moving import moved_ids
from engine.releases.plan import Plan, last_with
from engine.releases.recipes import recipe
from engine.releases.resting import rest_indexes
from engine.releases.shifting import Stored, Trail, shift
from engine.releases.texts import Texts, searched_anew
from engine.releases.worked_out import Exchanged, exchange

#: Names that say something else when a column is moved: a stage is entered, too.
_NAMES = {STAGE: (STAGE, "stage_entered_at", "days_in_stage")}


def records(session: Session, plan: Plan, before: Live | None, after: Live, now: datetime) -> None:
    """Bring the records of all forms up to date with a release, within the transaction that publishes it."""
    old_forms = [form for form in after.app.forms if form not in plan.new_forms]
    for form in old_forms:
        if after.pipeline(form):
            plan.rested |= enter_first_stage(session, after, form, now)
    anew = {form: searched_anew(_last_with(session, before, after, form), after, form) for form in old_forms}
    texts = [Texts(session, after, form, keys) for form, keys in anew.items() if keys]
    changed = _changed_kinds(plan)
    wanted = [one for one in worked_out_anew(before, after, changed) if one.form in old_forms]
    held = {one.node for one in derived_fields(after) if one.form in old_forms} - changed - set(plan.new_fields)
    exchanged = exchange(session, after, wanted, held, now)
    _rest(session, plan, after, {one.form for one in following(after, wanted)}, exchanged, texts)
    if wanted:
        bring(session, after, wanted, now, "rule", exchanged.fields)
    for one in texts:
        one.bring()
    brought = {one.form: one for one in texts}
    for form in old_forms:
        keys = plan.moved.get(form, set()) & {one.key for one in searchable(after.app.forms[form])}
        if keys and not _says_where_they_are(brought.get(form), keys, plan):
            table = after.tables.current(form)
            write_texts(session, table, after.app.forms[form], table.c.id.in_(moved_ids(after, form)))


def _last_with(session: Session, before: Live | None, after: Live, form: str) -> Live | None:
    """Return the release by which the search texts of a form were made: an older one where it comes back."""
    return before if before is None or form in before.app.forms else last_with(session, after, form)


def _says_where_they_are(texts: Texts | None, keys: set[str], plan: Plan) -> bool:
    """Tell whether search texts that were written or taken up know of the records that moved.

    Those that an undone release set aside say what its records held before it.
    """
    if texts is None:
        return False
    if texts.earlier is None:
        return keys <= set(texts.changed)
    return texts.form not in plan.sent and plan.undone.get(texts.form) == {texts.earlier}


def _changed_kinds(plan: Plan) -> set[Node]:
    """Return the fields whose values are others than before although nobody typed them in."""
    converted = {(step.form, step.new.key) for step in plan.steps if step.converts}
    return converted | {
        (form, name) for form, keys in plan.moved.items() for key in keys for name in _NAMES.get(key, (key,))
    }


def _rest(
    session: Session, plan: Plan, after: Live, written: set[str], exchanged: Exchanged, texts: Iterable[Texts]
) -> None:
    """Let the indexes rest of the tables that are written throughout."""
    searched = {one.form for one in texts if one.many_say() and one.earlier is None}
    names = {after.tables.history(form).name for form in written}
    names |= {after.tables.current(form).name for form in (written - exchanged.at_rest) | searched}
    plan.rested |= rest_indexes(session.connection(), sorted(names))


def enter_first_stage(session: Session, live: Live, form: str, now: datetime) -> set[str]:
    """Put records into the initial stage that were made before the form had a pipeline, all of them at once.

    Return the names of the tables whose indexes rest from now on.
    """
    pipeline, table = live.pipeline(form), live.tables.current(form)
    assert pipeline is not None
    outside = (table.c.stage.is_(None), table.c.deleted_at.is_(None))
    if session.scalar(sa.select(sa.literal(1)).where(*outside).limit(1)) is None:
        return set()
    trail, stored = Trail(live.key, SYSTEM, now, live.number, verb="move"), Stored(session, live.key, form)
    picked = sa.select(stored.table.c.id).where(stored.table.c.stage.is_(None), stored.table.c.deleted_at.is_(None))
    shift(stored, picked, {STAGE: sa.literal(pipeline.initial, sa.Text)}, trail, enters=True)
    return trail.rested


def worked_out_anew(before: Live | None, after: Live, converted: Collection[tuple[str, str]]) -> list[Derived]:
    """Return the derived fields whose values a release works out anew; `converted` are the fields that change their type."""
    return [one for one in derived_fields(after) if _is_new(one, before) or _reads_anew(one, converted, before, after)]


def _is_new(one: Derived, before: Live | None) -> bool:
    """Tell whether a derived field was not there yet or is worked out differently."""
    known = {other.node: other for other in derived_fields(before)} if before else {}
    return one.node not in known or recipe(known[one.node]) != recipe(one)


def _reads_anew(one: Derived, converted: Collection[tuple[str, str]], before: Live | None, after: Live) -> bool:
    """Tell whether what a derived field reads means something else now: a converted field, another time zone."""
    if before is None or before.app.context != after.app.context:
        return True
    return any((link.form, link.name) in converted for link in one.links)
