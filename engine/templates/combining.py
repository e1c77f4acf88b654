"""Combining: several templates, or parts of them, become one config; keys that clash are renamed with all that names them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.config.check import examine
from engine.config.parameters import inserts
from engine.config.source import SECTIONS, Source
from engine.config.spot import Spot
from engine.design.reads import reads
from engine.design.references import references
from engine.design.things import Thing
from engine.errors import EngineError
from engine.templates.renaming import FILES, rename
from forms.labels import LANGUAGES
from rules.errors import N_, Fault

#: Longest key of a form, less what tells it apart.
_ROOM = 27
#: Lists and objects of app.json that add up.
_LISTS = ("roles", "parameters")


@dataclass(frozen=True)
class Part:
    """A config to be combined: all of it, or the forms named and what they need."""

    source: Source
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Renamed:
    """A key that was taken already."""

    kind: str
    old: str
    new: str


@dataclass(frozen=True)
class Combined:
    """One config of several, and what had to be called differently in it."""

    source: Source
    renamed: tuple[Renamed, ...]
    #: For each part in turn: what is called otherwise in the whole.
    names: tuple[Mapping[Thing, str], ...] = ()


def combine(parts: Sequence[Part], key: str, label: object) -> Combined:
    """Return one config of several. Roles and questions with the same key become one; other clashes are renamed."""
    if not parts:
        raise EngineError(Fault("combine.nothing", N_("Choose at least one template.")))
    first = taken(parts[0])
    named = {**_object(first.app.value), "key": key, "label": label}
    whole = Source.from_dict({**first.to_dict(), "app": named})
    renamed: list[Renamed] = []
    names: list[Mapping[Thing, str]] = [{}]
    for part in parts[1:]:
        found = added(whole, part)
        whole = found.source
        renamed.extend(found.renamed)
        names.extend(found.names)
    return Combined(whole, tuple(renamed), tuple(names))


def added(whole: Source, part: Part) -> Combined:
    """Return a config with another one put into it, beside what is there: what an existing app grows by."""
    other = taken(part)
    names = dict(clashes(whole, other))
    other = rename(other, names)
    one, two = whole.to_dict(), other.to_dict()
    joined: dict[str, Any] = {"app": _joined(_object(one["app"]), _object(two["app"]))}
    for section in SECTIONS:
        listed = [*_listed(one.get(section)), *_listed(two.get(section))]
        joined |= {section: listed} if listed else {}
    renamed = tuple(Renamed(t.kind, t.key, new) for t, new in names.items())
    return Combined(Source.from_dict(joined), renamed, (names,))


def taken(part: Part) -> Source:
    """Return the forms that are wanted with everything they need; the whole config when none are named."""
    if not part.forms:
        return part.source
    wanted = needed_forms(part.source, part.forms)
    whole = part.source.to_dict()
    kept: dict[str, Any] = {"app": dict(_object(whole["app"]))}
    for section in SECTIONS:
        files = [spot for spot in part.source.section(section) if _belongs(part.source, section, spot, wanted)]
        kept |= {section: [spot.value for spot in files]} if files else {}
    app = kept["app"]
    app["order"] = [form for form in app.get("order", []) if form in wanted]
    app["measures"] = {k: one for k, one in app.get("measures", {}).items() if one.get("of") in wanted}
    kept["app"] = {k: v for k, v in app.items() if v not in ([], {})}
    return _asking_what_counts(_without_strangers(Source.from_dict(kept)))


def _asking_what_counts(source: Source) -> Source:
    """Leave out questions whose answers would stand nowhere."""
    whole = source.to_dict()
    app = _object(whole["app"])
    rest = {**whole, "app": {name: one for name, one in app.items() if name != "parameters"}}
    used = set(inserts(json.dumps(rest, ensure_ascii=False)))
    asked = [one for one in app.get("parameters", []) if one["key"] in used]
    parameters = {"parameters": asked} if asked else {}
    return Source.from_dict({**rest, "app": {**_object(rest["app"]), **parameters}})


def needed_forms(source: Source, forms: Collection[str]) -> frozenset[str]:
    """Return these forms and those they name, directly or over others."""
    needs = _needs(source)
    found: set[str] = set()
    waiting = list(forms)
    while waiting:
        form = waiting.pop()
        if form not in found:
            found.add(form)
            waiting.extend(needs.get(form, ()))
    return frozenset(found)


def _needs(source: Source) -> dict[str, set[str]]:
    """Return form -> the forms that it and its pipeline name."""
    _, desk = examine(source)
    homes = {spot.file: spot["key"].text for spot in desk.source.section("forms")}
    homes |= {spot.file: spot["form"].text for spot in desk.source.section("pipelines")}
    found: dict[str, set[str]] = {}
    for one in (*references(desk, source), *reads(desk)):
        if one.place.file in homes:
            target = one.thing.key if one.thing.kind == "form" else one.thing.form
            found.setdefault(homes[one.place.file], set()).add(target)
    return {form: named & desk.forms.keys() for form, named in found.items()}


def _belongs(source: Source, section: str, spot: Spot, wanted: Collection[str]) -> bool:
    """Tell whether a file is about nothing but the forms that are wanted."""
    if section == "forms":
        return spot["key"].text in wanted
    if section == "pipelines":
        return spot["form"].text in wanted
    named = _forms_in(spot.value, {form["key"].text for form in source.section("forms")})
    return bool(named) and named <= set(wanted)


def _forms_in(value: object, known: Collection[str]) -> set[str]:
    """Return the forms that members such as `form` and `of` name anywhere inside."""
    if isinstance(value, list):
        return set().union(*(_forms_in(one, known) for one in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    here = {value[name] for name in ("form", "of", "to") if isinstance(value.get(name), str) and value[name] in known}
    return here.union(*(_forms_in(one, known) for one in value.values()))


def _without_strangers(source: Source) -> Source:
    """Leave out rules, pages and tests that still name what was not taken."""
    while True:
        broken = {
            fault.file
            for fault in examine(source)[0]
            if fault.level == "error" and fault.file.partition("/")[0] in ("alerts", "okrs", "dashboards", "tests")
        }
        if not broken:
            return source
        source = Source(tuple(file for file in source.files if file.path not in broken), source.faults)


# -- clashes ---------------------------------------------------------------------------------------------------------


def clashes(whole: Source, other: Source) -> Iterable[tuple[Thing, str]]:
    """Go through what must be called otherwise, so that nothing of the other has a key of the whole's, with its new key."""
    for kind, section in FILES.items():
        yield from _fresh(kind, _keys(whole, section), _keys(other, section))
    mine, theirs = _object(whole.app["measures"].value), _object(other.app["measures"].value)
    yield from _fresh("measure", list(mine), list(theirs))
    mine, theirs = _by_key(whole.app["parameters"]), _by_key(other.app["parameters"])
    different = [key for key in theirs if key in mine and _asked(mine[key]) != _asked(theirs[key])]
    yield from _fresh("parameter", list(mine), list(theirs), different)


def _asked(question: object) -> object:
    """Return a question without its usual answer: an app that has answered it asks the same."""
    return {name: one for name, one in _object(question).items() if name != "default"}


def _fresh(
    kind: str, mine: Collection[str], theirs: Collection[str], clash: Collection[str] | None = None
) -> Iterable[tuple[Thing, str]]:
    used = {*mine, *theirs}
    for key in theirs if clash is None else clash:
        if key in mine:
            new = next(n for n in (f"{key[:_ROOM].rstrip('_')}_{i}" for i in range(2, 1000)) if n not in used)
            used.add(new)
            yield Thing(kind, key), new


def _keys(source: Source, section: str) -> list[str]:
    return [spot["key"].text for spot in source.section(section)]


def _by_key(listed: Spot) -> dict[str, object]:
    return {one["key"].text: one.value for one in listed.items()}


# -- app.json --------------------------------------------------------------------------------------------------------


def _joined(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Return app.json of both: the first one's place, calendar and currency; roles, questions, measures of both."""
    found = {**two, **one}
    for name in _LISTS:
        both = {item["key"]: item for item in (*two.get(name, []), *one.get(name, []))}
        ordered = dict.fromkeys(item["key"] for item in (*one.get(name, []), *two.get(name, [])))
        found |= {name: [both[key] for key in ordered]} if both else {}
    teams = list(dict.fromkeys((*one.get("teams", []), *two.get("teams", []))))
    found |= {"teams": teams} if teams else {}
    measures = {**one.get("measures", {}), **two.get("measures", {})}
    found |= {"measures": measures} if measures else {}
    if "order" in one or "order" in two:
        found["order"] = [*one.get("order", []), *two.get("order", [])]
    languages = [lang for lang in LANGUAGES if lang in one.get("languages", []) and lang in two.get("languages", [])]
    if languages:
        found["languages"] = languages
    else:
        found.pop("languages", None)
    return found


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
