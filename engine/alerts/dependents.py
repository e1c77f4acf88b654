"""Which rules a change concerns: those that read a changed field, of the record itself or through references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.alerts.facts import Path
from engine.alerts.holding import has_events, reads_of, triggers_of
from engine.config.defs import AlertRuleDef
from engine.triggers import Watch
from rules.types import Kind

if TYPE_CHECKING:
    from engine.releases.live import Live


@dataclass(frozen=True, slots=True)
class Dependent:
    """A rule that reads something of a form: of its own record, or behind the references in `via`, or through a trigger."""

    rule: AlertRuleDef
    via: frozenset[Path] = frozenset()
    related: bool = False

    @property
    def is_own(self) -> bool:
        """Tell whether the changed records are the rule's own."""
        return not self.via and not self.related


def dependents(live: Live, form: str, changed: frozenset[str] | None) -> list[Dependent]:
    """Return the rules evaluated on change that read a changed field (None: any field) of a form, muting ones first."""
    key = ("dependents", form, changed)
    if key not in live.memo:
        live.memo[key] = sorted(_found(live, form, changed), key=lambda one: bool(one.rule.muted_by))
    found: list[Dependent] = live.memo[key]
    return found


def _found(live: Live, form: str, changed: frozenset[str] | None) -> list[Dependent]:
    found: list[Dependent] = []
    for rule in live.app.alerts.values():
        if not (rule.on_change or has_events(rule)):
            continue
        own, vias = _reads(live, rule, form, changed) if rule.form else (False, set[Path]())
        if own or (rule.form == form and changed is None):
            found.append(Dependent(rule))
        if vias:
            found.append(Dependent(rule, frozenset(vias)))
        if any(form == getattr(given, "form", None) for _, given in triggers_of(rule)):
            found.append(Dependent(rule, related=True))
    return found


def concerned_by(watch: Watch, one: Dependent, form: str, ids: Sequence[int], limit: int) -> list[int]:
    """Return the records of the rule's form whose references or triggers lead to these records, at most `limit`."""
    found: set[int] = set()
    for via in sorted(one.via):
        source = watch.source_of(one.rule.form)
        column = source.column(via)  # before the select: it asks for joins
        query = source.select(source.table.c.id).where(column.in_(ids)).limit(limit)
        found.update(watch.session.scalars(query))
    if one.related:
        for trigger, given in triggers_of(one.rule):
            found.update(trigger.concerned(watch, given, form, ids))
    return sorted(found)[:limit]


def _reads(live: Live, rule: AlertRuleDef, form: str, changed: frozenset[str] | None) -> tuple[bool, set[Path]]:
    """Return whether the condition reads the form as its own, and the references through which it reads it."""
    own = False
    vias: set[Path] = set()
    for path in reads_of(rule):
        at = rule.form
        for depth, key in enumerate(path):
            if at == form and (changed is None or stored(key) in changed):
                own, vias = (True, vias) if depth == 0 else (own, vias | {path[:depth]})
            type_ = live.app.shapes.get(at, {}).get(key)
            at = type_.form if type_ and type_.kind is Kind.REFERENCE else ""
    return own, vias


def stored(key: str) -> str:
    """Return the column that changes when a name does."""
    return "stage_entered_at" if key == "days_in_stage" else key
