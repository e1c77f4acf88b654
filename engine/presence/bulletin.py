"""What changed lately, form by form, read for everybody at once: however many look on, one process asks as often."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.changes import Change
from engine.people import names_of
from engine.presence.rows import Place, present

#: Pause between two looks: together with the pause of a page, a change is seen within two seconds.
PAUSE_SECONDS = 0.4
#: Changes are numbered before they are committed: of so many of the latest each is counted, whatever their order.
_STEP = 5000


class Edition(NamedTuple):
    """How far the changes of a form have come: the same in every process, and another one after each change."""

    last: int = 0
    number: int = 0
    at: datetime | None = None

    @property
    def text(self) -> str:
        """Return it as it is sent to pages."""
        return f"{self.last}.{self.number}"


@dataclass
class Bulletin:
    """The memory of one process."""

    sessions: sessionmaker[Session]
    pause: float = PAUSE_SECONDS
    editions: dict[tuple[str, str], Edition] = field(default_factory=dict)
    places: dict[Place, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _looked: float | None = None
    #: The highest number of a change, and how many there are above the floor: as long as both stay, nothing changed.
    _mark: tuple[int, int] | None = None
    _floor: int = 0

    def edition(self, app_key: str, form: str) -> Edition:
        """Return where the changes of a form are, as far as was seen."""
        return self.editions.get((app_key, form), Edition())

    def others(self, place: Place, person_id: int) -> list[str]:
        """Return the names of who else has a record open."""
        return [name for one, name in self.places.get(place, ()) if one != person_id]

    def refresh(self, now: datetime) -> None:
        """Look, unless somebody just did: of many who ask at once one looks, and the others take what is known."""
        if self._is_fresh or not self._lock.acquire(blocking=self._looked is None):
            return
        try:
            if not self._is_fresh:
                with self.sessions() as session:
                    self._look(session, now)
                self._looked = monotonic()
        finally:
            self._lock.release()

    @property
    def _is_fresh(self) -> bool:
        return self._looked is not None and monotonic() - self._looked < self.pause

    def _look(self, session: Session, now: datetime) -> None:
        self._read_editions(session)
        open_ = present(session, now)
        names = names_of(session, {one for people in open_.values() for one in people})
        self.places = {
            place: tuple(sorted(((one, names[one]) for one in people if one in names), key=lambda pair: pair[1]))
            for place, people in open_.items()
        }

    def _read_editions(self, session: Session) -> None:
        above = select(func.count()).select_from(Change).where(Change.id > self._floor).scalar_subquery()
        last, number = session.execute(select(func.coalesce(func.max(Change.id), 0), above)).one()
        if (last, number) == self._mark:
            return
        floor = max(0, (last // _STEP - 1) * _STEP)
        wanted = (
            select(Change.app_key, Change.form, func.max(Change.id), func.count(), func.max(Change.at))
            .where(Change.id > floor, Change.form.is_not(None))
            .group_by(Change.app_key, Change.form)
        )
        self.editions = {(row[0] or "", row[1] or ""): Edition(*row[2:]) for row in session.execute(wanted)}
        self._mark = (last, number) if floor == self._floor else None  # counted from another floor: look again
        self._floor = floor
