"""Sandboxes: an app to try a template in, with its demonstration records, which goes by itself after a few hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.parameters import declared, default_answers
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

    Questions of the template are answered by their defaults; where there is none, by its maker for a person, and by
    whatever serves for everything else: a text by what the question is called.
    """
    if user.id is None:
        raise EngineError(Fault("sandbox.person", N_("A sandbox belongs to a person.")))
    for old in sandboxes(session, user)[MOST - 1 :]:
        purge_app(session, old.key, user, now)
    key = START + token_hex(5)
    usual = default_answers(template.source)
    asked = {name: spot for name, spot in declared(template.source).items() if not spot["default"].is_given}
    answers = {name: user.sign_in if spot["type"].text == "person" else usual[name] for name, spot in asked.items()}
    clone(session, template, user, now, key=key, parameters=answers, with_records=True, sandbox=True)
    row = session.scalars(sa.select(App).where(App.key == key)).one()
    row.sandbox_until = (now + timedelta(hours=hours)).replace(microsecond=0)
    maker = person_of(session, user.id)
    if maker is not None:
        grant(session, maker, key, *(role["key"].text for role in template.source.app["roles"].items()))
    session.flush()
    return row
