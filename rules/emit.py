"""Writes Python source for a checked tree.

A part of the tree that is empty as soon as anything in it is empty ("strict": arithmetic, most functions) is written as
one bare expression plus a list of conditions under which it is empty; fields that are never empty add no condition.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from rules.calls import children
from rules.checked import Checked
from rules.compare import EXACT_MONEY, MIRRORED, ROUNDED, list_style, money_bound, style
from rules.functions._base import Function
from rules.limits import HALF_NINTH, MAX_NUMBER
from rules.nodes import NUMERIC, may_be_zero
from rules.registry import FUNCTIONS
from rules.tree import Binary, Call, Compare, IfElse, ListNode, Literal, Logic, Name, Node, Unary
from rules.types import Kind, Type


class Trap(NamedTuple):
    """When a strict part is empty: source that is true then, and source that is true otherwise."""

    empty: str
    filled: str


Traps = list[Trap]


class Emitter:
    """Writes the function of one expression."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.constants: dict[str, Any] = {}
        self.loaded: dict[tuple[str, ...], str] = {}
        self._temporaries = 0
        self._uses = Counter(_names(checked.tree))

    def function(self) -> str:
        """Return the source of `evaluate(v)`."""
        tree = self.checked.tree
        many = [p for p, uses in self._uses.items() if uses > 1]
        self.loaded = {path: self.new() for path in many}
        lines = [f"{name} = {_lookup(path)}" for path, name in self.loaded.items()]
        lines += self._yes_no(tree) if tree.type.kind is Kind.YES_NO else self._result(tree)
        body = "\n  ".join(lines)
        return f"def evaluate(v):\n try:\n  {body}\n except (ValueError, OverflowError):\n  return {self._failed()}\n"

    def _failed(self) -> str:
        return "False" if self.checked.tree.type.kind is Kind.YES_NO else "None"

    def _yes_no(self, tree: Node) -> list[str]:
        return [f"return {self.truth(tree)}"]

    def _result(self, tree: Node) -> list[str]:
        traps: Traps = []
        value = self.strict(tree, traps)
        lines = [f"if {' or '.join(t.empty for t in traps)}: return None"] if traps else []
        if not _can_leave_range(tree):
            return [*lines, f"return {value}"]
        kept = self.new()
        return [*lines, f"return {kept} if {-MAX_NUMBER!r} <= ({kept} := {value}) <= {MAX_NUMBER!r} else None"]

    def new(self) -> str:
        """Return a fresh local name."""
        self._temporaries += 1
        return f"t{self._temporaries}"

    def constant(self, value: object) -> str:
        """Return source for a value."""
        if isinstance(value, bool | str | _Int) or value is None:
            return repr(value)
        if isinstance(value, int | float):
            return repr(float(value))
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    # -- values ---------------------------------------------------------------------------------------------------

    def value(self, node: Node) -> str:
        """Return source of the value, None when it is empty."""
        if node.type.kind is Kind.YES_NO and not node.type.nullable:
            return self.truth(node)
        if isinstance(node, Literal) or (isinstance(node, Name) and node.type.kind is not Kind.MONEY):
            return self.constant(node.value) if isinstance(node, Literal) else self._stored(node)
        traps: Traps = []
        source = self.strict(node, traps)
        return f"(None if {' or '.join(t.empty for t in traps)} else {source})" if traps else source

    def strict(self, node: Node, traps: Traps) -> str:
        """Return source that is right where no trap is sprung, adding traps in the order they must be looked at."""
        match node:
            case Literal():
                return self._literal(node, traps)
            case Name():
                return self._name(node, traps)
            case Unary(op="-"):
                return f"(-{self.strict(node.operand, traps)})"
            case Binary():
                return self._arithmetic(node, traps)
            case Call() if not FUNCTIONS[node.function].takes_empty:
                return self._strict_call(node, traps)
        return self._trapped(self._loose(node), node.type.nullable, traps)

    def _literal(self, node: Literal, traps: Traps) -> str:
        if node.value is None:
            traps.append(Trap("True", "False"))
        return self.constant(node.value)

    def _trapped(self, source: str, nullable: bool, traps: Traps) -> str:
        if not nullable:
            return source
        name = self.new()
        traps.append(Trap(f"({name} := {source}) is None", f"({name} := {source}) is not None"))
        return name

    def _name(self, node: Name, traps: Traps) -> str:
        loaded = self.loaded.get(node.path)
        source = loaded or _lookup(node.path)
        if node.type.nullable and loaded:
            trap = Trap(f"{loaded} is None", f"{loaded} is not None")
            if trap not in traps and Trap(f"not {loaded}", loaded) not in traps:
                traps.append(trap)
        elif node.type.nullable:
            source = self._trapped(source, True, traps)
        return f"({source} / {10**node.type.scale}.0)" if node.type.kind is Kind.MONEY else source

    def _arithmetic(self, node: Binary, traps: Traps) -> str:
        left = self.strict(node.left, traps)
        if node.op in "+-*":
            # Whole numbers are multiplied as doubles too: beyond 2**53 Python's own would say more than a database can.
            double = "1.0 * " if node.op == "*" and not (_is_double(node.left) or _is_double(node.right)) else ""
            return f"({double}{left} {node.op} {self.strict(node.right, traps)})"
        right = self.strict(node.right, traps)
        if may_be_zero(node.right):
            right = self._divisor(right, traps)
        if node.op == "/":
            return f"({left} / {right})"
        if node.op == "//":
            return f"({left} / {right} // 1.0)"
        if not _is_simple(right):
            name = self.new()
            traps.append(Trap(f"({name} := {right}) is None", f"({name} := {right}) is not None"))
            right = name
        kept = self.new()
        return f"(({kept} := {left}) - {right} * ({kept} / {right} // 1.0))"

    def _divisor(self, source: str, traps: Traps) -> str:
        if traps and traps[-1].empty == f"{source} is None":
            traps.pop()
            traps.append(Trap(f"not {source}", f"{source}"))
            return source
        if traps and traps[-1].empty.startswith(f"({source} :="):
            loaded = traps.pop().empty.removesuffix(" is None")
            traps.append(Trap(f"not {loaded}", loaded))
            return source
        if source in self.loaded.values():
            traps.append(Trap(f"not {source}", source))
            return source
        name = self.new()
        traps.append(Trap(f"not ({name} := {source})", f"({name} := {source})"))
        return name

    def _strict_call(self, node: Call, traps: Traps) -> str:
        function = FUNCTIONS[node.function]
        args = [self.strict(a, traps) for a in node.args]
        if function.inline is not None:
            return function.inline(self.new, *args)
        return self._trapped(self._called(function, args), function.partial, traps)

    def _called(self, function: Function, args: list[str]) -> str:
        name = f"f_{function.name}"
        self.constants[name] = function.run
        if function.needs_context:
            self.constants["context"] = self.checked.context
            args = ["context", *args]
        return f"{name}({', '.join([*args, *(_lookup(tuple(r.split('.'))) for r in function.reads)])})"

    def _loose(self, node: Node) -> str:
        match node:
            case IfElse():
                return (
                    f"({self.value(node.then)} if {self.condition(node.condition)} else {self.value(node.otherwise)})"
                )
            case Call(function="is_empty"):
                return self._is_empty(node.args[0])
            case Call(function="coalesce"):
                return self._coalesce(node.args)
            case Call():
                args = [self.value(a) for a in node.args]
                function = FUNCTIONS[node.function]
                return function.inline(self.new, *args) if function.inline else self._called(function, args)
            case ListNode():
                return f"({''.join(self.value(i) + ', ' for i in node.items)})"
        return self.truth(node)

    def _is_empty(self, node: Node) -> str:
        if isinstance(node, Literal) or not node.type.nullable:
            return repr(isinstance(node, Literal) and node.value is None)
        return f"({self.value(node)} is None)"

    def _coalesce(self, args: tuple[Node, ...]) -> str:
        first, rest = args[0], args[1:]
        if not rest or not first.type.nullable:
            return self.value(first)
        name = self.new()
        return f"({name} if ({name} := {self.value(first)}) is not None else {self._coalesce(rest)})"

    # -- conditions -----------------------------------------------------------------------------------------------

    def truth(self, node: Node) -> str:
        """Return source that is exactly True or False."""
        return self.condition(node) if self._is_exact(node) else f"(True if {self.condition(node)} else False)"

    def _is_exact(self, node: Node) -> bool:
        match node:
            case Logic():
                return all(self._is_exact(i) for i in node.items)
            case Compare():
                return node.op in {"!=", "in", "not in"} or not _divides(node)
            case Call():
                return not node.type.nullable and not _divides(node)
        return not node.type.nullable

    def condition(self, node: Node) -> str:
        """Return source whose truth is that of the condition; an empty yes/no counts as no."""
        match node:
            case Logic():
                return f"({f' {node.op} '.join(self.condition(i) for i in node.items)})"
            case Unary():
                return f"(not {self.condition(node.operand)})"
            case Compare():
                return self._compare(node)
            case Name():
                return self.loaded.get(node.path) or _lookup(node.path)
        return self._guarded("{0}", node) if _is_strict_call(node) else self._loose_condition(node)

    def _loose_condition(self, node: Node) -> str:
        return self.constant(node.value) if isinstance(node, Literal) else self._loose(node)

    def _guarded(self, template: str, *sides: Node) -> str:
        traps: Traps = []
        source = template.format(*(self.strict(s, traps) for s in sides))
        # Always in brackets: a bare comparison beside another one would be read as a chain.
        return f"({' and '.join([*(t.filled for t in traps), source])})"

    def _compare(self, node: Compare) -> str:
        left, right = node.left, node.right
        if isinstance(right, ListNode):
            return self._membership(node.op, left, right)
        how = style(left, right)
        if how == EXACT_MONEY:
            return self._money(node.op, left, right)
        if how == ROUNDED:
            return self._rounded(node.op, left, right)
        if node.op in {"==", "!="}:
            return f"({self._stored(left)} {node.op} {self._stored(right)})"
        both_money = left.type.kind is right.type.kind is Kind.MONEY
        if both_money:
            return self._minor_order(node.op, left, right)
        return self._guarded(f"{{0}} {node.op} {{1}}", _whole(left, right), _whole(right, left))

    def _stored(self, node: Node) -> str:
        """Return source of a value as it is stored: money in minor units."""
        if isinstance(node, Name):
            return self.loaded.get(node.path) or _lookup(node.path)
        return self.value(node)

    def _minor_order(self, op: str, left: Node, right: Node) -> str:
        one, other = self.new(), self.new()
        source = f"({one} := {self._stored(left)}) is not None and ({other} := {self._stored(right)}) is not None"
        return f"({source} and {one} {op} {other})"

    def _money(self, op: str, left: Node, right: Node) -> str:
        if isinstance(left, Literal):
            left, right, op = right, left, MIRRORED[op]
        assert isinstance(right, Literal)
        assert isinstance(right.value, int | float)
        name = self._stored(left)
        bound = money_bound(op, right.value, left.type.scale)
        if isinstance(bound, bool):
            return repr(bound)
        if bound[0] in {"==", "!="}:
            return f"({name} {bound[0]} {bound[1]})"
        if not left.type.nullable:
            return f"({name} {bound[0]} {bound[1]})"
        kept = self.new()
        return f"(({kept} := {name}) is not None and {kept} {bound[0]} {bound[1]})"

    def _rounded(self, op: str, left: Node, right: Node) -> str:
        if op in {"==", "!="}:
            return self._equal(op, left, right)
        zero = isinstance(right, Literal) and right.value == 0
        difference = "{0}" if zero else "{0} - {1}"
        return self._guarded(f"{difference} {_ROUNDED[op]}", left, right)

    def _equal(self, op: str, left: Node, right: Node) -> str:
        if left.type.nullable and right.type.nullable:
            source = f"same({self.value(left)}, {self.value(right)})"
        else:
            source = self._guarded(f"{-HALF_NINTH!r} < {{0}} - {{1}} < {HALF_NINTH!r}", left, right)
        return source if op == "==" else f"(not {source})"

    def _membership(self, op: str, left: Node, right: ListNode) -> str:
        how = list_style(left, right)
        value = self.value(left) if how == ROUNDED else self._stored(left)
        if how != ROUNDED and all(isinstance(i, Literal) for i in right.items):
            items = ", ".join(self._member(left, i) for i in right.items)
            return f"({value} {op} {{{items}}})"
        name = self.new()
        if how == ROUNDED:
            tests = [f"same({name}, {self.value(i)})" for i in right.items]
        else:
            tests = [f"{name} == {self._member(left, i)}" for i in right.items]
        source = f"(({name} := {value}) is not None and ({' or '.join(tests)}))"
        return source if op == "in" else f"(not {source})"

    def _member(self, left: Node, item: Node) -> str:
        if not isinstance(item, Literal):
            return self._stored(item)
        if left.type.kind is Kind.MONEY and isinstance(item.value, int | float):
            bound = money_bound("==", item.value, left.type.scale)
            return "''" if isinstance(bound, bool) else str(bound[1])  # '' equals no amount
        return self.constant(item.value)


_ROUNDED = {
    "<": f"<= {-HALF_NINTH!r}",
    "<=": f"< {HALF_NINTH!r}",
    ">": f">= {HALF_NINTH!r}",
    ">=": f"> {-HALF_NINTH!r}",
}


def _lookup(path: tuple[str, ...]) -> str:
    return f"v[{'.'.join(path)!r}]"


def _names(node: Node) -> list[tuple[str, ...]]:
    if isinstance(node, Name):
        return [node.path]
    return [p for c in children(node) for p in _names(c)]


def _whole(node: Node, other: Node) -> Node:
    """Let a whole number stay one beside a function that yields them: they compare faster."""
    if (
        isinstance(node, Literal)
        and isinstance(node.value, int)
        and isinstance(other, Call)
        and node.type.kind is Kind.NUMBER
    ):
        return Literal(Type(Kind.TEXT, nullable=False), node.start, node.end, _Int(node.value))
    return node


class _Int(int):
    """A whole number that is written as one."""


def _is_simple(source: str) -> bool:
    return source.isidentifier() or source.replace(".", "", 1).isdigit()


def _is_strict_call(node: Node) -> bool:
    return isinstance(node, Call) and not FUNCTIONS[node.function].takes_empty


def _divides(node: Node) -> bool:
    if isinstance(node, Binary) and node.op not in "+-*":
        return True
    return any(_divides(c) for c in children(node))


def _can_leave_range(node: Node) -> bool:
    """Tell whether a number result can lie beyond the ceiling."""
    if node.type.kind not in NUMERIC or isinstance(node, Literal | Name):
        return False
    return not (isinstance(node, Call) and FUNCTIONS[node.function].whole and node.function not in {"floor", "ceil"})


def _is_double(node: Node) -> bool:
    """Tell whether a number is surely a Python float: functions that count yield int."""
    match node:
        case Literal():
            return True
        case Name():
            return node.path[-1] != "days_in_stage"
        case Unary():
            return _is_double(node.operand)
        case Binary():
            return node.op not in "+-" or _is_double(node.left) or _is_double(node.right)
        case Call():
            return node.function in {"floor", "ceil"}
    return False
