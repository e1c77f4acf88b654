"""An expression, as a condition to be filled in; what no test can show stays as it is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from forms.criteria.model import Criterion, Group, Item, Raw, Slot
from forms.criteria.operators import Operator, templates
from forms.criteria.writing import plain_number
from forms.dates import read_date
from rules.errors import RuleError
from rules.parse import Parsed, parse, tree_of

#: Names that stand for open values while a template is compared; no form can have such a field.
_OPEN = frozenset({"__a", "__b", "__l"})


def read(text: str, slots: Mapping[str, Slot]) -> Group:
    """Return the condition that an expression writes; all of it as one piece when it cannot even be parsed."""
    if not text.strip():
        return Group()
    try:
        parsed = parse(text)
    except RuleError:
        return Group("and", (Raw(text.strip()),))
    found = _Reader(text, parsed, slots).item(parsed.root)
    return found if isinstance(found, Group) else Group("and", (found,))


class _Reader:
    """Reads one expression."""

    def __init__(self, text: str, parsed: Parsed, slots: Mapping[str, Slot]) -> None:
        self.text, self.parsed, self.slots = text, parsed, slots

    def item(self, node: ast.expr) -> Item:
        """Return what a node says."""
        if isinstance(node, ast.BoolOp):
            join = "and" if isinstance(node.op, ast.And) else "or"
            return Group(join, tuple(self.item(one) for one in node.values))
        test = self._test(node)
        if test is not None:
            return test
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = node.operand
            if isinstance(inner, ast.BoolOp) and isinstance(inner.op, ast.Or):
                return Group("none", tuple(self.item(one) for one in inner.values))
            return Group("none", (self.item(inner),))
        return Raw(self._slice(node))

    def _slice(self, node: ast.expr) -> str:
        start, end = self.parsed.position(node.col_offset), self.parsed.position(node.end_col_offset or 0)
        return self.text[start:end]

    def _test(self, node: ast.expr) -> Criterion | None:
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        for key in sorted(names & self.slots.keys()):
            for found, fixed, pattern in _patterns(self.slots[key]):
                open_: dict[str, tuple[object, ...]] = {}
                if _alike(pattern, node, open_):
                    values = _values(found, open_)
                    if values is not None:
                        return Criterion(key, found.key, fixed or values)
        return None


@lru_cache(maxsize=4096)
def _patterns(slot: Slot) -> tuple[tuple[Operator, tuple[str, ...], ast.expr], ...]:
    made = []
    for found, fixed, template in templates(slot):
        named = template.replace("{a}", "__a").replace("{b}", "__b").replace("{l}", "__l")
        made.append((found, fixed, tree_of(named, "eval").body))
    return tuple(made)


def _alike(pattern: ast.AST, node: ast.AST, open_: dict[str, tuple[object, ...]]) -> bool:
    """Tell whether a node is what a pattern says; note what stands where the pattern is open."""
    if isinstance(pattern, ast.Name) and pattern.id in _OPEN:
        values = _constants(node) if pattern.id == "__l" else _constant(node)
        if values is not None:
            open_[pattern.id] = values
        return values is not None
    if isinstance(pattern, ast.Constant) and isinstance(node, ast.Constant):
        return type(pattern.value) is type(node.value) and pattern.value == node.value
    if type(pattern) is not type(node):
        return False
    return all(
        _same(getattr(pattern, name), getattr(node, name, None), open_) for name in pattern._fields if name != "ctx"
    )


def _same(pattern: object, value: object, open_: dict[str, tuple[object, ...]]) -> bool:
    if isinstance(pattern, ast.AST):
        return isinstance(value, ast.AST) and _alike(pattern, value, open_)
    if isinstance(pattern, list) and isinstance(value, list):
        pairs = zip(pattern, value, strict=False)
        return len(pattern) == len(value) and all(_same(one, other, open_) for one, other in pairs)
    return pattern == value


def _constant(node: ast.AST) -> tuple[object, ...] | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _constant(node.operand)
        held = inner[0] if inner else None
        return (-held,) if isinstance(held, int | float) else None
    held = node.value if isinstance(node, ast.Constant) else None
    return (held,) if isinstance(held, str | int | float) and not isinstance(held, bool) else None


def _constants(node: ast.AST) -> tuple[object, ...] | None:
    if not isinstance(node, ast.List):
        return None
    found = [_constant(one) for one in node.elts]
    return tuple(one[0] for one in found if one) if all(found) and found else None


def _values(found: Operator, open_: Mapping[str, tuple[object, ...]]) -> tuple[str, ...] | None:
    """Return what stands in a test, or None when it is not of the kind that the operator needs."""
    if "__l" in open_:
        return tuple(map(str, open_["__l"])) if all(isinstance(one, str) for one in open_["__l"]) else None
    given = [open_[name][0] for name in ("__a", "__b") if name in open_]
    texts = [_shown(kind, value) for kind, value in zip(found.needs, given, strict=False)]
    return tuple(one for one in texts if one is not None) if None not in texts else None


def _shown(kind: str, value: object) -> str | None:
    if kind in ("number", "days"):
        if not isinstance(value, int | float) or (kind == "days" and (value < 0 or value != int(value))):
            return None
        return plain_number(Decimal(repr(value)))
    if kind == "date" and (not isinstance(value, str) or str(read_date(value)) != value):
        return None
    return value if isinstance(value, str) and value.strip() == value and value else None
