"""Key results under the live release and under a draft, on the same records and at the same moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.config.defs import KeyResultDef, MeasureDef, OkrDef
from engine.design.impact.ahead import PAST, Gap
from engine.design.impact.apart import apart
from engine.okr.objectives import KrValue, OkrValue, measures_of, objectives
from engine.people.users import SYSTEM
from forms.labels import Label
from rules.errors import Fault

if TYPE_CHECKING:
    from engine.design.impact.ahead import Ahead
    from engine.releases.live import Live

ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"
_ORDER = (CHANGED, ADDED, REMOVED, SAME)


@dataclass(frozen=True)
class KrImpact:
    """A key result before and after; None where it is not there, or (with `why`) could not be worked out."""

    okr: Label
    label: Label
    #: added, removed, changed or same: what becomes of its value, target, score or health.
    kind: str
    before: KrValue | None
    after: KrValue | None
    why: Fault | None = None
    #: What its measures read that is not looked at as it will be.
    gaps: tuple[Gap, ...] = ()


def krs(session: Session, before: Live | None, ahead: Ahead, now: datetime) -> list[KrImpact]:
    """Return every key result of either, those that change first; one pass over each form for each page and side."""
    old = dict(before.app.okrs) if before else {}
    found = [
        one for key in dict.fromkeys((*old, *ahead.live.app.okrs)) for one in _page(session, before, ahead, key, now)
    ]
    return sorted(found, key=lambda one: _ORDER.index(one.kind))


def _page(session: Session, before: Live | None, ahead: Ahead, key: str, now: datetime) -> Iterator[KrImpact]:
    old, new = (before.app.okrs.get(key) if before else None), ahead.live.app.okrs.get(key)
    was, not_was = _values(session, before, old, now)
    alike = before is not None and old == new and _reads_alike(before, ahead, old)
    is_, not_is = (was, not_was) if alike else _values(session, ahead.for_scans, new, now)
    shown = new or old
    assert shown is not None
    for kr in dict.fromkeys((*_keys(old), *_keys(new))):
        one, other = _keys(old).get(kr), _keys(new).get(kr)
        label = (other or one).label  # type: ignore[union-attr]  # it is in one of them
        gaps = _gaps(ahead, new, other) if other is not None and new is not None else ()
        why = not_is if other is not None and not_is else not_was if one is not None and not_was else None
        values = was.get(kr), is_.get(kr)
        yield KrImpact(shown.label, label, _kind(one, other, values), *values, why, gaps)


def _reads_alike(before: Live, ahead: Ahead, okr: OkrDef | None) -> bool:
    """Tell whether a page that says the same must come to the same values, too: it need not be asked twice."""
    old, new = before.app, ahead.live.app
    if okr is None or old.measures != new.measures or (old.context, old.currency) != (new.context, new.currency):
        return False
    measures = {id(one): one for kr in _keys(okr).values() for one in measures_of(ahead.live, okr, kr).values()}
    return ahead.touched.isdisjoint(pair for one in measures.values() for pair in reads_of(ahead.live, one))


def _values(
    session: Session, live: Live | None, okr: OkrDef | None, now: datetime
) -> tuple[Mapping[str, KrValue], Fault | None]:
    if live is None or okr is None:
        return {}, None
    found: tuple[OkrValue | None, Fault | None] = apart(session, lambda: objectives(session, live, okr, SYSTEM, now))
    page, why = found
    return {kr.definition.key: kr for one in page.objectives for kr in one.key_results} if page else {}, why


def _keys(okr: OkrDef | None) -> dict[str, KeyResultDef]:
    return {kr.key: kr for one in okr.objectives for kr in one.key_results} if okr else {}


def _kind(old: KeyResultDef | None, new: KeyResultDef | None, values: tuple[KrValue | None, KrValue | None]) -> str:
    if old is None or new is None:
        return ADDED if old is None else REMOVED
    return SAME if _said(values[0]) == _said(values[1]) else CHANGED


def _said(one: KrValue | None) -> tuple[object, ...]:
    return (one.current, one.target, one.score, one.health.color) if one else ()


def _gaps(ahead: Ahead, okr: OkrDef, kr: KeyResultDef) -> tuple[Gap, ...]:
    reads = {pair for one in measures_of(ahead.live, okr, kr).values() for pair in reads_of(ahead.live, one)}
    return tuple(gap for gap in ahead.gaps_in(reads) if gap.code != PAST)


def reads_of(live: Live, measure: MeasureDef) -> set[tuple[str, str]]:
    """Return (form, field) of all that a measure reads, also through references, and its form itself."""
    found = {(measure.of, "")}
    for checked in (measure.where, measure.value, measure.during, measure.by):
        for path in checked.reads if checked is not None else ():
            found |= set(steps(live, measure.of, path))
    return found


def steps(live: Live, form: str, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (form, field) for each step of a path, as far as it stays within forms."""
    for name in path:
        type_ = live.app.shapes.get(form, {}).get(name)
        if type_ is None:
            return
        yield form, name
        form = type_.form


__all__ = ["ADDED", "CHANGED", "REMOVED", "SAME", "KrImpact", "krs", "reads_of", "steps"]
