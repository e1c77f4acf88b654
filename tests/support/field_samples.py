"""One sample of every field type: how a field of it is declared, what a person types, and what is kept of it.

A type without a sample here fails the contract tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.support.configs import Config, form_of, tiny_app


@dataclass(frozen=True)
class Sample:
    """`typed` as a form posts it, `kept` as it is stored, `other` typed over it, `asked` what a list's address filters by."""

    typed: str | list[str] = ""
    kept: object = None
    other: str | list[str] = ""
    #: Filter operator -> what is typed for it; the record with `typed` is found, one without a value is not.
    asked: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    #: Why nobody types it; such a field is tried where it is made.
    not_typed: str = ""


OPTIONS = [{"key": "a", "label": "甲"}, {"key": "b", "label": "乙"}, {"key": "c", "label": "丙"}]
_RANGE = {"is": "12", "min": "11", "max": "13"}
_TEXT = {"contains": "Acme", "is": "Acme 客户"}

SAMPLES: Mapping[str, Sample] = {
    "address": Sample(
        ["广东省", "深圳市", "南山区", "科技园路 1 号"],
        "广东省 / 深圳市 / 南山区 / 科技园路 1 号",
        ["", "", "", "10 Downing Street"],
        {"contains": "南山区"},
    ),
    "attachment": Sample(not_typed="files"),
    "barcode": Sample(
        "400638133393",
        "4006381333931",
        "5901234123457",
        {"contains": "40063", "is": "4006381333931"},
        {"symbology": "ean13"},
    ),
    "choice": Sample("b", "b", "甲", {"is": "乙"}, {"options": OPTIONS}),
    "choices": Sample(["", "c", "a"], ["a", "c"], ["b"], {"is": "丙"}, {"options": OPTIONS}),
    "color": Sample("#F80", "#ff8800", "#000000", {"contains": "ff88", "is": "#ff8800"}),
    "computed": Sample(not_typed="derived"),
    "date": Sample(
        "2026-03-02",
        date(2026, 3, 2),
        "2026-12-31",
        {"is": "2026-03-02", "min": "2026-03-01", "max": "2026-03-03"},
    ),
    "date_range": Sample(
        ["2026-03-02", "2026-03-06"],
        "2026-03-02/2026-03-06",
        ["2026-03-02", "2026-03-02"],
        {"contains": "2026-03-02"},
    ),
    "datetime": Sample(
        "2026-03-02T10:00:30",
        datetime(2026, 3, 2, 2, 0, 30, tzinfo=UTC),
        "2026-03-02 10:01",
        {"min": "2026-03-02 10:00", "max": "2026-03-02"},
    ),
    "duration": Sample("1h 30m", 90.0, "45 分钟", {"is": "90", "min": "1h", "max": "2h"}),
    "email": Sample(
        "Li@Example.com", "Li@example.com", "b@example.com", {"contains": "example.com", "is": "Li@example.com"}
    ),
    "image": Sample(not_typed="files"),
    "integer": Sample("１２", 12.0, "-5", _RANGE),
    "json": Sample('{"b": [1, null]}', '{"b":[1,null]}', "[]", {"contains": "null"}),
    "location": Sample(
        ["22.543096", "114.057865", "深圳 市民中心"],
        "22.543096,114.057865 深圳 市民中心",
        ["-33.9", "151.2", ""],
        {"contains": "市民"},
    ),
    "long_text": Sample("one\r\n  two", "one\n  two", "three", {"contains": "two"}),
    "lookup": Sample(not_typed="derived"),
    "money": Sample("¥12.50", 1250, "0", {"is": "12.5", "min": "12.49", "max": "12.5"}),
    "number": Sample("12", 12.0, "0.1", _RANGE),
    "people": Sample(["bob", "alice"], ["bob", "alice"], ["mona"], {"is": "bob"}),
    "percent": Sample("12%", 12.0, "0.5", _RANGE),
    "person": Sample("bob", "bob", "mona", {"is": "bob"}),
    "phone": Sample("138 0013 8000", "13800138000", "+1 415 555 0123", {"contains": "0013", "is": "13800138000"}),
    "rating": Sample("4", 4.0, "1", {"is": "4", "min": "4", "max": "5"}),
    "reference": Sample("Target; one", "Target; one", "Target two", {"is": "Target; one"}, {"to": "target"}),
    "references": Sample(
        ["Target two", '"Target; one"'],
        ["Target two", "Target; one"],
        ["Target two"],
        {"is": '"Target; one"'},
        {"to": "target"},
    ),
    "rich_text": Sample(
        "<p>Hello <b>you</b> &amp; me</p>", "<p>Hello <b>you</b> &amp; me</p>", "plain < text", {"contains": "hello"}
    ),
    "rollup": Sample(not_typed="derived"),
    "serial": Sample(not_typed="given by the system"),
    "signature": Sample(not_typed="files"),
    "sub_table": Sample(not_typed="records of another form"),
    "tags": Sample(["urgent", "展会"], ["urgent", "展会"], ["cold"], {"is": "urgent"}),
    "team": Sample("North_Team", "north_team", "south_team", {"is": "north_team"}),
    "text": Sample(" Acme  客户 ", "Acme  客户", "Bolt", {"contains": "客户", "is": "Acme  客户"}),
    "time": Sample("7:30", "07:30", "23:59", {"is": "7:30", "min": "07:00", "max": "07:30"}),
    "url": Sample("https://example.com/a?b=1#c", "https://example.com/a?b=1#c", "http://b.cn", {"contains": "a?b"}),
    "yes_no": Sample("yes", True, "no", {"is": "yes"}),
}
TYPED = {key: sample for key, sample in SAMPLES.items() if not sample.not_typed}


def app_with(*types: str) -> Config:
    """Return the small app with one field `slot_<type>` of each of these types on its accounts, and a form to refer to."""
    config = deepcopy(tiny_app())
    fields: list[Any] = form_of(config, "account")["fields"]
    fields += [{"key": f"slot_{key}", "type": key, "label": f"Slot {key}", **SAMPLES[key].params} for key in types]
    config["forms"].append(
        {
            "key": "target",
            "label": "Target",
            "title": "name",
            "fields": [{"key": "name", "type": "text", "label": "Name"}],
        }
    )
    return config
