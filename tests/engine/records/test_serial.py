"""Serial numbers: their pattern, their scope, one number once, no gaps where none are allowed, kept on import."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine import records
from engine.errors import ConfigError
from engine.exports import rows
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.people import SYSTEM
from forms.errors import FormError
from tests.support.configs import form_of, tiny_app

if TYPE_CHECKING:
    from engine.imports.report import Report
    from tests.engine.conftest import Tiny


def publish(tiny: Tiny, *more: dict[str, Any], **params: object) -> None:
    config = tiny_app()
    number = {"key": "number", "type": "serial", "label": "Number", "pattern": "QT-{yyyy}{MM}-{000}", **params}
    form_of(config, "account")["fields"] += [number, *more]
    tiny.publish(config)


def add(tiny: Tiny, name: str = "Acme", **more: Any) -> Any:
    return tiny.create("account", name=name, region="north", **more)


def numbers(tiny: Tiny) -> list[object]:
    return [one["number"] for one in tiny.query("account", "ada", sort=["number"], limit=500).records]


def test_numbers_count_up_and_begin_anew_with_the_month_of_the_app_s_zone(tiny: Tiny) -> None:
    publish(tiny)
    in_shanghai_april = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)

    made = [add(tiny, f"A{place}")["number"] for place in range(2)]
    made += [add(tiny, f"B{place}", now=in_shanghai_april)["number"] for place in range(2)]
    made.append(add(tiny, "C", now=in_shanghai_april - timedelta(seconds=1))["number"])

    assert made == ["QT-202603-001", "QT-202603-002", "QT-202604-001", "QT-202604-002", "QT-202603-003"]


@pytest.mark.parametrize(
    ("params", "first", "next_day", "next_year"),
    [
        ({"pattern": "{00}", "start": 7}, "07", "08", "09"),
        ({"pattern": "{yy}/{0000}"}, "26/0001", "26/0002", "27/0001"),
        ({"pattern": "N{yyyy}{MM}{dd}.{0}"}, "N20260302.1", "N20260303.1", "N20270302.1"),
        ({"pattern": "编号{yyyy}-{000}", "reset": "never"}, "编号2026-001", "编号2026-002", "编号2027-003"),
    ],
)
def test_counter_runs_in_its_scope(
    tiny: Tiny, params: dict[str, object], first: str, next_day: str, next_year: str
) -> None:
    publish(tiny, **params)

    moments = (tiny.now, tiny.now + timedelta(days=1), tiny.now + timedelta(days=365))

    assert [add(tiny, f"A{at}", now=at)["number"] for at in moments] == [first, next_day, next_year]


def test_counter_grows_past_its_digits(tiny: Tiny) -> None:
    publish(tiny, pattern="{00}", start=99)

    assert [add(tiny, name)["number"] for name in ("A", "B")] == ["99", "100"]


@pytest.mark.parametrize("via", ["form", "api", "cli", "job"])
def test_number_cannot_be_typed_nor_changed(tiny: Tiny, via: str) -> None:
    publish(tiny)
    record = add(tiny)

    for act in (lambda: add(tiny, "B", number="QT-1", via=via), lambda: tiny.update(record, number="QT-1", via=via)):
        with pytest.raises(FormError) as caught:
            act()
        assert [(fault.code, fault.field) for fault in caught.value.faults] == [("field.read_only", "number")]
    assert tiny.update(record, name="Other", number=record["number"])["number"] == "QT-202603-001"


def test_computed_field_reads_the_number(tiny: Tiny) -> None:
    publish(
        tiny,
        {
            "key": "called",
            "type": "computed",
            "label": "Called",
            "result": "text",
            "expression": 'concat(number, " ", name)',
        },
    )

    record = add(tiny)

    assert record["called"] == "QT-202603-001 Acme"
    assert tiny.get(record)["called"] == "QT-202603-001 Acme"


def test_refused_record_takes_no_number_where_no_gap_is_allowed(tiny: Tiny) -> None:
    publish(tiny, gap_free=True)
    add(tiny, "A")
    with tiny.db() as session:
        live = tiny.live(session)
        records.create(session, live, "account", {"name": "B", "region": "north"}, tiny.user("alice"), tiny.now)
        session.rollback()
    with pytest.raises(FormError):
        tiny.create("account", name="C", region="nowhere")

    assert add(tiny, "D")["number"] == "QT-202603-002"


@pytest.mark.parametrize("gap_free", [True, False])
def test_people_at_the_same_time_get_different_numbers(tiny: Tiny, gap_free: bool) -> None:
    publish(tiny, gap_free=gap_free)
    start, failed = threading.Barrier(2), []

    def work(who: str) -> None:
        start.wait()
        try:
            for place in range(10):
                add(tiny, f"{who} {place}")
        except Exception as error:  # noqa: BLE001 - told by the test itself
            failed.append(error)

    workers = [threading.Thread(target=work, args=(who,)) for who in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failed == []
    assert numbers(tiny) == [f"QT-202603-{place:03}" for place in range(1, 21)]


def test_unfinished_transaction_is_waited_for_without_gaps_and_overtaken_with_them(tiny: Tiny) -> None:
    if tiny.db.kw["bind"].dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    for gap_free, expected in ((False, "QT-2026-002"), (True, "waits")):
        config = tiny_app()
        field = {
            "key": "number",
            "type": "serial",
            "label": "Number",
            "pattern": "QT-{yyyy}-{000}",
            "gap_free": gap_free,
        }
        config["forms"].append({"key": "slip", "label": "Slip", "title": "number", "fields": [field]})
        tiny.publish(config)
        with tiny.db() as session:
            records.create(session, tiny.live(session), "slip", {}, tiny.user("alice"), tiny.now)
            made: list[object] = []
            worker = threading.Thread(target=lambda found=made: found.append(tiny.create("slip")["number"]))
            worker.start()
            worker.join(timeout=3)
            assert (made or ["waits"]) == [expected]
            session.rollback()
        worker.join()
    assert [one["number"] for one in tiny.query("slip", sort=["number"]).records] == ["QT-2026-002", "QT-2026-003"]


def load(tiny: Tiny, text: str, who: str = "ada") -> Report:
    with tiny.db.begin() as session:
        live, table = tiny.live(session), read(text.encode())
        return run(
            session, live, "account", table, guess(live.form("account"), None, table.header), tiny.user(who), tiny.now
        )


def test_import_keeps_its_numbers_and_the_counter_goes_on_behind_them(tiny: Tiny) -> None:
    publish(tiny)
    load(tiny, "name,region,number\nOld,north,QT-202603-041\nOlder,south,A-7\nBlank,north,\n")

    assert numbers(tiny) == ["A-7", "QT-202603-041", "QT-202603-042"]
    assert add(tiny, "New")["number"] == "QT-202603-043"


def test_import_numbers_what_has_none_and_finds_records_by_number(tiny: Tiny) -> None:
    publish(tiny)
    load(tiny, "name,region\nA,north\nB,south\n", "alice")
    with tiny.db() as session:
        header, *_ = table = list(rows(session, tiny.live(session), "account", SYSTEM, tiny.now))
    wanted = [header.index(name) for name in ("name", "region", "number")]
    text = "\n".join(",".join(row[place] for place in wanted) for row in table)

    report = load(tiny, text.replace("A,north", "A,south", 1), "alice")

    assert {verdict: count for verdict, count in report.counts.items() if count} == {"update": 1, "unchanged": 1}
    assert numbers(tiny) == ["QT-202603-001", "QT-202603-002"]


def test_only_who_configures_brings_numbers(tiny: Tiny) -> None:
    publish(tiny)

    report = load(tiny, "name,region,number\nOld,north,QT-202603-041\n", "alice")

    assert {verdict: count for verdict, count in report.counts.items() if count} == {"refused": 1}
    assert numbers(tiny) == []


@pytest.mark.parametrize(
    ("pattern", "more"),
    [
        ("QT-{yyyy}", {}),
        ("{000}{000}", {}),
        ("{000", {}),
        ("{0x0}{000}", {}),
        ("{yyyy}-{000}", {"reset": "month"}),
        ("{MM}-{000}", {"reset": "month"}),
        ("{000}", {"reset": "year"}),
    ],
)
def test_pattern_that_would_repeat_or_cannot_be_read_is_refused(
    tiny: Tiny, pattern: str, more: dict[str, object]
) -> None:
    with pytest.raises(ConfigError):
        publish(tiny, pattern=pattern, **more)
