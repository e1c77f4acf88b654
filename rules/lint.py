"""Says what is suspicious or slow about an expression, without blocking it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

from rules.calls import children
from rules.checked import Checked
from rules.errors import N_, Fault
from rules.explain import clauses_of
from rules.intervals import contradicts
from rules.nodes import may_be_zero
from rules.reference import evaluate_node
from rules.registry import FUNCTIONS
from rules.tree import Binary, Call, Compare, IfElse, ListNode, Literal, Logic, Name, Node, Unary
from rules.types import Kind

#: So many combinations of options are tried out at most.
_MOST_COMBINATIONS = 300
_DISCRETE = {Kind.CHOICE, Kind.YES_NO}


def lint(checked: Checked, *, on_sets: bool = False) -> list[Fault]:
    """Return warnings about an expression.

    `on_sets`: it filters or measures many records (alerts, measures, permissions), so it matters what a database can do.
    """
    tree = checked.tree
    found = [*_constant(checked), *_itself(tree), *_never_empty(tree), *_divisors(checked), *_repeated(checked)]
    if on_sets:
        found += [*_no_sql(tree), *_no_index(tree)]
    return list({(f.code, f.column, f.text): f for f in found}.values())


def unused(declared: Iterable[str], expressions: Iterable[Checked]) -> list[str]:
    """Return the declared names (measures) that no expression reads."""
    read = {".".join(path) for checked in expressions for path in checked.reads}
    return [name for name in declared if name not in read and not any(r.startswith(f"{name}.") for r in read)]


def _warn(code: str, sentence: str, node: Node, **facts: object) -> Fault:
    return Fault(code, sentence, facts, node.start + 1, level="warning")


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def _text(checked: Checked, node: Node) -> str:
    return checked.text[node.start : node.end]


# -- always, never ----------------------------------------------------------------------------------------------------


def _constant(checked: Checked) -> list[Fault]:
    """Find the largest conditions that come out the same whatever the record holds."""
    found: list[Fault] = []
    open_nodes = [checked.tree]
    while open_nodes:
        node = open_nodes.pop()
        outcome = _outcome(checked, node) if _is_condition(node) else None
        if outcome is None:
            open_nodes += children(node)
        elif outcome:
            found.append(_warn("always_true", N_("“{text}” is always true."), node, text=_text(checked, node)))
        else:
            found.append(_warn("never_true", N_("“{text}” is never true."), node, text=_text(checked, node)))
    return found


def _is_condition(node: Node) -> bool:
    return node.type.kind is Kind.YES_NO and isinstance(node, Logic | Compare | Unary | Call)


def _outcome(checked: Checked, node: Node) -> bool | None:
    if isinstance(node, Logic) and node.op == "and" and contradicts(clauses_of(node)):
        return False
    names = {n.path: n for n in walk(node) if isinstance(n, Name)}
    if any(n.type.kind not in _DISCRETE for n in names.values()) or _asks_who(node):
        return None
    sides = [_possible(n) for n in names.values()]
    total = 1
    for side in sides:
        total *= len(side)
    if total > _MOST_COMBINATIONS:
        return None
    keys = [".".join(path) for path in names]
    seen = {bool(evaluate_node(node, dict(zip(keys, v, strict=True)), checked.context)) for v in product(*sides)}
    return seen.pop() if len(seen) == 1 else None


def _possible(name: Name) -> list[object]:
    values: list[object] = [True, False] if name.type.kind is Kind.YES_NO else list(name.type.options)
    return [*values, None] if name.type.nullable else values


def _asks_who(node: Node) -> bool:
    return any(isinstance(n, Call) and FUNCTIONS[n.function].reads for n in walk(node))


# -- slips ------------------------------------------------------------------------------------------------------------


def bare(node: Node) -> Node:
    """Return a tree without positions, to tell whether two parts say the same."""
    parts = {}
    for name in ("operand", "left", "right", "condition", "then", "otherwise"):
        if hasattr(node, name):
            parts[name] = bare(getattr(node, name))
    for name in ("items", "args"):
        if hasattr(node, name):
            parts[name] = tuple(bare(n) for n in getattr(node, name))  # type: ignore[assignment]  # a tuple of nodes
    return replace(node, start=0, end=0, **parts)  # type: ignore[arg-type]  # the names above are fields of this node


def _itself(tree: Node) -> Iterator[Fault]:
    for node in walk(tree):
        if isinstance(node, Compare) and not isinstance(node.right, ListNode) and bare(node.left) == bare(node.right):
            yield _warn("compares_itself", N_("Something is compared with itself."), node)


def _never_empty(tree: Node) -> Iterator[Fault]:
    for node in walk(tree):
        asked = node.args[0] if isinstance(node, Call) and node.function in {"is_empty", "coalesce"} else None
        if isinstance(node, Compare) and Kind.EMPTY in {node.left.type.kind, node.right.type.kind}:
            asked = node.left if node.right.type.kind is Kind.EMPTY else node.right
        if isinstance(asked, Name) and not asked.type.nullable:
            name = ".".join(asked.path)
            yield _warn("never_empty", N_("“{name}” is never empty."), node, name=name)


def _divisors(checked: Checked) -> Iterator[Fault]:
    yield from _divisor(checked, checked.tree, frozenset())


def _divisor(checked: Checked, node: Node, guarded: frozenset[tuple[str, ...]]) -> Iterator[Fault]:
    if isinstance(node, IfElse):
        guarded |= {n.path for n in walk(node.condition) if isinstance(n, Name)}
    if isinstance(node, Call) and node.function in {"coalesce", "is_empty", "count_filled"}:
        return  # what happens to an empty value is said here
    if isinstance(node, Binary) and node.op in {"/", "//", "%"} and may_be_zero(node.right):
        names = {n.path for n in walk(node.right) if isinstance(n, Name)}
        if not names or names - guarded:
            sentence = N_("“{text}” may be empty or 0; the result is empty then.")
            yield _warn("divisor_may_be_empty", sentence, node.right, text=_text(checked, node.right))
    for child in children(node):
        yield from _divisor(checked, child, guarded)


def _repeated(checked: Checked) -> Iterator[Fault]:
    for node in walk(checked.tree):
        if isinstance(node, Logic):
            said = Counter(bare(i) for i in node.items)
            for item in node.items:
                if said[bare(item)] > 1:
                    said[bare(item)] = 0
                    yield _warn("said_twice", N_("“{text}” is said twice."), item, text=_text(checked, item))


# -- slow -------------------------------------------------------------------------------------------------------------


def _no_sql(tree: Node) -> Iterator[Fault]:
    for node in walk(tree):
        if isinstance(node, Call) and not FUNCTIONS[node.function].sql:
            sentence = N_("{function} is not known to databases; this runs record by record, which is slow for many.")
            yield _warn("no_sql_form", sentence, node, function=node.function)


def _no_index(tree: Node) -> Iterator[Fault]:
    if tree.type.kind is Kind.YES_NO and not any(uses_index(c) for c in clauses_of(tree)):
        sentence = N_("No index can serve this condition; add a clause that compares a field with a value.")
        yield _warn("no_index", sentence, tree)


def uses_index(node: Node) -> bool:
    """Tell whether a database can find the records of a clause without looking at all of them."""
    if isinstance(node, Logic):
        return (all if node.op == "or" else any)(uses_index(i) for i in node.items)
    if isinstance(node, Name):
        return len(node.path) == 1
    if not isinstance(node, Compare) or node.op in {"!=", "not in"}:
        return False
    sides = (node.left, node.right)
    return any(_is_own_field(a) and _is_fixed(b) for a, b in (sides, sides[::-1]))


def _is_own_field(node: Node) -> bool:
    if isinstance(node, Call) and node.function == "days_between":
        return sum(_is_own_field(a) for a in node.args) == 1 and sum(_is_fixed(a) for a in node.args) == 1
    return (
        isinstance(node, Name) and len(node.path) == 1 and node.path[0] not in {"today", "now", "me", "days_in_stage"}
    )


def _is_fixed(node: Node) -> bool:
    return (
        all(n.path[0] in {"today", "now", "me"} for n in walk(node) if isinstance(n, Name))
        and not isinstance(node, ListNode)
    ) or (isinstance(node, ListNode) and all(isinstance(i, Literal) for i in node.items))
