"""Episodes made of crossings: when each alert would have begun, fired and ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.alerts.backtest.crossings import Crossing


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing life; `carried` means that it was there before the stretch of time looked at."""

    record_id: int
    since: datetime
    fired_at: datetime
    ended_at: datetime | None
    carried: bool = False


@dataclass
class Lives:
    """The open lives of one rule while time passes; plain enough to be kept between two steps of a job."""

    start: datetime
    hold: timedelta
    began: dict[int, datetime] = field(default_factory=dict)

    def pass_on(self, crossings: Iterable[Crossing]) -> list[Episode]:
        """Go on through crossings in the order of time; return the episodes that ended."""
        ended = [episode for one in crossings if (episode := self._cross(one)) is not None]
        return [episode for episode in ended if episode.ended_at and episode.ended_at >= episode.fired_at]

    def still(self, end: datetime) -> list[Episode]:
        """Return the episodes that are firing at the end."""
        found = [self._episode(id_, since, None) for id_, since in sorted(self.began.items())]
        return [one for one in found if one.fired_at <= end]

    def _cross(self, one: Crossing) -> Episode | None:
        since = self.began.get(one.record_id)
        if since is None:
            if one.holds:
                self.began[one.record_id] = one.at
            return None
        is_firing = one.at >= since + self.hold
        if one.over if is_firing else not one.holds:
            del self.began[one.record_id]
            return self._episode(one.record_id, since, one.at) if is_firing else None
        return None

    def _episode(self, id_: int, since: datetime, ended_at: datetime | None) -> Episode:
        return Episode(id_, since, since + self.hold, ended_at, since <= self.start)

    def kept(self) -> dict[str, Any]:
        """Return what must be kept to go on later."""
        return {str(id_): since.isoformat() for id_, since in self.began.items()}

    def take_up(self, kept: Mapping[str, str]) -> None:
        """Go on from what was kept."""
        self.began = {int(id_): datetime.fromisoformat(since) for id_, since in kept.items()}
