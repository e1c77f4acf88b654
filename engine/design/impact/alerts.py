"""Alert rules that a draft adds, changes or removes: which alerts would open now, and which of the firing ones close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.alerts.holding import (
    begins,
    has_events,
    is_by_calendar,
    no_longer_holding,
    not_open,
    over,
    reads_of,
    subjects_of,
    test_of,
    watch_of,
)
from engine.alerts.rows import Alert
from engine.design.impact.ahead import PAST, Gap
from engine.design.impact.apart import apart
from engine.design.impact.krs import ADDED, CHANGED, REMOVED, steps
from engine.people.users import names_of
from engine.records.titles import titles
from forms.labels import Label
from rules.errors import Fault

if TYPE_CHECKING:
    from engine.config.defs import AlertRuleDef
    from engine.design.impact.ahead import Ahead
    from engine.design.impact.narrowed import Sight
    from engine.people import User
    from engine.releases.live import Live

#: Records named as examples.
EXAMPLES = 3
FIRING = ("firing", "acknowledged")
#: The rule says the same, but something it reads does not.
READS = "reads"


@dataclass(frozen=True)
class Shown:
    """How many alerts, and the titles of the first of them, as far as the viewer may see those records."""

    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleImpact:
    """What becomes of a rule's alerts. `kind` is added, changed, removed, or reads: what it reads changes."""

    key: str
    label: Label
    kind: str
    firing: int
    opens: Shown = Shown()
    closes: Shown = Shown()
    #: It fires at events or at times of the calendar, so that nothing opens at the moment of publishing.
    at_occasions: bool = False
    hold_minutes: int = 0
    why: Fault | None = None
    gaps: tuple[Gap, ...] = ()


def rules_changed(before: Live | None, ahead: Ahead) -> dict[str, str]:
    """Return rule key -> added, changed, removed or reads, for the rules that a draft makes a difference to."""
    old, new = (dict(before.app.alerts) if before else {}), ahead.live.app.alerts
    found: dict[str, str] = {}
    for key in dict.fromkeys((*new, *old)):
        if key not in old or key not in new:
            found[key] = ADDED if key not in old else REMOVED
        elif old[key] != new[key]:
            found[key] = CHANGED
        elif not ahead.touched.isdisjoint(rules_reading(ahead.live, new[key])):
            found[key] = READS
    return found


def rules_reading(live: Live, rule: AlertRuleDef) -> set[tuple[str, str]]:
    """Return (form, field) of all that decides whether a rule holds."""
    found = {(rule.form, "")} if rule.form else set()
    for path in reads_of(rule):
        name = "stage_entered_at" if path[0] == "days_in_stage" else path[0]
        found |= {(rule.form, name), *steps(live, rule.form, path)}
    return found


def rules_impact(
    session: Session, before: Live | None, ahead: Ahead, viewer: User, now: datetime, sight: Sight | None = None
) -> list[RuleImpact]:
    """Return what becomes of the alerts of each rule that the draft makes a difference to, at most five queries each.

    With a `sight`, alerts about records that are not in it are left out.
    """
    listed = rules_changed(before, ahead)
    firing = _firing(session, ahead.live.key, listed, sight)
    look = _Look(session, before or ahead.live, ahead.live, viewer, now, sight)
    return [_impact(look, before, ahead, key, kind, firing.get(key, 0)) for key, kind in listed.items()]


def _impact(look: _Look, before: Live | None, ahead: Ahead, key: str, kind: str, firing: int) -> RuleImpact:
    old = before.app.alerts.get(key) if before else None
    rule = ahead.live.app.alerts.get(key)
    shown = rule or old
    assert shown is not None
    if rule is None:
        return RuleImpact(key, shown.label, kind, firing, closes=look.closing(shown))
    moved = old is not None and old.form != rule.form
    found, why = apart(
        look.session,
        lambda: (look.opening(rule, anew=moved), look.closing(old if moved and old else rule, gone=moved, by=rule)),
    )
    opens, closes = found or (Shown(), Shown())
    gaps = tuple(one for one in ahead.gaps_in(rules_reading(ahead.live, rule)) if one.code != PAST)
    occasions = rule.by_occasion or has_events(rule) or is_by_calendar(rule)
    return RuleImpact(key, shown.label, kind, firing, opens, closes, occasions, rule.hold_minutes, why, gaps)


def _firing(session: Session, app_key: str, keys: dict[str, str], sight: Sight | None) -> dict[str, int]:
    tests: list[ColumnElement[bool]] = [Alert.app_key == app_key, Alert.rule.in_(list(keys)), Alert.state.in_(FIRING)]
    if sight is not None:
        tests.append(sa.or_(*(_in_sight(sight, form) for form in (*sight.live.app.forms, ""))))
    rows = session.execute(sa.select(Alert.rule, sa.func.count()).where(*tests).group_by(Alert.rule)) if keys else ()
    return {row[0]: row[1] for row in rows}


def _in_sight(sight: Sight, form: str) -> ColumnElement[bool]:
    """Return which alerts about a form are about what is in sight; those about figures and people are about no record."""
    rows = sight.rows(form) if form else None
    mine = Alert.form == form
    return mine if rows is None else sa.and_(mine, Alert.record_id.in_(rows))


@dataclass(frozen=True)
class _Look:
    """Looks at rules of the draft; records are named by the release that is live, as the viewer may see them there."""

    session: Session
    named_by: Live
    live: Live
    viewer: User
    now: datetime
    sight: Sight | None = None

    def opening(self, rule: AlertRuleDef, *, anew: bool = False) -> Shown:
        """Return for what an alert would open: the rule holds, and none is open (`anew`: whatever is open)."""
        if rule.by_occasion or has_events(rule):
            return Shown()
        watch = watch_of(self.session, self.live, rule, self.now)
        if not rule.form:
            ids = {id_ for id_, facts in subjects_of(watch, met=True).items() if begins(rule, facts)}
            fresh = sorted(ids - self._ids(rule.key))
            return Shown(len(fresh), self._titles("", fresh[:EXAMPLES]))
        tests = [test_of(watch)] if anew else [test_of(watch), not_open(watch)]
        id_ = watch.source.table.c.id
        count = self.session.scalar(watch.source.select(sa.func.count(), scan=True).where(*tests)) or 0
        found = watch.source.select(id_, scan=True).where(*tests).order_by(id_).limit(EXAMPLES)
        few = list(self.session.scalars(found)) if count else []
        return Shown(count, self._titles(rule.form, few))

    def closing(self, rule: AlertRuleDef, *, gone: bool = True, by: AlertRuleDef | None = None) -> Shown:
        """Return what fires now and would come to its end: all of it (`gone`), or what the rule no longer holds for."""
        tests: list[ColumnElement[bool]] = [
            Alert.app_key == self.live.key, Alert.rule == rule.key, Alert.state.in_(FIRING)
        ]  # fmt: skip
        if self.sight is not None:
            tests.append(_in_sight(self.sight, rule.form))
        if not gone and by is not None:
            watch = watch_of(self.session, self.live, by, self.now)
            if by.form:
                tests.append(over(watch))
            else:
                tests.append(Alert.record_id.in_(no_longer_holding(watch)))
        count = self.session.scalar(sa.select(sa.func.count()).select_from(Alert).where(*tests)) or 0
        few = self.session.scalars(sa.select(Alert.record_id).where(*tests).order_by(Alert.record_id).limit(EXAMPLES))
        return Shown(count, self._titles(rule.form, list(few) if count else []))

    def _ids(self, key: str) -> set[int]:
        mine = (Alert.app_key == self.live.key, Alert.rule == key, Alert.state.in_(("pending", *FIRING)))
        return set(self.session.scalars(sa.select(Alert.record_id).where(*mine)))

    def _titles(self, form: str, ids: list[int]) -> tuple[str, ...]:
        if not form:
            return tuple(names_of(self.session, [one for one in ids if one]).values())
        if form not in self.named_by.app.forms or not ids:
            return ()
        return tuple(titles(self.session, self.named_by, form, ids, self.viewer, self.now).values())
