"""Upgrading: an app takes over what its template has become, without losing what was changed in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
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
from engine.templates.parts import follow_part, keep_names, merge_part, newer_parts, part_named
from engine.templates.rows import Origin, PartOrigin
from engine.templates.three_way import LOCAL, Merged, merge
from rules.errors import N_, Fault, SteerwayError


@dataclass(frozen=True)
class Upgrade:
    """A newer version of what an app was cloned from, merged with what the app says."""

    origin: Origin | PartOrigin
    template: Template
    #: What the template asks for that was not asked when the app was cloned.
    new_questions: tuple[str, ...]
    merged: Merged
    #: Names the newer version and what the app says: a choice that was made looking at others is not carried out.
    seen: str = ""
    #: What was chosen for this version earlier: difference -> side.
    kept: Mapping[str, str] = field(default_factory=dict)


def origin_of(session: Session, app_key: str) -> Origin | None:
    """Return where an app came from."""
    return session.scalar(sa.select(Origin).where(Origin.app_key == app_key).options(undefer(Origin.config)))


def newer(session: Session, app_key: str) -> Template | None:
    """Return the template of an app when it has changed since; None when there is nothing to upgrade to."""
    origin = session.scalar(sa.select(Origin).where(Origin.app_key == app_key))
    found = template_named(session, origin.template) if origin else None
    return found if origin and found and checksum_of(release_text(found.source)) != origin.checksum else None


@dataclass(frozen=True)
class Offer:
    """A template of an app that has changed since; `part` is 0 for the one it was cloned from."""

    template: Template
    part: int = 0


def offers(session: Session, app_key: str, ours: Source) -> list[Offer]:
    """Return what an app can be brought up to date with: what it was cloned from, and what it was combined of."""
    cloned = newer(session, app_key)
    found = [Offer(cloned)] if cloned is not None else []
    return [*found, *(Offer(template, row.id) for row, template in newer_parts(session, app_key, ours))]


def upgrade(
    session: Session,
    app_key: str,
    ours: Source | None = None,
    choices: Mapping[str, str] | None = None,
    answers: Mapping[str, object] | None = None,
    part: int = 0,
) -> Upgrade:
    """Return what an upgrade would make of an app, or of its draft `ours`; EngineError when there is nothing newer.

    `part` is the one of the templates that the app was combined of; 0 for the one it was cloned from.

    The template as it was and as it is are filled with the same answers; new questions take `answers` or their
    defaults. ConfigError when an answer is missing or does not fit any more. No `choices` means those that were kept.
    """
    own = source_of(session, app_key) if ours is None else ours
    if part:
        row, found = _changed(session, app_key, part)
        kept = _kept(row, found)
        merged = merge_part(row, found, own, kept if choices is None else choices)
        return Upgrade(row, found, (), merged, _seen(found, own), kept)
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
    kept = _kept(origin, template)
    merged = merge(sides[0], own, sides[1], kept if choices is None else choices)
    return Upgrade(origin, template, new, merged, _seen(template, own), kept)


def keep_choices(session: Session, app_key: str, choices: Mapping[str, str], part: int = 0) -> None:
    """Note what was chosen for the newest version, so that the upgrade can be gone on with later."""
    if part:
        row, template = _changed(session, app_key, part)
        row.choices = {"for": template.checksum, "sides": {**_kept(row, template), **choices}}
    elif (origin := origin_of(session, app_key)) and (found := newer(session, app_key)):
        origin.choices = {"for": found.checksum, "sides": {**_kept(origin, found), **choices}}
    session.flush()


def is_settled(session: Session, app_key: str, ours: Source, answers: Mapping[str, object], part: int = 0) -> bool:
    """Tell whether nothing of what was taken over waits in a draft: being done with a version then loses nothing."""
    drafted, live = (upgrade(session, app_key, own, None, answers, part).merged for own in (ours, None))
    left = {one.id for one in drafted.differences if one.kind != LOCAL}
    return all(one.id in left for one in live.differences if one.kind != LOCAL)


def _kept(row: Origin | PartOrigin, template: Template) -> dict[str, str]:
    """Return what was chosen before for this version."""
    kept = row.choices or {}
    return dict(kept["sides"]) if kept.get("for") == template.checksum else {}


def _seen(template: Template, ours: Source) -> str:
    return checksum_of(template.checksum + checksum_of(release_text(ours)))


def _changed(session: Session, app_key: str, part: int) -> tuple[PartOrigin, Template]:
    row = part_named(session, app_key, part)
    template = template_named(session, row.template)
    if template is None or checksum_of(release_text(template.source)) == row.checksum:
        raise EngineError(Fault("upgrade.none", N_("This app is up to date with its template.")))
    return row, template


def follow(session: Session, app_key: str, answers: Mapping[str, object], now: datetime, part: int = 0) -> None:
    """Note that an app has taken over the newest version: the next upgrade starts from there."""
    if part:
        row, found = _changed(session, app_key, part)
        follow_part(session, row, found, source_of(session, app_key), now)
        return
    origin, template = origin_of(session, app_key), newer(session, app_key)
    if origin is None or template is None:
        raise NotFound("template", app_key)
    kept = {key: value for key, value in {**origin.answers, **answers}.items() if key in declared(template.source)}
    remember(session, app_key, template, kept, origin.label, now)


def settle(session: Session, app_key: str, now: datetime) -> list[Template]:
    """Note what a release took over whole: templates of which nothing is left to choose are followed; return them."""
    own, done = source_of(session, app_key), []
    for one in offers(session, app_key, own):
        try:
            found = upgrade(session, app_key, own, part=one.part)
        except SteerwayError:  # a question without an answer, or what does not fit any more: a person decides
            continue
        if all(difference.kind == LOCAL for difference in found.merged.differences):
            follow(session, app_key, {}, now, one.part)
            done.append(one.template)
    return done


def prepare(session: Session, app_key: str, ours: Source, part: int) -> None:
    """Note, before an upgrade goes into the draft, what a template of a combined app brings; nothing for a clone."""
    if part:
        row, found = _changed(session, app_key, part)
        keep_names(session, row, found, ours)
