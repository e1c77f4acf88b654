"""Collects the faults of one expression, with a ceiling, and words them."""

from __future__ import annotations

from collections.abc import Iterable

from rules.errors import N_, Fault, Term
from rules.limits import MAX_FAULTS
from rules.similar import closest
from rules.tree import Node
from rules.types import Kind

#: What a value is called in a sentence.
KINDS: dict[Kind, str] = {
    Kind.NUMBER: N_("a number"),
    Kind.MONEY: N_("an amount of money"),
    Kind.TEXT: N_("a text"),
    Kind.YES_NO: N_("a condition"),
    Kind.DATE: N_("a date"),
    Kind.DATETIME: N_("a date with time"),
    Kind.CHOICE: N_("a choice"),
    Kind.CHOICES: N_("a choice of several"),
    Kind.REFERENCE: N_("a record"),
    Kind.REFERENCES: N_("several records"),
    Kind.PERSON: N_("a person"),
    Kind.PEOPLE: N_("several people"),
    Kind.LIST: N_("a list"),
    Kind.EMPTY: N_("the empty value"),
}
#: Guesses cost time, and after a few of them the text is not a slip of the pen.
_GUESSES = 8


class TooMany(Exception):  # noqa: N818 - ends the walk, is no error of its own
    """Enough faults were found."""


class Faults:
    """The faults found so far."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._guesses = 0

    def add(self, code: str, sentence: str, column: int, suggestion: str = "", **facts: object) -> None:
        """Note a fault; `sentence` is a marked template."""
        self.found.append(Fault(code, sentence, facts, column, suggestion=suggestion))
        if len(self.found) >= MAX_FAULTS:
            raise TooMany

    def last(self, code: str, sentence: str, column: int, **facts: object) -> None:
        """Note a fault that ends the walk."""
        self.found.append(Fault(code, sentence, facts, column))
        raise TooMany

    def clash(self, sentence: str, node: Node, code: str = "type_clash", suggestion: str = "", **facts: object) -> None:
        """Note that a value of the wrong kind stands somewhere; the sentence may name {kind}."""
        self.add(code, sentence, node.start + 1, suggestion, kind=self.kind(node), **facts)

    def kind(self, node: Node) -> Term:
        """Name the kind of a node."""
        return Term(KINDS[node.type.kind])

    def guess(self, word: str, known: Iterable[str]) -> str:
        """Guess what was meant."""
        self._guesses += 1
        return closest(word, known) if self._guesses <= _GUESSES else ""
