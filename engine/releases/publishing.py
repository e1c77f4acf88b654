"""Publishing: a checked config becomes the live release, tables and records follow, all in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.audit import note
from engine.changes import Change
from engine.config.source import Source
from engine.db import start_writing
from engine.errors import ConfigError, EngineError, NotFound, Refused
from engine.people.users import User
from engine.releases import follow
from engine.releases.compiling import compile_source
from engine.releases.gate import asks_for_tests, pass_approval, pass_tests
from engine.releases.live import Live, compiled_release
from engine.releases.moves import NO_MOVES, Moves
from engine.releases.moving import Moved, move_records, put_back
from engine.releases.plan import Plan, duplicates, make_plan
from engine.releases.refusals import noting_refusals
from engine.releases.rows import App, Release
from engine.releases.schema import follow_indexes, migrate
from engine.releases.search_later import index_later
from engine.releases.shifting import Trail
from engine.rights.config import may_create, may_publish
from engine.tables import AppTables
from rules.errors import N_, Fault


@noting_refusals
def publish(
    session: Session,
    config: Source | Mapping[str, object],
    user: User,
    now: datetime,
    reason: str = "",
    *,
    app_key: str | None = None,
    create: bool = True,
    verb: str = "publish",
    template: str | None = None,
    moves: Moves = NO_MOVES,
    back_to: int | None = None,
    approved: bool = False,
) -> Release:
    """Make a config the live release of its app and return it; ConfigError with every fault, and nothing has changed.

    1. Check and compile. 2. Wait for whoever publishes now. 3. Compare with the records that are there. 4. Move the
    records whose stage or option goes. 5. Migrate the tables. 6. Let the records follow: stages, derived fields, search; then the
    indexes. 7. Store the release and the change. Only who may configure the app may publish. `app_key` publishes as another
    app than the config names; `create` False refuses a new app. `moves` says where records go; `back_to` is the older
    release that this one brings back: what the releases since moved goes back first, and no gate is asked. `approved`
    tells that somebody else looked at the draft.
    """
    source = as_app(config if isinstance(config, Source) else Source.from_dict(config), app_key)
    app, text, checksum = compile_source(source)
    now = now.replace(microsecond=0)
    tested = back_to is None and asks_for_tests(session, app.key)
    if tested:
        pass_tests(source)  # before anybody has to wait
    start_writing(session)
    with session.begin_nested():
        row = locked_app(session, app.key, user, now, create=create)
        before = compiled_release(session, row.key, row.live_number, row.live_checksum) if row.live_number else None
        _check_rights(user, before, row)
        if before is not None and back_to is None:
            _pass_gate(before, source, user, tested=tested, approved=approved)
        after = Live(app, AppTables.of(app), row.live_number + 1, checksum)
        trail = Trail(row.key, user, now, after.number, reason)
        returned, undone = put_back(session, row, back_to, trail) if back_to is not None else ({}, {})
        plan = make_plan(session, before, after, moves)
        if plan.faults:
            raise ConfigError(*plan.faults, *plan.warnings)
        sent = move_records(session, after, moves, trail)
        plan.moved, plan.undone, plan.sent = _joined(returned, sent), undone, set(sent)
        plan.rested |= trail.rested
        _apply(session, plan, before, after, now)
        release = _store(session, row, after, text, user, now, reason, plan)
        release.moved = _told(plan, moves, back_to)
        row.template = template or row.template
        session.add(_change(after, before, user, now, reason, verb))
        _note_release(session, after, before, user, now, reason, verb, template, moves)
        session.flush()
    return release


def as_app(source: Source, key: str | None) -> Source:
    """Return the config under another key."""
    if key is None or not isinstance(source.app.value, dict):
        return source
    app = {**source.app.value, "key": key}
    return replace(
        source, files=tuple(replace(one, content=app) if one.section == "app" else one for one in source.files)
    )


def _joined(one: Moved, other: Moved) -> Moved:
    return {form: one.get(form, set()) | other.get(form, set()) for form in one.keys() | other.keys()}


def roll_back(
    session: Session,
    app_key: str,
    number: int,
    user: User,
    now: datetime,
    reason: str = "",
    moves: Moves = NO_MOVES,
) -> Release:
    """Publish an older release again; what was entered since is kept, like with any other release.

    Records that the releases since moved, and nobody moved on, go back to the stage and the options they were in.
    """
    config = config_of(session, app_key, number)
    return publish(session, config, user, now, reason, create=False, verb="roll_back", moves=moves, back_to=number)


def config_of(session: Session, app_key: str, number: int | None = None) -> dict[str, object]:
    """Return the whole-app object of a release, of the live one if no number is given."""
    wanted = App.live_number if number is None else sa.literal(number)
    query = sa.select(Release.config).join(App).where(App.key == app_key, Release.number == wanted)
    text = session.scalar(query)
    if text is None:
        raise NotFound("release", number or app_key)
    config: dict[str, object] = json.loads(text)
    return config


def source_of(session: Session, app_key: str, number: int | None = None) -> Source:
    """Return the config of a release as files, of the live one if no number is given."""
    return Source.from_dict(config_of(session, app_key, number))


def release_of(session: Session, app_key: str, number: int) -> Release | None:
    """Return a release's row."""
    return session.scalar(sa.select(Release).join(App).where(App.key == app_key, Release.number == number))


def releases(session: Session, app_key: str) -> list[Release]:
    """Return the releases of an app, the newest first."""
    wanted = sa.select(Release).join(App).where(App.key == app_key).order_by(Release.number.desc())
    return list(session.scalars(wanted))


def locked_app(session: Session, key: str, user: User, now: datetime, *, create: bool) -> App:
    """Return the app's row, held until the transaction ends, so that releases are published one after another."""
    found = sa.select(App).where(App.key == key).with_for_update().execution_options(populate_existing=True)
    row = session.scalar(found)
    if row is not None:
        return row
    if not create or not may_create(user):
        raise Refused("create", key)
    values = {"key": key, "label": {}, "live_number": 0, "live_checksum": "", "created_at": now, "created_by": user.id}
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        session.execute(insert(App).values(**values).on_conflict_do_nothing(index_elements=["key"]))
    else:
        session.execute(sa.insert(App).values(**values))
    row = session.scalar(found)
    if row is None:
        raise EngineError(Fault("app_gone", N_("The app {app} was removed this very moment."), {"app": key}))
    return row


def _check_rights(user: User, before: Live | None, row: App) -> None:
    own = row.created_by == user.id and may_create(user)
    if not own and (before is None or not may_publish(user, before)):
        raise Refused("publish", row.key)


def _pass_gate(before: Live, source: Source, user: User, *, tested: bool, approved: bool) -> None:
    """Hold a release against the gate of the live one, which may be another than it was before the waiting."""
    pass_approval(before, user, approved=approved)
    if before.app.publishing.tests and not tested:
        pass_tests(source)


def _apply(session: Session, plan: Plan, before: Live | None, after: Live, now: datetime) -> None:
    migrate(session, plan, after)
    converted = {step.form for step in plan.steps if step.converts} | (plan.moved.keys() & after.app.forms.keys())
    faults = [
        fault
        for form in sorted(converted)
        for fault in duplicates(session, after, form, {column.name for column in after.tables.current(form).c})
    ]
    if faults:
        raise ConfigError(*faults)
    follow.records(session, plan, before, after, now)
    follow_indexes(session, plan, after)
    for form in sorted(plan.unindexed):
        index_later(session, after, form, now)


def _store(
    session: Session,
    row: App,
    after: Live,
    text: str,
    user: User,
    now: datetime,
    reason: str,
    plan: Plan,
) -> Release:
    release = Release(
        app=row,
        number=after.number,
        config=text,
        checksum=after.checksum,
        published_at=now,
        published_by=user.id,
        reason=reason,
        warnings=[
            {
                "code": one.code,
                "template": one.template,
                "facts": dict(one.facts),
                "file": one.file,
                "pointer": one.pointer,
            }
            for one in plan.warnings
        ],
    )
    row.live_number, row.live_checksum = after.number, after.checksum
    row.label = dict(after.app.label.texts)
    session.add(release)
    return release


def _told(plan: Plan, moves: Moves, back_to: int | None) -> dict[str, object] | None:
    columns = {form: sorted(keys) for form, keys in sorted(plan.moved.items())}
    told: dict[str, object] = {"lines": moves.lines, "columns": columns} if columns else {}
    return (told if back_to is None else {**told, "back_to": back_to}) or None


def _note_release(
    session: Session,
    after: Live,
    before: Live | None,
    user: User,
    now: datetime,
    reason: str,
    verb: str,
    template: str | None,
    moves: Moves,
) -> None:
    facts: dict[str, object] = {
        "number": after.number,
        "before": before.number if before else None,
        "checksum": after.checksum,
    }
    told = {key: value for key, value in (("reason", reason), ("template", template), ("moved", moves.lines)) if value}
    subject = f"release:{after.number}"
    note(session, kind="config", verb=verb, user=user, now=now, subject=subject, app_key=after.key, facts=facts | told)


def _change(after: Live, before: Live | None, user: User, now: datetime, reason: str, verb: str) -> Change:
    number = before.number if before else None
    return Change(
        at=now,
        person_id=user.id,
        via="form",
        app_key=after.key,
        verb=verb,
        diff={"live_number": [number, after.number]},
        note=reason or None,
        release=after.number,
    )
