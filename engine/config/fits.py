"""Whether what an expression yields may be kept in a field."""

from __future__ import annotations

from collections.abc import Iterator

from forms.defs import FieldDef
from rules.checked import Checked
from rules.tree import IfElse, Literal, Node
from rules.types import Kind

#: Kind of the field -> kinds of value it takes beside its own.
_ALSO = {
    Kind.MONEY: frozenset({Kind.NUMBER}),
    Kind.NUMBER: frozenset({Kind.MONEY}),
    Kind.TEXT: frozenset({Kind.CHOICE}),
    Kind.DATETIME: frozenset[Kind](),
}
#: How a sentence calls a kind.
KIND_NAMES = {kind: kind.value.replace("_", "/") if kind is Kind.YES_NO else kind.value for kind in Kind}


def fits(checked: Checked, field: FieldDef) -> bool:
    """Tell whether the value can be kept: same kind, options that the field has, records of its form."""
    return all(_leaf_fits(leaf, field) for leaf in _leaves(checked.tree))


def _leaves(node: Node) -> Iterator[Node]:
    if not isinstance(node, IfElse):
        yield node
        return
    for side in (node.then, node.otherwise):
        yield from _leaves(side)


def _leaf_fits(node: Node, field: FieldDef) -> bool:
    wanted = field.type.rule_type(field)
    found = node.type
    if found.kind is Kind.EMPTY:
        return True
    if wanted.kind is Kind.CHOICE and isinstance(node, Literal):
        return node.value in wanted.options
    if found.kind is wanted.kind:
        if wanted.kind in {Kind.CHOICE, Kind.CHOICES}:
            return set(found.options) <= set(wanted.options)
        return wanted.kind is not Kind.REFERENCE or found.form == wanted.form
    return found.kind in _ALSO.get(wanted.kind, frozenset())
