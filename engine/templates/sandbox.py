"""Sandboxes: an app to try a template in, with its demonstration records, which goes by itself after a few hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.parameters import declared
from engine.config.spot import Spot
from engine.errors import EngineError
from engine.people.users import User, grant, person_of
from engine.releases.rows import App
from engine.sandboxes import START
from engine.templates.cloning import clone
from engine.templates.gallery import Template
from engine.templates.removing import purge_app, sandboxes
from rules.errors import N_, Fault

#: How long a sandbox stays.
HOURS = 4
#: Sandboxes of one person at a time; the oldest makes room.
MOST = 3


def open_sandbox(session: Session, template: Template, user: User, now: datetime, hours: int = HOURS) -> App:
    """Make a sandbox of a template and return it: its maker holds every role, and it sends nothing to anybody.

    Questions of the template are answered by their defaults; where there is none, by its maker for a person.
    """
    if user.id is None:
        raise EngineError(Fault("sandbox.person", N_("A sandbox belongs to a person.")))
    for old in sandboxes(session, user)[MOST - 1 :]:
        purge_app(session, old.key, user, now)
    key = START + token_hex(5)
    people = {name: user.sign_in for name, spot in declared(template.source).items() if _asks_person(spot)}
    clone(session, template, user, now, key=key, parameters=people, with_records=True, sandbox=True)
    row = session.scalars(sa.select(App).where(App.key == key)).one()
    row.sandbox_until = (now + timedelta(hours=hours)).replace(microsecond=0)
    maker = person_of(session, user.id)
    if maker is not None:
        grant(session, maker, key, *(role["key"].text for role in template.source.app["roles"].items()))
    session.flush()
    return row


def _asks_person(spot: Spot) -> bool:
    return spot["type"].text == "person" and not spot["default"].is_given
