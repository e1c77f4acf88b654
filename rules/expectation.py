"""Holds the result of an expression against what its place asks for."""

from __future__ import annotations

from dataclasses import replace

from rules.comparing import ComparisonChecker, as_date
from rules.errors import N_, Term
from rules.faults import KINDS, Faults
from rules.tree import Literal, Node
from rules.types import Kind, Type

#: What each place accepts besides its own kind.
_ALSO = {
    Kind.NUMBER: {Kind.MONEY},
    Kind.MONEY: {Kind.NUMBER},
    Kind.TEXT: {Kind.CHOICE},
    Kind.CHOICE: {Kind.TEXT},
}


def mismatch(tree: Node, expect: Kind | Type | None, faults: Faults) -> Node:
    """Return the tree fit for its place; note a fault when its result is not what is asked for."""
    if tree.type.kind is Kind.LIST:
        faults.clash(N_("A list alone is no result; use it right of “in”."), tree, "result_type")
        return tree
    if expect is None:
        return tree
    wanted = expect if isinstance(expect, Type) else Type(expect)
    if wanted.kind is Kind.DATE:
        tree = as_date(tree) or tree
    kind = tree.type.kind
    if kind is Kind.EMPTY and wanted.kind is not Kind.YES_NO:
        return replace(tree, type=Type(Kind.EMPTY))
    if kind is not wanted.kind and kind not in _ALSO.get(wanted.kind, set()):
        sentence = N_("This place needs {wanted}, but the expression gives {kind}.")
        faults.add("result_type", sentence, 1, wanted=Term(KINDS[wanted.kind]), kind=Term(KINDS[kind]))
    elif wanted.form and tree.type.form and wanted.form != tree.type.form:
        faults.add("result_type", N_("This place needs a record of another form."), 1)
    elif wanted.kind is Kind.CHOICE and wanted.options and isinstance(tree, Literal):
        ComparisonChecker(faults).related(Literal(wanted, 0, 0), tree)
    return tree
