"""Where things stand in a JSON text that somebody is typing: it need not be whole, and what can be read of it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from engine.config.spot import escaped

Step = str | int
_TOKENS = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|[{}\[\]:,]|[^\s{}\[\]:,"]+')


@dataclass(frozen=True)
class Span:
    """Characters of the text, from the first to behind the last."""

    start: int
    end: int


@dataclass
class _Frame:
    """An object or a list that is open; `wants` is what comes next in it."""

    path: tuple[Step, ...]
    value: Any
    wants: str = "item"
    name: str = ""


@dataclass(frozen=True)
class Cursor:
    """What is being written: a name in the object at `path`, or the value at `path`; `span` is what it replaces."""

    path: tuple[Step, ...]
    is_name: bool
    span: Span
    #: Within double quotes; `span` is what stands between them.
    quoted: bool
    #: What `span` holds.
    written: str


@dataclass
class Places:
    """A text taken apart: `tree` is its value as far as it goes, spans are kept by JSON pointer."""

    text: str
    tree: Any = None
    values: dict[str, Span] = field(default_factory=dict)
    names: dict[str, Span] = field(default_factory=dict)
    cursor: Cursor | None = None

    def span(self, pointer: str, column: int = 0) -> Span:
        """Return what to mark for a fault: a column of a text, a plain value, or the name or first line of more."""
        while pointer not in self.values and pointer:
            pointer = pointer.rpartition("/")[0]
        found = self.values.get(pointer, Span(0, 0))
        raw = self.text[found.start : found.end]
        if raw.startswith('"') and column and "\\" not in raw:
            start = min(found.start + column, max(found.start, found.end - 1))
            return Span(start, min(start + 1, found.end))
        if raw.startswith(("{", "[")):
            line = self.text.find("\n", found.start)
            return self.names.get(pointer) or Span(found.start, min(found.end, line if line >= 0 else found.end))
        return found


def take_apart(text: str, position: int = -1) -> Places:
    """Take a text apart; with a position (0 or more) also say what is being written there."""
    work = _Reader(Places(text), position)
    for word in _TOKENS.finditer(text):
        work.read(word[0], word.start(), word.end())
    work.finish()
    return work.found


class _Reader:
    """Reads word by word; what stands at a wrong place is passed over."""

    def __init__(self, found: Places, position: int) -> None:
        self.found, self.position = found, position
        self.open: list[_Frame] = []

    def read(self, word: str, start: int, end: int) -> None:
        """Take the next word."""
        self._look(word, start, end)
        if word in "{[":
            self._opened({} if word == "{" else [], start)
        elif word in "}]":
            self._closed(end)
        elif word == ":" and self.open:
            self.open[-1].wants = "value"
        elif word == "," and self.open:
            self.open[-1].wants = "item"
        elif word not in ":,":
            self._scalar(word, start, end)

    def finish(self) -> None:
        """Close what is open at the end."""
        end = len(self.found.text)
        if self.found.cursor is None and self.position >= 0:
            self._note(Span(self.position, self.position), quoted=False)
        while self.open:
            self._closed(end)

    def _look(self, word: str, start: int, end: int) -> None:
        """Notice the cursor in this word or before it."""
        at = self.position
        if self.found.cursor is not None or at < 0 or at > end:
            return
        if word.startswith('"') and start < at:
            closed = len(word) > 1 and word.endswith('"') and not word.endswith('\\"')
            inner = Span(start + 1, end - closed)
            if at <= inner.end:
                self._note(inner, quoted=True)
        elif at <= start and not (at == start and word not in "{}[]:,"):
            self._note(Span(at, at), quoted=False)
        elif word not in "{}[]:," and not word.startswith('"'):
            self._note(Span(start, end), quoted=False)

    def _note(self, span: Span, *, quoted: bool) -> None:
        frame = self.open[-1] if self.open else None
        is_name = frame is not None and isinstance(frame.value, dict) and frame.wants != "value"
        path = () if frame is None else frame.path if is_name else self._path()
        self.found.cursor = Cursor(path, is_name, span, quoted, self.found.text[span.start : span.end])

    def _path(self) -> tuple[Step, ...]:
        """Return the path of the next value."""
        if not self.open:
            return ()
        frame = self.open[-1]
        return (*frame.path, frame.name if isinstance(frame.value, dict) else len(frame.value))

    def _scalar(self, word: str, start: int, end: int) -> None:
        frame = self.open[-1] if self.open else None
        if frame is not None and isinstance(frame.value, dict) and frame.wants != "value":
            frame.name, frame.wants = str(_value(word)), "colon"
            self.found.names[pointer_of((*frame.path, frame.name))] = Span(start, end)
            return
        self._put(_value(word), start, end)

    def _put(self, value: object, start: int, end: int) -> None:
        path = self._path()
        self.found.values[pointer_of(path)] = Span(start, end)
        if not self.open:
            self.found.tree = value if self.found.tree is None else self.found.tree
            return
        frame = self.open[-1]
        if isinstance(frame.value, dict):
            frame.value[frame.name] = value
        else:
            frame.value.append(value)
        frame.wants = "comma"

    def _opened(self, value: object, start: int) -> None:
        path = self._path()
        self._put(value, start, start + 1)
        self.open.append(_Frame(path, value))

    def _closed(self, end: int) -> None:
        if self.open:
            pointer = pointer_of(self.open.pop().path)
            self.found.values[pointer] = Span(self.found.values[pointer].start, end)


def pointer_of(path: tuple[Step, ...]) -> str:
    """Return a path as a JSON pointer."""
    return "".join(f"/{escaped(step)}" for step in path)


def from_browser(text: str, position: int) -> int:
    """Return a place in a text that a browser counts in units of UTF-16; past the end is the end."""
    at = max(0, position)
    if text.isascii():
        return min(at, len(text))
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * at].decode("utf-16-le", "replace"))


def to_browser(text: str, position: int) -> int:
    """Return a place in a text as a browser counts it."""
    return len(text[:position].encode("utf-16-le", "surrogatepass")) // 2


def plain(path: tuple[Step, ...]) -> tuple[str, ...]:
    """Return a path without the places in lists."""
    return tuple(step for step in path if isinstance(step, str))


def inside(value: Any, path: tuple[Step, ...]) -> Any:
    """Return what stands at a path of a value; None for nothing."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _value(word: str) -> object:
    whole = word if not word.startswith('"') or (len(word) > 1 and word.endswith('"')) else word + '"'
    try:
        return json.loads(whole)
    except ValueError:
        return word.strip('"')
