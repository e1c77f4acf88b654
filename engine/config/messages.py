"""Messages: texts in which `{expression}` stands for the value of an expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.config.defs import MessagePart
from engine.config.desk import Desk
from engine.config.spot import Spot
from rules.errors import N_, Fault
from rules.scope import Scope


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain text, or an expression and where it begins (0-based)."""

    text: str
    start: int = -1

    @property
    def is_expression(self) -> bool:
        """Tell whether this is an insert."""
        return self.start >= 0


def pieces(text: str) -> Iterator[Piece]:
    """Cut a message into its pieces; ValueError (with the column) for braces that do not match."""
    at = 0
    while (start := text.find("{", at)) >= 0:
        if (stray := text.find("}", at, start)) >= 0:
            raise ValueError(stray + 1)
        if start > at:
            yield Piece(text[at:start])
        end = _end(text, start + 1)
        if end < 0:
            raise ValueError(start + 1)
        yield Piece(text[start + 1 : end], start + 1)
        at = end + 1
    if (stray := text.find("}", at)) >= 0:
        raise ValueError(stray + 1)
    if at < len(text):
        yield Piece(text[at:])


def _end(text: str, at: int) -> int:
    """Return where the closing brace stands; braces inside quotation marks do not count."""
    quote = ""
    for index in range(at, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "{}":
            return index if char == "}" else -1
    return -1


def parts_of(desk: Desk, spot: Spot, scope: Scope) -> tuple[MessagePart, ...]:
    """Check one text of a message and return its parts; faults are noted."""
    found: list[MessagePart] = []
    try:
        for piece in pieces(spot.text):
            if not piece.is_expression:
                found.append(MessagePart(piece.text))
            elif not piece.text.strip():
                desk.add(_placed(spot, piece.start, N_("There is nothing between these braces.")))
            else:
                checked = desk.text(spot, piece.text, scope, None, piece.start)
                found.append(MessagePart(expression=checked))
    except ValueError as error:
        desk.add(_placed(spot, int(str(error)), N_("A brace here has no partner; an insert is written {expression}.")))
    return tuple(found)


def _placed(spot: Spot, column: int, template: str) -> Fault:
    return replace(spot.fault("message.braces", template, expression="{expression}"), column=column)


def texts_of(label: Spot) -> Iterator[tuple[str, Spot]]:
    """Go through the languages of a label; a text alone has the language ''."""
    if label.text:
        yield "", label
    else:
        yield from label.members()
