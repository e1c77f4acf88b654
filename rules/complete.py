"""Completes an expression at a cursor: names, parts behind a dot, options in quotes, functions with their signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.calls import PERIODS
from rules.errors import Term
from rules.faults import KINDS
from rules.registry import FUNCTIONS, Function
from rules.scope import Scope
from rules.types import Kind, Type

#: So many proposals at most; the editor filters further as one types.
_MOST = 200
#: Characters before a quote that tell what is compared with it.
_LOOKED_BACK = 300
_WORDS = ("and", "or", "not", "in", "if", "else", "True", "False", "None")
_PATH = re.compile(r"(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?$")
_OPEN_TEXT = re.compile(r"(?:[^'\"]|'[^']*'|\"[^\"]*\")*+(['\"])(?P<typed>[^'\"]*)$")
_COMPARED = re.compile(r"(?P<path>[\w.]+)\s*(?:==|!=|(?:not\s+)?in\s*[\[(](?:[^\])]*,)?)\s*$")
_ARGUMENT = re.compile(r"(?:contains|includes|excludes|any_of|all_of|none_of)\(\s*(?P<path>[\w.]+)\s*,\s*\[?[^\]]*$")
_PERIOD = re.compile(r"(?:start_of|end_of)\([^()]*(?:\([^()]*\)[^()]*)*,\s*$")


@dataclass(frozen=True, slots=True)
class Completion:
    """One proposal: `text` replaces the characters from `start` to `end`; `detail` is its type or signature."""

    text: str
    kind: str  # name, function, option, word
    detail: str = ""
    doc: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """The call the cursor stands in."""

    function: str
    signatures: tuple[str, ...]
    argument: int
    doc: str


def complete(text: str, cursor: int, scope: Scope) -> list[Completion]:
    """Return what may stand at a cursor (0-based), best first."""
    before = text[: max(0, min(cursor, len(text)))]
    quoted = _OPEN_TEXT.fullmatch(before)
    if quoted is not None:
        start = quoted.start("typed")
        return _fitting(_options(before[: start - 1], scope), quoted["typed"], start, cursor)
    found = _PATH.search(before)
    path = found[0].split(".") if found else [""]
    typed = path[-1]
    start = len(before) - len(typed)
    if len(path) > 1:
        return _fitting(_names(scope, tuple(path[:-1])), typed, start, cursor)
    return _fitting([*_names(scope, ()), *_functions(), *_words()], typed, start, cursor)


def usage(text: str, cursor: int) -> Usage | None:
    """Return the function whose brackets the cursor stands in, for a signature hint."""
    depth, argument = 0, 0
    for at in range(min(cursor, len(text)) - 1, -1, -1):
        char = text[at]
        if char in ")]":
            depth += 1
        elif char in "([" and depth:
            depth -= 1
        elif char == "," and not depth:
            argument += 1
        elif char == "(":
            return _usage(text[:at], argument)
        elif char == "[":
            argument = 0
    return None


def _usage(before: str, argument: int) -> Usage | None:
    found = re.search(r"[^\W\d]\w*$", before)
    function = FUNCTIONS.get(found[0]) if found else None
    if function is None:
        return None
    return Usage(function.name, tuple(s.text for s in function.signatures), argument, function.sentence)


def _fitting(proposals: Iterable[Completion], typed: str, start: int, end: int) -> list[Completion]:
    wanted = typed.casefold()
    ranked = sorted(
        (p for p in proposals if wanted in p.text.casefold()), key=lambda p: not p.text.casefold().startswith(wanted)
    )
    return [Completion(p.text, p.kind, p.detail, p.doc, start, end) for p in ranked[:_MOST]]


def _names(scope: Scope, path: tuple[str, ...]) -> Iterator[Completion]:
    for name, type_ in scope.names(path).items():
        yield Completion(name, "name", _detail(type_))


def _detail(type_: Type) -> str:
    return Term(KINDS[type_.kind])


def _functions() -> Iterator[Completion]:
    for function in FUNCTIONS.values():
        yield Completion(f"{function.name}(", "function", function.signatures[0].text, _doc(function))


def _doc(function: Function) -> str:
    return "\n".join([function.sentence, *(f"{call} → {value}" for call, value in function.examples)])


def _words() -> Iterator[Completion]:
    return (Completion(word, "word") for word in _WORDS)


def _options(before: str, scope: Scope) -> list[Completion]:
    before = before[-_LOOKED_BACK:]
    if _PERIOD.search(before):
        return [Completion(p, "option") for p in PERIODS]
    found = _COMPARED.search(before) or _ARGUMENT.search(before)
    type_ = scope.resolve(tuple(found["path"].split("."))) if found else None
    if type_ is None or type_.kind not in {Kind.CHOICE, Kind.CHOICES}:
        return []
    return [Completion(option, "option") for option in type_.options]
