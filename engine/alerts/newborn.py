"""Records that have just come to be: whether any rule has something to say about one, without asking the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.alerts.dependents import dependents
from engine.config.defs import AlertRuleDef
from engine.records.env import holds, values_for
from rules.checked import Checked

if TYPE_CHECKING:
    from engine.releases.live import Live


def concerns_new(session: Session, live: Live, form: str, row: Mapping[str, object], now: datetime) -> bool:
    """Tell whether the rules have to look at a new record: one holds for it, or cannot be told from its row alone.

    No alert can be open about it, so a plain rule that does not hold has nothing to do.
    """
    conditions = _plain(live, form)
    if conditions is None:
        return True
    env = values_for(session, live, form, row, (), None, now) if conditions else {}
    return any(holds(one, env) for one in conditions)


def _plain(live: Live, form: str) -> list[Checked] | None:
    """Return the conditions of all rules that a new record concerns; None when one asks for more than its row."""
    memo = ("plain conditions of alerts", form)
    if memo not in live.memo:
        rules = [one.rule if one.is_own else None for one in dependents(live, form, None)]
        plain = [rule.when for rule in rules if rule is not None and _is_plain(rule)]
        live.memo[memo] = plain if len(plain) == len(rules) else None
    found: list[Checked] | None = live.memo[memo]
    return found


def _is_plain(rule: AlertRuleDef) -> bool:
    return not rule.triggers and all(len(path) == 1 for path in rule.when.reads)
