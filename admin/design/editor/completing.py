"""What may be written at a place of a config file, and what is to be said about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from admin.design.editor.keys import NAME, form_read, named_at
from admin.design.editor.places import inside, plain, take_apart
from admin.design.editor.schema_at import members_at, names_of, parts_at, values_at
from admin.vocabulary import property_help, property_label, value_label
from engine.config.desk import Desk
from engine.design.files import noun_of, with_file
from forms.labels import Label
from rules.complete import complete as complete_expression
from web.i18n import language

if TYPE_CHECKING:
    from admin.design.editor.places import Cursor, Places, Step
    from engine.config.schema_parts import Schema
    from engine.config.source import Source

#: What CodeMirror draws beside a proposal.
PROPERTY, ENUM, KEY, CONSTANT = "property", "enum", "variable", "constant"


@dataclass(frozen=True)
class Option:
    """One proposal: `apply` takes the place of the characters from `start` to `end` of the answer."""

    label: str
    kind: str
    detail: str = ""
    info: str = ""
    apply: str = ""


@dataclass
class Answer:
    """Proposals for a cursor, and what is said about the member it stands in."""

    start: int
    end: int
    options: list[Option] = field(default_factory=list)
    title: str = ""
    help: str = ""


def complete(source: Source, path: str, text: str, position: int) -> Answer:
    """Return what may stand at a place (0-based) of a file's text, which need not be whole."""
    places = take_apart(text, position)
    cursor = places.cursor
    assert cursor is not None
    noun = noun_of(path)
    answer = Answer(cursor.span.start, cursor.span.end)
    parts = parts_at(noun, cursor.path, places.tree)
    if cursor.is_name:
        answer.options = _names(source, path, places, cursor, parts)
        answer.end = _behind(text, cursor)
    elif any(names_of(part, "expression") for part in parts) and cursor.quoted and "\\" not in cursor.written:
        _expression(answer, source, path, places, cursor, position)
    else:
        answer.options = _values(source, path, places, cursor, parts)
        answer.end = _behind(text, cursor)
    said = (*cursor.path, cursor.written) if cursor.is_name and cursor.written else cursor.path
    answer.title, answer.help = _said(noun, said, places.tree)
    return answer


def _names(source: Source, path: str, places: Places, cursor: Cursor, parts: list[Schema]) -> list[Option]:
    noun, tree = noun_of(path), places.tree
    there = inside(tree, cursor.path)
    taken = set(there if isinstance(there, dict) else ()) - {cursor.written}
    behind = places.text[cursor.span.end + cursor.quoted :].lstrip()
    colon = "" if behind.startswith(":") else ": "

    def option(name: str, detail: str, info: str, kind: str) -> Option:
        written = json.dumps(name, ensure_ascii=False) + colon
        return Option(name, kind, detail, info, written[1:] if cursor.quoted else written)

    found = [
        option(name, *_said(noun, (*cursor.path, name), tree), PROPERTY)
        for name in members_at(parts)
        if name not in taken
    ]
    keys = named_at(_desk(source, path, tree), noun, (*cursor.path, NAME), tree) if _is_map(parts) else []
    return [*found, *(option(name, label, "", KEY) for name, label in keys if name not in taken)]


def _values(source: Source, path: str, places: Places, cursor: Cursor, parts: list[Schema]) -> list[Option]:
    noun, tree = noun_of(path), places.tree
    found = [(value, value_label(noun, plain(cursor.path), value), ENUM) for value in values_at(parts)]
    keys = named_at(_desk(source, path, tree), noun, cursor.path, tree)
    there = inside(tree, cursor.path[:-1])
    taken = set(map(str, there)) - {cursor.written} if isinstance(there, list) else set()
    found += [(key, label, KEY) for key, label in keys if key not in taken]
    return [
        Option(str(value) if isinstance(value, str) else json.dumps(value), kind, label, "", _written(value, cursor))
        for value, label, kind in found
        if isinstance(value, str) or not cursor.quoted
    ]


def _written(value: object, cursor: Cursor) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text[1:] if cursor.quoted else text


def _expression(answer: Answer, source: Source, path: str, places: Places, cursor: Cursor, position: int) -> None:
    """Complete within an expression, over the names of the form it reads."""
    desk = _desk(source, path, places.tree)
    form = form_read(noun_of(path), cursor.path, places.tree)
    if form not in desk.forms:
        return
    found = complete_expression(cursor.written, position - cursor.span.start, desk.scope(form))
    labels = {one["key"].text: _label(one["label"].value) for one in desk.forms[form]["fields"].items()}
    if found:
        answer.start, answer.end = cursor.span.start + found[0].start, cursor.span.start + found[0].end
    answer.options = [
        Option(one.text, one.kind, labels.get(one.text) or one.detail, one.doc, one.text) for one in found
    ]


def _label(value: object) -> str:
    return Label.of(value).pick(language())


def _behind(text: str, cursor: Cursor) -> int:
    """Return the end of what is replaced: with the closing quote, where there is one."""
    end = cursor.span.end
    return end + 1 if cursor.quoted and text[end : end + 1] == '"' else end


def _desk(source: Source, path: str, tree: Any) -> Desk:
    """Return the config with the file as far as it is written."""
    return Desk(with_file(source, path, tree) if isinstance(tree, dict) else source)


def _is_map(parts: list[Schema]) -> bool:
    return any(isinstance(part.get("additionalProperties"), dict) for part in parts)


def _said(noun: str, path: tuple[Step, ...], tree: Any) -> tuple[str, str]:
    """Return what a member is called and what is said about it."""
    if not plain(path):
        return "", ""
    holder = inside(tree, path[:2]) if noun == "form" and path[:1] == ("fields",) else None
    kind = str(holder.get("type", "")) if isinstance(holder, dict) else ""
    return property_label(noun, plain(path), kind), property_help(noun, plain(path), kind)
