"""The small JSON world of the command line and the golden tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from rules.cases import Cases, shown
from rules.check import check
from rules.errors import RuleError

FORM: dict[str, Any] = {
    "key": "deal",
    "stages": ["lead", {"key": "won"}],
    "fields": [
        {"key": "amount", "type": "money"},
        {"key": "n", "type": "number", "required": True},
        {"key": "at", "type": "datetime"},
        {"key": "tier", "type": "choice", "options": [{"key": "gold", "label": "Gold"}]},
        {"key": "up", "type": "reference", "to": "deal"},
        {"key": "total", "type": "computed", "result": "money"},
    ],
}


def values(text: str, record: dict[str, Any], **more: Any) -> dict[str, Any]:
    cases = Cases.of({**FORM, **more})
    return cases.values(record, check(text, cases.scope).reads)


def test_form_alone_is_a_world() -> None:
    found = values(
        "amount > 5 and n > 3 and stage == 'won' and owner == me and total > 2",
        {"amount": 12.34, "n": 3, "stage": "won"},
    )

    assert found == {"amount": 1234, "n": 3.0, "stage": "won", "owner": None, "me": 1, "total": None}


def test_reference_may_be_written_as_the_record_itself() -> None:
    assert values("up.up.n > 5", {"up": {"up": {"n": 7}}}) == {"up.up.n": 7.0}


def test_times_are_read_in_the_time_zone() -> None:
    found = values("at < now and today > '2026-01-01'", {"at": "2026-03-02T00:30:00"}, time_zone="Asia/Shanghai")

    assert found == {
        "at": datetime(2026, 3, 1, 16, 30, tzinfo=UTC),
        "now": datetime(2026, 3, 2, 1, tzinfo=UTC),
        "today": date(2026, 3, 2),
    }


@pytest.mark.parametrize(
    ("text", "record", "code"),
    [
        ("n > 1", {}, "value_missing"),
        ("n > 1", {"n": "5"}, "bad_value"),
        ("n > 1", {"n": True}, "bad_value"),
        ("n > 1", {"n": float("nan")}, "bad_value"),
        ("n > 1", {"n": 1e16}, "bad_value"),
        ("amount > 1", {"amount": 1.005}, "bad_value"),
        ("tier == 'gold'", {"tier": "golden"}, "bad_value"),
        ("at < now", {"at": "soon"}, "bad_value"),
    ],
)
def test_wrong_values_are_told(text: str, record: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleError) as refused:
        values(text, record)

    assert refused.value.code == code


def test_unknown_field_type_is_told() -> None:
    with pytest.raises(RuleError) as refused:
        Cases.of({"key": "x", "fields": [{"key": "a", "type": "colour"}]})

    assert refused.value.code == "unknown_type"


def test_results_are_shown_as_json_values() -> None:
    moment = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)

    assert [shown(v) for v in (1.0, 1.5, moment, date(2026, 3, 1), None, True)] == [
        1,
        1.5,
        "2026-03-01T16:30:00Z",
        "2026-03-01",
        None,
        True,
    ]
