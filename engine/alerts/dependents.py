"""Which rules a change concerns: those that read a changed field, of the record itself or through references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.alerts.facts import Path, source_of
from engine.config.defs import AlertRuleDef
from rules.types import Kind

if TYPE_CHECKING:
    from engine.releases.live import Live


@dataclass(frozen=True, slots=True)
class Dependent:
    """A rule that reads something of a form: of its own record (no `via`), or behind the references in `via`."""

    rule: AlertRuleDef
    via: frozenset[Path]

    @property
    def is_own(self) -> bool:
        """Tell whether the changed records are the rule's own."""
        return not self.via


def dependents(live: Live, form: str, changed: frozenset[str] | None) -> list[Dependent]:
    """Return the rules evaluated on change that read a changed field (None: any field) of a form."""
    found: list[Dependent] = []
    for rule in live.app.alerts.values():
        if not rule.on_change:
            continue
        own, vias = _reads(live, rule, form, changed)
        if own or (rule.form == form and changed is None):
            found.append(Dependent(rule, frozenset()))
        if vias:
            found.append(Dependent(rule, frozenset(vias)))
    return found


def referring(session: Session, live: Live, one: Dependent, ids: Sequence[int], now: datetime, limit: int) -> list[int]:
    """Return the records of the rule's form whose references lead to these records, at most `limit`."""
    found: set[int] = set()
    for via in sorted(one.via):
        source = source_of(session, live, one.rule.form, now)
        target = source.column(via)
        query = source.select(source.table.c.id).where(target.in_(ids)).limit(limit)
        found.update(session.scalars(query))
    return sorted(found)[:limit]


def _reads(live: Live, rule: AlertRuleDef, form: str, changed: frozenset[str] | None) -> tuple[bool, set[Path]]:
    """Return whether the condition reads the form as its own, and the references through which it reads it."""
    own = False
    vias: set[Path] = set()
    for path in rule.when.reads:
        at = rule.form
        for depth, key in enumerate(path):
            if at == form and (changed is None or _stored(key) in changed):
                own, vias = (True, vias) if depth == 0 else (own, vias | {path[:depth]})
            type_ = live.app.shapes.get(at, {}).get(key)
            at = type_.form if type_ and type_.kind is Kind.REFERENCE else ""
    return own, vias


def _stored(key: str) -> str:
    return "stage_entered_at" if key == "days_in_stage" else key
