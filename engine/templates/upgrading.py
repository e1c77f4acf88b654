"""Upgrading: an app takes over what its template has become, without losing what was changed in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from engine.config.parameters import declared
from engine.config.source import Source
from engine.errors import EngineError, NotFound
from engine.releases.compiling import checksum_of, release_text
from engine.releases.publishing import source_of
from engine.templates.cloning import answered, remember
from engine.templates.gallery import Template, template_named
from engine.templates.rows import Origin
from engine.templates.three_way import Merged, merge
from rules.errors import N_, Fault


@dataclass(frozen=True)
class Upgrade:
    """A newer version of what an app was cloned from, merged with what the app says."""

    origin: Origin
    template: Template
    #: What the template asks for that was not asked when the app was cloned.
    new_questions: tuple[str, ...]
    merged: Merged


def origin_of(session: Session, app_key: str) -> Origin | None:
    """Return where an app came from."""
    return session.scalar(sa.select(Origin).where(Origin.app_key == app_key).options(undefer(Origin.config)))


def newer(session: Session, app_key: str) -> Template | None:
    """Return the template of an app when it has changed since; None when there is nothing to upgrade to."""
    origin = session.scalar(sa.select(Origin).where(Origin.app_key == app_key))
    found = template_named(session, origin.template) if origin else None
    return found if origin and found and checksum_of(release_text(found.source)) != origin.checksum else None


def upgrade(
    session: Session,
    app_key: str,
    ours: Source | None = None,
    choices: Mapping[str, str] | None = None,
    answers: Mapping[str, object] | None = None,
) -> Upgrade:
    """Return what an upgrade would make of an app, or of its draft `ours`; EngineError when there is nothing newer.

    The template as it was and as it is are filled with the same answers; new questions take `answers` or their
    defaults. ConfigError when an answer is missing or does not fit any more.
    """
    origin, template = origin_of(session, app_key), newer(session, app_key)
    if origin is None or template is None:
        raise EngineError(Fault("upgrade.none", N_("This app is up to date with its template.")))
    base = Source.from_dict(json.loads(origin.config))
    before, now = declared(base), declared(template.source)
    given = {**origin.answers, **(answers or {})}
    new = tuple(key for key in now if key not in before)
    sides = [
        answered(one, {key: value for key, value in given.items() if key in asked}, (), app_key, origin.label or None)
        for one, asked in ((base, before), (template.source, now))
    ]
    own = source_of(session, app_key) if ours is None else ours
    return Upgrade(origin, template, new, merge(sides[0], own, sides[1], choices))


def follow(session: Session, app_key: str, answers: Mapping[str, object], now: datetime) -> None:
    """Note that an app has taken over the newest version: the next upgrade starts from there."""
    origin, template = origin_of(session, app_key), newer(session, app_key)
    if origin is None or template is None:
        raise NotFound("template", app_key)
    kept = {key: value for key, value in {**origin.answers, **answers}.items() if key in declared(template.source)}
    remember(session, app_key, template, kept, origin.label, now)
