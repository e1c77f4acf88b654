"""What a draft means for the real records, before it is published: read from the live tables, nothing is written."""

from engine.design.impact.ahead import PAST, Ahead, Gap, look_ahead
from engine.design.impact.alerts import RuleImpact, Shown, rules_changed, rules_impact, rules_reading
from engine.design.impact.cost import Cost, IndexToBuild, cost_of, minutes_for
from engine.design.impact.hidden import HiddenField, HiddenForm, hidden
from engine.design.impact.krs import KrImpact, krs
from engine.design.impact.sight import Sight, SightChange, sight
from engine.design.impact.tried import Tried, try_on_past

__all__ = [
    "PAST",
    "Ahead",
    "Cost",
    "Gap",
    "HiddenField",
    "HiddenForm",
    "IndexToBuild",
    "KrImpact",
    "RuleImpact",
    "Shown",
    "Sight",
    "SightChange",
    "Tried",
    "cost_of",
    "hidden",
    "krs",
    "look_ahead",
    "minutes_for",
    "rules_changed",
    "rules_impact",
    "rules_reading",
    "sight",
    "try_on_past",
]
