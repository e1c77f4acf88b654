"""What is a person's own, counted: before an account is closed somebody should get it, or know that it stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from engine.access.rows import Token
from engine.alerts.rows import Alert, Notification
from engine.alerts.wish_rows import Absence
from engine.design.rows import ConfigDraft
from engine.links.rows import Link
from engine.people import Person, RoleGrant
from engine.people.team_rows import Team
from engine.releases import apps, live
from engine.releases.live import Live
from engine.sandboxes import is_sandbox
from engine.views.rows import SavedView
from rules.errors import SteerwayError

RECORDS, REPORTS, TEAMS, VIEWS, LINKS, ROLES, STANDS_IN, DRAFTS = (
    "records", "reports", "teams", "views", "links", "roles", "stands_in", "drafts",
)  # fmt: skip
#: What is handed to a successor; all else is told of, and ends or stays as it is.
HANDED = (RECORDS, REPORTS, TEAMS, VIEWS, LINKS, ROLES, STANDS_IN, DRAFTS)
ALERTS, NOTIFICATIONS, TOKENS, OKR, RECIPIENT = "alerts", "notifications", "tokens", "okr", "recipient"


class Belonging(NamedTuple):
    """Something of a person's: of which kind, in which app and form, how much, and (where it is one thing) which."""

    kind: str
    number: int
    app_key: str = ""
    form: str = ""
    detail: str = ""

    @property
    def key(self) -> str:
        """Return how a page names the choice of a successor."""
        return "/".join(filter(None, (self.kind, self.app_key, self.detail if self.kind == ROLES else self.form)))

    @property
    def is_handed(self) -> bool:
        """Tell whether a successor can get it."""
        return self.kind in HANDED


def belongings(session: Session, person: Person) -> list[Belonging]:
    """Return what is a person's own; nothing that counts zero."""
    found = [*_records(session, person), *_by_column(session, person), *_last_roles(session, person)]
    return [one for one in found if one.number]


def apps_live(session: Session) -> Iterator[Live]:
    """Go through the apps that can be read."""
    for row in apps(session):
        try:
            yield live(session, row.key)
        except SteerwayError:
            continue


def _records(session: Session, person: Person) -> Iterator[Belonging]:
    for app in apps_live(session):
        if is_sandbox(app.key):  # it goes by itself
            continue
        for form in app.app.forms:
            table = app.tables.current(form)
            if "owner" not in table.c:
                continue
            mine = sa.and_(table.c.owner == person.id, table.c.deleted_at.is_(None))
            count = session.scalar(sa.select(sa.func.count()).select_from(table).where(mine)) or 0
            yield Belonging(RECORDS, count, app.key, form)
            if count:
                owned = sa.select(table.c.id).where(mine)
                is_open = (Alert.app_key == app.key, Alert.form == form, Alert.state.in_(("firing", "acknowledged")))
                yield Belonging(ALERTS, _count(session, Alert, *is_open, Alert.record_id.in_(owned)), app.key, form)
        yield from _in_config(app, person.sign_in)


def _in_config(app: Live, sign_in: str) -> Iterator[Belonging]:
    for okr in app.app.okrs.values():
        for objective in okr.objectives:
            owned = [objective.key] if objective.owner == sign_in else []
            owned += [f"{objective.key}/{one.key}" for one in objective.key_results if one.owner == sign_in]
            yield Belonging(OKR, len(owned), app.key, "", f"okrs/{okr.key}.json: {', '.join(owned)}")
    for rule in app.app.alerts.values():
        told = sum(f"person:{sign_in}" in step.to for step in rule.steps)
        yield Belonging(RECIPIENT, told, app.key, "", f"alerts/{rule.key}.json")


def _by_column(session: Session, person: Person) -> Iterator[Belonging]:
    mine = person.id
    yield Belonging(REPORTS, _count(session, Person, Person.manager_id == mine, Person.active))
    yield Belonging(TEAMS, _count(session, Team, Team.manager_id == mine))
    yield Belonging(
        VIEWS,
        sum(bool(roles) for roles in session.scalars(sa.select(SavedView.roles).where(SavedView.owner_id == mine))),
    )
    intake = (Link.created_by == mine, Link.kind == "intake", Link.disabled_at.is_(None))
    yield Belonging(LINKS, _count(session, Link, *intake))
    yield Belonging(STANDS_IN, _count(session, Absence, Absence.substitute_id == mine))
    unborn = (ConfigDraft.created_by == mine, ConfigDraft.base_number == 0)
    yield Belonging(DRAFTS, _count(session, ConfigDraft, *unborn))
    waiting = (Notification.person_id == mine, Notification.state.in_(("queued", "sending")))
    yield Belonging(NOTIFICATIONS, _count(session, Notification, *waiting))
    yield Belonging(TOKENS, _count(session, Token, Token.person_id == mine, Token.revoked_at.is_(None)))


def _last_roles(session: Session, person: Person) -> Iterator[Belonging]:
    """Yield each role that nobody else who is there holds."""
    for app_key, role in last_roles(session, person):
        yield Belonging(ROLES, 1, app_key, "", role)


def last_roles(session: Session, person: Person) -> list[tuple[str, str]]:
    """Return the roles that nobody else who is there holds."""
    other = aliased(RoleGrant)
    same = (other.app_key == RoleGrant.app_key, other.role == RoleGrant.role, other.person_id != person.id)
    held = sa.select(other.id).join(Person, Person.id == other.person_id).where(*same, Person.active).exists()
    query = sa.select(RoleGrant.app_key, RoleGrant.role).where(RoleGrant.person_id == person.id, ~held)
    rows = session.execute(query.order_by(RoleGrant.app_key, RoleGrant.role))
    return [(row.app_key, row.role) for row in rows if not is_sandbox(row.app_key)]


def _count(session: Session, row: type, *wanted: sa.ColumnExpressionArgument[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(row).where(*wanted)) or 0
