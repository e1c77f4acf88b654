"""Checks an expression: its text becomes a typed tree, or every fault in it is told at once."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable

from rules import nodes
from rules.calls import CallChecker
from rules.checked import Checked
from rules.comparing import ComparisonChecker
from rules.errors import N_, Fault, RuleError
from rules.expectation import mismatch
from rules.faults import Faults, TooMany
from rules.limits import MAX_DEPTH, MAX_LIST_ITEMS, MAX_NODES, MAX_NUMBER, MAX_TEXT, MIN_NUMBER
from rules.magnitude import overflows
from rules.nodes import NUMERIC
from rules.parse import Parsed, parse
from rules.refusals import EXPRESSIONS, OPERATORS
from rules.scope import Scope, Shape
from rules.similar import closest
from rules.tree import Call, ListNode, Name, Node
from rules.types import Kind, Type


def check(text: str, scope: Scope, expect: Kind | Type | None = None) -> Checked:
    """Return the checked expression; raise RuleError with all faults.

    `expect` is what the place asks for: a kind, or a full type where options or a form matter. A yes/no expression
    always yields yes or no (an empty field counts as no).
    """
    checker = _Checker(text, scope)
    tree = checker.run(parse(text))
    if tree is not None and not checker.faults.found:
        tree = mismatch(tree, expect, checker.faults)
    if checker.faults.found or tree is None:
        raise RuleError.of(sorted(checker.faults.found, key=lambda f: f.column))
    result = tree.type.never_empty() if tree.type.kind is Kind.YES_NO else tree.type
    return Checked(text, tree, result, frozenset(checker.reads), scope.context)


def faults_of(text: str, scope: Scope, expect: Kind | Type | None = None) -> tuple[Fault, ...]:
    """Return what is wrong with an expression, nothing when it is fine."""
    try:
        check(text, scope, expect)
    except RuleError as problem:
        return problem.faults
    return ()


class _Checker:
    """One walk over one expression. Methods return None where a fault was noted, so that one slip is told once."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.scope = scope
        self.faults = Faults()
        self.reads: set[tuple[str, ...]] = set()
        self.count = 0
        self.products = 0
        self.top: Shape = scope.names()
        self.text = text

    def run(self, parsed: Parsed) -> Node | None:
        """Walk the whole tree."""
        self.parsed = parsed
        self.plain = parsed.offsets is None
        self.lead = parsed.lead
        self.calls = CallChecker(self.faults, self.reads, self.scope.context)
        self.comparing = ComparisonChecker(self.faults)
        try:
            tree = self.node(parsed.root, 1)
        except TooMany:
            return None
        if tree is not None and self.products > 6 and overflows(tree):
            sentence = N_("So many products and quotients could leave the range of numbers.")
            self.faults.add("magnitude", sentence, 1)
        return tree

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return start and end of a node in the text."""
        end = node.end_col_offset or 0
        if self.plain:
            return self.lead + node.col_offset, self.lead + end
        return self.parsed.position(node.col_offset), self.parsed.position(end)

    def node(self, node: ast.expr, depth: int) -> Node | None:
        """Check one node and everything below it."""
        self.count += 1
        if self.plain:
            start, end = self.lead + node.col_offset, self.lead + node.end_col_offset  # type: ignore[operator]  # parsed nodes have an end
        else:
            start, end = self.span(node)
        if self.count > MAX_NODES:
            sentence = N_("The expression has more than {limit} parts.")
            self.faults.last("too_many_nodes", sentence, start + 1, limit=MAX_NODES)
        if depth > MAX_DEPTH:
            sentence = N_("The expression is nested more than {limit} levels deep.")
            self.faults.last("too_deep", sentence, start + 1, limit=MAX_DEPTH)
        method = _METHODS.get(type(node))
        if method is None:
            code, sentence = EXPRESSIONS.get(type(node), EXPRESSIONS[ast.Await])
            self.faults.add(code, sentence, start + 1)
            return None
        return method(self, node, start, end, depth)

    def constant(self, node: ast.Constant, start: int, end: int, _depth: int) -> Node | None:
        """Check a number, text, yes/no or None as written."""
        value = node.value
        if value is None or isinstance(value, bool):
            return nodes.literal(value, start, end)
        if isinstance(value, str):
            return self._text(value, start, end)
        if not isinstance(value, int | float):
            sentence = N_("Only numbers, texts in quotes, True, False and None can be written here.")
            self.faults.add("literal_form", sentence, start + 1)
        elif abs(value) > MAX_NUMBER:
            self.faults.add("number_too_large", N_("A number may be at most 1,000,000,000,000,000."), start + 1)
        elif value and abs(value) < MIN_NUMBER:
            self.faults.add("number_too_small", N_("A number this close to 0 cannot be told from 0."), start + 1)
        else:
            return nodes.literal(value, start, end)
        return None

    def _text(self, value: str, start: int, end: int) -> Node | None:
        if len(value) > MAX_TEXT:
            sentence = N_("A text may have at most {limit} characters.")
            self.faults.add("text_too_long", sentence, start + 1, limit=MAX_TEXT)
            return None
        plain = value if value.isascii() else unicodedata.normalize("NFC", value)
        return nodes.literal(plain, start, end)

    def name(self, node: ast.Name, start: int, end: int, _depth: int) -> Node | None:
        """Check a name of the scope."""
        found = self.scope.resolve((node.id,)) if node.id in self.top else None
        if found is None:
            self._unknown((node.id,), start)
            return None
        self.reads.add((node.id,))
        return Name(found, start, end, (node.id,))

    def attribute(self, node: ast.Attribute, start: int, end: int, _depth: int) -> Node | None:
        """Check a dotted reference."""
        parts, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
        if not isinstance(base, ast.Name):
            sentence = N_("Only a name may be followed by a dot, not a value.")
            self.faults.add("attribute", sentence, start + 1)
            return None
        path = (base.id, *reversed(parts))
        found = self.scope.resolve(path)
        if found is None:
            self._unknown(path, start)
            return None
        self.reads.add(path)
        return Name(found, start, end, path)

    def _unknown(self, path: tuple[str, ...], start: int) -> None:
        private = next((p for p in path if p.startswith("_")), None)
        if private is not None:
            self.faults.add("dunder", N_("Names that begin with “_” do not exist here."), start + 1, name=private[:40])
            return
        known = next((n for n in range(len(path)) if not self._exists(path[: n + 1])), None)
        if known is None:
            hint = ".".join((*path, next(iter(self.scope.names(path)))))
            sentence = N_("“{name}” needs a part behind a dot.")
            self.faults.add("unknown_name", sentence, start + 1, hint, name=".".join(path))
            return
        column = start + 1 + sum(len(p) + 1 for p in path[:known])
        here = self.scope.names(path[:known])
        if known and not here:
            facts = {"name": ".".join(path[:known]), "part": path[known][:40]}
            sentence = N_("“{name}” has no parts; only references and people may be followed by a dot.")
            self.faults.add("no_parts", sentence, column, **facts)
            return
        hint = _PYTHON_WORDS.get(path[known]) or self.faults.guess(path[known], here)
        if not hint and path[known] in self.calls.functions:
            sentence = N_("“{name}” is a function; write {name}(…).")
            self.faults.add("unknown_name", sentence, column, path[known] + "()", name=path[known])
            return
        facts = {"name": path[known][:40]}
        sentence = N_("There is no “{name}” here.") if not known else N_("There is no “{name}” behind “{before}”.")
        before = {"before": ".".join(path[:known])} if known else {}
        self.faults.add("unknown_name", sentence, column, hint, **facts, **before)

    def _exists(self, path: tuple[str, ...]) -> bool:
        return self.scope.resolve(path) is not None or bool(self.scope.names(path))

    def unary(self, node: ast.UnaryOp, start: int, end: int, depth: int) -> Node | None:
        """Check `not x`, `-x`, `+x`."""
        operand = self.node(node.operand, depth + 1)
        if self._refused(node.op, start) or operand is None:
            return None
        if isinstance(node.op, ast.Not):
            return nodes.negation(operand, start, end) if self._condition(operand) else None
        if operand.type.kind not in NUMERIC:
            self.faults.clash(
                N_("“{sign}” needs a number, not {kind}."), operand, sign="+" if isinstance(node.op, ast.UAdd) else "-"
            )
            return None
        return operand if isinstance(node.op, ast.UAdd) else nodes.negative(operand, start, end)

    def arithmetic(self, node: ast.BinOp, start: int, end: int, depth: int) -> Node | None:
        """Check `+ - * / // %`."""
        left, right = self.node(node.left, depth + 1), self.node(node.right, depth + 1)
        op = _ARITHMETIC.get(type(node.op))
        if op is None:
            self._refused(node.op, self.span(node.left)[1])
        if op is None or left is None or right is None:
            return None
        if left.type.kind in _CALCULATES and right.type.kind in _CALCULATES:
            self.products += op not in "+-"
            return nodes.binary(op, left, right, start, end)
        self.comparing.arithmetic_clash(op, left, right, self.text, self.span(node.left)[1])
        return None

    def logic(self, node: ast.BoolOp, start: int, end: int, depth: int) -> Node | None:
        """Check `and`, `or`."""
        items = [self.node(v, depth + 1) for v in node.values]
        fine = [i for i in items if i is not None and self._condition(i)]
        if len(fine) < len(items):
            return None
        return nodes.logic("and" if isinstance(node.op, ast.And) else "or", tuple(fine), start, end)

    def _condition(self, node: Node) -> bool:
        if node.type.kind is Kind.YES_NO:
            return True
        sentence = N_("A condition is needed here, not {kind}; compare it with something.")
        self.faults.clash(sentence, node, "not_a_condition")
        return False

    def compare(self, node: ast.Compare, start: int, end: int, depth: int) -> Node | None:
        """Check one comparison."""
        if len(node.ops) > 1:
            self._chained(node, start, end, depth)
            return None
        left, right = self.node(node.left, depth + 1), self._side(node.comparators[0], node.ops[0], depth + 1)
        op = _COMPARISONS.get(type(node.ops[0]))
        if op is None:
            self._refused(node.ops[0], self.span(node.left)[1])
        if op is None or left is None or right is None:
            return None
        return self.comparing.compare(op, left, right, start, end)

    def _chained(self, node: ast.Compare, start: int, end: int, depth: int) -> None:
        for part in (node.left, *node.comparators):
            self.node(part, depth + 1)
        if not any([self._refused(op, self.span(node.left)[1]) for op in node.ops]):  # noqa: C419 - all of them are told
            cut = self.span(node.comparators[0])
            first, middle, rest = self.text[start : cut[1]], self.text[slice(*cut)], self.text[cut[1] : end]
            sentence = N_("Only one comparison at a time; join two with “and”.")
            self.faults.add("chained_comparison", sentence, cut[1] + 1, f"{first} and {middle}{rest}")

    def _side(self, node: ast.expr, op: ast.cmpop, depth: int) -> Node | None:
        if isinstance(node, ast.Tuple) and isinstance(op, ast.In | ast.NotIn):
            return self.list(node, *self.span(node), depth)
        return self.node(node, depth)

    def either(self, node: ast.IfExp, start: int, end: int, depth: int) -> Node | None:
        """Check `a if condition else b`."""
        condition = self.node(node.test, depth + 1)
        then, otherwise = self.node(node.body, depth + 1), self.node(node.orelse, depth + 1)
        fine = condition is not None and self._condition(condition)
        if then is None or otherwise is None or condition is None or not fine:
            return None
        merged = nodes.merge(then.type, otherwise.type)
        if merged is None or merged.kind is Kind.LIST:
            sentence = N_("One side gives {kind}, the other {other}; both must give the same.")
            self.faults.clash(sentence, then, other=self.faults.kind(otherwise))
            return None
        return nodes.either(condition, then, otherwise, merged, start, end)

    def list(self, node: ast.List | ast.Tuple, start: int, end: int, depth: int) -> Node | None:
        """Check a list in brackets."""
        if len(node.elts) > MAX_LIST_ITEMS:
            sentence = N_("A list may have at most {limit} items.")
            self.faults.add("list_too_long", sentence, start + 1, limit=MAX_LIST_ITEMS)
            return None
        items = [self.node(e, depth + 1) for e in node.elts]
        fine = [i for i in items if i is not None]
        if len(fine) < len(items):
            return None
        item = fine[0].type.kind if fine else None
        return ListNode(Type(Kind.LIST, nullable=False, item=item), start, end, tuple(fine))

    def call(self, node: ast.Call, start: int, end: int, depth: int) -> Node | None:
        """Check the call of a registered function."""
        args = [self.node(a, depth + 1) for a in node.args]
        args += [self.node(k.value, depth + 1) for k in node.keywords]
        if isinstance(node.func, ast.Attribute):
            private = node.func.attr.startswith("_")
            sentence = N_("Only functions can be called, not what follows a dot.")
            hint = closest(node.func.attr, self.calls.functions) if not private else ""
            self.faults.add("method_call", sentence, start + 1, hint and f"{hint}()")
            return None
        if not isinstance(node.func, ast.Name):
            self.faults.add("method_call", N_("Only functions can be called."), start + 1)
            return None
        if node.keywords:
            sentence = N_("Arguments are told apart by their order, not by name.")
            self.faults.add("keyword_argument", sentence, self.span(node.keywords[0].value)[0] + 1)
            return None
        if node.func.id in self.top and node.func.id not in self.calls.functions:
            sentence = N_("“{name}” is a name, not a function; write it without brackets.")
            self.faults.add("not_a_function", sentence, start + 1, node.func.id, name=node.func.id)
            return None
        made = self.calls.call(node.func.id, args, start, end)
        if not isinstance(made, Call):
            self.products += 2  # what it is short for may multiply
        return made

    def _refused(self, op: ast.AST, at: int) -> bool:
        found = OPERATORS.get(type(op))
        if found:
            self.faults.add(found[0], found[1], at + 1)
        return found is not None


_METHODS: dict[type[ast.AST], Callable[..., Node | None]] = {
    ast.Constant: _Checker.constant,
    ast.Name: _Checker.name,
    ast.Attribute: _Checker.attribute,
    ast.UnaryOp: _Checker.unary,
    ast.BinOp: _Checker.arithmetic,
    ast.BoolOp: _Checker.logic,
    ast.Compare: _Checker.compare,
    ast.IfExp: _Checker.either,
    ast.List: _Checker.list,
    ast.Call: _Checker.call,
}
#: Kinds that may be calculated with; with the empty value the result is empty.
_CALCULATES = NUMERIC | {Kind.EMPTY}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}
_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
#: How other languages spell it.
_PYTHON_WORDS = {
    "true": "True",
    "false": "False",
    "null": "None",
    "none": "None",
    "nil": "None",
    "NULL": "None",
    "TRUE": "True",
    "FALSE": "False",
}
