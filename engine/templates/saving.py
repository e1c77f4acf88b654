"""Saving an app as a template: without records and people, with chosen figures as questions; kept version by version."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.audit import note
from engine.config.canonical import zip_of
from engine.config.faults import errors_of
from engine.config.load import load
from engine.config.parameters import declared, inserts
from engine.config.schema_parts import KEY_PATTERN
from engine.config.source import Source
from engine.config.spot import Spot
from engine.config_tests.run import run_tests
from engine.db import start_writing
from engine.errors import ConfigError, Refused
from engine.people.users import User
from engine.releases.compiling import checksum_of, compile_source, release_text
from engine.rights.config import may_create
from engine.templates.gallery import Template, newest_of, own, templates
from engine.templates.questions import Question, ask, fresh_keys, holder_of, keys_of, place_of, steps_of
from engine.templates.rows import SavedTemplate
from forms.labels import Label
from rules.errors import N_, Fault

#: A recipient who is somebody, not a role.
PERSON = re.compile(r"person:(?!\{\{)(.+)")
#: How a question for a person reads; a config speaks all three languages at once.
_TOLD = {"en": "Who is told: {name}", "zh_Hans": "通知谁：{name}", "zh_Hant": "通知誰：{name}"}
_OWNS = {"en": "Owner: {name}", "zh_Hans": "负责人：{name}", "zh_Hant": "負責人：{name}"}


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
    made = own(row)
    facts = {"name": made.label.pick(""), "template": key, "version": version}
    note(session, kind="config", verb="template_saved", user=user, now=now, facts=facts)
    return made


def drop_template(session: Session, key: str, user: User, now: datetime) -> int:
    """Take a template of the company's own out of the gallery, with all its versions; apps made from it stay."""
    if not may_save(user):
        raise Refused("delete", key)
    last = session.scalar(newest_of(key))
    if last is None:
        return 0
    made = own(last)
    done = session.execute(sa.delete(SavedTemplate).where(SavedTemplate.key == key))
    facts = {"name": made.label.pick(""), "template": key, "version": made.version}
    note(session, kind="config", verb="template_dropped", user=user, now=now, facts=facts)
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
    earlier: Sequence[Source] = (),
    without_tests: Collection[str] = (),
) -> Source:
    """Return a config without people of its own, and without these tests.

    `people` is sign-in name -> a role; whoever has none becomes a question. `questions` is the id of a candidate ->
    the question that it becomes, with its value as the answer when none is given. `earlier` are the versions of the
    template that there are, the newest first: who was asked for is asked for under the same key.
    """
    whole: dict[str, Any] = {file.path: copy.deepcopy(file.content) for file in source.files}
    asked = [*whole[source.app.file].get("parameters", [])]
    asked += ask(source, whole, questions or {})
    asked += _without_people(source, whole, people or {}, {one["key"] for one in asked}, earlier)
    if asked:
        whole[source.app.file]["parameters"] = asked
    parts: dict[str, Any] = {}
    for file in source.files:
        if file.section == "tests" and file.spot["key"].text in without_tests:
            continue
        if file.section == "app":
            parts["app"] = whole[file.path]
        else:
            parts.setdefault(file.section, []).append(whole[file.path])
    return Source.from_dict(parts)


def named(source: Source, label: str, description: str) -> Source:
    """Return a config under another name and description; nothing typed, or what it says already, leaves its texts."""
    whole = source.to_dict()
    app = dict(whole["app"]) if isinstance(whole["app"], dict) else {}
    for name, text in (("label", label), ("description", description)):
        if text and text not in Label.of(app.get(name)).texts.values():
            app[name] = text
    return Source.from_dict({**whole, "app": app}).cleaned()


def following(version: str) -> str:
    """Suggest what the version after this one is called: its last number one higher."""
    found = re.fullmatch(r"(.*?)(\d{1,9})(\D*)", version)
    return f"{found[1]}{int(found[2]) + 1}{found[3]}" if found else ""


def people_in(source: Source) -> list[str]:
    """Return the sign-in names that a config holds: recipients, owners."""
    roles = {role["key"].text for role in source.app["roles"].items()}
    return list(dict.fromkeys(name for _, name in _people(source, roles)))


def _without_people(
    source: Source, whole: dict[str, Any], people: Mapping[str, str], taken: set[str], earlier: Sequence[Source]
) -> list[dict[str, Any]]:
    """Put a role or a question in the place of everybody; return the questions."""
    roles = {role["key"].text for role in source.app["roles"].items()}
    before = _asked_people(earlier[0]) if earlier else {}
    fresh = fresh_keys("person", taken | keys_of(earlier))
    asked: dict[str, dict[str, Any]] = {}
    used: set[str] = set()
    for place, name in _people(source, roles):
        holder, last = holder_of(whole, place.file, place.pointer)
        is_recipient = PERSON.fullmatch(place.text) is not None
        if people.get(name) in roles:
            holder[last] = f"role:{people[name]}" if is_recipient else people[name]
            continue
        if name not in asked:
            known = before.get(place_of(source, place.file, place.pointer), "")
            key = known if known and known not in used else next(fresh)
            used.add(key)
            asked[name] = {"key": key, "label": _asks_for(source, place), "type": "person"}
        holder[last] = f"{'person:' if is_recipient else ''}{{{{{asked[name]['key']}}}}}"
    return list(asked.values())


def _asked_people(earlier: Source) -> dict[str, str]:
    """Return where a version asks for a person: place by keys -> question."""
    asked = {key for key, spot in declared(earlier).items() if spot["type"].text == "person"}
    found: dict[str, str] = {}
    for file in earlier.files:
        for spot in _texts(file.spot):
            named = [key for key in inserts(spot.text) if key in asked]
            if len(named) == 1 and file.section != "app":
                found[place_of(earlier, spot.file, spot.pointer)] = named[0]
    return found


def _asks_for(source: Source, place: Spot) -> dict[str, str]:
    """Say who is asked for: whom a rule tells, or who owns an objective or key result."""
    named = next(file.spot for file in source.files if file.path == place.file)
    spot = named
    for step in steps_of(place.pointer):
        spot = spot[int(step)] if isinstance(spot.value, list) else spot[step]
        named = spot if spot["label"].is_given else named
    label = Label.of(named["label"].value, named["key"].text)
    words = _TOLD if PERSON.fullmatch(place.text) else _OWNS
    return {language: text.format(name=label.pick(language)) for language, text in words.items()}


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
    for text in _texts(spot):
        if found := PERSON.fullmatch(text.text):
            yield text, found[1]


def _texts(spot: Spot) -> Iterator[Spot]:
    """Go through every text of a config."""
    if isinstance(spot.value, dict):
        for _, member in spot.members():
            yield from _texts(member)
    elif isinstance(spot.value, list):
        for number in range(len(spot.value)):
            yield from _texts(spot[number])
    elif spot.text:
        yield spot


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
