"""The checked tree: typed, frozen nodes without anything of Python's own syntax tree left in them."""

from __future__ import annotations

from dataclasses import dataclass

from rules.types import Kind, Type


@dataclass(frozen=True, slots=True)
class Node:
    """A typed node; `start` and `end` are 0-based offsets of its text in the expression."""

    type: Type
    start: int
    end: int


#: Stands where a part is not given; no checked tree holds it.
MISSING = Node(Type(Kind.EMPTY), 0, 0)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, text, yes/no, date, None, or (as `items` of a ListNode) one of many."""

    value: object = None


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    """A literal list: right of `in`, or a function's argument."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name or a dotted reference: `path` is `("customer", "region")`."""

    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x` or `not x`."""

    op: str = ""
    operand: Node = MISSING


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic: `+ - * / // %` (also text + text is refused: use concat)."""

    op: str = ""
    left: Node = MISSING
    right: Node = MISSING


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """One comparison: `== != < <= > >= in not in`."""

    op: str = ""
    left: Node = MISSING
    right: Node = MISSING


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` / `or` over two or more conditions."""

    op: str = ""
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class IfElse(Node):
    """`then if condition else otherwise`."""

    condition: Node = MISSING
    then: Node = MISSING
    otherwise: Node = MISSING


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A registered function with its arguments."""

    function: str = ""
    args: tuple[Node, ...] = ()
