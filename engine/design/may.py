"""Who may edit the draft of an app, who may make it live, and who may say yes to somebody else's draft."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.design.rows import ConfigDraft
from engine.errors import NotFound, Refused
from engine.people.users import User, everybody, user_of
from engine.releases.live import Live, live
from engine.releases.rows import App
from engine.rights.config import may_create, may_design, may_publish


def can(session: Session, app_key: str, user: User, verb: str) -> bool:
    """Tell whether a person may `design` or `publish` an app; whoever made it always may, also before it is live."""
    if user.is_admin:
        return True
    row = session.execute(sa.select(App.created_by, App.live_number).where(App.key == app_key)).one_or_none()
    if row is None or not row.live_number:
        made_by = sa.select(ConfigDraft.created_by).where(ConfigDraft.app_key == app_key)
        return user.id is not None and session.scalar(made_by) == user.id and may_create(user)
    return _may(user, verb, live(session, app_key), row.created_by)


def require(session: Session, app_key: str, user: User, verb: str) -> None:
    """Raise Refused for whoever may not `design` or `publish` an app."""
    if not can(session, app_key, user, verb):
        raise Refused(verb, app_key)


def publishers(session: Session, app_key: str) -> list[User]:
    """Return everybody who is there and may publish an app that is live, by name; none for an app that is not."""
    try:
        found = live(session, app_key)
    except NotFound:
        return []
    made_by = session.scalar(sa.select(App.created_by).where(App.key == app_key))
    people = [user_of(one) for one in everybody(session) if one.active]
    return [one for one in people if _may(one, "publish", found, made_by)]


def _may(user: User, verb: str, found: Live, made_by: int | None) -> bool:
    if user.id is not None and made_by == user.id and may_create(user):
        return True
    asked = may_design if verb == "design" else may_publish
    return asked(user, found)
