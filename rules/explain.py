"""Says why: a tree of every part of an expression with its value, and what it was that was empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.calls import children
from rules.checked import Checked
from rules.errors import N_, Fault
from rules.nodes import NUMERIC
from rules.operators import finished
from rules.reference import evaluate_node
from rules.registry import FUNCTIONS
from rules.tree import Binary, Call, ListNode, Literal, Logic, Name, Node
from rules.types import Kind, Type


@dataclass(frozen=True, slots=True)
class Explanation:
    """One part of an expression. `path` is the name it stands for, when it is one."""

    text: str
    value: object
    type: Type
    children: tuple[Explanation, ...] = ()
    #: Why the value is empty: a sentence for the edge to translate.
    why_empty: Fault | None = None
    path: tuple[str, ...] = ()


def explain(checked: Checked, values: Mapping[str, object]) -> Explanation:
    """Return the explanation of an expression; parts that `and`, `or` and `if` would skip are looked at, too."""
    return _Explainer(checked, values).explain(checked.tree)


def failing(checked: Checked, values: Mapping[str, object]) -> list[Explanation]:
    """Return the clauses of an and-tree that are not met; nothing when the condition holds."""
    explainer = _Explainer(checked, values)
    clauses = [explainer.explain(c) for c in clauses_of(checked.tree)]
    return [c for c in clauses if not c.value]


def clauses_of(node: Node) -> list[Node]:
    """Return what an and-tree joins; a function that is short for an `and` stays one clause."""
    if not (isinstance(node, Logic) and node.op == "and") or _is_short(node):
        return [node]
    return [clause for item in node.items for clause in clauses_of(item)]


def _is_short(node: Logic) -> bool:
    return any((i.start, i.end) == (node.start, node.end) for i in node.items)


class _Explainer:
    def __init__(self, checked: Checked, values: Mapping[str, object]) -> None:
        self.checked, self.values = checked, values

    def explain(self, node: Node) -> Explanation:
        parts = self._parts(node)
        value = self._value(node)
        why = self._why(node, parts) if value is None and not isinstance(node, Literal) else None
        path = node.path if isinstance(node, Name) else ()
        return Explanation(self.checked.text[node.start : node.end], value, node.type, parts, why, path)

    def _parts(self, node: Node) -> tuple[Explanation, ...]:
        found: list[Explanation] = []
        for child in children(node):
            if isinstance(child, ListNode):
                found += self._parts(child)
            elif (child.start, child.end) == (node.start, node.end) and not isinstance(child, Name):
                found += self._parts(child)  # made by a function that is short for others: its parts are the call's
            elif not isinstance(child, Literal):
                found.append(self._named(child) if isinstance(child, Name) else self.explain(child))
        return tuple(f for n, f in enumerate(found) if not f.path or f.path not in {e.path for e in found[:n]})

    def _named(self, node: Name) -> Explanation:
        found = self.explain(node)
        text = ".".join(node.path)
        return Explanation(text, found.value, found.type, (), found.why_empty, node.path)

    def _value(self, node: Node) -> object:
        value = evaluate_node(node, self.values, self.checked.context)
        if node.type.kind is Kind.YES_NO and not isinstance(node, Name):
            return bool(value)
        return finished(value)

    def _why(self, node: Node, parts: tuple[Explanation, ...]) -> Fault:
        if isinstance(node, Name):
            return Fault("empty_name", N_("“{name}” is empty."), {"name": ".".join(node.path)})
        inner = next((p.why_empty for p in parts if p.why_empty), None)
        if inner is not None:
            return inner
        if any(isinstance(c, Literal) and c.value is None for c in children(node)):
            return Fault("empty_written", N_("The empty value is written here."))
        return self._own_reason(node)

    def _own_reason(self, node: Node) -> Fault:
        text = {"text": self.checked.text[node.start : node.end]}
        if isinstance(node, Binary) and node.op in {"/", "//", "%"}:
            divisor = self.checked.text[node.right.start : node.right.end]
            if not self._value(node.right):
                return Fault(
                    "divided_by_zero", N_("“{divisor}” is 0, and nothing can be divided by 0."), {"divisor": divisor}
                )
        if isinstance(node, Call) and FUNCTIONS[node.function].group == "dates" and "workday" in node.function:
            return Fault("calendar_years", N_("A date lies outside the years the calendar of working days covers."))
        if isinstance(node, Call):
            return Fault("no_result", N_("“{text}” has no result for these values."), text)
        if node.type.kind in NUMERIC:
            return Fault("too_large", N_("The result is larger than 1,000,000,000,000,000."), text)
        return Fault("empty", N_("“{text}” is empty."), text)
