"""Reading one JSON text that may be hostile: bounded, without repeated members, numbers and texts that can be stored."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from engine.config import limits
from engine.config.spot import Spot
from forms.text import forbidden
from rules.errors import N_, Fault

#: Possessive and with an optional end, so that it stays linear on a string that never ends.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


class _Members(dict[str, object]):
    """An object of the file which remembers the members that were written twice."""

    repeated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A number that cannot be kept."""

    text: str


def parse(data: bytes, file: str) -> tuple[object, list[Fault]]:
    """Return what a JSON file holds (None when it cannot be read at all) and everything wrong with it as JSON."""
    if len(data) > limits.FILE_BYTES:
        template = N_("The file has {size} bytes; at most {limit} are read.")
        return None, [Fault("json.size", template, {"size": len(data), "limit": limits.FILE_BYTES}, file=file)]
    text, fault = _decoded(data)
    if fault is None:
        fault = _too_deep(text)
    if fault is not None:
        return None, [fault.at(file=file)]
    try:
        content = json.loads(
            text, object_pairs_hook=_members, parse_int=_integer, parse_float=_float, parse_constant=_Unusable
        )
    except json.JSONDecodeError as error:
        return None, [_syntax(error).at(file=file)]
    return clean(content, file)


def _decoded(data: bytes) -> tuple[str, Fault | None]:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError:
        template = N_("The file is not written in UTF-8; save it as UTF-8.")
        if _is_gbk(data):
            template = N_("The file is not written in UTF-8 but, it seems, in GBK; save it as UTF-8.")
        return "", Fault("json.encoding", template)


def _is_gbk(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _too_deep(text: str) -> Fault | None:
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub('""', text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > limits.DEPTH:
            template = N_("Lists and objects stand inside each other more than {limit} deep.")
            return Fault("json.depth", template, {"limit": limits.DEPTH})
    return None


def _syntax(error: json.JSONDecodeError) -> Fault:
    at, reason = _reason(error.doc, error.pos, error.msg)
    line, column = error.doc.count("\n", 0, at) + 1, at - error.doc.rfind("\n", 0, at)
    template = N_("This is not JSON: {reason} (line {line}, column {column}).")
    return Fault("json.syntax", template, {"reason": reason, "line": line, "column": column}, column=column)


def _reason(text: str, at: int, said: str) -> tuple[int, str]:
    """Return where it goes wrong and why, in words of our own: Python's change with its version."""
    before = text[:at].rstrip()
    comma = len(before) - 1 if before.endswith(",") else at if text[at : at + 1] == "," else -1
    if comma >= 0 and text[comma + 1 :].lstrip()[:1] in {"}", "]"}:
        return comma, N_("a comma after the last item")
    if at >= len(text.rstrip()):
        return at, N_("the text ends too early")
    return at, next(
        (reason for start, reason in _REASONS.items() if said.startswith(start)), N_("something else was expected")
    )


#: How a message of Python's decoder begins -> the same for people.
_REASONS = {
    "Expecting property name": N_("the name of a member in double quotes was expected"),
    "Expecting value": N_("a value was expected"),
    "Expecting ','": N_("a comma was expected"),
    "Expecting ':'": N_("a colon was expected"),
    "Unterminated string": N_("a text begins here and does not end"),
    "Extra data": N_("something follows after the end"),
    "Invalid control character": N_("a text holds a line break or another control character"),
    "Invalid \\": N_("a backslash is followed by what it cannot stand before"),
}


def _members(pairs: list[tuple[str, object]]) -> _Members:
    found = _Members(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.repeated = tuple(name for name in found if names.count(name) > 1)
    return found


def _integer(text: str) -> object:
    return _Unusable(text) if len(text) > limits.DIGITS else _bounded(int(text), text)


def _float(text: str) -> object:
    return _Unusable(text) if len(text) > limits.DIGITS else _bounded(float(text), text)


def _bounded(number: float, text: str) -> object:
    return number if math.isfinite(number) and abs(number) <= limits.NUMBER else _Unusable(text)


def clean(content: object, file: str) -> tuple[object, list[Fault]]:
    """Return plain JSON values with texts in NFC, and what cannot be kept. The input may also come from Python."""
    cleaner = _Cleaner()
    try:
        return cleaner.clean(Spot(content, file), 0), cleaner.faults
    except _TooMuch as stopped:
        template = N_("The file holds too much: at most {limit} values, {items} in one list or object, {depth} deep.")
        facts = {"limit": limits.VALUES, "items": limits.ITEMS, "depth": limits.DEPTH}
        return None, [*cleaner.faults, Fault("json.values", template, facts, pointer=str(stopped), file=file)]


class _TooMuch(Exception):  # noqa: N818 - ends the walk, is no error of its own
    """The file holds more than anybody writes; the text says where."""


class _Cleaner:
    """Walks through one file once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._left = limits.VALUES

    def clean(self, spot: Spot, depth: int) -> object:
        self._left -= 1
        value = spot.value
        crowded = isinstance(value, dict | list | tuple) and len(value) > limits.ITEMS
        if self._left < 0 or depth > limits.DEPTH or crowded:
            raise _TooMuch(spot.pointer)
        if isinstance(value, str):
            return self._text(spot, value)
        if isinstance(value, dict):
            return dict(self._pairs(spot, value, depth))
        if isinstance(value, list | tuple):
            return [self.clean(Spot(item, spot.file, f"{spot.pointer}/{n}"), depth + 1) for n, item in enumerate(value)]
        return self._scalar(spot, value)

    def _pairs(self, spot: Spot, value: dict[object, object], depth: int) -> Iterator[tuple[str, object]]:
        for name in getattr(value, "repeated", ()):
            template = N_("“{name}” is written more than once here; only one can count.")
            self.faults.append(spot[name].fault("json.repeated", template, name=_shown(name)))
        for name, item in value.items():
            if not isinstance(name, str) or len(name) > limits.TEXT or forbidden(name, lines=False):
                self.faults.append(spot.fault("json.name", N_("A member has a name that cannot be kept.")))
                continue
            yield name, self.clean(Spot(item, spot.file, spot[name].pointer), depth + 1)

    def _text(self, spot: Spot, value: str) -> object:
        if len(value) > limits.TEXT:
            template = N_("The text has {length} characters; at most {limit} are kept.")
            self.faults.append(spot.fault("json.text", template, length=len(value), limit=limits.TEXT))
            return None
        if bad := forbidden(value):
            template = N_("The text holds a character that cannot be kept (U+{code}).")
            self.faults.append(spot.fault("json.character", template, code=f"{ord(bad):04X}"))
            return None
        return unicodedata.normalize("NFC", value)

    def _scalar(self, spot: Spot, value: object) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and abs(value) <= limits.NUMBER:
            return value
        text = value.text if isinstance(value, _Unusable) else _number_text(value)
        if text is None:
            self.faults.append(spot.fault("json.type", N_("This is no value of JSON.")))
        else:
            self.faults.append(spot.fault("json.number", N_("The number {text} cannot be kept."), text=_shown(text)))
        return None


def _number_text(value: object) -> str | None:
    if not isinstance(value, int | float):
        return None
    return str(value) if isinstance(value, float) else f"with {value.bit_length()} bits"


def _shown(text: str) -> str:
    kept = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:40])
    return kept if len(text) <= 40 else kept + "…"
