"""Faults of a file that is being typed, at the characters they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin.design.editor.places import Span, take_apart
from engine import design
from engine.config.parse import parse
from engine.design.files import with_file

if TYPE_CHECKING:
    from engine.config.source import Source
    from rules.errors import Fault

Marked = list[tuple[Span, "Fault"]]


def check(source: Source, path: str, text: str) -> Marked:
    """Return what is wrong with a file as it is typed, within the config in work, each with what to mark."""
    content, faults = parse(text.encode("utf-8", "surrogatepass"), path)
    if not isinstance(content, dict):
        return [(_syntax(text, fault), fault) for fault in faults]
    named = design.called(path, content)
    found = [*faults, *design.faults_of(with_file(source, path, content))]
    return marked(text, [fault for fault in found if fault.file in (path, named)])


def marked(text: str, faults: list[Fault]) -> Marked:
    """Return faults with what to mark of a text, from the top."""
    places = take_apart(text)
    found = {(fault.code, fault.pointer, fault.column): fault for fault in faults}
    rows = [(places.span(fault.pointer, fault.column), fault) for fault in found.values()]
    return sorted(rows, key=lambda row: row[0].start)


def line_of(text: str, span: Span) -> int:
    """Return the line, from 1, on which something stands."""
    return text.count("\n", 0, span.start) + 1


def _syntax(text: str, fault: Fault) -> Span:
    """Return the place at which a text stops being JSON."""
    line, column = (fault.facts.get(name) for name in ("line", "column"))
    if not isinstance(line, int) or not isinstance(column, int):
        return Span(0, 0)
    start = sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1
    start = min(start, max(0, len(text) - 1))
    return Span(start, min(start + 1, len(text)))
