"""Checks calls: which signature of a function fits, what is wrong with an argument, and what a call yields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from rules import nodes
from rules.calendar import calendar_of
from rules.comparing import ComparisonChecker, as_date
from rules.errors import N_, Term
from rules.faults import Faults
from rules.functions._base import PARAMETER_KINDS, Function, Signature
from rules.limits import MAX_NODES
from rules.nodes import Maker
from rules.registry import FUNCTIONS
from rules.scope import RuleContext
from rules.tree import Binary, Call, Compare, IfElse, ListNode, Literal, Logic, Name, Node, Unary
from rules.types import DATE, DATETIME, NUMBER, PERSON, TEXT, YES_NO, Kind, Type

PERIODS = ("week", "month", "quarter", "half_year", "year")
_RESULTS = {"number": NUMBER, "text": TEXT, "condition": YES_NO, "date": DATE, "datetime": DATETIME, "person": PERSON}
_SURE_RESULTS = {word: kind.never_empty() for word, kind in _RESULTS.items()}
_GENERIC = {"T", "ordered"}
#: What people of other languages call a function.
_OTHERWISE = {
    "len": "length", "count": "size", "sum": "average", "avg": "average", "mean": "average", "str": "text", "strip": "trim",
    "isempty": "is_empty", "isnull": "is_empty", "is_null": "is_empty", "ifnull": "if_empty", "nvl": "if_empty", "iif": "if_empty",
    "date": "make_date", "datediff": "days_between", "dateadd": "add_days", "networkdays": "workdays_between", "any": "any_of",
    "all": "all_of", "substring": "middle", "substr": "middle", "mid": "middle", "ceiling": "ceil", "if": "if_empty", "concatenate": "concat",
}  # fmt: skip


class CallChecker:
    """Types calls; notes what does not fit."""

    def __init__(self, faults: Faults, reads: set[tuple[str, ...]], context: RuleContext) -> None:
        self.faults, self.reads, self.context = faults, reads, context
        self.functions = FUNCTIONS
        self.comparing = ComparisonChecker(faults)

    def call(self, name: str, args: Sequence[Node | None], start: int, end: int) -> Node | None:
        """Return the typed call, or None after noting a fault."""
        function = self.functions.get(name)
        if function is None:
            self._unknown(name, start)
            return None
        given = [a for a in args if a is not None]
        if len(given) < len(args):
            return None
        signature = self._signature(function, given, start)
        if signature is None:
            return None
        ready = self._arguments(signature, given)
        if ready is None:
            return None
        self.reads.update(tuple(r.split(".")) for r in function.reads)
        return self._made(function, signature, ready, start, end)

    def _unknown(self, name: str, start: int) -> None:
        if name.startswith("_"):
            self.faults.add("dunder", N_("Names that begin with “_” do not exist here."), start + 1, name=name[:40])
            return
        hint = _OTHERWISE.get(name.casefold()) or self.faults.guess(name, self.functions)
        sentence = N_("There is no function “{name}”.")
        self.faults.add("unknown_function", sentence, start + 1, hint and f"{hint}()", name=name[:40])

    def _signature(self, function: Function, args: list[Node], start: int) -> Signature | None:
        fitting = [s for s in function.signatures if s.least <= len(args) <= s.most]
        if not fitting:
            sentence = N_("{name} is called as {usage}, not with {count} arguments.")
            usage = function.signatures[0].text
            self.faults.add("argument_count", sentence, start + 1, name=function.name, usage=usage, count=len(args))
            return None
        if len(fitting) == 1:
            return fitting[0]
        return max(fitting, key=lambda s: self._fit(s, args))

    def _fit(self, signature: Signature, args: list[Node]) -> int:
        """Count the arguments from the left that fit; the first of equals is taken."""
        pairs = [(signature.parameter(n).type, a.type.kind) for n, a in enumerate(args)]
        wrong = (n for n, (word, kind) in enumerate(pairs) if kind not in PARAMETER_KINDS[word] | {Kind.EMPTY})
        return next(wrong, len(pairs))

    def _arguments(self, signature: Signature, args: list[Node]) -> list[Node] | None:
        ready: list[Node] = []
        for index, arg in enumerate(args):
            word = signature.parameter(index).type
            found = self._argument(word, arg, ready, args)
            if found is None:
                return None
            ready.append(found)
        return ready if self._alike(signature, ready) else None

    def _argument(self, word: str, arg: Node, before: list[Node], args: list[Node]) -> Node | None:
        if word in {"unit", "digits", "word"}:
            return self._written(word, arg)
        kind = arg.type.kind
        if word == "item":
            return arg if self.comparing.item(before[0], arg) else None
        if word == "list":
            return self._list(before[0], arg)
        if word == "date":
            arg, kind = self._as_date(arg)
        elif word in _GENERIC:
            arg, kind = self._generic_date(arg, args)
        if kind is Kind.EMPTY and word not in {"person", "many"}:
            return arg
        if kind not in PARAMETER_KINDS[word]:
            sentence = N_("Here {wanted} is needed, not {kind}.")
            self.faults.clash(sentence, arg, "argument_type", _conversion(word, kind), wanted=Term(_WANTED[word]))
            return None
        if word == "person" and not isinstance(arg, Name):
            self.faults.clash(N_("Write the name of a person field here."), arg, "argument_type")
            return None
        return arg

    def _as_date(self, arg: Node) -> tuple[Node, Kind]:
        if arg.type.kind is Kind.DATETIME:
            made = Type(Kind.DATE, arg.type.nullable)
            return Call(made, arg.start, arg.end, "date_of", (arg,)), Kind.DATE
        arg = as_date(arg) or arg
        return arg, arg.type.kind

    def _generic_date(self, arg: Node, args: list[Node]) -> tuple[Node, Kind]:
        if any(a.type.kind is Kind.DATE for a in args):
            arg = as_date(arg) or arg
        return arg, arg.type.kind

    def _written(self, word: str, arg: Node) -> Node | None:
        value = arg.value if isinstance(arg, Literal) else None
        if word == "unit":
            if isinstance(value, str) and value in PERIODS:
                return arg
            hint = self.faults.guess(str(value or ""), PERIODS) or "month"
            sentence = N_("Write the period in quotes: week, month, quarter, half_year or year.")
            self.faults.clash(sentence, arg, "argument_value", f'"{hint}"')
        elif word == "digits":
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 9:
                return arg
            self.faults.clash(N_("Write a whole number from -9 to 9."), arg, "argument_value")
        elif isinstance(value, str):
            return arg
        else:
            self.faults.clash(N_("Write a text in quotes here."), arg, "argument_value")
        return None

    def _list(self, many: Node, arg: Node) -> Node | None:
        if not isinstance(arg, ListNode):
            self.faults.clash(N_("Write a list in [ ] here, not {kind}."), arg, "argument_type")
            return None
        if not arg.items:
            self.faults.clash(N_("The list has no items."), arg, "empty_list")
            return None
        fine = [self.comparing.item(many, i) for i in arg.items]
        return arg if all(fine) else None

    def _alike(self, signature: Signature, args: list[Node]) -> bool:
        merged: Type | None = None
        for index, arg in enumerate(args):
            if signature.parameter(index).type not in _GENERIC:
                continue
            found = arg.type if merged is None else nodes.merge(merged, arg.type)
            if found is None:
                sentence = N_("All these values must be of one type; {kind} does not go with the others.")
                self.faults.clash(sentence, arg, "argument_type")
                return False
            merged = found
        return True

    def _made(self, function: Function, signature: Signature, args: list[Node], start: int, end: int) -> Node | None:
        if function.name in {"any_of", "all_of", "none_of"} and signature is function.signatures[1]:
            return _joined(function.name, tuple(args), start, end)
        if function.expand is not None:
            made = function.expand(Maker(start, end, self.reads), *args)
            return made if not function.repeats or self._small(made, start) else None
        if not self._known_days(function, args):
            return None
        return Call(self._result(function, signature, args), start, end, function.name, tuple(args))

    def _result(self, function: Function, signature: Signature, args: list[Node]) -> Type:
        nullable = function.partial or (not function.takes_empty and any(a.type.nullable for a in args))
        if signature.result in _GENERIC:
            merged = args[0].type
            for arg in args[1:]:
                merged = nodes.merge(merged, arg.type) or merged
            if function.takes_empty:
                nullable = all(a.type.nullable for a in args)
            kind = Kind.NUMBER if merged.kind is Kind.MONEY else merged.kind
            return replace(merged, kind=kind, nullable=nullable)
        return _RESULTS[signature.result] if nullable else _SURE_RESULTS[signature.result]

    def _small(self, made: Node, start: int) -> bool:
        if size(made) <= MAX_NODES:
            return True
        self.faults.add("too_many_nodes", N_("The expression has more than {limit} parts."), start + 1, limit=MAX_NODES)
        return False

    def _known_days(self, function: Function, args: list[Node]) -> bool:
        if function.name not in {"is_workday", "workdays_between", "add_workdays"}:
            return True
        calendar = calendar_of(self.context.calendar)
        for arg in args:
            value = arg.value if isinstance(arg, Literal) else None
            if isinstance(value, date) and not calendar.first <= value.year <= calendar.last:
                sentence = N_("Working days are known from {first} to {last} only.")
                self.faults.add("calendar_years", sentence, arg.start + 1, first=calendar.first, last=calendar.last)
                return False
        return True


def _joined(name: str, items: tuple[Node, ...], start: int, end: int) -> Node:
    made = nodes.logic("and" if name == "all_of" else "or", items, start, end)
    return nodes.negation(made, start, end) if name == "none_of" else made


#: How each kind of node is taken apart; a table, because checking and compiling ask for every node.
_PARTS: dict[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Unary: lambda node: (node.operand,),
    Binary: lambda node: (node.left, node.right),
    Compare: lambda node: (node.left, node.right),
    IfElse: lambda node: (node.condition, node.then, node.otherwise),
    Logic: lambda node: node.items,
    ListNode: lambda node: node.items,
    Call: lambda node: node.args,
    Name: lambda _node: (),
    Literal: lambda _node: (),
}


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of a node, in the order of their meaning."""
    return _PARTS[type(node)](node)


def size(node: Node, ceiling: int = MAX_NODES) -> int:
    """Count the nodes of a tree, giving up a little above the ceiling."""
    total, open_nodes = 0, [node]
    while open_nodes and total <= ceiling:
        total += 1
        open_nodes.extend(children(open_nodes.pop()))
    return total


def _conversion(word: str, kind: Kind) -> str:
    if word == "text" and kind in nodes.NUMERIC:
        return "text()"
    if word == "datetime" and kind is Kind.DATE:
        return "days_between()"
    return ""


_WANTED = {
    "number": N_("a number"),
    "text": N_("a text"),
    "condition": N_("a condition"),
    "date": N_("a date"),
    "datetime": N_("a date with time"),
    "person": N_("a person"),
    "many": N_("a field of several values"),
    "any": N_("a value"),
    "T": N_("a single value"),
    "ordered": N_("a number or a date"),
}
