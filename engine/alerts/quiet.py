"""Which rules have nothing new: asked of several in one transaction, with one question each that is kept ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from engine.alerts import schedule
from engine.alerts.holding import mine, not_open, over, test_of, watch_of
from engine.alerts.rows import Alert
from engine.alerts.state import OPEN
from engine.config.defs import AlertRuleDef
from engine.db import start_writing
from engine.sql.functions import NoSqlForm
from engine.triggers import Watch
from rules.checked import Checked

if TYPE_CHECKING:
    from engine.releases.live import Live

Question = Select[int]


def pass_over(session: Session, live: Live, rules: Sequence[AlertRuleDef], now: datetime, *, always: bool) -> set[str]:
    """Deal with those rules that have nothing new, and return their keys; all others are as due as they were.

    1. Take the rules, so that whatever makes one due from here on waits, and is not forgotten. 2. Ask each whether
    anything newly holds or has come to its end. 3. Give back those that have.
    """
    start_writing(session)
    taken = schedule.claim_many(session, live, rules, now, always=always)
    quiet = {rule.key for rule in rules if rule.key in taken and _has_nothing_new(watch_of(session, live, rule, now))}
    schedule.give_back(session, live, taken - quiet, now)
    return quiet


def can_be_asked(rule: AlertRuleDef) -> bool:
    """Tell whether a rule does nothing when no record newly meets its condition or no longer does."""
    return bool(rule.form) and not rule.triggers and rule.catch_up != "digest"


def _has_nothing_new(watch: Watch) -> bool:
    question = _question(watch)
    if question is None:
        return False
    return watch.session.connection().scalar(question) == 0


def _question(watch: Watch) -> Question | None:
    """Return how many records and alerts must be looked at, ready for the database; None where SQL cannot tell.

    It is the same for a whole day, unless the rule reads the time of day.
    """
    rule, dialect = watch.rule, watch.session.get_bind().dialect
    if any(("now",) in one.reads for one in _conditions(rule)):
        return _made(watch)
    key, today = ("alert question", rule.key, dialect.name), watch.source.constants["today"]
    kept: tuple[object, Question | None] = watch.live.memo.get(key, (None, None))
    if kept[0] != today:
        kept = watch.live.memo[key] = (today, _made(watch))
    return kept[1]


def _conditions(rule: AlertRuleDef) -> tuple[Checked, ...]:
    return (rule.when,) if rule.until is None else (rule.when, rule.until)


def _made(watch: Watch) -> Question | None:
    try:
        for one in _conditions(watch.rule):
            watch.source.condition(one)
    except NoSqlForm:
        return None
    return select(_newly(watch) + _over(watch))


def _newly(watch: Watch) -> ScalarSelect[int]:
    tests = (test_of(watch), not_open(watch))
    return watch.source.select(func.count()).where(*tests).scalar_subquery()


def _over(watch: Watch) -> ScalarSelect[int]:
    is_open = (*mine(watch.live, watch.rule), Alert.state.in_(OPEN))
    return select(func.count()).select_from(Alert).where(*is_open, over(watch)).scalar_subquery()
