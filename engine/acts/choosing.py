"""Which records an act is about: some that were picked, or all that match what a list was asked; never a list of all ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.changes import decode, encode
from engine.dashboards import answering
from engine.errors import NotFound
from engine.okr.drill import behind
from engine.people import User
from engine.records.expressions import condition_from
from engine.records.filters import Filter
from engine.records.query import Drill, extent_of, ids_of
from engine.releases.live import Live
from rules.types import ITEM_OF, MANY

#: Records that a person picks one by one; more are chosen by a filter.
MOST_PICKED = 1000


@dataclass(frozen=True)
class Selection:
    """Records by id, or (where the ids are None, not only empty) all that match."""

    ids: tuple[int, ...] | None = None
    text: str = ""
    filters: tuple[Filter, ...] = ()
    #: A condition as it was typed.
    where: str = ""
    #: `okr/key_result/measure`, or the name of a figure of a dashboard.
    measure: str = ""
    deleted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the selection as an act keeps it."""
        filters = [[one.field, one.op, [encode(value) for value in one.values]] for one in self.filters]
        whole = {
            "ids": None if self.ids is None else list(self.ids),
            "text": self.text,
            "filters": filters,
            "where": self.where,
        }
        return {**whole, "measure": self.measure, "deleted": self.deleted}

    @classmethod
    def of(cls, live: Live, form: str, kept: Mapping[str, Any]) -> Selection:
        """Return the selection that `to_json` wrote."""
        filters = tuple(
            Filter(key, op, tuple(_decoded(live, form, key, value) for value in values))
            for key, op, values in kept["filters"]
        )
        ids = None if kept["ids"] is None else tuple(kept["ids"])
        return cls(ids, kept["text"], filters, kept["where"], kept["measure"], kept["deleted"])

    def arguments(self, session: Session, live: Live, form: str, user: User, now: datetime) -> dict[str, Any]:
        """Return what a query is asked; what the person may not read (any more) is refused there."""
        found: dict[str, Any] = {"text": self.text, "filters": self.filters, "deleted": self.deleted}
        if self.where:
            found["where"] = condition_from(live, form, self.where, user)
        if self.measure:
            found["measure"] = _drill(session, live, self.measure, user, now)
        return found


def _decoded(live: Live, form: str, key: str, value: object) -> object:
    type_ = live.app.shapes[form].get(key)
    if type_ is None:
        return value
    return decode(value, ITEM_OF[type_.kind] if type_.kind in MANY else type_.kind)


def _drill(session: Session, live: Live, measure: str, user: User, now: datetime) -> Drill:
    if measure.startswith(answering.MARK):
        return answering.behind(session, live, measure, user, now)[1]
    okr_key, _, rest = measure.partition("/")
    kr, _, key = rest.partition("/")
    okr = live.app.okrs.get(okr_key)
    if okr is None:
        raise NotFound("okr", okr_key)
    found = behind(session, live, okr, kr, key, user, now)
    return Drill(found.measure, found.cycle)


def measured(session: Session, live: Live, form: str, chosen: Selection, user: User, now: datetime) -> tuple[int, int]:
    """Return how many records are chosen, and the highest id among them."""
    if chosen.ids is not None:
        return len(set(chosen.ids)), max(chosen.ids, default=0)
    return extent_of(session, live, form, user, now, **chosen.arguments(session, live, form, user, now))


def next_ids(
    session: Session,
    live: Live,
    form: str,
    chosen: Selection,
    user: User,
    now: datetime,
    above: int,
    upto: int,
    most: int,
) -> Sequence[int]:
    """Return the next ids above one: what came to match meanwhile is taken, what came into being is not."""
    if chosen.ids is not None:
        return [id_ for id_ in sorted(set(chosen.ids)) if id_ > above][:most]
    arguments = chosen.arguments(session, live, form, user, now)
    return ids_of(session, live, form, user, now, above=above, upto=upto, limit=most, **arguments)
