"""Publishing: a checked config becomes the live release, tables and records follow, all in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from engine.releases.live import Live, compiled_release
from engine.releases.plan import Plan, duplicates, make_plan
from engine.releases.refusals import noting_refusals
from engine.releases.rows import App, Release
from engine.releases.schema import follow_indexes, migrate
from engine.rights.config import may_create, may_publish
from engine.tables import AppTables
from rules.errors import N_, Fault


@dataclass(frozen=True)
class Preview:
    """What publishing a config would do: `faults` stop it, `warnings` do not."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    new_forms: tuple[str, ...] = ()
    new_fields: tuple[tuple[str, str], ...] = ()


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
) -> Release:
    """Make a config the live release of its app and return it; ConfigError with every fault, and nothing has changed.

    1. Check and compile. 2. Wait for whoever publishes now. 3. Compare with the records that are there. 4. Migrate
    the tables. 5. Let the records follow: stages, derived fields, search. 6. Store the release and the change.
    Only who may configure the app may publish. `app_key` publishes as another app than the config names; `create`
    False refuses a new app.
    """
    source = as_app(config if isinstance(config, Source) else Source.from_dict(config), app_key)
    app, text, checksum = compile_source(source)
    now = now.replace(microsecond=0)
    start_writing(session)
    with session.begin_nested():
        row = _locked_app(session, app.key, user, now, create=create)
        before = compiled_release(session, row.key, row.live_number, row.live_checksum) if row.live_number else None
        _check_rights(user, before, row)
        after = Live(app, AppTables.of(app), row.live_number + 1, checksum)
        plan = make_plan(session, before, after)
        if plan.faults:
            raise ConfigError(*plan.faults, *plan.warnings)
        _apply(session, plan, before, after, now)
        release = _store(session, row, after, text, user, now, reason, plan)
        row.template = template or row.template
        session.add(_change(after, before, user, now, reason, verb))
        _note_release(session, after, before, user, now, reason, verb, template)
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


def preview(session: Session, config: Source | Mapping[str, object]) -> Preview:
    """Return what publishing would do and what stands against it; nothing is changed."""
    try:
        source = config if isinstance(config, Source) else Source.from_dict(config)
        app, *_ = compile_source(source)
    except ConfigError as error:
        return Preview(error.faults)
    row = session.scalar(sa.select(App).where(App.key == app.key))
    number = row.live_number if row else 0
    before = compiled_release(session, app.key, number, row.live_checksum) if row and number else None
    plan = make_plan(session, before, Live(app, AppTables.of(app), number + 1))
    return Preview(tuple(plan.faults), tuple(plan.warnings), tuple(plan.new_forms), tuple(plan.new_fields))


def roll_back(session: Session, app_key: str, number: int, user: User, now: datetime, reason: str = "") -> Release:
    """Publish an older release again; what was entered since is kept, like with any other release."""
    return publish(session, config_of(session, app_key, number), user, now, reason, create=False, verb="roll_back")


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


def _locked_app(session: Session, key: str, user: User, now: datetime, *, create: bool) -> App:
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


def _apply(session: Session, plan: Plan, before: Live | None, after: Live, now: datetime) -> None:
    migrate(session, plan, after)
    converted = {step.form for step in plan.steps if step.converts}
    faults = [
        fault
        for form in sorted(converted)
        for fault in duplicates(session, after, form, {column.name for column in after.tables.current(form).c})
    ]
    if faults:
        raise ConfigError(*faults)
    follow_indexes(session, after)
    follow.records(session, plan, before, after, now)


def _store(
    session: Session, row: App, after: Live, text: str, user: User, now: datetime, reason: str, plan: Plan
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


def _note_release(
    session: Session,
    after: Live,
    before: Live | None,
    user: User,
    now: datetime,
    reason: str,
    verb: str,
    template: str | None,
) -> None:
    facts: dict[str, object] = {
        "number": after.number,
        "before": before.number if before else None,
        "checksum": after.checksum,
    }
    told = {key: value for key, value in (("reason", reason), ("template", template)) if value}
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
