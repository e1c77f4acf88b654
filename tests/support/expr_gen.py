"""Hypothesis strategies for expressions over a deal of tests.support.expr_world: text, always of the wanted kind.

Calls are made from the signatures of the registry, so that a new function is reached without a line here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hypothesis import strategies as st

from rules.calls import PERIODS
from rules.registry import FUNCTIONS, Signature
from tests.support.expr_world import DAYS, STAGES, TAGS, TEXTS, TIERS

Draw = Callable[[st.SearchStrategy[Any]], Any]

#: Kind -> names of that kind.
NAMES: dict[str, tuple[str, ...]] = {
    "number": ("n1", "n2", "n3", "m1", "m2", "days_in_stage", "customer.rank", "customer.size", "customer.parent.rank"),
    "text": (
        "t1",
        "t2",
        "customer.name",
        "customer.region",
        "me.region",
        "owner.name",
        "owner.manager.region",
        "me.team",
    ),
    "condition": ("b1", "b2", "customer.active", "customer.parent.active"),
    "date": ("d1", "d2", "customer.since", "today", "customer.parent.since"),
    "datetime": ("at1", "at2", "now", "created_at", "stage_entered_at", "customer.created_at"),
    "tier": ("tier", "customer.tier", "customer.parent.tier"),
    "stage": ("stage",),
    "many": ("tags", "customer.tags"),
    "person": ("owner", "reviewer", "created_by", "customer.owner", "owner.manager", "me", "me.manager"),
    "customer": ("customer", "customer.parent"),
}
OPTIONS = {"tier": TIERS, "stage": STAGES}
#: The kinds whose values have an order.
ORDERED = ("number", "date", "datetime", "text")
NUMBERS = (
    "0",
    "1",
    "-1",
    "2.5",
    "10",
    "100",
    "0.1",
    "1.1",
    "90",
    "3",
    "7",
    "12.345",
    "1000000",
    "0.000000001",
    "123456.79",
    "1e15",
)
NUMBERS += ("-2.5", "110.01", "99.99", "0.5", "365", "30", "-7", "2026", "0.01", "0.30000000000000004")
#: What makes a number hardly another one: comparisons round to nine decimals.
NUDGES = ("+ 0", "* 1", "+ 0.0000000001", "- 0.0000000004", "+ 0.0000000006", "- 0.000000001", "* 1.1 / 1.1")
ARITHMETIC = ("+", "-", "*", "/", "//", "%")

#: What is passed where several kinds may be.
_ANY = {"date": ("date", "date", "datetime")}
_ANY["any"] = ("number", "text", "date", "datetime", "tier", "person", "condition", "many")
_RESULTS = {
    "number": ("number", "ordered", "T"),
    "date": ("date", "ordered", "T"),
    "datetime": ("datetime", "ordered", "T"),
}
_RESULTS |= {"text": ("text", "T"), "condition": ("condition",), "tier": ("T",), "person": ("T",)}
#: Function and signature by what they yield.
_CALLS: dict[str, list[tuple[str, Signature]]] = {
    kind: [(f.name, s) for f in FUNCTIONS.values() for s in f.signatures if s.result in words]
    for kind, words in _RESULTS.items()
}


@st.composite
def expressions(draw: Draw, kind: str = "condition", depth: int = 4) -> str:
    """Return an expression of a kind: number, text, condition, date, datetime, tier, person."""
    return _Writer(Drawn(draw)).write(kind, depth)


KINDS = ("condition", "condition", "condition", "number", "number", "text", "date", "datetime", "tier", "person")


def any_expressions(depth: int = 4) -> st.SearchStrategy[str]:
    """Return expressions of every kind, conditions more often."""
    return st.sampled_from(KINDS).flatmap(lambda kind: expressions(kind, depth))


def wild_expressions(depth: int = 4) -> st.SearchStrategy[str]:
    """Return expressions of every kind that have nothing in common with each other, but cannot be shrunk."""
    return st.integers(0, 2**63).map(lambda seed: _thrown(random.Random(seed), depth))


def _thrown(chance: random.Random, depth: int) -> str:
    return _Writer(Thrown(chance)).write(chance.choice(KINDS), depth)


class Dice(Protocol):
    """What decides which way an expression goes."""

    def whole(self, least: int, most: int) -> int: ...

    def flip(self) -> bool: ...


@dataclass(frozen=True)
class Drawn:
    """Decisions that hypothesis may shrink."""

    draw: Draw

    def whole(self, least: int, most: int) -> int:
        return int(self.draw(st.integers(least, most)))

    def flip(self) -> bool:
        return bool(self.draw(st.booleans()))


@dataclass(frozen=True)
class Thrown:
    """Decisions by chance alone: hypothesis likes to vary one example a little, which leaves whole regions out."""

    chance: random.Random

    def whole(self, least: int, most: int) -> int:
        return self.chance.randint(least, most)

    def flip(self) -> bool:
        return self.chance.random() < 0.5


class _Writer:
    """Writes one expression."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice

    def pick(self, choices: Any) -> Any:
        return choices[self.dice.whole(0, len(choices) - 1)]

    def write(self, kind: str, depth: int) -> str:
        """Return an expression of a kind, at most so deep."""
        if depth <= 0:
            return self.leaf(kind)
        way = self.dice.whole(0, 9)
        if way < 2:
            return self.leaf(kind)
        if way == 2 and kind != "many":
            condition = self.write("condition", depth - 2)
            return f"({self.write(kind, depth - 1)} if {condition} else {self.write(kind, depth - 1)})"
        special = getattr(self, f"_{kind}", None)
        if special is not None and way < 7:
            return str(special(depth))
        return self.call(kind, depth) if kind in _CALLS else self.leaf(kind)

    def leaf(self, kind: str) -> str:
        """Return a name or something written."""
        if self.dice.whole(0, 2):
            return str(self.pick(NAMES[kind]))
        if kind == "number":
            return str(self.pick(NUMBERS))
        if kind == "text":
            return quoted(self.pick(TEXTS))
        if kind == "date":
            return f"make_date({self.written_day()})"
        if kind == "condition":
            return self.compare(0)
        return str(self.pick(NAMES[kind]))

    def written_day(self) -> str:
        day = self.pick(DAYS)
        return f"{day.year}, {day.month}, {day.day}"

    def _number(self, depth: int) -> str:
        if not self.dice.whole(0, 6):
            return (
                f"-{self.write('number', depth - 1)}" if self.dice.flip() else f"-({self.write('number', depth - 1)})"
            )
        op = self.pick(ARITHMETIC)
        return f"({self.write('number', depth - 1)} {op} {self.write('number', depth - 1)})"

    def _condition(self, depth: int) -> str:
        match self.dice.whole(0, 5):
            case 0:
                return f"(not {self.write('condition', depth - 1)})"
            case 1 | 2:
                op = self.pick((" and ", " or "))
                parts = [self.write("condition", depth - 1) for _ in range(self.dice.whole(2, 3))]
                return f"({op.join(parts)})"
            case 3:
                return self.membership(depth)
            case _:
                return self.compare(depth)

    def compare(self, depth: int) -> str:
        """Return a comparison."""
        kind = self.pick(
            (
                "number",
                "number",
                "number",
                "date",
                "datetime",
                "text",
                "tier",
                "stage",
                "person",
                "customer",
                "condition",
            )
        )
        equal = ("==", "!=")
        op = self.pick((*equal, "<", "<=", ">", ">=") if kind in ORDERED else equal)
        left, right = self.write(kind, depth - 1), self.other_side(kind, depth - 1)
        if kind == "number" and self.dice.whole(0, 2) == 0:
            right = f"({left} {self.pick(NUDGES)})"
        if self.dice.whole(0, 7) == 0 and op in equal:
            right = "None"
        if self.dice.flip():
            left, right = right, left
        return f"({left} {op} {right})"

    def other_side(self, kind: str, depth: int) -> str:
        if kind in OPTIONS and self.dice.flip():
            return f'"{self.pick(OPTIONS[kind])}"'
        if kind == "tier" and self.dice.whole(0, 3) == 0:
            return self.write("text", depth - 1) if depth > 0 else "t2"
        if kind == "date" and self.dice.whole(0, 3) == 0:
            return f'"{self.pick(DAYS).isoformat()}"'
        return self.write(kind, depth)

    def membership(self, depth: int) -> str:
        """Return a test with `in` or `not in`."""
        op = self.pick(("in", "not in"))
        match self.dice.whole(0, 4):
            case 0:
                return f"({quoted(self.pick(TAGS))} {op} {self.pick(NAMES['many'])})"
            case 1:
                return f"({self.write('text', depth - 1)} {op} {self.write('text', depth - 1)})"
            case 2:
                kind = self.pick(("tier", "stage"))
                items = [quoted(self.pick(OPTIONS[kind])) for _ in range(self.dice.whole(1, 3))]
                return f"({self.leaf(kind)} {op} [{', '.join(items)}])"
            case 3:
                items = [f'"{self.pick(DAYS).isoformat()}"' for _ in range(self.dice.whole(1, 3))]
                return f"({self.pick(NAMES['date'][:3])} {op} [{', '.join(items)}])"
        kind = self.pick(("number", "number", "text", "person"))
        items = [self.write(kind, depth - 2) for _ in range(self.dice.whole(1, 3))]
        return f"({self.write(kind, depth - 1)} {op} [{', '.join(items)}])"

    def call(self, kind: str, depth: int) -> str:
        """Return the call of a function that yields a kind."""
        name, signature = self.pick(_CALLS[kind])
        return self.call_of(name, signature, depth, kind if signature.result in {"T", "ordered"} else "")

    def call_of(self, name: str, signature: Signature, depth: int, kind: str = "") -> str:
        """Return the call of a function; arguments that only have to be alike are of the kind, or of any."""
        kind = kind or self.pick(("number", "date", "datetime"))
        args = []
        for parameter in signature.parameters:
            if parameter.optional and self.dice.flip():
                continue
            count = self.dice.whole(1, 3) if parameter.repeated else 1
            args += [self.argument(parameter.type, kind, depth - 1, args) for _ in range(count)]
        return f"{name}({', '.join(args)})"

    def argument(self, word: str, kind: str, depth: int, before: list[str]) -> str:
        """Return what may be passed to a parameter of this word (see PARAMETER_KINDS of the registry)."""
        if word in {"T", "ordered"}:
            return self.write(kind, depth)
        if word == "number":
            return self.count(depth)
        if word in _ANY:
            return self.write(self.pick(_ANY[word]), depth)
        if word == "list":
            return f"[{', '.join(quoted(self.pick(TAGS)) for _ in range(self.dice.whole(1, 3)))}]"
        if word == "item" and self.dice.flip():
            return str(self.pick(NAMES["text"]))
        if word in {"item", "unit", "word"} or (word == "text" and before and before[0] in NAMES["many"]):
            return quoted(self.pick({"unit": PERIODS, "word": ("rep", "manager", "sales")}.get(word, TAGS)))
        if word == "digits":
            return str(self.dice.whole(-3, 9))
        return str(self.pick(NAMES[word])) if word in {"many", "person"} else self.write(word, depth)

    def count(self, depth: int) -> str:
        """Return a number; often a small one, as counts of days and characters are."""
        return str(self.dice.whole(-40, 400)) if self.dice.whole(0, 3) == 0 else self.write("number", depth)


def quoted(text: str) -> str:
    """Write a text in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def calls(draw: Draw, name: str) -> str:
    """Return a call of one function, as a whole expression."""
    return _Writer(Drawn(draw)).call_of(name, draw(st.sampled_from(FUNCTIONS[name].signatures)), 2)
