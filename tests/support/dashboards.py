"""A dashboard over the tiny app with a tile of every type; tests change a copy of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.support.configs import Config, tiny_app

_WON = {"of": "deal", "agg": "sum", "value": "amount", "where": "stage == 'won'", "during": "closed_on"}
_DASHBOARD: Config = {
    "key": "sales",
    "label": {"en": "Sales at a glance", "zh_Hans": "销售一览", "zh_Hant": "銷售一覽"},
    "order": 1,
    "roles": ["rep", "manager", "admin"],
    "filters": [
        {
            "key": "period",
            "label": {"en": "Period", "zh_Hans": "时间段", "zh_Hant": "時間段"},
            "type": "period",
            "default": "this_quarter",
        },
        {
            "key": "region",
            "label": {"en": "Region", "zh_Hans": "区域", "zh_Hant": "區域"},
            "type": "field",
            "fields": {"deal": "account.region", "visit": "account.region"},
        },
        {
            "key": "owner",
            "label": {"en": "Owner", "zh_Hans": "负责人", "zh_Hant": "負責人"},
            "type": "field",
            "fields": {"deal": "owner"},
        },
    ],
    "tiles": [
        {"key": "open", "label": "Open deals", "type": "number", "measure": "open_deals"},
        {
            "key": "won",
            "label": "Won value",
            "type": "number",
            "measure": _WON,
            "compare": "previous",
            "better": "more",
        },
        {
            "key": "win_rate",
            "label": "Win rate",
            "type": "number",
            "measures": {
                "won_deals": {"of": "deal", "agg": "count", "where": "stage == 'won'", "during": "closed_on"},
                "decided": {"of": "deal", "agg": "count", "where": "stage in ['won', 'lost']", "during": "closed_on"},
            },
            "formula": "100 * won_deals / decided",
            "unit": "%",
            "decimals": 1,
        },
        {"key": "goal", "label": "Goal", "type": "progress", "measure": _WON, "target": 1000000},
        {"key": "kr", "label": "Key result", "type": "progress", "okr": "sales", "key_result": "revenue"},
        {
            "key": "by_stage",
            "label": "By stage",
            "type": "bar",
            "measure": {"of": "deal", "agg": "count"},
            "by": "stage",
        },
        {
            "key": "by_region",
            "label": "By region",
            "type": "bar",
            "measure": {"of": "deal", "agg": "sum", "value": "amount"},
            "filter": "stage != 'lost'",
            "by": "account.region",
            "split": "stage",
            "order": "most",
        },
        {
            "key": "by_month",
            "label": "Won by month",
            "type": "line",
            "measure": _WON,
            "every": "month",
            "cumulative": True,
            "target": 300000,
        },
        {
            "key": "open_then",
            "label": "Open at the end of each week",
            "type": "line",
            "measure": "open_deals",
            "every": "week",
            "last": 8,
            "history": True,
        },
        {
            "key": "funnel",
            "label": "Funnel",
            "type": "funnel",
            "pipeline": "deal_pipeline",
            "measure": {"of": "deal", "agg": "sum", "value": "amount"},
        },
        {
            "key": "best",
            "label": "Best",
            "type": "ranking",
            "measure": _WON,
            "by": "owner",
            "target": 200000,
        },
        {
            "key": "cross",
            "label": "Stage by region",
            "type": "pivot",
            "measure": {"of": "deal", "agg": "count"},
            "rows": "account.region",
            "columns": "stage",
        },
        {
            "key": "mine",
            "label": "My open deals",
            "type": "list",
            "form": "deal",
            "columns": ["name", "account", "amount", "stage"],
            "filter": "owner == me and stage in ['open', 'offer']",
            "sort": ["-amount"],
            "limit": 5,
            "width": 4,
        },
        {"key": "results", "label": "Key results", "type": "key_results", "okr": "sales"},
        {"key": "lights", "label": "Lights", "type": "lights", "okr": "sales", "objective": "grow", "last": 3},
    ],
}


def dashboard() -> Config:
    """Return a fresh copy of the dashboard."""
    return deepcopy(_DASHBOARD)


def app_with_dashboard(**changes: Any) -> Config:
    """Return the tiny app with the dashboard, some members of which are changed."""
    return {**tiny_app(), "dashboards": [{**dashboard(), **changes}]}


def tile_of(config: Config, key: str) -> Config:
    """Return a tile of the first dashboard, to be changed in place."""
    found: Config = next(tile for tile in config["dashboards"][0]["tiles"] if tile["key"] == key)
    return found
