"""Templates that an app was combined of: remembered one by one, and compared one by one when they have changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from engine.config.source import SECTIONS, Source
from engine.design.things import Thing
from engine.errors import NotFound
from engine.releases.compiling import checksum_of, release_text
from engine.templates.combining import Part, clashes, taken
from engine.templates.gallery import Template, template_named
from engine.templates.renaming import FILES, rename
from engine.templates.rows import PartOrigin
from engine.templates.three_way import Merged, merge

#: Lists of app.json to which each part adds its own, by key.
_LISTS = ("roles", "parameters")
#: Members of app.json that are the app's own, whatever its first template says.
_OWN = frozenset(
    {"$schema", "key", "label", "description", "version", "languages", "order", "measures", "teams", *_LISTS}
)


def remember_parts(
    session: Session,
    app_key: str,
    parts: Sequence[tuple[Template, Part]],
    names: Sequence[Mapping[Thing, str]],
    now: datetime,
    *,
    grows: bool = False,
) -> None:
    """Keep the templates as they were, with what they are called in the app; `grows`: they come to what is there."""
    for place, ((template, part), called) in enumerate(zip(parts, names, strict=True)):
        row = PartOrigin(app_key=app_key, forms=list(part.forms), is_first=place == 0 and not grows)
        _take(row, template, called, now)
        session.add(row)
    session.flush()


def parts_of(session: Session, app_key: str, ours: Source) -> list[PartOrigin]:
    """Return the templates of which something is still in the app, in the order in which they came."""
    wanted = sa.select(PartOrigin).where(PartOrigin.app_key == app_key).order_by(PartOrigin.id)
    rows = session.scalars(wanted.options(undefer(PartOrigin.config))).all()
    there = _keys(ours, "forms")
    return [row for row in rows if there & _keys(base_of(row), "forms")]


def newer_parts(session: Session, app_key: str, ours: Source) -> list[tuple[PartOrigin, Template]]:
    """Return those of them that have changed since, each with what it has become."""
    known: dict[str, Template | None] = {}
    found = []
    for row in parts_of(session, app_key, ours):
        if row.template not in known:
            known[row.template] = template_named(session, row.template)
        template = known[row.template]
        if template is not None and checksum_of(release_text(template.source)) != row.checksum:
            found.append((row, template))
    return found


def merge_part(row: PartOrigin, template: Template, ours: Source, choices: Mapping[str, str] | None = None) -> Merged:
    """Merge what a template has become into an app that has other things beside it; those are the same on each side.

    All three sides speak with the app's keys: what was renamed when it came is renamed in the new version as well, and
    what is new in it and would take a key of something else gets another one.
    """
    base, theirs = base_of(row), _renamed(row, template, ours)
    mine = {section: _keys(base, section) | _keys(theirs, section) for section in SECTIONS}
    sides = [_grafted(ours, side, (base, theirs), mine, first=row.is_first) for side in (base, theirs)]
    return merge(sides[0], ours, sides[1], choices)


def keep_names(session: Session, row: PartOrigin, template: Template, ours: Source) -> None:
    """Note what the new version brings and how it is called, before it goes into the draft: later it is known again."""
    names = _all_names(row, template, ours)
    base, theirs = set(_things(base_of(row))), _things(rename(_newest(row, template), names))
    row.names = _stored(names)
    row.brought = sorted({*map(tuple, row.brought), *(one for one in theirs if one not in base)})
    session.flush()


def _things(source: Source) -> Iterator[tuple[str, str]]:
    """Go through what can clash: (kind, key)."""
    for kind, section in FILES.items():
        yield from ((kind, key) for key in _keys(source, section))
    app = _object(source.app.value)
    yield from (("measure", key) for key in app.get("measures", {}))
    yield from (("parameter", one["key"]) for one in app.get("parameters", []))


def follow_part(session: Session, row: PartOrigin, template: Template, ours: Source, now: datetime) -> None:
    """Note that an app has taken over the newest version of one of its templates."""
    _take(row, template, _all_names(row, template, ours), now)
    session.flush()


def part_named(session: Session, app_key: str, part: int) -> PartOrigin:
    """Return one of the templates of an app by its number; NotFound for another app's."""
    wanted = sa.select(PartOrigin).where(PartOrigin.id == part, PartOrigin.app_key == app_key)
    row = session.scalar(wanted.options(undefer(PartOrigin.config)))
    if row is None:
        raise NotFound("template", str(part))
    return row


def base_of(row: PartOrigin) -> Source:
    """Return what was taken of a template, with the keys that it has in the app."""
    return rename(taken(Part(Source.from_dict(json.loads(row.config)), tuple(row.forms))), names_of(row))


def names_of(row: PartOrigin) -> dict[Thing, str]:
    """Return what is called otherwise in the app."""
    return {Thing(one["kind"], one["key"], one["form"], one["field"]): one["new"] for one in row.names}


def _take(row: PartOrigin, template: Template, names: Mapping[Thing, str], now: datetime) -> None:
    text = release_text(template.source)
    row.template, row.version, row.config, row.checksum = template.key, template.version, text, checksum_of(text)
    row.taken_at = now.replace(microsecond=0)
    row.names, row.brought, row.choices = _stored(names), [], None


def _stored(names: Mapping[Thing, str]) -> list[dict[str, str]]:
    return [
        {"kind": one.kind, "key": one.key, "form": one.form, "field": one.field, "new": new}
        for one, new in names.items()
    ]


def _newest(row: PartOrigin, template: Template) -> Source:
    """Return what would be taken of the template now: the same forms, as far as it still has them."""
    there = _keys(template.source, "forms")
    return taken(Part(template.source, tuple(form for form in row.forms if form in there)))


def _renamed(row: PartOrigin, template: Template, ours: Source) -> Source:
    return rename(_newest(row, template), _all_names(row, template, ours))


def _all_names(row: PartOrigin, template: Template, ours: Source) -> dict[Thing, str]:
    """Return what must be called otherwise: what was, and what is new and meets a key of something else."""
    names, newest = names_of(row), _newest(row, template)
    return names | dict(clashes(_without(row, ours), rename(newest, names)))


def _without(row: PartOrigin, ours: Source) -> Source:
    """Return what an app has beside one of its templates."""
    mine = {*_things(base_of(row)), *map(tuple, row.brought)}
    whole = ours.to_dict()
    app = _object(whole["app"])
    app["measures"] = {key: one for key, one in app.get("measures", {}).items() if ("measure", key) not in mine}
    app["parameters"] = [one for one in app.get("parameters", []) if ("parameter", one["key"]) not in mine]
    rest: dict[str, Any] = {"app": app}
    for kind, section in FILES.items():
        rest[section] = [one for one in _listed(whole.get(section)) if (kind, one.get("key")) not in mine]
    return Source.from_dict(rest)


def _grafted(
    ours: Source, side: Source, sides: Iterable[Source], mine: Mapping[str, set[str]], *, first: bool
) -> Source:
    """Return an app in which everything of a template, and nothing else, is as a side of the comparison has it."""
    whole, part = ours.to_dict(), side.to_dict()
    apps = [_object(one.app.value) for one in sides]
    found: dict[str, Any] = {"app": _app(_object(whole["app"]), _object(part["app"]), apps, mine["forms"], first=first)}
    for section in SECTIONS:
        rest = [one for one in _listed(whole.get(section)) if one.get("key") not in mine[section]]
        listed = [*rest, *_listed(part.get(section))]
        found |= {section: listed} if listed else {}
    return Source.from_dict(found)


def _app(
    ours: dict[str, Any], side: dict[str, Any], sides: list[dict[str, Any]], forms: set[str], *, first: bool
) -> dict[str, Any]:
    found = dict(ours)
    for name in _LISTS:
        own = {one["key"] for each in sides for one in each.get(name, [])}
        rest = {one["key"]: one for one in ours.get(name, []) if one["key"] not in own}
        beside = {one["key"]: one for one in side.get(name, [])}
        found[name] = _in_order([one["key"] for one in ours.get(name, [])], rest | beside)
    own = {key for each in sides for key in each.get("measures", {})}
    rest = {key: one for key, one in ours.get("measures", {}).items() if key not in own}
    found["measures"] = rest | side.get("measures", {})
    if "order" in ours:
        gone = forms - {*side.get("order", [])}
        found["order"] = list(dict.fromkeys(one for one in (*ours["order"], *side.get("order", [])) if one not in gone))
    if first:
        members = {name for each in sides for name in each} - _OWN
        found = {name: one for name, one in found.items() if name not in members}
        found |= {name: one for name, one in side.items() if name in members}
    return {name: one for name, one in found.items() if one not in ([], {})}


def _in_order(order: list[str], there: Mapping[str, Any]) -> list[Any]:
    return [there[key] for key in dict.fromkeys((*order, *there)) if key in there]


def _keys(source: Source, section: str) -> set[str]:
    return {spot["key"].text for spot in source.section(section)}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
