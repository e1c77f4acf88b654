"""Saving an app as a template: without records and people, with chosen figures as questions; kept version by version."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.canonical import zip_of
from engine.config.check import examine
from engine.config.faults import errors_of
from engine.config.load import load
from engine.config.schema_parts import KEY_PATTERN
from engine.config.source import Source
from engine.config.spot import Spot
from engine.config_tests.run import run_tests
from engine.db import start_writing
from engine.errors import ConfigError, Refused
from engine.people.users import User
from engine.releases.compiling import checksum_of, compile_source, release_text
from engine.rights.config import may_create
from engine.templates.gallery import Template, own, templates
from engine.templates.rows import SavedTemplate
from rules.errors import N_, Fault
from rules.lint import walk
from rules.tree import Literal

#: A recipient who is somebody, not a role.
PERSON = re.compile(r"person:(?!\{\{)(.+)")


@dataclass(frozen=True)
class Candidate:
    """A figure or text of a config that could be asked for when the template is cloned."""

    file: str
    pointer: str
    value: object
    type: str
    #: Where it stands inside an expression; 0, 0 for a value of its own.
    start: int = 0
    end: int = 0

    @property
    def id(self) -> str:
        """Name the place."""
        return f"{self.file}#{self.pointer}" + (f"@{self.start}" if self.end else "")


@dataclass(frozen=True)
class Question:
    """A candidate that becomes a parameter."""

    key: str
    label: object


def may_save(user: User) -> bool:
    """Tell whether somebody may keep templates."""
    return may_create(user)


def save_template(session: Session, source: Source, key: str, version: str, user: User, now: datetime) -> Template:
    """Keep a config as the newest version of a template; ConfigError with every fault, or with the tests that fail.

    1. Check the name. 2. Check the config, with its parameters at their defaults. 3. Run its tests. 4. Store it.
    """
    if not may_save(user):
        raise Refused("create", key)
    source = _as_template(source, key, version)
    _check_name(key)
    compile_source(source)
    _check_tests(source)
    start_writing(session)
    number = session.scalar(sa.select(sa.func.max(SavedTemplate.number)).where(SavedTemplate.key == key)) or 0
    text = release_text(source)
    row = SavedTemplate(key=key, number=number + 1, version=version, config=text, checksum=checksum_of(text))
    row.created_at, row.created_by = now.replace(microsecond=0), user.id
    session.add(row)
    session.flush()
    return own(row)


def drop_template(session: Session, key: str, user: User) -> int:
    """Take a template of the company's own out of the gallery, with all its versions; apps made from it stay."""
    if not may_save(user):
        raise Refused("delete", key)
    done = session.execute(sa.delete(SavedTemplate).where(SavedTemplate.key == key))
    return int(getattr(done, "rowcount", 0))


def export_template(template: Template) -> bytes:
    """Return a template as a zip file."""
    return zip_of(template.source)


def import_template(session: Session, data: bytes, user: User, now: datetime) -> Template:
    """Keep a template that came as a zip file, under the key and version it names."""
    source = load(data)
    if errors_of(source.faults):
        raise ConfigError(*source.faults)
    return save_template(session, source, source.app["key"].text, source.app["version"].text, user, now)


def portable(
    source: Source,
    people: Mapping[str, str] | None = None,
    questions: Mapping[str, Question] | None = None,
) -> Source:
    """Return a config without people of its own.

    `people` is sign-in name -> a role; whoever has none becomes a question. `questions` is the id of a candidate ->
    the question that it becomes, with its value as the answer when none is given.
    """
    whole: dict[str, Any] = {file.path: copy.deepcopy(file.content) for file in source.files}
    asked = [*whole[source.app.file].get("parameters", [])]
    asked += _ask(source, whole, questions or {})
    asked += _without_people(source, whole, people or {}, {one["key"] for one in asked})
    if asked:
        whole[source.app.file]["parameters"] = asked
    parts: dict[str, Any] = {}
    for file in source.files:
        if file.section == "app":
            parts["app"] = whole[file.path]
        else:
            parts.setdefault(file.section, []).append(whole[file.path])
    return Source.from_dict(parts)


def people_in(source: Source) -> list[str]:
    """Return the sign-in names that a config holds: recipients, owners."""
    roles = {role["key"].text for role in source.app["roles"].items()}
    return list(dict.fromkeys(name for _, name in _people(source, roles)))


def candidates(source: Source) -> Iterator[Candidate]:
    """Go through what could be asked for: figures of key results, periods, numbers in conditions of rules."""
    for okr in source.section("okrs"):
        if okr["cycle"]["every"].text:
            yield Candidate(okr.file, okr["cycle"]["every"].pointer, okr["cycle"]["every"].text, "cycle")
        for result in (one for objective in okr["objectives"].items() for one in objective["key_results"].items()):
            for name in ("target", "baseline", "weight"):
                if result[name].number is not None:
                    yield Candidate(okr.file, result[name].pointer, result[name].value, "number")
    _, desk = examine(source)
    for place, checked, _ in desk.expressions:
        whole = next((file.spot for file in source.files if file.path == place.file), Spot(None, place.file))
        for node in walk(checked.tree) if place.pointer.endswith(("/when", "/guard")) else ():
            if isinstance(node, Literal) and type(node.value) in (int, float) and _text(whole, place) == checked.text:
                yield Candidate(place.file, place.pointer, node.value, "number", node.start, node.end)


def _text(file: Spot, place: Spot) -> str:
    for step in place.pointer.split("/")[1:]:
        file = file[int(step)] if isinstance(file.value, list) else file[step]
    return file.text


def _ask(source: Source, whole: dict[str, Any], questions: Mapping[str, Question]) -> list[dict[str, Any]]:
    """Put double braces where chosen candidates stand, the last of a text first, and return the parameters."""
    asked: dict[str, dict[str, Any]] = {}
    chosen = [one for one in candidates(source) if one.id in questions]
    for one in sorted(chosen, key=lambda c: (c.file, c.pointer, -c.start)):
        question = questions[one.id]
        holder, last = _holder(whole, one.file, one.pointer)
        insert = f"{{{{{question.key}}}}}"
        text = str(holder[last])
        holder[last] = text[: one.start] + insert + text[one.end :] if one.end else insert
        asked.setdefault(
            question.key, {"key": question.key, "label": question.label, "type": one.type, "default": one.value}
        )
    return list(asked.values())


def _without_people(
    source: Source, whole: dict[str, Any], people: Mapping[str, str], taken: set[str]
) -> list[dict[str, Any]]:
    roles = {role["key"].text for role in source.app["roles"].items()}
    asked: dict[str, dict[str, Any]] = {}
    for place, name in _people(source, roles):
        holder, last = _holder(whole, place.file, place.pointer)
        is_recipient = PERSON.fullmatch(place.text) is not None
        if people.get(name) in roles:
            holder[last] = f"role:{people[name]}" if is_recipient else people[name]
            continue
        if name not in asked:
            key = next(k for k in (f"person_{n}" for n in range(1, 1000)) if k not in taken)
            taken.add(key)
            label = {
                "en": f"Person {len(asked) + 1}",
                "zh_Hans": f"人员 {len(asked) + 1}",
                "zh_Hant": f"人員 {len(asked) + 1}",
            }
            asked[name] = {"key": key, "label": label, "type": "person"}
        holder[last] = f"{'person:' if is_recipient else ''}{{{{{asked[name]['key']}}}}}"
    return list(asked.values())


def _people(source: Source, roles: set[str]) -> Iterator[tuple[Spot, str]]:
    """Find the places that name a person."""
    for file in source.files:
        yield from _recipients(file.spot)
    for okr in source.section("okrs"):
        for objective in okr["objectives"].items():
            for one in (objective, *objective["key_results"].items()):
                name = one["owner"].text
                if name and name not in roles and "{{" not in name:
                    yield one["owner"], name


def _recipients(spot: Spot) -> Iterator[tuple[Spot, str]]:
    if isinstance(spot.value, dict):
        for _, member in spot.members():
            yield from _recipients(member)
    elif isinstance(spot.value, list):
        for item in (spot[number] for number in range(len(spot.value))):
            yield from _recipients(item)
    elif found := PERSON.fullmatch(spot.text):
        yield spot, found[1]


def _holder(whole: dict[str, Any], file: str, pointer: str) -> tuple[Any, Any]:
    holder: Any = whole[file]
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    return holder, int(last) if isinstance(holder, list) else last


def _as_template(source: Source, key: str, version: str) -> Source:
    whole = source.to_dict()
    app = whole["app"]
    return Source.from_dict({**whole, "app": {**app, "key": key, "version": version} if isinstance(app, dict) else app})


def _check_name(key: str) -> None:
    if not re.fullmatch(KEY_PATTERN, key):
        raise ConfigError(
            Fault(
                "template.key",
                N_("A key is lower-case letters, digits and underscores."),
                file="app.json",
                pointer="/key",
                field="key",
            )
        )
    if any(one.key == key for one in templates()):
        template = N_("“{key}” is a template that ships with the product; choose another key.")
        raise ConfigError(
            Fault("template.shipped", template, {"key": key}, file="app.json", pointer="/key", field="key")
        )


def _check_tests(source: Source) -> None:
    """Refuse a template whose own tests fail."""
    if not any(source.section("tests")):
        return
    failed = [one.key for one in run_tests(source).failed]
    if failed:
        template = N_("These tests fail: {names}.")
        raise ConfigError(Fault("template.tests", template, {"names": ", ".join(failed)}, file="app.json"))
