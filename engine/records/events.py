"""What was written in one act, record by record: what derived fields and alert rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.records.graph import EXISTENCE

Row = Mapping[str, object]


@dataclass(frozen=True)
class Event:
    """One record that changed: `before` is None when it came to be, `after` when it went."""

    form: str
    id: int
    before: Row | None
    after: Row | None
    changed: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Tell whether the record was created, deleted or restored."""
        return EXISTENCE in self.changed


def event_of(form: str, record_id: int, before: Row | None, after: Row | None) -> Event:
    """Return the event between two rows."""
    if before is None or after is None:
        whole = after if after is not None else before
        return Event(form, record_id, before, after, frozenset((*(whole or {}), EXISTENCE)))
    changed = frozenset(key for key in after if before.get(key) != after[key])
    return Event(form, record_id, before, after, changed)


def events_of_new(form: str, rows: Sequence[Row]) -> list[Event]:
    """Return the events of new records, whose rows have the same names and their ids."""
    changed = frozenset((*rows[0], EXISTENCE)) if rows else frozenset()
    return [Event(form, row["id"], None, row, changed) for row in rows]  # type: ignore[arg-type]  # ids are numbers


@dataclass
class Ledger:
    """All events of one act, one per record."""

    by_form: dict[str, dict[int, Event]] = field(default_factory=dict)

    def add(self, events: Iterable[Event]) -> None:
        """Note events; a second one for the same record continues the first."""
        for event in events:
            known = self.by_form.setdefault(event.form, {})
            first = known.get(event.id)
            if first is not None:
                event = Event(event.form, event.id, first.before, event.after, first.changed | event.changed)  # noqa: PLW2901 - the merged one is what is kept
            known[event.id] = event

    def touching(self, form: str, name: str) -> list[Event]:
        """Return the events that changed a name of a form."""
        return [event for event in self.by_form.get(form, {}).values() if name in event.changed]

    def __iter__(self) -> Iterator[Event]:
        for events in self.by_form.values():
            yield from events.values()
