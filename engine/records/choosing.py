"""What may be chosen in fields whose values are neither options nor records: the teams of an app."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.rows import Person
from engine.releases.live import Live


def teams_of(session: Session, live: Live) -> list[str]:
    """Return the teams of an app in order: those it lists itself, or else those that active people are in."""
    if live.app.teams:
        return list(live.app.teams)
    found = session.scalars(sa.select(Person.team).where(Person.active, Person.team.is_not(None)).distinct())
    return sorted(team for team in found if team)
