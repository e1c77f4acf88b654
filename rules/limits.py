"""The ceilings of an expression, in one table with their reasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One ceiling and why it stands where it stands."""

    value: float
    reason: str


#: Everything an author may run into; the reference page prints this table.
LIMITS: dict[str, Limit] = {
    "characters": Limit(2_000, "longer than any rule people can still read; keeps parsing under a millisecond"),
    "nodes": Limit(400, "names, numbers, signs and calls together; keeps every evaluator and the SQL text small"),
    "depth": Limit(40, "things inside things; databases and Python stop at a few hundred with unfriendly errors"),
    "list_items": Limit(200, "values in one list; a longer list belongs into a choice field or a form of its own"),
    "text": Limit(500, "characters of one text in quotes"),
    "number": Limit(1e15, "beyond it a whole number is no longer exact in every database; larger results are empty"),
    "small_number": Limit(1e-15, "a written number closer to 0 than this is surely a slip"),
    "magnitude": Limit(280, "decimal digits before or after the point that a chain of products could reach"),
    "faults": Limit(25, "faults reported at once; after so many the text is not an expression"),
    "result_text": Limit(10_000, "characters of a text result; a longer one is empty"),
}

MAX_CHARACTERS = int(LIMITS["characters"].value)
MAX_NODES = int(LIMITS["nodes"].value)
MAX_DEPTH = int(LIMITS["depth"].value)
MAX_LIST_ITEMS = int(LIMITS["list_items"].value)
MAX_TEXT = int(LIMITS["text"].value)
MAX_NUMBER = LIMITS["number"].value
MIN_NUMBER = LIMITS["small_number"].value
MAX_MAGNITUDE = LIMITS["magnitude"].value
MAX_FAULTS = int(LIMITS["faults"].value)
MAX_RESULT_TEXT = int(LIMITS["result_text"].value)

#: Half of the ninth decimal: two computed numbers are equal when they differ by less.
HALF_NINTH = 5e-10
