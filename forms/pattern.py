r"""Patterns of text fields: the everyday part of regular expressions, matched in time linear in the text.

Python's own `re` backtracks: one bad pattern in a config could stop the house. Here a pattern becomes a small automaton.
Supported: literals, `.`, `[a-z]` and `[^…]`, `\d \w \s` and escapes, `? * + {m} {m,n} {m,}`, groups and `|`. It always matches the whole text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rules.errors import N_

#: More states than this is a bomb, not a pattern.
MOST_STATES = 4000
MOST_DEPTH = 20
_Test = Callable[[str], bool]
_CLASSES: dict[str, _Test] = {
    "d": lambda c: "0" <= c <= "9",
    "w": lambda c: c.isalnum() or c == "_",
    "s": str.isspace,
    "D": lambda c: not "0" <= c <= "9",
    "W": lambda c: not (c.isalnum() or c == "_"),
    "S": lambda c: not c.isspace(),
}


class PatternError(ValueError):
    """The pattern cannot be read; the text says why, `column` (1-based) where."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(slots=True)
class _State:
    """A state: `test` leads to `out[0]` by one character; without a test all of `out` are reached for nothing."""

    test: _Test | None = None
    out: list[int] = field(default_factory=list)


#: A piece of the automaton under construction, made anew for every repetition.
_Piece = Callable[["Pattern", int], int]


class Pattern:
    """A compiled pattern. `_Piece(pattern, next) -> start` builds the states backwards from what follows."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._states: list[_State] = [_State()]
        reader = _Reader(text)
        piece = reader.alternatives(0)
        if reader.at < len(text):
            raise PatternError(N_("a ) without its ("), reader.at + 1)
        self._start = piece(self, 0)

    def matches(self, text: str) -> bool:
        """Tell whether the whole text fits the pattern."""
        current = self._closure({self._start})
        for char in text:
            following = {s.out[0] for n in current if (s := self._states[n]).test is not None and s.test(char)}
            current = self._closure(following)
            if not current:
                return False
        return 0 in current

    def _closure(self, numbers: set[int]) -> set[int]:
        reached, waiting = set(numbers), list(numbers)
        while waiting:
            state = self._states[waiting.pop()]
            fresh = [n for n in state.out if n not in reached] if state.test is None else []
            reached.update(fresh)
            waiting.extend(fresh)
        return reached

    def add(self, test: _Test | None, *out: int) -> int:
        """Add a state and return its number."""
        if len(self._states) >= MOST_STATES:
            raise PatternError(N_("the pattern repeats too much"), 1)
        self._states.append(_State(test, list(out)))
        return len(self._states) - 1

    def link(self, number: int, *out: int) -> None:
        """Set where a state leads."""
        self._states[number].out[:] = out


@dataclass(slots=True)
class _Reader:
    """Reads a pattern from left to right into pieces."""

    text: str
    at: int = 0

    def alternatives(self, depth: int) -> _Piece:
        if depth > MOST_DEPTH:
            raise PatternError(N_("groups are nested too deeply"), self.at + 1)
        choices = [self._sequence(depth)]
        while self._take("|"):
            choices.append(self._sequence(depth))
        return choices[0] if len(choices) == 1 else _either(choices)

    def _sequence(self, depth: int) -> _Piece:
        items: list[_Piece] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self._repeated(self._atom(depth)))
        return _sequence(items)

    def _atom(self, depth: int) -> _Piece:
        char = self._next()
        if char == "(":
            if self._take("?") and not self._take(":"):
                raise PatternError(N_("only plain groups ( ) are understood"), self.at)
            inner = self.alternatives(depth + 1)
            if not self._take(")"):
                raise PatternError(N_("a ( without its )"), self.at + 1)
            return inner
        if char in "*+?{":
            raise PatternError(N_("there is nothing here to repeat"), self.at)
        if char in "^$":
            raise PatternError(N_("the whole text is always matched: leave out ^ and $"), self.at)
        return _one(self._test(char))

    def _test(self, char: str) -> _Test:
        if char == "[":
            return self._set()
        if char == ".":
            return lambda _: True
        return self._escape() if char == "\\" else char.__eq__

    def _escape(self) -> _Test:
        char = self._next()
        if char.isalnum() and char not in _CLASSES:
            raise PatternError(N_("this backslash is not understood"), self.at)
        return _CLASSES.get(char) or char.__eq__

    def _set(self) -> _Test:
        negated = self._take("^")
        tests: list[_Test] = []
        first = True
        while first or not self._take("]"):
            tests.append(self._range())
            first = False
        return (lambda c: not any(t(c) for t in tests)) if negated else (lambda c: any(t(c) for t in tests))

    def _range(self) -> _Test:
        low = self._next()
        if low == "\\":
            return self._escape()
        if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in {"]", ""}:
            self.at += 1
            high = self._next()
            if high < low:
                raise PatternError(N_("this range runs backwards"), self.at)
            return lambda c: low <= c <= high
        return low.__eq__

    def _repeated(self, piece: _Piece) -> _Piece:
        char = self.text[self.at : self.at + 1]
        counts = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        if char in counts:
            self.at += 1
            return _repeat(piece, *counts[char])
        return _repeat(piece, *self._braces()) if char == "{" else piece

    def _braces(self) -> tuple[int, int | None]:
        start, end = self.at, self.text.find("}", self.at)
        low, comma, high = self.text[start + 1 : max(end, start)].partition(",")
        self.at = end + 1
        valid = (
            low.isascii()
            and low.isdigit()
            and (not high or (high.isascii() and high.isdigit()))
            and len(low + high) <= 8
        )
        if end < 0 or not valid or (high and int(high) < int(low)):
            raise PatternError(N_("write {2}, {2,} or {2,5}"), start + 1)
        return int(low), int(high) if high else (None if comma else int(low))

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise PatternError(N_("the pattern ends too early"), len(self.text))
        self.at += 1
        return self.text[self.at - 1]

    def _take(self, char: str) -> bool:
        if self.text[self.at : self.at + 1] != char:
            return False
        self.at += 1
        return True


def _one(test: _Test) -> _Piece:
    return lambda pattern, after: pattern.add(test, after)


def _sequence(items: list[_Piece]) -> _Piece:
    def build(pattern: Pattern, after: int) -> int:
        for item in reversed(items):
            after = item(pattern, after)
        return after

    return build


def _either(choices: list[_Piece]) -> _Piece:
    return lambda pattern, after: pattern.add(None, *[choice(pattern, after) for choice in choices])


def _repeat(piece: _Piece, low: int, high: int | None) -> _Piece:
    def build(pattern: Pattern, after: int) -> int:
        if high is None:
            loop = pattern.add(None)
            pattern.link(loop, piece(pattern, loop), after)
            after = loop
        else:
            for _ in range(high - low):
                after = pattern.add(None, piece(pattern, after), after)
        for _ in range(low):
            after = piece(pattern, after)
        return after

    return build
