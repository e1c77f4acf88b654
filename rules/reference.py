"""The reference evaluator, on simpleeval: pruned nodes, own operators and functions, no attributes, plain values only."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from simpleeval import SimpleEval

from rules import operators
from rules.checked import Checked
from rules.compare import EXACT_MONEY, MIRRORED, RAW, ROUNDED, list_style, money_bound, style
from rules.nodes import NUMERIC
from rules.registry import FUNCTIONS, Function
from rules.scope import RuleContext
from rules.tree import Binary, Call, Compare, IfElse, ListNode, Literal, Logic, Name, Node, Unary
from rules.types import Kind


def evaluate(checked: Checked, values: Mapping[str, object]) -> object:
    """Return the value of an expression; empty is None, a yes/no expression gives True or False."""
    prepared = _prepared(checked)
    evaluator = _evaluator(checked.context)
    evaluator.names = values
    try:
        found = evaluator.eval(checked.text, previously_parsed=prepared)
    except (OverflowError, ValueError):
        found = None
    finally:
        evaluator.names = {}
    return bool(found) if checked.type.kind is Kind.YES_NO else operators.finished(found)


def evaluate_node(node: Node, values: Mapping[str, object], context: RuleContext) -> object:
    """Return the value of one part of a checked tree."""
    evaluator = _evaluator(context)
    evaluator.names = values
    try:
        return evaluator.eval("", previously_parsed=translate(node))
    except (OverflowError, ValueError):
        return None
    finally:
        evaluator.names = {}


def _prepared(checked: Checked) -> ast.expr:
    """Return the tree in the form simpleeval takes; it is never changed, so threads share it."""
    kept: ast.expr | None = checked.__dict__.get("_prepared")
    if kept is None:
        kept = checked.__dict__["_prepared"] = translate(checked.tree)
    return kept


# -- operators of our own: simpleeval finds their meaning by their class ------------------------------------------


def _operator(base: type[ast.AST], meaning: Callable[..., object]) -> ast.AST:
    made: ast.AST = type(f"{base.__name__}_{len(OPERATORS)}", (base,), {})()
    OPERATORS[type(made)] = meaning
    return made


OPERATORS: dict[type[ast.AST], Callable[..., object]] = {}
_MINUS = _operator(ast.unaryop, operators.negate)
_NOT = _operator(ast.unaryop, lambda a: not a)
_ARITHMETIC = {op: _operator(ast.operator, meaning) for op, meaning in operators.ARITHMETIC.items()}
_RAW = {op: _operator(ast.cmpop, meaning) for op, meaning in operators.RAW.items()}
_ROUNDED = {op: _operator(ast.cmpop, meaning) for op, meaning in operators.ROUNDED.items()}


@lru_cache(maxsize=8)
def _major(scale: int) -> ast.AST:
    """Return the operator that turns minor units into a number of major ones."""
    return _operator(ast.unaryop, lambda minor, units=10**scale: None if minor is None else minor / units)


# -- from the checked tree to simpleeval's --------------------------------------------------------------------------


def translate(node: Node) -> ast.expr:
    """Return simpleeval's tree of a node."""
    return _translate(node, translate)


_Go = Callable[[Node], ast.expr]


def _translate(node: Node, go: _Go) -> ast.expr:
    match node:
        case Literal():
            number = node.type.kind in NUMERIC and isinstance(node.value, int | float)
            return ast.Constant(float(node.value) if number and isinstance(node.value, int) else node.value)  # type: ignore[arg-type]  # dates too
        case Name():
            return _named(node)
        case Unary():
            return ast.UnaryOp(_MINUS if node.op == "-" else _NOT, go(node.operand))  # type: ignore[arg-type]  # our own operator
        case Binary():
            return ast.BinOp(go(node.left), _ARITHMETIC[node.op], go(node.right))  # type: ignore[arg-type]  # our own operator
        case Compare():
            return _compare(node, go)
        case Logic():
            op = ast.And() if node.op == "and" else ast.Or()
            joined = ast.BoolOp(op, [go(i) for i in node.items])
            return _call("_yes", joined) if any(i.type.nullable for i in node.items) else joined
        case IfElse():
            return ast.IfExp(go(node.condition), go(node.then), go(node.otherwise))
        case Call():
            reads = [ast.Name(r) for r in FUNCTIONS[node.function].reads]
            return _call(node.function, *(go(a) for a in node.args), *reads)
        case ListNode():
            return _call("_list", *(go(i) for i in node.items))
    raise TypeError(node)


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), list(args), [])


def _plain(node: Name) -> ast.expr:
    return ast.Name(".".join(node.path))


def _named(node: Name) -> ast.expr:
    if node.type.kind is not Kind.MONEY:
        return _plain(node)
    return ast.UnaryOp(_major(node.type.scale), _plain(node))  # type: ignore[arg-type]  # our own operator


def _compare(node: Compare, go: _Go) -> ast.expr:
    left, right = node.left, node.right
    if isinstance(right, ListNode):
        return _member(node, go)
    how = style(left, right)
    if how == EXACT_MONEY:
        return _money(node)
    both_money = left.type.kind is right.type.kind is Kind.MONEY
    if both_money and how != ROUNDED:
        return ast.Compare(_stored(left), [_RAW[node.op]], [_stored(right)])  # type: ignore[list-item]  # our own operator
    table = _ROUNDED if how == ROUNDED else _RAW
    return ast.Compare(go(left), [table[node.op]], [go(right)])  # type: ignore[list-item]  # our own operator


def _stored(node: Node) -> ast.expr:
    assert isinstance(node, Name)
    return _plain(node)


def _money(node: Compare) -> ast.expr:
    op, name, number = node.op, node.left, node.right
    if isinstance(name, Literal):
        op, name, number = MIRRORED[op], number, name
    assert isinstance(number, Literal)
    assert isinstance(number.value, int | float)
    bound = money_bound(op, number.value, name.type.scale)
    if isinstance(bound, bool):
        return ast.Constant(bound)
    return ast.Compare(_stored(name), [_RAW[bound[0]]], [ast.Constant(bound[1])])  # type: ignore[list-item]  # our own operator


def _member(node: Compare, go: _Go) -> ast.expr:
    left, right = node.left, node.right
    assert isinstance(right, ListNode)
    how = list_style(left, right)
    if how == EXACT_MONEY:
        found = _call("_in", _stored(left), *(_minor(i, left.type.scale) for i in right.items))
    else:
        found = _call("_in" if how == RAW else "_in_rounded", go(left), *(go(i) for i in right.items))
    return found if node.op == "in" else ast.UnaryOp(_NOT, found)  # type: ignore[arg-type]  # our own operator


def _minor(item: Node, scale: int) -> ast.expr:
    if not isinstance(item, Literal):
        return _stored(item)
    assert isinstance(item.value, int | float)
    bound = money_bound("==", item.value, scale)
    return ast.Constant(None if isinstance(bound, bool) else bound[1])


# -- evaluators: one per thread and context, because they hold the state of a call ---------------------------------


class Evaluator(SimpleEval):  # type: ignore[misc]  # simpleeval publishes no types
    """simpleeval without anything the language does not have."""

    def __init__(self, context: RuleContext) -> None:
        functions = {name: bound(f, context) for name, f in FUNCTIONS.items() if f.expand is None}
        super().__init__(OPERATORS, {**functions, **_HELPERS}, {}, allowed_attrs={})
        self.nodes: dict[type[ast.AST], Callable[..., object]] = {
            ast.Constant: self._eval_constant,
            ast.Name: self._eval_name,
            ast.UnaryOp: self._eval_unaryop,
            ast.BinOp: self._eval_binop,
            ast.BoolOp: self._eval_boolop,
            ast.Compare: self._eval_compare,
            ast.IfExp: self._eval_ifexp,
            ast.Call: self._eval_call,
        }

    # What cannot occur in a checked tree is left out of these: unknown names, keyword arguments, chained comparisons.

    def _check_disallowed_items(self, item: object) -> None:
        if type(item) not in _PLAIN:
            super()._check_disallowed_items(item)

    def _eval_constant(self, node: ast.Constant) -> object:
        return node.value

    def _eval_name(self, node: ast.Name) -> object:
        return self.names[node.id]

    def _eval_compare(self, node: ast.Compare) -> object:
        return self.operators[type(node.ops[0])](self._eval(node.left), self._eval(node.comparators[0]))

    def _eval_call(self, node: ast.Call) -> object:
        return self.functions[node.func.id](*[self._eval(a) for a in node.args])  # type: ignore[attr-defined]  # always a Name


def bound(function: Function, context: RuleContext) -> Callable[..., object]:
    """Return a function that takes arguments only, and gives empty for an empty one unless it asks for them."""
    run = partial(function.run, context) if function.needs_context else function.run
    if function.takes_empty:
        return run
    empty = False if function.signatures[0].result == "condition" else None

    def strict(*args: Any) -> object:
        for arg in args:
            if arg is None:
                return empty
        return run(*args)

    return strict


#: Values that hold nothing that could be called.
_PLAIN = frozenset({int, float, str, bool, type(None), date, datetime})
_HELPERS: dict[str, Callable[..., object]] = {
    "_yes": bool,
    "_list": lambda *items: items,
    "_in": lambda value, *items: operators.member(value, items),
    "_in_rounded": lambda value, *items: operators.member_rounded(value, items),
}


class _Local(threading.local):
    def __init__(self) -> None:
        self.evaluators: dict[RuleContext, Evaluator] = {}
        self.last: tuple[RuleContext | None, Evaluator | None] = (None, None)


_local = _Local()


def _evaluator(context: RuleContext) -> Evaluator:
    last, found = _local.last
    if last is context and found is not None:
        return found
    found = _local.evaluators.get(context)
    if found is None:
        found = _local.evaluators[context] = Evaluator(context)
    _local.last = (context, found)
    return found
