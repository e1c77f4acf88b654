"""Renaming what an app declares: the key, and every place that names it, also inside expressions, messages and tests."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.config.check import examine
from engine.config.source import SECTIONS, Source
from engine.config.spot import Spot
from engine.design.reads import declared_around, option_of, steps_of
from engine.design.references import references
from engine.design.things import Thing
from rules.calls import children
from rules.checked import Checked
from rules.scope import RecordScope, Scope
from rules.tree import Call, ListNode, Literal, Name, Node

_WORD = re.compile(r"\w+")
_INSERT = r"\{\{\s*KEY\s*\}\}"
#: Kinds that are files of their own -> their section.
FILES = {
    "form": "forms", "pipeline": "pipelines", "rule": "alerts", "okr": "okrs", "dashboard": "dashboards", "test": "tests",
}  # fmt: skip


@dataclass(frozen=True)
class _Edit:
    """A piece of a text to be written anew."""

    start: int
    end: int
    text: str


def rename(source: Source, names: Mapping[Thing, str]) -> Source:
    """Return a config in which things have other keys, and everything that names them follows.

    Works on forms, fields, options, stages, transitions, roles, measures, rules, OKR pages, objectives,
    key results, dashboards and parameters. What cannot be understood stays as it is, and checking tells. Labels never change.
    """
    if not names:
        return source
    if {thing.key for thing in names} & set(names.values()):
        return _by_way_of(source, names)
    _, desk = examine(source)
    whole: dict[str, Any] = {file.path: copy.deepcopy(file.content) for file in source.files}
    _in_expressions(desk.expressions, whole, names, desk)
    members: list[tuple[Spot, str]] = []
    for one in references(desk, source):
        new = names.get(one.thing)
        if new is None:
            continue
        if one.thing.kind == "parameter":
            _put(
                whole, one.place, re.sub(_INSERT.replace("KEY", one.thing.key), f"{{{{{new}}}}}", _at(whole, one.place))
            )
        elif not _named_here(one.place, one.thing.key):
            members.append((one.place, new))
        else:
            _put(whole, one.place, _renamed(str(_at(whole, one.place)), one.thing, new))
    for place, new in sorted(members, key=lambda one: -one[0].pointer.count("/")):
        _rename_member(whole, place, new)
    for thing, new in names.items():
        _declare(whole, source, thing, new)
    return _rebuilt(source, whole)


def _by_way_of(source: Source, names: Mapping[Thing, str]) -> Source:
    """Rename by way of keys that nobody has, so that two things can change places."""
    between = {thing: f"zq_{number}" for number, thing in enumerate(names)}

    def moved(thing: Thing) -> Thing:
        page = "okr" if thing.kind in ("objective", "key_result") else "form"
        form = between.get(Thing(page, thing.form), thing.form)
        field = between.get(Thing("field", thing.field, thing.form), thing.field)
        return Thing(thing.kind, between[thing], form, field)

    return rename(rename(source, between), {moved(thing): new for thing, new in names.items()})


def _named_here(place: Spot, key: str) -> bool:
    """Tell whether the text at a place names the thing; otherwise the member's own name does."""
    return isinstance(place.value, str) and key in _WORD.findall(place.text) and not _is_member(place, key)


def _is_member(place: Spot, key: str) -> bool:
    holder = place.pointer.rpartition("/")[0].rpartition("/")[2]
    named = place.pointer.rpartition("/")[2] == key
    return named and holder in {
        "widths",
        "totals",
        "fields",
        "set",
        "values",
        "typed",
        "access",
        "moves",
        "alerts",
        "counts",
    }


def _renamed(text: str, thing: Thing, new: str) -> str:
    """Return a text such as `role:boss`, `-amount`, `signed_on:month`, `account.name` with one of its words renamed."""
    head, colon, rest = text.partition(":")
    if thing.kind in ("role", "okr", "field") and colon and rest.partition(".")[0] == thing.key and head != thing.key:
        return f"{head}:{new}{rest[len(thing.key) :]}"
    if text.removeprefix("-").partition(":")[0] == thing.key:
        return text.replace(thing.key, new, 1)
    return ".".join(new if word == thing.key else word for word in text.split("."))


# -- expressions -----------------------------------------------------------------------------------------------------


def _in_expressions(
    expressions: Iterator[tuple[Spot, Checked, Scope]], whole: dict[str, Any], names: Mapping[Thing, str], desk: Any
) -> None:
    """Write names anew where the checked trees have them; texts with parameters are read as they were filled."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for place, checked, scope in expressions:
        edits = [*_edits(checked, checked.tree, scope, names, declared_around(desk, place))]
        if edits:
            fresh = _applied(checked.text, edits)
            found.setdefault((place.file, place.pointer), []).append((checked.text, fresh))
    for (file, pointer), pairs in found.items():
        spot = Spot(None, file, pointer)
        text = str(_at(whole, spot))
        for before, after in sorted(pairs, key=lambda pair: -len(pair[0])):
            text = _replaced(text, before, after)
        _put(whole, spot, text)


def _replaced(text: str, before: str, after: str) -> str:
    """Replace an expression in its text; one whose parameters were filled in is renamed word by word."""
    if text.strip() == before or f"={before}" == text:
        return text.replace(before, after, 1)
    if f"{{{before}}}" in text:
        return text.replace(f"{{{before}}}", f"{{{after}}}")
    if "{{" not in text:
        return text.replace(before, after)
    words = {old: new for old, new in zip(_WORD.findall(before), _WORD.findall(after), strict=False) if old != new}
    pieces = re.split(r"(\{\{.*?\}\})", text)
    return "".join(p if p.startswith("{{") else _WORD.sub(lambda w: words.get(w[0], w[0]), p) for p in pieces)


def _applied(text: str, edits: list[_Edit]) -> str:
    for one in sorted({(e.start, e.end, e.text) for e in edits}, reverse=True):
        text = text[: one[0]] + one[2] + text[one[1] :]
    return text


def _edits(
    checked: Checked, node: Node, scope: Scope, names: Mapping[Thing, str], figures: Mapping[str, str]
) -> Iterator[_Edit]:
    if isinstance(node, Name):
        yield from _name_edits(checked, node, scope, names, figures)
        return
    beside = list(children(node))
    if isinstance(scope, RecordScope):
        for name in beside:
            owner = list(steps_of(scope, name.path))[-1:] if isinstance(name, Name) and name.type.options else []
            if owner:
                yield from _literals(checked, beside, partial(_renamed_option, names, owner[0]))
    if isinstance(node, Call) and node.function == "has_role":
        yield from _literals(checked, beside, lambda text: names.get(Thing("role", text)))
    for child in beside:
        yield from _edits(checked, child, scope, names, figures)


def _renamed_option(names: Mapping[Thing, str], field: Thing, text: str) -> str | None:
    return names.get(option_of(field, text))


def _name_edits(
    checked: Checked, node: Name, scope: Scope, names: Mapping[Thing, str], figures: Mapping[str, str]
) -> Iterator[_Edit]:
    if isinstance(scope, RecordScope):
        things = [one for one in steps_of(scope, node.path) if one.kind == "field"]
    else:
        things = [Thing("measure", node.path[0], field=figures.get(node.path[0], ""))]
    words = list(_WORD.finditer(checked.text, node.start, node.end))
    for word, thing in zip(words, things, strict=False):
        new = names.get(thing)
        if new and word[0] == thing.key:
            yield _Edit(word.start(), word.end(), new)


def _literals(checked: Checked, nodes: list[Node], ask: Callable[[str], str | None]) -> Iterator[_Edit]:
    for node in nodes:
        if isinstance(node, ListNode):
            yield from _literals(checked, list(node.items), ask)
        elif isinstance(node, Literal) and isinstance(node.value, str):
            new, written = ask(node.value), checked.text[node.start : node.end]
            if new and written[1:-1] == node.value:
                yield _Edit(node.start + 1, node.end - 1, new)


# -- places ----------------------------------------------------------------------------------------------------------


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _holder(whole: dict[str, Any], place: Spot) -> tuple[Any, Any]:
    holder: Any = whole[place.file]
    *steps, last = _steps(place.pointer)
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    if isinstance(holder, list):
        return holder, int(last)
    return holder, last


def _at(whole: dict[str, Any], place: Spot) -> Any:
    holder, last = _holder(whole, place)
    return holder[last]


def _put(whole: dict[str, Any], place: Spot, value: object) -> None:
    holder, last = _holder(whole, place)
    holder[last] = value


def _rename_member(whole: dict[str, Any], place: Spot, new: str) -> None:
    """Give a member another name, where it stands."""
    holder, last = _holder(whole, place)
    if isinstance(holder, dict) and last in holder:
        items = [(new if name == last else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(items)


# -- declarations ----------------------------------------------------------------------------------------------------


def _declare(whole: dict[str, Any], source: Source, thing: Thing, new: str) -> None:
    """Give the thing itself its new key."""
    for file in source.files:
        content = whole[file.path]
        if thing.kind in FILES and file.section == FILES[thing.kind] and file.spot["key"].text == thing.key:
            content["key"] = new
        elif (
            thing.kind == "measure"
            and not thing.field
            and file.section == "app"
            and thing.key in content.get("measures", {})
        ):
            _rename_member(whole, Spot(None, file.path, f"/measures/{thing.key}"), new)
        else:
            for one in _listed(file.section, file.spot, content, thing):
                if one.get("key") == thing.key:
                    one["key"] = new


def _listed(section: str, spot: Spot, content: Any, thing: Thing) -> list[dict[str, Any]]:
    """Return the list in which a thing is declared."""
    if section == "app" and thing.kind in ("role", "parameter"):
        return list(content.get(f"{thing.kind}s", []))
    if section == "forms" and spot["key"].text == thing.form and thing.kind in ("field", "option"):
        fields = list(content.get("fields", []))
        held = [one for field in fields if field.get("key") == thing.field for one in field.get("options", [])]
        return fields if thing.kind == "field" else held
    if section == "pipelines" and spot["form"].text == thing.form and thing.kind in ("stage", "transition"):
        return list(content.get(f"{thing.kind}s", []))
    if section == "okrs" and spot["key"].text == thing.form and thing.kind == "objective":
        return list(content.get("objectives", []))
    if section == "okrs" and spot["key"].text == thing.form and thing.kind == "key_result":
        return [kr for one in content.get("objectives", []) for kr in one.get("key_results", [])]
    return []


def _rebuilt(source: Source, whole: dict[str, Any]) -> Source:
    parts: dict[str, Any] = {"app": source.app.value}
    for file in source.files:
        if file.section == "app":
            parts["app"] = whole[file.path]
        elif file.section in SECTIONS:
            parts.setdefault(file.section, []).append(whole[file.path])
    return Source.from_dict(parts)
