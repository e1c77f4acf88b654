"""How a function is registered: its signatures, its meaning, its inline form, and what it says about itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from rules.limits import MAX_RESULT_TEXT
from rules.nodes import Maker
from rules.tree import Node
from rules.types import MANY, Kind

__all__ = [
    "MACROS",
    "PARAMETER_KINDS",
    "REGISTERED",
    "Function",
    "Maker",
    "Parameter",
    "Signature",
    "Temporaries",
    "bounded",
    "kept",
]
__all__ += ["function", "macro", "zone_of"]

#: What may be passed to a parameter of this word. Words not listed are literals with rules of their own (checker).
PARAMETER_KINDS: dict[str, frozenset[Kind]] = {
    "number": frozenset({Kind.NUMBER, Kind.MONEY}),
    "text": frozenset({Kind.TEXT, Kind.CHOICE}),
    "condition": frozenset({Kind.YES_NO}),
    "date": frozenset({Kind.DATE, Kind.DATETIME}),  # a datetime is read as its date in the app's time zone
    "datetime": frozenset({Kind.DATETIME}),
    "person": frozenset({Kind.PERSON}),
    "many": MANY,
    "any": frozenset(Kind) - {Kind.LIST},
    "T": frozenset(Kind) - {Kind.LIST} - MANY,  # all of them of one type, the result too
    "ordered": frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.DATETIME, Kind.EMPTY}),  # as T, but with an order
    "item": frozenset({Kind.CHOICE, Kind.TEXT, Kind.REFERENCE, Kind.PERSON}),  # one of what the `many` before it holds
    "list": frozenset({Kind.LIST}),
    "unit": frozenset(),  # a period in quotes
    "digits": frozenset(),  # a written whole number from -9 to 9
    "word": frozenset(),  # a text in quotes
}


class Temporaries(Protocol):
    """Hands out names that inline code may keep a value in."""

    def __call__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; a repeated one takes one or more arguments."""

    name: str
    type: str
    optional: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    text: str
    parameters: tuple[Parameter, ...]
    result: str
    #: Numbers of arguments.
    least: int
    most: int

    def parameter(self, index: int) -> Parameter:
        """Return what the argument at this position is passed to."""
        return self.parameters[min(index, len(self.parameters) - 1)]


@dataclass(frozen=True)
class Function:
    """A registered function. `run` is its meaning on plain values and the ground truth for every evaluator."""

    name: str
    group: str
    signatures: tuple[Signature, ...]
    run: Callable[..., object]
    doc: str
    #: (expression, value as the reference page prints it)
    examples: tuple[tuple[str, str], ...]
    #: True: `run` is asked even when an argument is empty. False: an empty argument makes the result empty.
    takes_empty: bool = False
    #: The result may be empty although no argument is.
    partial: bool = False
    #: The result is a whole number, compared as it is.
    whole: bool = False
    #: `run` gets the RuleContext as its first argument.
    needs_context: bool = False
    #: Values read besides the arguments, passed after them: `me.roles`.
    reads: tuple[str, ...] = ()
    #: Whether both databases evaluate it; False means record by record.
    sql: bool = True
    #: Makes Python source from a maker of temporaries and the source of the arguments (each used in order, at most once).
    inline: Callable[..., str] | None = None
    #: A function that is short for another expression makes it from its arguments.
    expand: Callable[..., Node] | None = None
    #: It uses an argument more than once, so that calls inside calls could grow beyond all measure.
    repeats: bool = False

    @property
    def sentence(self) -> str:
        """Return the first line of the documentation."""
        return self.doc.splitlines()[0]


REGISTERED: dict[str, Function] = {}
MACROS: set[str] = set()

#: As many as may be passed where one may pass any number.
_MOST_ARGUMENTS = 50
_SIGNATURE = re.compile(r"(\w+)\((.*)\) -> (\w+)")


def _signature(text: str) -> tuple[str, Signature]:
    found = _SIGNATURE.fullmatch(text)
    assert found, text
    parameters = []
    for part in filter(None, (p.strip() for p in found[2].split(","))):
        name, _, kind = part.partition(": ")
        parameters.append(
            Parameter(name.strip("*?"), kind, optional=name.endswith("?"), repeated=name.startswith("*")),
        )
    least = sum(not (p.optional or p.repeated) for p in parameters)
    most = _MOST_ARGUMENTS if parameters and parameters[-1].repeated else len(parameters)
    return found[1], Signature(text, tuple(parameters), found[3], least, most)


def _documentation(run: Callable[..., object]) -> tuple[str, tuple[tuple[str, str], ...]]:
    doc = inspect.getdoc(run) or ""
    examples = re.findall(r"^>>> (.+)\n(.+)$", doc, re.MULTILINE)
    return re.sub(r"\n*^>>> .+\n.+$", "", doc, flags=re.MULTILINE).strip(), tuple(examples)


_Run = TypeVar("_Run", bound=Callable[..., object])


def function(*signatures: str, **facts: object) -> Callable[[_Run], _Run]:
    """Register a function under its signatures, e.g. `"upper(text: text) -> text"`; facts are fields of Function."""

    def register(run: _Run) -> _Run:
        parsed = [_signature(s) for s in signatures]
        doc, examples = _documentation(run)
        group = run.__module__.rsplit(".", 1)[-1]
        name = parsed[0][0]
        assert name not in REGISTERED, name
        shapes = tuple(s for _, s in parsed)
        REGISTERED[name] = Function(name, group, shapes, run, doc, examples, **facts)  # type: ignore[arg-type]  # checked by the dataclass
        return run

    return register


def macro(*signatures: str, **facts: object) -> Callable[[Callable[..., Node]], Callable[..., Node]]:
    """Register a function that is short for another expression: it gets a Maker and the nodes of its arguments."""

    def register(expand: Callable[..., Node]) -> Callable[..., Node]:
        function(*signatures, expand=expand, **facts)(expand)
        MACROS.add(_signature(signatures[0])[0])
        return expand

    return register


def kept(new: Temporaries, source: str) -> tuple[str, str]:
    """Return source for the first and for a later use of a value that is computed once."""
    if source.isidentifier() or re.fullmatch(r"\d+\.\d+", source):
        return source, source
    name = new()
    return f"({name} := {source})", name


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    return ZoneInfo(name)


def bounded(text: str) -> str | None:
    """Return a text result, or empty when there is nothing in it or too much."""
    return text if 0 < len(text) <= MAX_RESULT_TEXT else None
