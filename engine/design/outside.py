"""What uses a thing of an app outside of its config: people's views, links, followers, open alerts, records, roles held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.alerts.rows import Alert
from engine.alerts.state import OPEN
from engine.design.reads import names_in
from engine.design.things import Thing
from engine.design.usage import Use
from engine.links.rows import Link
from engine.people import SYSTEM
from engine.people.rows import Person, RoleGrant
from engine.records.expressions import condition_from, scope_for
from engine.talk.followers import RECORD
from engine.talk.rows import Follower
from engine.views.rows import SavedView, ViewHabit
from forms.fields import Storage
from forms.labels import Label
from forms.views import ViewSettings
from rules.errors import N_, RuleError

if TYPE_CHECKING:
    from engine.releases.live import Live


def uses_outside(session: Session, live: Live, thing: Thing) -> tuple[Use, ...]:
    """Return what uses a thing of the live release outside of its config; private views are counted, not named."""
    return tuple(use for find in _FINDERS.get(thing.kind, ()) for use in find(session, live, thing) if use.count)


def _views(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    """Find saved views that show, sort, group or filter by it."""
    form = thing.key if thing.kind == "form" else thing.form
    rows = session.scalars(sa.select(SavedView).where(SavedView.app_key == live.key, SavedView.form == form))
    found = [row for row in rows if thing.kind == "form" or _names(live, row, thing)]
    shared = [row for row in found if row.roles]
    yield from (Use("view", N_("saved view"), (Label({"": row.name}),)) for row in shared)
    yield Use("view", N_("private views: {count}"), count=len(found) - len(shared))


def _names(live: Live, row: SavedView, thing: Thing) -> bool:
    settings = ViewSettings.of(row.settings)
    if thing.kind == "field" and thing.key in settings.names:
        return True
    if not settings.filter or row.form not in live.app.forms:
        return False
    try:
        checked = condition_from(live, row.form, settings.filter, SYSTEM)
    except RuleError:
        return False
    return thing in set(names_in(checked, scope_for(live, row.form, SYSTEM)))


def _habits(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    query = sa.select(ViewHabit.person_id, ViewHabit.widths)
    rows = session.execute(query.where(ViewHabit.app_key == live.key, ViewHabit.form == thing.form))
    yield Use("habit", N_("people who set its width: {count}"), count=len({p for p, w in rows if thing.key in w}))


def _links(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    form = thing.key if thing.kind == "form" else thing.form
    open_ = (Link.app_key == live.key, Link.form == form, Link.disabled_at.is_(None))
    for row in session.scalars(sa.select(Link).where(*open_, Link.kind == "intake").order_by(Link.id)):
        settings = row.settings or {}
        if thing.kind == "form" or thing.key in (*settings.get("fields", ()), *settings.get("defaults", {})):
            yield Use("link", N_("public link"), (Label({"": row.name}),))
    if thing.kind == "form":
        count = session.scalar(sa.select(sa.func.count()).select_from(Link).where(*open_, Link.kind == "place"))
        yield Use("link", N_("short addresses: {count}"), count=count or 0)


def _followers(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    mine = (
        Follower.app_key == live.key,
        Follower.kind == RECORD,
        Follower.thing.startswith(f"{thing.key}/", autoescape=True),
    )
    count = session.scalar(sa.select(sa.func.count(Follower.person_id.distinct())).where(*mine))
    yield Use("follower", N_("people who follow its records: {count}"), count=count or 0)


def _alerts(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    column = Alert.form if thing.kind == "form" else Alert.rule
    mine = (Alert.app_key == live.key, column == thing.key, Alert.state.in_(OPEN))
    yield Use(
        "alert_open", N_("open alerts: {count}"), count=session.scalar(sa.select(sa.func.count()).where(*mine)) or 0
    )


def _records(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    """Count the records that hold an option, stand in a stage, or have a value in a field."""
    form = live.app.forms.get(thing.key if thing.kind == "form" else thing.form)
    if form is None:
        return
    table = live.tables.current(form.key)
    tests: list[sa.ColumnElement[bool]] = [table.c.deleted_at.is_(None)]
    name = {"stage": "stage", "option": thing.field, "field": thing.key}.get(thing.kind, "id")
    if name not in table.c:
        return
    slot = form.by_key.get(name)
    if thing.kind == "option" and slot is not None and slot.type.storage_of(slot) is Storage.KEYS:
        tests.append(sa.cast(table.c[thing.field], sa.Text).contains(f'"{thing.key}"', autoescape=True))
    elif thing.kind in ("option", "stage"):
        tests.append(table.c[name] == thing.key)
    elif thing.kind == "field":
        tests.append(table.c[name].is_not(None))
    count = session.scalar(sa.select(sa.func.count()).select_from(table).where(*tests)) or 0
    yield Use("record", N_("records: {count}"), count=count)


def _holders(session: Session, live: Live, thing: Thing) -> Iterator[Use]:
    held = sa.select(sa.func.count(RoleGrant.person_id.distinct())).join(Person, Person.id == RoleGrant.person_id)
    mine = (RoleGrant.app_key == live.key, RoleGrant.role == thing.key, Person.active)
    yield Use("person", N_("people who hold it: {count}"), count=session.scalar(held.where(*mine)) or 0)
    rows = session.scalars(sa.select(SavedView).where(SavedView.app_key == live.key))
    for row in rows:
        if thing.key in row.roles:
            yield Use("view", N_("saved view"), (Label({"": row.name}),))


_Finder = Callable[[Session, "Live", Thing], Iterator[Use]]
_FINDERS: dict[str, tuple[_Finder, ...]] = {
    "form": (_records, _views, _links, _followers, _alerts),
    "field": (_records, _views, _habits, _links),
    "option": (_records, _views),
    "stage": (_records, _views),
    "role": (_holders,),
    "rule": (_alerts,),
}
