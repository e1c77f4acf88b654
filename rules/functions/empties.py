"""Functions that ask whether something is empty, or give a value to use instead."""

from __future__ import annotations

from rules.functions._base import Maker, function, macro
from rules.nodes import merge
from rules.tree import Node
from rules.types import YES_NO


@function("is_empty(value: any) -> condition", takes_empty=True)
def is_empty(value: object) -> bool:
    """Whether there is no value.

    >>> is_empty(None)
    yes
    """
    return value is None


@macro("is_filled(value: any) -> condition")
def is_filled(make: Maker, value: Node) -> Node:
    """Whether there is a value.

    >>> is_filled(name)
    yes
    """
    return make.opposite(make.call("is_empty", YES_NO, value))


@function("coalesce(first: T, *more: T) -> T", takes_empty=True)
def coalesce(*values: object) -> object:
    """The first of the values that is not empty.

    >>> coalesce(None, 3, 5)
    3
    """
    return next((v for v in values if v is not None), None)


@macro("if_empty(value: T, instead: T) -> T")
def if_empty(make: Maker, value: Node, instead: Node) -> Node:
    """The value, or another one when it is empty.

    >>> if_empty(None, 0)
    0
    """
    merged = merge(value.type, instead.type)
    assert merged is not None
    sure = merged if value.type.nullable and instead.type.nullable else merged.never_empty()
    return make.call("coalesce", sure, value, instead)


@function("count_filled(first: any, *more: any) -> number", takes_empty=True, whole=True)
def count_filled(*values: object) -> float:
    """How many of the values are not empty.

    >>> count_filled(name, None, 5)
    2
    """
    return sum(v is not None for v in values)
