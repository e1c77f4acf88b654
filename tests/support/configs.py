"""A small but complete valid app, as the whole-app JSON object that `publish` takes; tests change a copy of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Config = dict[str, Any]


def _label(en: str, hans: str, hant: str) -> dict[str, str]:
    return {"en": en, "zh_Hans": hans, "zh_Hant": hant}


_APP: Config = {
    "key": "tiny",
    "label": _label("Tiny sales", "小小销售", "小小銷售"),
    "description": _label("Accounts, deals and visits.", "客户、商机与拜访。", "客戶、商機與拜訪。"),
    "version": "1.0.0",
    "languages": ["en", "zh_Hans", "zh_Hant"],
    "time_zone": "Asia/Shanghai",
    "calendar": "CN",
    "currency": "CNY",
    "roles": [
        {"key": "rep", "label": _label("Sales rep", "销售", "銷售")},
        {"key": "manager", "label": _label("Sales manager", "销售经理", "銷售經理")},
        {"key": "admin", "label": _label("Administrator", "管理员", "管理員")},
    ],
    "measures": {
        "open_deals": {
            "label": _label("Open deals", "在谈商机", "在談商機"),
            "of": "deal",
            "agg": "count",
            "where": "stage in ['open', 'offer']",
            "window": "all",
        }
    },
}

_REGIONS = [
    {"key": "north", "label": _label("North", "北区", "北區"), "color": "blue"},
    {"key": "south", "label": _label("South", "南区", "南區"), "color": "orange"},
]

_ROW_RIGHTS = [
    {
        "roles": ["rep"],
        "actions": ["read", "create", "update", "move", "import", "export"],
        "records": "owner == me",
        "fields": {"margin": "hidden"},
    },
    {
        "roles": ["manager"],
        "actions": ["read", "create", "update", "move", "import", "export", "delete"],
        "records": "owner == me or owner.region == me.region",
    },
    {"roles": ["admin"], "actions": ["read", "create", "update", "move", "import", "export", "delete", "configure"]},
]

_ACCOUNT: Config = {
    "key": "account",
    "label": _label("Account", "客户", "客戶"),
    "icon": "building",
    "title": "name",
    "fields": [
        {
            "key": "name",
            "type": "text",
            "label": _label("Name", "名称", "名稱"),
            "required": True,
            "unique": True,
            "max_length": 120,
        },
        {
            "key": "region",
            "type": "choice",
            "label": _label("Region", "区域", "區域"),
            "required": True,
            "options": _REGIONS,
        },
        {
            "key": "tier",
            "type": "choice",
            "label": _label("Tier", "级别", "級別"),
            "options": [
                {"key": "key_account", "label": _label("Key account", "大客户", "大客戶"), "color": "purple"},
                {"key": "standard", "label": _label("Standard", "普通", "普通")},
            ],
            "default": "standard",
        },
        {"key": "phone", "type": "phone", "label": _label("Phone", "电话", "電話")},
        {"key": "email", "type": "email", "label": _label("Email", "邮箱", "郵箱")},
        {"key": "website", "type": "url", "label": _label("Website", "网站", "網站")},
        {
            "key": "won_value",
            "type": "rollup",
            "label": _label("Won value", "成交额", "成交額"),
            "measure": {"of": "deal", "agg": "sum", "value": "amount", "where": "stage == 'won'", "via": "account"},
        },
    ],
    "sections": [
        {"key": "basics", "label": _label("Basics", "基本", "基本"), "fields": ["name", "region", "tier"]},
        {"key": "contact", "label": _label("Contact", "联系", "聯絡"), "fields": ["phone", "email", "website"]},
    ],
    "list": {"columns": ["name", "region", "tier", "won_value"], "sort": ["name"]},
    "permissions": [
        {"roles": ["rep"], "actions": ["read", "create", "update", "import", "export"]},
        {"roles": ["manager"], "actions": ["read", "create", "update", "import", "export", "delete"]},
        {"roles": ["admin"], "actions": ["read", "create", "update", "import", "export", "delete", "configure"]},
    ],
}

_DEAL: Config = {
    "key": "deal",
    "label": _label("Deal", "商机", "商機"),
    "icon": "target",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": _label("Name", "名称", "名稱"), "required": True},
        {
            "key": "account",
            "type": "reference",
            "label": _label("Account", "客户", "客戶"),
            "to": "account",
            "required": True,
        },
        {"key": "amount", "type": "money", "label": _label("Amount", "金额", "金額"), "min": 0},
        {"key": "discount", "type": "percent", "label": _label("Discount", "折扣", "折扣"), "min": 0, "max": 100},
        {
            "key": "net_amount",
            "type": "computed",
            "label": _label("Net amount", "折后金额", "折後金額"),
            "expression": "amount * (1 - if_empty(discount, 0) / 100)",
            "result": "money",
        },
        {"key": "margin", "type": "percent", "label": _label("Margin", "毛利率", "毛利率"), "decimals": 1},
        {"key": "quantity", "type": "number", "label": _label("Quantity", "数量", "數量"), "min": 0, "decimals": 0},
        {"key": "expected_on", "type": "date", "label": _label("Expected on", "预计成交日", "預計成交日")},
        {
            "key": "closed_on",
            "type": "date",
            "label": _label("Closed on", "成交日", "成交日"),
            "visible_if": "stage in ['won', 'lost']",
        },
        {"key": "next_call_at", "type": "datetime", "label": _label("Next call", "下次联系", "下次聯絡")},
        {"key": "urgent", "type": "yes_no", "label": _label("Urgent", "紧急", "緊急"), "default": False},
        {
            "key": "tags",
            "type": "choices",
            "label": _label("Tags", "标签", "標籤"),
            "options": [
                {"key": "new", "label": _label("New", "新客", "新客")},
                {"key": "renewal", "label": _label("Renewal", "续约", "續約")},
                {"key": "upsell", "label": _label("Upsell", "增购", "增購")},
            ],
        },
        {"key": "reviewer", "type": "person", "label": _label("Reviewer", "复核人", "覆核人")},
        {
            "key": "lost_reason",
            "type": "text",
            "label": _label("Lost reason", "丢单原因", "丟單原因"),
            "visible_if": "stage == 'lost'",
        },
        {"key": "notes", "type": "long_text", "label": _label("Notes", "备注", "備註")},
    ],
    "assert": [
        {
            "condition": "is_empty(closed_on) or is_empty(amount) or amount > 0 or stage == 'lost'",
            "message": _label("A closed deal has an amount.", "已成交的商机要有金额。", "已成交的商機要有金額。"),
            "field": "amount",
        }
    ],
    "unique": [["account", "name"]],
    "list": {"columns": ["name", "account", "amount", "stage", "expected_on", "owner"], "sort": ["-created_at"]},
    "board": {"card": ["account", "amount", "expected_on"]},
    "permissions": _ROW_RIGHTS,
}

_VISIT: Config = {
    "key": "visit",
    "label": _label("Visit", "拜访", "拜訪"),
    "icon": "map-pin",
    "title": "subject",
    "fields": [
        {"key": "subject", "type": "text", "label": _label("Subject", "主题", "主題"), "required": True},
        {
            "key": "account",
            "type": "reference",
            "label": _label("Account", "客户", "客戶"),
            "to": "account",
            "required": True,
        },
        {"key": "deal", "type": "reference", "label": _label("Deal", "商机", "商機"), "to": "deal"},
        {
            "key": "visited_on",
            "type": "date",
            "label": _label("Visited on", "拜访日", "拜訪日"),
            "required": True,
            "default_expression": "today",
        },
        {"key": "notes", "type": "long_text", "label": _label("Notes", "纪要", "紀要")},
    ],
    "list": {"columns": ["subject", "account", "visited_on"], "sort": ["-visited_on"]},
    "permissions": [
        {"roles": ["rep"], "actions": ["read", "create", "update"], "records": "owner == me"},
        {"roles": ["manager", "admin"], "actions": ["read", "create", "update", "delete"]},
    ],
}

_PIPELINE: Config = {
    "key": "deal_pipeline",
    "label": _label("Deal pipeline", "商机管道", "商機管道"),
    "form": "deal",
    "initial": "open",
    "stages": [
        {
            "key": "open",
            "label": _label("Open", "跟进中", "跟進中"),
            "color": "blue",
            "owner_role": "rep",
            "probability": 20,
            "time_limit_days": 30,
            "guide": {"actions": _label("Understand the need", "了解需求", "了解需求")},
        },
        {
            "key": "offer",
            "label": _label("Offer", "已报价", "已報價"),
            "color": "yellow",
            "owner_role": "rep",
            "probability": 60,
            "time_limit_days": 14,
        },
        {"key": "won", "label": _label("Won", "赢单", "贏單"), "kind": "won", "color": "green", "probability": 100},
        {"key": "lost", "label": _label("Lost", "丢单", "丟單"), "kind": "lost", "color": "red", "probability": 0},
    ],
    "transitions": [
        {
            "key": "make_offer",
            "label": _label("Make an offer", "报价", "報價"),
            "from": ["open"],
            "to": "offer",
            "required": ["amount"],
        },
        {
            "key": "win",
            "label": _label("Win", "赢单", "贏單"),
            "from": ["offer"],
            "to": "won",
            "guard": "amount > 0 and account.region == 'north' or has_role('manager')",
            "guard_message": _label(
                "Only northern deals with an amount are won without a manager.",
                "只有北区且有金额的商机无需经理即可赢单。",
                "只有北區且有金額的商機無需經理即可贏單。",
            ),
            "required": ["amount"],
            "set": {"closed_on": "today"},
        },
        {
            "key": "lose",
            "label": _label("Lose", "丢单", "丟單"),
            "from": ["open", "offer"],
            "to": "lost",
            "required": ["lost_reason"],
            "set": {"closed_on": "today"},
        },
        {
            "key": "reopen",
            "label": _label("Reopen", "重新打开", "重新打開"),
            "from": ["won", "lost"],
            "to": "open",
            "roles": ["manager", "admin"],
        },
    ],
}

_OKR: Config = {
    "key": "sales",
    "label": _label("Sales OKR", "销售 OKR", "銷售 OKR"),
    "cycle": {"every": "quarter"},
    "measures": {
        "won": {
            "label": _label("Won deals", "赢单数", "贏單數"),
            "of": "deal",
            "agg": "count",
            "where": "stage == 'won'",
            "during": "closed_on",
        },
        "decided": {
            "label": _label("Decided deals", "已决商机", "已決商機"),
            "of": "deal",
            "agg": "count",
            "where": "stage in ['won', 'lost']",
            "during": "closed_on",
        },
    },
    "objectives": [
        {
            "key": "grow",
            "label": _label("Grow the business", "业务增长", "業務成長"),
            "level": "company",
            "owner": "manager",
            "key_results": [
                {
                    "key": "win_rate",
                    "label": _label("Win rate reaches 50 %", "赢单率达到 50%", "贏單率達到 50%"),
                    "type": "increase",
                    "unit": "%",
                    "decimals": 1,
                    "baseline": 20,
                    "target": 50,
                    "formula": "100 * won / decided",
                    "owner": "manager",
                },
                {
                    "key": "revenue",
                    "label": _label("Won value of 1,000,000", "成交额 100 万", "成交額 100 萬"),
                    "type": "reach",
                    "unit": "CNY",
                    "decimals": 0,
                    "baseline": 0,
                    "target": 1000000,
                    "weight": 2,
                    "measures": {
                        "won_value": {
                            "of": "deal",
                            "agg": "sum",
                            "value": "amount",
                            "where": "stage == 'won'",
                            "during": "closed_on",
                        }
                    },
                    "formula": "won_value",
                    "health": {"on_track": 0.9, "at_risk": 0.7},
                },
            ],
        }
    ],
}

_ALERT: Config = {
    "key": "stale_deal",
    "label": _label("Deal stands still", "商机停滞", "商機停滯"),
    "form": "deal",
    "when": "stage in ['open', 'offer'] and days_in_stage > 30",
    "every": {"hours": 1},
    "on_change": True,
    "severity": "warning",
    "message": _label(
        "{name} of {account.name} has stood in {stage} for {days_in_stage} days.",
        "{account.name} 的 {name} 已在 {stage} 停留 {days_in_stage} 天。",
        "{account.name} 的 {name} 已在 {stage} 停留 {days_in_stage} 天。",
    ),
    "notify": [{"to": ["owner"]}, {"to": ["manager"], "after": {"hours": 8}}],
}


def tiny_app() -> Config:
    """Return a fresh copy of the small valid app: account, deal with a pipeline, visit, one OKR, one alert rule."""
    return deepcopy(
        {
            "app": _APP,
            "forms": [_ACCOUNT, _DEAL, _VISIT],
            "pipelines": [_PIPELINE],
            "okrs": [_OKR],
            "alerts": [_ALERT],
        }
    )


def form_of(config: Config, key: str) -> Config:
    """Return the form with this key, to be changed in place."""
    found: Config = next(form for form in config["forms"] if form["key"] == key)
    return found


def field_of(config: Config, form: str, key: str) -> Config:
    """Return a field of a form, to be changed in place."""
    found: Config = next(field for field in form_of(config, form)["fields"] if field["key"] == key)
    return found
