"""What one person may see and do in every app, form by form, with the entry of the config that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine import design
from engine.people import User
from engine.records.query import extent_of
from engine.releases import Live
from engine.rights import CONFIG_VERBS, may
from engine.rights.explain import ADMIN, CLOSED, NO_ENTRY, NO_ROLE, OPEN, Verdict, inspect_rights
from engine.staff.belongings import apps_live
from forms.labels import Label
from web import i18n
from web.fields import all_fields
from web.pages.rights import verb_words
from web.words import gettext

if TYPE_CHECKING:
    from engine.db import Session
    from engine.rights.explain import FieldVerdict


@dataclass(frozen=True)
class FormRights:
    """What a person may do with a form."""

    key: str
    label: Label
    #: (what, allowed, why)
    verbs: Sequence[tuple[str, bool, str]]
    #: Records they see; None when none may be read.
    records: int | None
    hidden: Sequence[str]
    read_only: Sequence[str]
    moves: Sequence[str]


@dataclass(frozen=True)
class AppRights:
    """What a person may do in an app."""

    key: str
    label: Label
    roles: Sequence[str]
    may_configure: bool
    #: Whether they may edit the draft of its config, and make it live.
    may_design: bool
    may_publish: bool
    forms: Sequence[FormRights]


def rights_of(session: Session, person: User, now: datetime) -> list[AppRights]:
    """Return what a person may do in each app in which they have a part."""
    return [
        _app(session, app, person, now) for app in apps_live(session) if person.is_admin or person.roles_in(app.key)
    ]


def _app(session: Session, live: Live, person: User, now: datetime) -> AppRights:
    labels = {role.key: str(i18n.told(role.label)) for role in live.app.roles}
    roles = [labels.get(role, role) for role in sorted(person.roles_in(live.key))]
    forms = [_form(session, live, form, person, now) for form in live.app.forms]
    designs, publishes = (design.can(session, live.key, person, verb) for verb in CONFIG_VERBS)
    return AppRights(live.key, live.app.label, roles, may(person, "configure", live), designs, publishes, forms)


def _form(session: Session, live: Live, form: str, person: User, now: datetime) -> FormRights:
    found = inspect_rights(session, live, form, person, now)
    verbs = [(verb_words(one.name), one.allowed, _why(live, form, one)) for one in found.verbs]
    reads = may(person, "read", live, form)
    count = extent_of(session, live, form, person, now)[0] if reads else None
    names = {key: str(i18n.told(one.label)) for key, one in all_fields(live, form).items()}
    hidden = [*_named(found.fields, names, "hidden")] if reads else []
    read_only = [*_named([one for one in found.fields if one.reason == "entry"], names, "read")] if reads else []
    return FormRights(form, live.form(form).label, verbs, count, hidden, read_only, [*_moves(live, form, person)])


def _named(fields: Sequence[FieldVerdict], names: dict[str, str], level: str) -> Iterator[str]:
    return (names[one.name] for one in fields if one.level == level and one.name in names)


def _moves(live: Live, form: str, person: User) -> Iterator[str]:
    """Go through the moves that a person's roles allow; what a guard asks of the record is another matter."""
    pipeline = live.pipeline(form)
    if pipeline is None or not may(person, "move", live, form):
        return
    mine = person.roles_in(live.key)
    for one in pipeline.transitions:
        if person.is_admin or not one.roles or "*" in one.roles or not mine.isdisjoint(one.roles):
            yield str(i18n.told(one.label)) or one.key


def _why(live: Live, form: str, one: Verdict) -> str:
    """Say because of what."""
    if one.entries:
        roles = {role.key: str(i18n.told(role.label)) for role in live.app.roles}
        permissions = live.form(form).permissions
        named = sorted({role for number in one.entries for role in permissions[number].roles})
        told = gettext(", ").join(gettext("every role") if key == "*" else roles.get(key, key) for key in named)
        numbers = gettext(", ").join(str(number) for number in one.entries)
        return gettext("Entry %(numbers)s, for %(roles)s", numbers=numbers, roles=told)
    said = {
        ADMIN: gettext("Administrator"),
        OPEN: gettext("Open to every role"),
        CLOSED: gettext("Left to administrators"),
        NO_ROLE: gettext("No role in this app"),
        NO_ENTRY: gettext("No entry names it"),
    }
    return said.get(one.reason, "")
