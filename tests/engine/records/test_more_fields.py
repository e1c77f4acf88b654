"""Field types beyond the first seventeen: in conditions, history and files, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine.exports import rows
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.people import SYSTEM
from engine.records.expressions import condition_from
from tests.support.configs import form_of, tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

FIELDS: Mapping[str, tuple[str, object, object]] = {
    "integer": ("12", 12.0, "slot == 12 and slot / 5 > 2"),
    "rating": ("★★★", 3.0, "slot >= 3 and slot < 4"),
    "time": ("7:30", "07:30", 'slot < "08:00" and slot > "07:00"'),
    "duration": ("1:30", 90.0, "slot / 60 == 1.5"),
    "tags": (
        "urgent; 展会",
        ["urgent", "展会"],
        'contains(slot, "展会") and not contains(slot, "x") and size(slot) == 2',
    ),
    "date_range": ("2026/3/2 ~ 2026/3/6", "2026-03-02/2026-03-06", 'left(slot, 10) == "2026-03-02"'),
    "address": ("广东深圳市南山区科技路1号", "广东省 / 深圳市 / 南山区 / 科技路1号", 'starts_with(slot, "广东省")'),
    "json": ('{"b": [1, 2]}', '{"b":[1,2]}', 'contains(slot, "1,2")'),
    "color": ("#F80", "#ff8800", 'slot == "#ff8800"'),
}


@pytest.fixture(params=FIELDS)
def case(request: pytest.FixtureRequest, tiny: Tiny) -> tuple[Any, ...]:
    config = tiny_app()
    form_of(config, "account")["fields"].append({"key": "slot", "type": request.param, "label": "Slot"})
    tiny.publish(config)
    return FIELDS[request.param]


def test_value_is_kept_and_its_past_too(tiny: Tiny, case: tuple[Any, ...]) -> None:
    typed, stored, _ = case
    record = tiny.create("account", name="Acme", region="north", slot=typed)
    changed = tiny.update(record, now=tiny.now + timedelta(hours=1), slot="")

    assert (record["slot"], changed["slot"]) == (stored, None)
    assert tiny.get(record, at=tiny.now + timedelta(minutes=1))["slot"] == stored


def test_value_is_found_by_condition_in_the_database(tiny: Tiny, case: tuple[Any, ...]) -> None:
    typed, _, condition = case
    tiny.create("account", name="Acme", region="north", slot=typed)
    tiny.create("account", name="Bolt", region="north")

    with tiny.db() as session:
        where = condition_from(tiny.live(session), "account", str(condition), tiny.user("alice"))

    assert tiny.names("account", where=where) == ["Acme"]


def test_exported_file_reads_back_as_the_same_values(tiny: Tiny, case: tuple[Any, ...]) -> None:
    tiny.create("account", name="Acme", region="north", slot=case[0])

    with tiny.db.begin() as session:
        live, file = tiny.live(session), io.StringIO()
        csv.writer(file).writerows(rows(session, live, "account", SYSTEM, tiny.now))
        table = read(file.getvalue().encode())
        mapping = guess(live.form("account"), None, table.header)
        report = run(session, live, "account", table, mapping, SYSTEM, tiny.now)

    assert {verdict: count for verdict, count in report.counts.items() if count} == {"unchanged": 1}
