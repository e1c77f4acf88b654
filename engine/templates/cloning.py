"""Cloning: a new app from a template, with answers put in, roles given to people, and demonstration records if wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.parameters import declared, with_answers
from engine.config.source import Source
from engine.errors import ConfigError
from engine.people.users import User, grant, person_named
from engine.releases.compiling import checksum_of, release_text
from engine.releases.live import live
from engine.releases.publishing import as_app, publish
from engine.releases.rows import App, Release
from engine.sandboxes import START, is_sandbox
from engine.templates.gallery import Template, template_of
from engine.templates.rows import Origin
from rules.errors import N_, Fault


def clone(
    session: Session,
    what: Template | Path,
    user: User,
    now: datetime,
    *,
    key: str | None = None,
    label: str | None = None,
    parameters: Mapping[str, object] | None = None,
    with_records: bool = False,
    roles: Mapping[str, Sequence[str]] | None = None,
    sandbox: bool = False,
) -> Release:
    """Make a new app from a template and return its first release; ConfigError with every fault.

    1. Put the answers in. 2. Give it its own key and label. 3. Publish. 4. Give people their roles (role -> sign-in
    names). 5. Remember where it came from. 6. Import the demonstration records. The app and its template know nothing
    of each other's changes afterwards.
    """
    template = template_of(what) if isinstance(what, Path) else what
    answers = {name: value for name, value in (parameters or {}).items() if value not in (None, "")}
    faults = [*unknown_people(session, template.source, answers), *unknown_roles(session, template.source, roles or {})]
    source = answered(template.source, answers, faults, key, label)
    wanted = source.app["key"].text
    _check_key(session, wanted, sandbox=sandbox)
    release = publish(session, source, user, now, verb="clone", template=template.key)
    give_roles(session, wanted, roles or {})
    remember(session, wanted, template, answers, label or "", now)
    if with_records and template.path is not None:
        from engine.imports.folder import load_records

        load_records(session, live(session, wanted), template.path / "data", user, now)
    return release


def answered(
    source: Source,
    answers: Mapping[str, object],
    faults: Sequence[Fault] = (),
    key: str | None = None,
    label: str | None = None,
) -> Source:
    """Return a template's config with the answers, key and label put in; ConfigError with these faults and its own."""
    found = list(faults)
    try:
        source = as_app(with_answers(source, answers), key)
    except ConfigError as error:
        found.extend(error.faults)
    if found:
        raise ConfigError(*found)
    return (_labelled(source, label) if label else source).cleaned()  # key and label are somebody's typing, too


def remember(
    session: Session, app_key: str, template: Template, answers: Mapping[str, object], label: str, now: datetime
) -> None:
    """Keep the template as it was, with the answers, beside the app: what a later upgrade starts from."""
    session.execute(sa.delete(Origin).where(Origin.app_key == app_key))
    text = release_text(template.source)
    origin = Origin(app_key=app_key, template=template.key, version=template.version, config=text, label=label)
    origin.checksum, origin.answers, origin.cloned_at = checksum_of(text), dict(answers), now.replace(microsecond=0)
    session.add(origin)
    session.flush()


def give_roles(session: Session, app_key: str, roles: Mapping[str, Sequence[str]]) -> None:
    """Grant roles of an app: role -> sign-in names."""
    for role, names in roles.items():
        for name in names:
            person = person_named(session, name)
            if person is not None:
                grant(session, person, app_key, role)


def _check_key(session: Session, key: str, *, sandbox: bool) -> None:
    if is_sandbox(key) and not sandbox:
        template = N_("Keys that begin with “{start}” are kept for sandboxes; choose another one.")
        raise ConfigError(
            Fault("app.sandbox_key", template, {"start": START}, file="app.json", pointer="/key", field="key")
        )
    if session.scalar(sa.select(App.id).where(App.key == key)) is not None:
        template = N_("There is an app with the key “{key}” already; choose another one.")
        raise ConfigError(Fault("app.exists", template, {"key": key}, file="app.json", pointer="/key", field="key"))


def unknown_people(session: Session, source: Source, answers: Mapping[str, object]) -> list[Fault]:
    """Return a fault for every answer that should be a person and is nobody."""
    people = [key for key, spot in declared(source).items() if spot["type"].text == "person"]
    given = [(key, str(answers.get(key, ""))) for key in people]
    return [_nobody(name, key) for key, name in given if name and person_named(session, name) is None]


def unknown_roles(session: Session, source: Source, roles: Mapping[str, Sequence[str]]) -> list[Fault]:
    """Return a fault for every role that there is not, and for everybody who is nobody."""
    known = {role["key"].text for role in source.app["roles"].items()}
    strange = [role for role in roles if role not in known]
    faults = [Fault("role.unknown", N_("There is no role “{name}”."), {"name": r[:60]}, field="roles") for r in strange]
    names = [(role, name) for role, listed in roles.items() if role in known for name in listed]
    return [*faults, *(_nobody(name, f"role_{role}") for role, name in names if person_named(session, name) is None)]


def _nobody(name: str, field: str) -> Fault:
    template = N_("There is nobody with the sign-in name {sign_in}.")
    return Fault("person.unknown", template, {"sign_in": name[:60]}, field=field)


def _labelled(source: Source, label: str) -> Source:
    assert isinstance(source.app.value, dict)
    app = {**source.app.value, "label": label}
    return replace(
        source, files=tuple(replace(one, content=app) if one.section == "app" else one for one in source.files)
    )
