"""Who may change configs: design (edit drafts), publish (make them live), create (bring in new apps)."""

from __future__ import annotations

from engine.people.users import User
from engine.releases.live import Live
from engine.rights.rows import may

#: What a role of an app may do with its config.
CONFIG_VERBS = ("design", "publish")
#: Grants under this key hold in every app; `CREATOR` may clone templates and make new apps.
EVERY_APP, CREATOR = "*", "creator"


def may_design(user: User, live: Live) -> bool:
    """Tell whether a person may edit the draft of an app."""
    return may(user, "configure", live) or _held(user, live, "design") or _held(user, live, "publish")


def may_publish(user: User, live: Live) -> bool:
    """Tell whether a person may make a config of an app live.

    Where roles of the app name who publishes, only they (and administrators) may; else everybody who configures.
    """
    if user.is_admin or _held(user, live, "publish"):
        return True
    named = any("publish" in role.may for role in live.app.roles)
    return not named and may(user, "configure", live)


def may_create(user: User) -> bool:
    """Tell whether a person may clone templates and make new apps."""
    return user.is_admin or CREATOR in user.roles_in(EVERY_APP)


def _held(user: User, live: Live, verb: str) -> bool:
    held = user.roles_in(live.key)
    return any(role.key in held and verb in role.may for role in live.app.roles)
