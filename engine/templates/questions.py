"""Figures of a config that become questions of a template, and which of them its earlier versions asked for already."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.config.check import examine
from engine.config.parameters import declared, default_answers, insert_starts, with_defaults
from engine.config.source import Source
from engine.config.spot import Spot
from rules.lint import walk
from rules.tree import Literal

_NUMBER = re.compile(r"\d+(\.\d+)?")


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
        text = spot_at(source, place.file, place.pointer).text
        for node in walk(checked.tree) if place.pointer.endswith(("/when", "/guard")) else ():
            if isinstance(node, Literal) and type(node.value) in (int, float) and text == checked.text:
                yield Candidate(place.file, place.pointer, node.value, "number", node.start, node.end)


def asked_before(source: Source, earlier: Source) -> dict[str, Question]:
    """Return the questions that an earlier version of a template asks: id of a candidate of `source` -> its question.

    Places are told by keys, not by numbers: a key result that moved is still the one that was asked about. Whoever
    saves the next version finds them again under their keys, which answers that were given long ago go by.
    """
    asked = declared(earlier)
    where = dict(_places(earlier)) if asked else {}
    now = {_identity(source, one): one.id for one in candidates(source)} if where else {}
    return {
        now[place]: Question(key, asked[key]["label"].value)
        for place, key in where.items()
        if place in now and key in asked
    }


def _places(earlier: Source) -> Iterator[tuple[str, str]]:
    """Go through the places of a template at which its questions stand: (place by keys, question)."""
    filled, values = with_defaults(earlier), default_answers(earlier)
    for one in candidates(filled):
        raw = spot_at(earlier, one.file, one.pointer).text
        key = next((key for start, key in insert_starts(raw, values) if start == one.start), "")
        if key:
            yield _identity(filled, one), key


def fresh_keys(stem: str, taken: Collection[str]) -> Iterator[str]:
    """Go through keys for questions that no version had: an old key would bring an old answer to another question."""
    number = 0
    while True:
        number += 1
        if f"{stem}_{number}" not in taken:
            yield f"{stem}_{number}"


def ask(source: Source, whole: dict[str, Any], questions: Mapping[str, Question]) -> list[dict[str, Any]]:
    """Put double braces where chosen candidates stand, the last of a text first; return the parameters in their order."""
    chosen = [one for one in candidates(source) if one.id in questions]
    for one in sorted(chosen, key=lambda c: (c.file, c.pointer, -c.start)):
        holder, last = holder_of(whole, one.file, one.pointer)
        insert = f"{{{{{questions[one.id].key}}}}}"
        text = str(holder[last])
        holder[last] = text[: one.start] + insert + text[one.end :] if one.end else insert
    asked: dict[str, dict[str, Any]] = {}
    for one in chosen:
        question = questions[one.id]
        facts = {"key": question.key, "label": question.label, "type": one.type, "default": one.value}
        asked.setdefault(question.key, facts)
    return list(asked.values())


def spot_at(source: Source, file: str, pointer: str) -> Spot:
    """Return the place of a pointer in a file."""
    spot = next((one.spot for one in source.files if one.path == file), Spot(None, file))
    for step in steps_of(pointer):
        spot = spot[int(step)] if isinstance(spot.value, list) else spot[step]
    return spot


def place_of(source: Source, file: str, pointer: str) -> str:
    """Return a place by the keys of what it is in, as far as things have keys: it stays when things move."""
    spot = next((one.spot for one in source.files if one.path == file), Spot(None, file))
    names = [file.split("/", maxsplit=1)[0], spot["key"].text]
    for step in steps_of(pointer):
        spot = spot[int(step)] if isinstance(spot.value, list) else spot[step]
        names.append(spot["key"].text or step)
    return "/".join(names)


def steps_of(pointer: str) -> list[str]:
    """Return the steps of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def holder_of(whole: dict[str, Any], file: str, pointer: str) -> tuple[Any, Any]:
    """Return the object or list in which a place is, and its name or number there."""
    holder: Any = whole[file]
    *steps, last = steps_of(pointer)
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    return holder, int(last) if isinstance(holder, list) else last


def _identity(source: Source, one: Candidate) -> str:
    """Return the place by keys; inside an expression, behind the same words, whatever their numbers."""
    place = place_of(source, one.file, one.pointer)
    if not one.end:
        return place
    return f"{place}@{_NUMBER.sub('0', spot_at(source, one.file, one.pointer).text[: one.start])}"


def keys_of(versions: Iterable[Source]) -> set[str]:
    """Return every key of a question in these versions of a template."""
    return {key for one in versions for key in declared(one)}
