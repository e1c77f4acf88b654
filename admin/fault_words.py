"""Faults of a config in words: where they are, by the names of things, and what is missing, as designers call it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.difference_words import NOUNS, labelled, type_in
from admin.vocabulary import FIELD_TYPE_WORDS, property_label, value_word, words_of
from engine.config.source import SECTIONS
from engine.config.spot import escaped
from engine.design.pointers import steps
from web.errors import sentence
from web.i18n import NAMES as LANGUAGE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.config.source import Source
    from engine.config.spot import Spot
    from rules.errors import Fault

#: Facts that may be the key of a thing of the config.
_KEYS = frozenset({"name", "one", "other", "initial", "field", "form", "stage", "option", "computed"})
#: A name within an expression.
_NAME = re.compile(r"(?<![\w.'\"])[a-z_]\w*(?![\w(.'\"])")
#: A member of a file, or a word that one may hold, as a sentence names it.
_MEMBER = re.compile("([“「])([a-z][a-z_]*)([”」])")


def place_words(
    file: Spot, pointer: str, *, whole: bool = True, called: Callable[[str], str] = lambda _pointer: ""
) -> str:
    """Return the way to a place of a file by names: `Form “Deal” › Field “Kind” › Option 3 › Title`.

    `called` says how a member is called that is itself a name, such as a field in a test; nothing for all others.
    """
    section = file.file.partition("/")[0] if "/" in file.file else "app"
    noun, here, kind = SECTIONS.get(section, "app"), file.value, ""
    named = gettext("%(noun)s “%(name)s”", noun=gettext(NOUNS[section]), name=labelled(here) or file["key"].text)
    way: list[str] = [named if section != "app" else gettext(NOUNS["app"])] if whole else []
    words: list[str] = []
    at = ""
    for step in steps(pointer):
        at += f"/{escaped(step)}"
        around, listed = here, isinstance(here, list)
        here = _step_into(here, step)
        kind = type_in([here]) or kind
        if listed:
            what = (
                gettext(NOUNS[words[-1]]) if words and words[-1] in NOUNS else property_label(noun, tuple(words), kind)
            )
            way.pop()
            number = str(int(step) + 1) if step.isdigit() else step
            way.append(
                gettext("%(noun)s “%(name)s”", noun=what, name=name) if (name := labelled(here)) else f"{what} {number}"
            )
        else:
            words.append(step)
            own = (
                called(at) or labelled(here)
                if isinstance(around, dict) and words_of(noun, tuple(words), kind) is None
                else ""
            )
            way.append(own or _field_of(file, words) or property_label(noun, tuple(words), kind))
    return " › ".join(way)


def _field_of(form: Spot, words: Sequence[str]) -> str:
    """Return how a field is called that a line of permissions speaks of; nothing elsewhere."""
    if list(words[:-1]) != ["permissions", "fields"]:
        return ""
    return next((labelled(one.value) for one in form["fields"].items() if one["key"].text == words[-1]), "")


def _step_into(side: Any, step: str) -> Any:
    if isinstance(side, list):
        return side[int(step)] if step.isdigit() and int(step) < len(side) else None
    return side.get(step) if isinstance(side, dict) else None


def at_member(fault: Fault) -> Fault:
    """Return a fault where it is mended: what is missing, at the place where it is to be filled in."""
    missing = fault.facts.get("name") if fault.code == "schema.required" else None
    return fault.at(pointer=f"{fault.pointer}/{escaped(str(missing))}") if missing else fault


def fault_words(
    fault: Fault, source: Source, before: Callable[[], Source | None] = lambda: None, *, members: bool = True
) -> str:
    """Return a fault of a config as its designers read it: members, fields, stages, roles by their names.

    What is not there any more is called as it was `before`. Who writes JSON reads its `members` as they are written.
    """
    placed = at_member(fault)
    section = fault.file.partition("/")[0] if "/" in fault.file else "app"
    noun = SECTIONS.get(section, "app")
    if placed is not fault:
        named = property_label(noun, tuple(one for one in steps(placed.pointer) if not one.isdigit()))
        return sentence(replace(fault, facts={**fault.facts, "name": named}))
    known = [before] if fault.code.endswith(".unknown") else [lambda: source, before]
    facts = {name: _fact(fault, noun, known, name, value) for name, value in fault.facts.items()}
    if members and fault.column and fault.level == "warning" and isinstance(fault.facts.get("text"), str):
        names = _names(source, fault.file)
        facts["text"] = _NAME.sub(lambda found: _only(names, found[0]), str(fault.facts["text"]))
    told = sentence(replace(fault, facts=facts))
    return _without_members(told, fault, noun) if members and not fault.column else told


def suggestion_words(fault: Fault, source: Source) -> str:
    """Return what was perhaps meant; an option, which is written in quotes, by its name."""
    key = fault.suggestion.strip('"')
    named = _options(source).get(key, set()) if fault.suggestion.startswith('"') else set()
    return next(iter(named)) if len(named) == 1 else fault.suggestion


def _without_members(told: str, fault: Fault, noun: str) -> str:
    """Return a sentence with members of the file, and the words that they hold, as the sheets call them."""
    way = tuple(one for one in steps(fault.pointer) if not one.isdigit())

    def called(found: re.Match[str]) -> str:
        start, member, end = found.groups()
        if f"“{member}”" not in fault.template:  # it was told, not written by us
            return found[0]
        ways = [(*way[:length], member) for length in range(len(way), -1, -1)]
        named = next((property_label(noun, one) for one in ways if words_of(noun, one)), "")
        word = "" if named else value_word(noun, ("agg",), member)
        return f"{start}{named or (gettext(word) if word else member)}{end}"

    return _MEMBER.sub(called, told)


def _only(names: dict[str, set[str]], key: str) -> str:
    found = names.get(key, set())
    return next(iter(found)) if len(found) == 1 else key


def _fact(fault: Fault, noun: str, known: Sequence[Callable[[], Source | None]], name: str, value: object) -> object:
    """Return a fact by the name of what it is the key of; keys that nothing has, or that are what is wrong, stay."""
    if not isinstance(value, str) or fault.code.startswith("key.") or (fault.column and name != "option"):
        return value
    if name == "languages":
        return gettext(", ").join(LANGUAGE_NAMES.get(one, one) for one in value.split(", "))
    if name in ("type", "agg"):
        word = FIELD_TYPE_WORDS[value].label if value in FIELD_TYPE_WORDS else value_word(noun, (name,), value)
        return gettext(word) if word else value
    if name not in _KEYS:
        return value
    for look in known:
        if (source := look()) is None:
            continue
        found = (_options(source) if name == "option" else _names(source, fault.file)).get(value, set())
        if found:
            return next(iter(found)) if len(found) == 1 else value
    return value


def _options(source: Source) -> dict[str, set[str]]:
    """Return how options and stages are called, by key, wherever they are declared."""
    found: dict[str, set[str]] = {}
    for section in ("forms", "pipelines"):
        for one in source.section(section):
            _gather([one["stages"].value, [field["options"].value for field in one["fields"].items()]], found)
    return {key: {one for one in names if one} for key, names in found.items()}


def _names(source: Source, file: str) -> dict[str, set[str]]:
    """Return how things are called that a file can speak of, by key: what is in it, fields of its form, roles, forms."""
    found: dict[str, set[str]] = {}
    spots = [one.spot for one in source.files]
    for one in spots:
        if one.file == file:
            _gather(one.value, found)
        elif not found.get(one["key"].text):
            found.setdefault(one["key"].text, set()).add(labelled(one.value))
    own = next((one for one in spots if one.file == file), source.app)
    for form in source.section("forms"):
        if own["form"].text == form["key"].text or file.startswith("tests/"):
            _gather(form["fields"].value, found)
    _gather(source.app["roles"].value, found)
    return {key: {one for one in names if one} for key, names in found.items()}


def _gather(value: Any, found: dict[str, set[str]]) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("key"), str):
            found.setdefault(value["key"], set()).add(labelled(value))
        measures = value.get("measures")
        for key, one in measures.items() if isinstance(measures, dict) else ():
            found.setdefault(key, set()).add(labelled(one))
        for one in value.values():
            _gather(one, found)
    elif isinstance(value, list):
        for one in value:
            _gather(one, found)
