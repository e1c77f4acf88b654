"""Derived fields kept up to date: what a change means for computed and rollup fields of this and of other records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.evaluate import AT_ONCE, on_change
from engine.alerts.newborn import concerns_new
from engine.people.rows import Person
from engine.people.users import SYSTEM
from engine.records import store
from engine.records.clock_rows import day_reached
from engine.records.computing import computed_value, empty_rollups
from engine.records.env import reads_of, values_for_many
from engine.records.events import Event, Ledger, event_of
from engine.records.fresh import figures_of
from engine.records.graph import PEOPLE, Derived, Link, daily_fields, derived_fields
from engine.records.search import search_text, searchable
from engine.records.writing import hold_release
from engine.releases.live import Live, apps
from engine.releases.live import live as live_release


@dataclass
class Propagation:
    """One act's consequences, worked out field by field in the order in which they depend on each other."""

    session: Session
    live: Live
    now: datetime
    ledger: Ledger
    #: Names that were changed by the consequences themselves: form -> name -> record ids.
    derived: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    #: form -> id -> row before the first consequence.
    before: dict[str, dict[int, Mapping[str, object]]] = field(default_factory=lambda: defaultdict(dict))

    def run(self, forced: Mapping[tuple[str, str], Sequence[int]] | None = None) -> Ledger:
        """Work everything out, write history and changes, and return the ledger with the new events."""
        for one in derived_fields(self.live):
            ids = set((forced or {}).get(one.node, ()))
            for link in one.links:
                ids |= self._concerned(one, link)
            for part in store.chunks(sorted(ids)):
                self._bring_up_to_date(one, part)
        self._remember()
        return self.ledger

    def _concerned(self, one: Derived, link: Link) -> set[int]:
        """Return the ids of the records whose derived field may have changed through a link."""
        if one.measure is None:
            return self._behind(one.base, link.path, self._changed(link, written=bool(link.path)))
        if link.path:
            return self._parents(one, self._behind(one.base, link.path, self._changed(link, written=True)))
        homes = {
            home
            for event in self.ledger.touching(link.form, link.name)
            for row in (event.before, event.after)
            if row is not None and isinstance(home := row.get(one.via), int)
        }
        return homes | self._parents(one, self.derived[link.form][link.name])

    def _changed(self, link: Link, *, written: bool) -> set[int]:
        """Return the ids of the records in which the link's name changed; own computed fields follow writes at once."""
        ids = set(self.derived[link.form][link.name])
        if written:
            ids |= {event.id for event in self.ledger.touching(link.form, link.name)}
        return ids

    def _behind(self, base: str, path: tuple[str, ...], ids: set[int]) -> set[int]:
        """Return the records of a form from which the references of `path` lead to one of these records."""
        if not path or not ids:
            return ids
        forms = [base]
        for name in path[:-1]:
            forms.append(self.live.app.shapes[forms[-1]][name].form if forms[-1] != PEOPLE else PEOPLE)
        for form, name in zip(reversed(forms), reversed(path), strict=True):
            id_column, column = self._columns(form, name)
            ids = {
                id_
                for part in store.chunks(sorted(ids))
                for id_ in self.session.scalars(sa.select(id_column).where(column.in_(part)))
            }
        return ids

    def _columns(self, form: str, name: str) -> tuple[Any, Any]:
        """Return the columns of the id and of a reference, of a form or of people."""
        if form == PEOPLE:
            return Person.id, Person.manager_id
        table = self.live.tables.current(form)
        return table.c.id, table.c[name]

    def _parents(self, one: Derived, ids: set[int]) -> set[int]:
        table = self.live.tables.current(one.base)
        column = table.c[one.via]
        return {
            id_
            for part in store.chunks(sorted(ids))
            for id_ in self.session.scalars(
                sa.select(column).distinct().where(table.c.id.in_(part), column.is_not(None))
            )
        }

    def _bring_up_to_date(self, one: Derived, ids: Sequence[int]) -> None:
        table = self.live.tables.current(one.form)
        # Locked before it is worked out: two writers of two children must not each miss the other's.
        rows = store.locked_rows(self.session, table, ids)
        values = self._rollups(one, list(rows)) if one.measure else self._computed(one, rows)
        key = one.field.key
        changed = [id_ for id_, row in rows.items() if row[key] != values[id_]]
        if not changed:
            return
        for id_ in changed:
            self.before[one.form].setdefault(id_, dict(rows[id_]))
        after = [{**rows[id_], key: values[id_]} for id_ in changed]
        store.update_columns(self.session, table, [key], after)
        self.derived[one.form][key].update(changed)

    def _computed(self, one: Derived, rows: Mapping[int, Mapping[str, object]]) -> dict[int, object]:
        reads = reads_of(one.field.expression)
        envs = values_for_many(self.session, self.live, one.form, list(rows.values()), reads, None, self.now)
        return {id_: computed_value(self.live, one, env) for id_, env in zip(rows, envs, strict=True)}

    def _rollups(self, one: Derived, ids: Sequence[int]) -> dict[int, object]:
        figures = figures_of(self.session, self.live, one, self.now, list(ids))
        nothing = empty_rollups(self.live, one.form)[one.field.key]
        return {id_: figures.get(id_, nothing) for id_ in ids}

    def _remember(self) -> None:
        for form, before in self.before.items():
            table, history = self.live.tables.current(form), self.live.tables.history(form)
            self._refresh_search(form, list(before))
            rows = store.locked_rows(self.session, table, before)
            events = [event_of(form, id_, before[id_], row) for id_, row in rows.items()]
            at = store.end_lines(self.session, history, list(rows), self.now)
            stamped = [(event, rows[event.id]["version"]) for event in events if rows[event.id]["deleted_at"] is None]
            ids = store.add_changes(self.session, self.live, stamped, SYSTEM, at, "rule", "derive") if stamped else []
            change_ids = {event.id: id_ for (event, _), id_ in zip(stamped, ids, strict=True)}
            store.copy_lines(self.session, table, history, list(rows), at, change_ids)
            self.ledger.add(event for event, _ in stamped)

    def _refresh_search(self, form: str, ids: Sequence[int]) -> None:
        """Texts that were computed anew are found by the search box, too."""
        form_def = self.live.app.forms[form]
        if not any(self.derived[form][one.key] for one in searchable(form_def)):
            return
        table = self.live.tables.current(form)
        rows = store.locked_rows(self.session, table, ids)
        texts = [{"id": id_, "search_text": search_text(form_def, row)} for id_, row in rows.items()]
        store.update_columns(self.session, table, ["search_text"], texts)


def propagate(session: Session, live: Live, events: Iterable[Event], now: datetime) -> Ledger:
    """Bring all derived fields up to date after these events; return the events with those that followed."""
    ledger = Ledger()
    ledger.add(events)
    moment = day_reached(session, live, now)
    return Propagation(session, live, moment, ledger).run(_behind_times(live, ledger, late=moment != now))


def _behind_times(live: Live, ledger: Ledger, *, late: bool) -> dict[tuple[str, str], list[int]]:
    """Return the fields that may have been missed by what all other records were brought to.

    Restored records have missed days and releases; and a write that began before midnight may end when all others are a
    day ahead.
    """
    restored = {
        form: [event.id for event in events.values() if event.before is None and _is_old(event)]
        for form, events in ledger.by_form.items()
    }
    daily = {one.node for one in daily_fields(live)} if late else set()
    return {
        one.node: ids
        for one in derived_fields(live)
        if (ids := list(ledger.by_form.get(one.form, ())) if one.node in daily else restored.get(one.form))
    }


def _is_old(event: Event) -> bool:
    return event.after is not None and event.after.get("version") != 1


def people_changed(session: Session, people: Iterable[int], now: datetime) -> None:
    """Bring derived fields of all apps up to date that read something of these people: `owner.region` and the like."""
    changed = sorted(set(people))
    for row in apps(session):
        app = live_release(session, row.key)
        names = {link.name for one in derived_fields(app) for link in one.links if link.form == PEOPLE}
        if not names:
            continue
        hold_release(session, app)
        ledger = Ledger()
        ledger.add(Event(PEOPLE, person, {}, {}, frozenset(names)) for person in changed)
        Propagation(session, app, now, ledger).run()
        del ledger.by_form[PEOPLE]
        tell_alerts(session, app, ledger, now)


def tell_alerts(session: Session, live: Live, ledger: Ledger, now: datetime) -> None:
    """Have the alert rules evaluated that read what changed."""
    for form, events in ledger.by_form.items():
        groups: dict[frozenset[str] | None, list[int]] = {}
        for event in events.values():
            groups.setdefault(None if event.is_whole else event.changed, []).append(event.id)
        for changed, ids in groups.items():
            told = ids if changed is not None or len(ids) > AT_ONCE else _of_concern(session, live, events, ids, now)
            if told:
                on_change(session, live, form, told, changed, now)


def _of_concern(
    session: Session, live: Live, events: Mapping[int, Event], ids: Sequence[int], now: datetime
) -> list[int]:
    """Return the records but for new ones of which no rule has anything to say."""
    return [
        id_
        for id_ in ids
        if not _is_new(events[id_]) or concerns_new(session, live, events[id_].form, events[id_].after or {}, now)
    ]


def _is_new(event: Event) -> bool:
    """Tell whether a record came to be with this event: there cannot be any alert about it."""
    return event.before is None and not _is_old(event)
