"""People: who they are, how they sign in, which roles they hold."""

from __future__ import annotations

from engine.people.passwords import authenticate, end_sessions, set_password
from engine.people.rows import Person, RoleGrant
from engine.people.users import (
    PERSON_PATHS,
    SYSTEM,
    User,
    create_person,
    everybody,
    find_people,
    find_user,
    fold_sign_in,
    grant,
    has_people,
    load_user,
    names_of,
    person_named,
    person_of,
    revoke,
    set_roles,
    sign_ins,
    user_of,
)

__all__ = [
    "PERSON_PATHS",
    "SYSTEM",
    "Person",
    "RoleGrant",
    "User",
    "authenticate",
    "create_person",
    "end_sessions",
    "everybody",
    "find_people",
    "find_user",
    "fold_sign_in",
    "grant",
    "has_people",
    "load_user",
    "names_of",
    "person_named",
    "person_of",
    "revoke",
    "set_password",
    "set_roles",
    "sign_ins",
    "user_of",
]
