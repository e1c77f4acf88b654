"""`Checked`: an expression that passed the checker; what the evaluators, the SQL compiler and the definitions share."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.scope import RuleContext
from rules.tree import Node
from rules.types import Type


@dataclass(frozen=True)
class Checked:
    """An accepted expression. Immutable, so it may be shared between threads."""

    text: str
    tree: Node
    type: Type
    #: Every dotted path it reads, `("customer", "region")`, `("me", "region")`, `("today",)` included.
    reads: frozenset[tuple[str, ...]]
    context: RuleContext = field(default_factory=RuleContext)

    @property
    def reads_clock(self) -> bool:
        """Tell whether the value changes with time alone."""
        return bool(self.reads & {("today",), ("now",), ("days_in_stage",)})
