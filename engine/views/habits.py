"""How wide a person likes the columns of a view that is not theirs, or of the list itself."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.db import start_writing
from engine.people.users import User
from engine.releases.live import Live
from engine.views.rows import ViewHabit
from forms.views import MOST_COLUMNS, width_of


def widths_of(session: Session, live: Live, form: str, view: str, user: User) -> dict[str, int]:
    """Return column -> pixels."""
    if user.id is None:
        return {}
    found = session.scalar(sa.select(ViewHabit.widths).where(*_place(live, form, view, user)))
    return {key: width_of(value) for key, value in (found or {}).items()}


def keep_widths(session: Session, live: Live, form: str, view: str, widths: Mapping[str, int], user: User) -> None:
    """Remember widths; those of columns that are not named stay."""
    if user.id is None:
        return
    start_writing(session)
    row = session.get(ViewHabit, (user.id, live.key, form, view))
    if row is None:
        row = ViewHabit(person_id=user.id, app_key=live.key, form=form, view=view, widths={})
        session.add(row)
    known = {**row.widths, **widths}
    fields = {key: width for key, width in known.items() if key in live.app.shapes[form]}
    row.widths = dict(list(fields.items())[-MOST_COLUMNS:])
    session.flush()


def _place(live: Live, form: str, view: str, user: User) -> list[sa.ColumnElement[bool]]:
    return [
        ViewHabit.person_id == user.id,
        ViewHabit.app_key == live.key,
        ViewHabit.form == form,
        ViewHabit.view == view,
    ]
