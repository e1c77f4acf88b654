"""Parts of an expression that are the same for every record: evaluated once in Python, bound as parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.checked import Checked
from rules.tree import Binary, Call, Compare, IfElse, ListNode, Literal, Logic, Name, Node, Unary


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Logic(items=items) | ListNode(items=items):
            return items
        case Call(args=args):
            return args
        case IfElse(condition=condition, then=then, otherwise=other):
            return (condition, then, other)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def reads_of(node: Node) -> frozenset[tuple[str, ...]]:
    """Return the paths a node reads."""
    return frozenset(part.path for part in walk(node) if isinstance(part, Name))


class Constants:
    """Knows which nodes of one expression are constant for a source, and their values."""

    def __init__(self, checked: Checked, values: Mapping[str, object]) -> None:
        self.checked, self.values = checked, values
        self._covered: dict[int, bool] = {}
        self._found: dict[int, object] = {}

    def covers(self, node: Node) -> bool:
        """Tell whether a node is the same for every record."""
        known = self._covered.get(id(node))
        if known is None:
            known = self._covered[id(node)] = self._is_constant(node)
        return known

    def value(self, node: Node) -> object:
        """Return the value of a constant node, as the evaluators of rules/ see it."""
        if isinstance(node, Literal):
            return node.value
        if id(node) not in self._found:
            self._found[id(node)] = self.evaluate(node, {})
        return self._found[id(node)]

    def evaluate(self, node: Node, values: Mapping[str, object]) -> object:
        """Evaluate a node in Python, with some more names than the constants."""
        from rules.compiled import compiled

        text = self.checked.text[node.start : node.end]
        return compiled(Checked(text, node, node.type, reads_of(node), self.checked.context))({**self.values, **values})

    def _is_constant(self, node: Node) -> bool:
        if isinstance(node, Name):
            return ".".join(node.path) in self.values
        return all(self.covers(child) for child in children(node))
