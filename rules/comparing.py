"""Checks comparisons and arithmetic between kinds: what goes together, and what to write where it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules import nodes
from rules.errors import N_
from rules.faults import Faults
from rules.nodes import NUMERIC, TEXTUAL
from rules.tree import Call, ListNode, Literal, Node
from rules.types import DATE, ITEM_OF, MANY, YES_NO, Kind

_SEVERAL = MANY | {Kind.LIST}
_ORDERED = NUMERIC | {Kind.TEXT, Kind.DATE, Kind.DATETIME, Kind.EMPTY}


class ComparisonChecker:
    """Types comparisons; notes what does not go together."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def compare(self, op: str, left: Node, right: Node, start: int, end: int) -> Node | None:
        """Return the typed comparison, or None after noting a fault."""
        if op in {"in", "not in"}:
            return self._membership(op, left, right, start, end)
        several = next((s for s in (left, right) if s.type.kind in _SEVERAL), None)
        alone = several is None or Kind.EMPTY in {left.type.kind, right.type.kind}
        if several is not None and (not alone or several.type.kind is Kind.LIST):
            sentence = N_("This is {kind}; ask about its items with contains, any_of or “in”.")
            self.faults.clash(sentence, several)
            return None
        left, right = dated(left, right), dated(right, left)
        if not self.related(left, right):
            return None
        if op not in {"==", "!="} and not self._ordered(op, left, right):
            return None
        return nodes.compare(op, left, right, start, end)

    def related(self, left: Node, right: Node) -> bool:
        """Tell whether two values may be equal; note a fault when not."""
        one, other = left.type.kind, right.type.kind
        if Kind.EMPTY in {one, other}:
            return True
        if {one, other} == {Kind.DATE, Kind.DATETIME}:
            self._date_with_time(left if one is Kind.DATETIME else right)
            return False
        if (one in NUMERIC and other in NUMERIC) or (one in TEXTUAL and other in TEXTUAL):
            return self._options(left, right) and self._options(right, left)
        if one is other and left.type.form == right.type.form:
            return True
        if isinstance(right, Literal) and one in {Kind.DATE, Kind.DATETIME} and other is Kind.TEXT:
            self._no_date(right, one)
            return False
        sentence = N_("Here {kind} is compared with {other}, which are never the same.")
        self.faults.clash(sentence, left, other=self.faults.kind(right))
        return False

    def _date_with_time(self, moment: Node) -> None:
        sentence = N_("A date with time cannot be compared with a date; take its date first with date_of.")
        self.faults.clash(sentence, moment, suggestion="date_of()")

    def _no_date(self, text: Literal, kind: Kind) -> None:
        if kind is Kind.DATETIME:
            sentence = N_("A date with time cannot be compared with a text; take its date first with date_of.")
        else:
            sentence = N_('“{text}” is not a date; write it as "2026-12-31".')
        self.faults.clash(sentence, text, text=str(text.value)[:40])

    def _options(self, left: Node, right: Node) -> bool:
        value = right.value if isinstance(right, Literal) else None
        if not left.type.options:  # tags: any text may be one
            return True
        if left.type.kind is not Kind.CHOICE or not isinstance(value, str) or value in left.type.options:
            return True
        hint = self.faults.guess(value, left.type.options)
        sentence = N_("“{option}” is not one of the options.")
        self.faults.add("unknown_option", sentence, right.start + 1, f'"{hint}"' if hint else "", option=value[:40])
        return False

    def _ordered(self, op: str, left: Node, right: Node) -> bool:
        for side in (left, right):
            if side.type.kind not in _ORDERED:
                sentence = N_("“{sign}” means nothing here, because there is no order in {kind}.")
                self.faults.clash(sentence, side, "no_order", sign=op)
                return False
        return True

    def _membership(self, op: str, left: Node, right: Node, start: int, end: int) -> Node | None:
        if isinstance(right, ListNode):
            return self._in_list(op, left, right, start, end)
        if not (right.type.kind in MANY or (right.type.kind in TEXTUAL and left.type.kind in TEXTUAL)):
            sentence = N_("Right of “in” a list is needed, not {kind}.")
            self.faults.clash(sentence, right)
            return None
        if right.type.kind in MANY and not self.item(right, left):
            return None
        found = Call(YES_NO, start, end, "contains", (right, left))
        return found if op == "in" else nodes.negation(found, start, end)

    def _in_list(self, op: str, left: Node, right: ListNode, start: int, end: int) -> Node | None:
        if left.type.kind in MANY or left.type.kind in {Kind.LIST, Kind.EMPTY}:
            self.faults.clash(N_("This is {kind}, which cannot be one of a list; use any_of."), left)
            return None
        items = self.items(left, right)
        if items is None:
            return None
        held = right if items is right.items else replace(right, items=items)
        return nodes.compare(op, left, held, start, end)

    def items(self, left: Node, right: ListNode) -> tuple[Node, ...] | None:
        """Return the items of a list that a value is looked for in, each related to it."""
        if not right.items:
            self.faults.clash(N_("The list has no items."), right, "empty_list")
            return None
        items = right.items
        if left.type.kind is Kind.DATE:
            items = tuple(dated(i, left) for i in items)
        for item in items:
            if item.type.kind is Kind.EMPTY:
                self.faults.clash(N_("An empty value cannot stand in a list; use is_empty."), item, "empty_in_list")
                return None
        fine = [self.related(left, i) for i in items]
        return items if all(fine) else None

    def item(self, many: Node, item: Node) -> bool:
        """Tell whether a value may be an item of a list field; note a fault when not."""
        kind = ITEM_OF[many.type.kind]
        if item.type.kind is Kind.EMPTY:
            return True
        if many.type.kind is Kind.CHOICES and item.type.kind in TEXTUAL:
            stand_in = replace(many, type=replace(many.type, kind=Kind.CHOICE))
            return self._options(stand_in, item)
        if item.type.kind is kind and item.type.form == many.type.form:
            return True
        sentence = N_("This is {kind}, which cannot be an item of {other}.")
        self.faults.clash(sentence, item, other=self.faults.kind(many))
        return False

    def arithmetic_clash(self, op: str, left: Node, right: Node, text: str, at: int) -> None:
        """Note why two values cannot be calculated with, and what to write instead."""
        one, other = left.type.kind, right.type.kind
        first, second = text[left.start : left.end], text[right.start : right.end]
        days = {Kind.DATE, Kind.DATETIME}
        if one in days and other in days and op == "-":
            sentence = N_("Dates are not subtracted; count the days between them.")
            self.faults.add("date_arithmetic", sentence, at + 1, f"days_between({second}, {first})")
        elif one in days and other in NUMERIC and op in "+-":
            sentence = N_("Days are not added with “{sign}”; use add_days.")
            hint = f"add_days({first}, {'-' if op == '-' else ''}{second})"
            self.faults.add("date_arithmetic", sentence, at + 1, hint, sign=op)
        elif one in TEXTUAL and other in TEXTUAL and op == "+":
            sentence = N_("Texts are not added; put them together with concat.")
            self.faults.add("text_arithmetic", sentence, at + 1, f"concat({first}, {second})")
        elif one in TEXTUAL and op in "*%":
            sentence = N_("Texts cannot be repeated or formatted with “{sign}”.")
            self.faults.add("text_arithmetic", sentence, at + 1, sign=op)
        else:
            wrong = left if one not in NUMERIC else right
            sentence = N_("“{sign}” needs numbers, not {kind}.")
            self.faults.clash(sentence, wrong, sign=op)


def dated(node: Node, other: Node) -> Node:
    """Return a text that is a date ("2026-12-31") as a date where it stands beside one."""
    if other.type.kind is not Kind.DATE:
        return node
    return as_date(node) or node


def as_date(node: Node) -> Node | None:
    """Return a written ISO date as a date literal."""
    if not (isinstance(node, Literal) and isinstance(node.value, str) and len(node.value) == 10):
        return None
    try:
        return Literal(DATE.never_empty(), node.start, node.end, date.fromisoformat(node.value))
    except ValueError:
        return None
