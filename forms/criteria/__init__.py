"""Conditions as nested groups of tests that a person fills in: written as an expression, and read back from one."""

from forms.criteria.model import Criteria, Criterion, Group, Item, Raw, Slot, normal
from forms.criteria.operators import PERIODS, Operator, operators_of
from forms.criteria.reading import read
from forms.criteria.writing import IncompleteError, write

__all__ = [
    "PERIODS",
    "Criteria",
    "Criterion",
    "Group",
    "IncompleteError",
    "Item",
    "Operator",
    "Raw",
    "Slot",
    "normal",
    "operators_of",
    "read",
    "write",
]
