"""Parts of an expression that are the same for every record: evaluated once in Python, bound as parameters."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from rules.calls import children
from rules.checked import Checked
from rules.compiled import compiled
from rules.reference import evaluate_node
from rules.tree import Literal, Name, Node
from rules.types import Kind


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
        """Return the value of a constant node, as the evaluators of rules/ see it inside an expression."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Name):
            return self.values[".".join(node.path)]
        if id(node) not in self._found:
            found = evaluate_node(node, self.values, self.checked.context)
            sure = node.type.kind is Kind.YES_NO and not node.type.nullable
            self._found[id(node)] = bool(found) if sure else found
        return self._found[id(node)]

    def condition(self, key: Hashable, make: Callable[[], Node]) -> Callable[[Mapping[str, Any]], Any]:
        """Return the compiled evaluator of a condition about this expression, made once and kept with it."""
        kept: dict[Hashable, Checked] = self.checked.__dict__.setdefault("_conditions", {})
        if key not in kept:
            node = make()
            kept[key] = Checked(self.checked.text, node, node.type, reads_of(node), self.checked.context)
        return compiled(kept[key])

    def _is_constant(self, node: Node) -> bool:
        if isinstance(node, Name):
            return ".".join(node.path) in self.values
        return all(self.covers(child) for child in children(node))
