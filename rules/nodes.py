"""Makes typed nodes: the one place that knows what each operation yields and when that may be empty."""

from __future__ import annotations

from datetime import date

from rules.tree import Binary, Call, Compare, IfElse, Literal, Logic, Name, Node, Unary
from rules.types import DATE, NUMBER, PERSON, TEXT, YES_NO, Kind, Type

#: Kinds that calculate.
NUMERIC = frozenset({Kind.NUMBER, Kind.MONEY})
#: Kinds whose values are texts.
TEXTUAL = frozenset({Kind.TEXT, Kind.CHOICE})

SURE_NUMBER = NUMBER.never_empty()
_SURE_DATE, _SURE_PERSON = DATE.never_empty(), PERSON.never_empty()
_EMPTY = Type(Kind.EMPTY)
_LITERALS: dict[type, Type] = {
    bool: YES_NO,
    int: SURE_NUMBER,
    float: SURE_NUMBER,
    str: TEXT.never_empty(),
    date: DATE.never_empty(),
}


def literal(value: object, start: int, end: int) -> Literal:
    """Return a literal; None and the empty text are the one empty value."""
    if value is None or value == "":
        return Literal(_EMPTY, start, end, None)
    return Literal(_LITERALS[type(value)], start, end, value)


def negative(operand: Node, start: int, end: int) -> Node:
    """Return `-x`; minus before a written number makes a negative number."""
    if isinstance(operand, Literal) and isinstance(operand.value, int | float):
        return Literal(operand.type, start, end, -operand.value)
    return Unary(Type(Kind.NUMBER, operand.type.nullable), start, end, "-", operand)


def may_be_zero(node: Node) -> bool:
    """Tell whether a divisor can be zero as far as the text shows."""
    return not (isinstance(node, Literal) and bool(node.value))


def binary(op: str, left: Node, right: Node, start: int, end: int) -> Node:
    """Return an arithmetic node; only division by something that may be 0 adds emptiness of its own."""
    nullable = left.type.nullable or right.type.nullable or (op in {"/", "//", "%"} and may_be_zero(right))
    return Binary(NUMBER if nullable else SURE_NUMBER, start, end, op, left, right)


def compare(op: str, left: Node, right: Node, start: int, end: int) -> Node:
    """Return a comparison."""
    return Compare(YES_NO, start, end, op, left, right)


def logic(op: str, items: tuple[Node, ...], start: int, end: int) -> Node:
    """Return `and` / `or`."""
    return Logic(YES_NO, start, end, op, items)


def negation(operand: Node, start: int, end: int) -> Node:
    """Return `not x`."""
    return Unary(YES_NO, start, end, "not", operand)


def either(condition: Node, then: Node, otherwise: Node, merged: Type, start: int, end: int) -> Node:
    """Return `then if condition else otherwise`."""
    return IfElse(merged, start, end, condition, then, otherwise)


def merge(left: Type, right: Type) -> Type | None:
    """Return the type of a value that is one or the other, or None when they do not go together."""
    nullable = left.nullable or right.nullable
    if left.kind is Kind.EMPTY or right.kind is Kind.EMPTY:
        other = right if left.kind is Kind.EMPTY else left
        kind = Kind.NUMBER if other.kind is Kind.MONEY else other.kind
        return Type(kind, True, other.options, other.form, other.scale, other.item)
    if left.kind in NUMERIC and right.kind in NUMERIC:
        return Type(Kind.NUMBER, nullable)
    if left.kind in TEXTUAL and right.kind in TEXTUAL:
        same = left.kind is right.kind is Kind.CHOICE and left.options == right.options
        return Type(Kind.CHOICE, nullable, left.options) if same else Type(Kind.TEXT, nullable)
    if left.kind is right.kind and left.form == right.form:
        return Type(left.kind, nullable, left.options, left.form, left.scale, left.item)
    return None


class Maker:
    """Makes nodes that all stand for one call in the text, for functions that are short for other expressions."""

    def __init__(self, start: int, end: int, reads: set[tuple[str, ...]]) -> None:
        self.start, self.end, self.reads = start, end, reads

    def number(self, value: float) -> Node:
        """Return a written number."""
        return literal(value, self.start, self.end)

    def today(self) -> Node:
        """Return the name `today`."""
        return self._name(_SURE_DATE, ("today",))

    def me(self) -> Node:
        """Return the name `me`."""
        return self._name(_SURE_PERSON, ("me",))

    def mine(self, key: str, type_: Type) -> Node:
        """Return what follows the dot behind `me`."""
        return self._name(type_, ("me", key))

    def part(self, person: Node, key: str, kind: Type) -> Node:
        """Return what follows the dot behind a person's name."""
        assert isinstance(person, Name)
        return self._name(kind, (*person.path, key))

    def _name(self, type_: Type, path: tuple[str, ...]) -> Name:
        self.reads.add(path)
        return Name(type_, self.start, self.end, path)

    def calculate(self, left: Node, op: str, right: Node) -> Node:
        """Return an arithmetic node."""
        return binary(op, left, right, self.start, self.end)

    def compare(self, left: Node, op: str, right: Node) -> Node:
        """Return a comparison."""
        return compare(op, left, right, self.start, self.end)

    def both(self, *items: Node) -> Node:
        """Return an `and`."""
        return logic("and", items, self.start, self.end)

    def any(self, *items: Node) -> Node:
        """Return an `or`."""
        return logic("or", items, self.start, self.end)

    def opposite(self, item: Node) -> Node:
        """Return a `not`."""
        return negation(item, self.start, self.end)

    def call(self, function: str, result: Type, *args: Node) -> Node:
        """Return a call of a function that every evaluator knows."""
        return Call(result, self.start, self.end, function, args)
