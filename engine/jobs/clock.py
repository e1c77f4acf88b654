"""Clocks for the edge: the wall's, and one for demonstrations that is set to another moment and can be moved on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class DemoClock:
    """A clock that runs like the wall's, from another moment on; it is only ever moved forward."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, span: timedelta) -> None:
        """Let time pass; ValueError for the past, because what was sent cannot be called back."""
        if span < timedelta():
            raise ValueError("time only goes forward")
        self._ahead += span
