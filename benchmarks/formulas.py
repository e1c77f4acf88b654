"""Six typical formulas: as our expression, as a native lambda, and as other engines write them; and the record they run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.scope import RecordScope, RuleContext
from rules.types import DATE, NUMBER, PERSON, TEXT, Kind, Type

Values = Mapping[str, Any]

#: No field is required, so every evaluator of ours must reckon with empties; the native lambdas do not.
SCOPE = RecordScope(
    {
        "deal": {
            "amount": NUMBER,
            "probability": NUMBER,
            "forecast": NUMBER,
            "actual": NUMBER,
            "converted": NUMBER,
            "mql": NUMBER,
            "stage": Type(Kind.CHOICE, options=("lead", "talk", "won", "lost")),
            "tier": Type(Kind.CHOICE, options=("gold", "silver", "bronze")),
            "visited_on": DATE,
            "owner": PERSON,
            "account": Type(Kind.REFERENCE, form="account"),
        },
        "account": {"region": TEXT},
    },
    "deal",
    {"region": TEXT},
    RuleContext("Asia/Shanghai", "CN"),
)

RECORD: Values = {
    "amount": 120000.0,
    "probability": 40.0,
    "forecast": 110.0,
    "actual": 100.0,
    "converted": 37.0,
    "mql": 200.0,
    "stage": "won",
    "tier": "silver",
    "visited_on": date(2025, 11, 3),
    "today": date(2026, 3, 2),
    "owner": 7,
    "me": 3,
    "account.region": "north",
    "me.region": "north",
}
#: Engines without dotted names or dates get these beside the others.
FLAT: Values = {"account_region": "north", "me_region": "north", "visited": 20395, "now_day": 20514}


@dataclass(frozen=True)
class Formula:
    """One formula in every writing; None where an engine cannot say it."""

    name: str
    text: str
    native: Callable[[Values], Any]
    simpleeval: str | None
    zen: str | None
    rule_engine: str | None
    cel: str | None


FORMULAS = (
    Formula(
        "weighted amount",
        "amount * probability / 100",
        lambda v: v["amount"] * v["probability"] / 100,
        "amount * probability / 100",
        "amount * probability / 100",
        "amount * probability / 100",
        "amount * probability / 100.0",
    ),
    Formula(
        "conversion",
        "100 * converted / mql",
        lambda v: 100 * v["converted"] / v["mql"],
        "100 * converted / mql",
        "100 * converted / mql",
        "100 * converted / mql",
        "100.0 * converted / mql",
    ),
    Formula(
        "within ten percent",
        "abs(forecast - actual) <= 0.1 * abs(actual)",
        lambda v: abs(v["forecast"] - v["actual"]) <= 0.1 * abs(v["actual"]),
        "abs(forecast - actual) <= 0.1 * abs(actual)",
        "abs(forecast - actual) <= 0.1 * abs(actual)",
        "$abs(forecast - actual) <= 0.1 * $abs(actual)",
        "(forecast > actual ? forecast - actual : actual - forecast) <= 0.1 * actual",
    ),
    Formula(
        "big win",
        'stage == "won" and amount > 50000',
        lambda v: v["stage"] == "won" and v["amount"] > 50000,
        'stage == "won" and amount > 50000',
        'stage == "won" and amount > 50000',
        'stage == "won" and amount > 50000',
        'stage == "won" && amount > 50000.0',
    ),
    Formula(
        "not visited for long",
        'days_since(visited_on) > 90 and tier in ["gold", "silver"]',
        lambda v: (v["today"] - v["visited_on"]).days > 90 and v["tier"] in ["gold", "silver"],
        'now_day - visited > 90 and (tier == "gold" or tier == "silver")',
        'now_day - visited > 90 and tier in ["gold", "silver"]',
        'now_day - visited > 90 and tier in ["gold", "silver"]',
        'now_day - visited > 90 && tier in ["gold", "silver"]',
    ),
    Formula(
        "mine or of my region",
        "owner == me or account.region == me.region",
        lambda v: v["owner"] == v["me"] or v["account.region"] == v["me.region"],
        "owner == me or account_region == me_region",
        "owner == me or account_region == me_region",
        "owner == me or account_region == me_region",
        "owner == me || account_region == me_region",
    ),
)

#: 150 characters of a guard as people write them.
LONG = (
    'stage in ["talk", "won"] and amount * probability / 100 >= 50000.0000 and days_since(visited_on) < 90 '
    "and (owner == me or account.region == me.region)"
)
