"""What every field type owes: the same value after a form, a file, a sheet, JSON and its own past; filters; emptiness."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from sqlalchemy.engine import make_url

from engine.db import make_engine, sessions
from engine.exports import rows
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.people import SYSTEM
from engine.records.filters import read_filter
from engine.records.timeline import timeline
from forms.errors import FormError
from forms.fields import FIELD_TYPES
from rules.types import OF_PEOPLE, OF_RECORDS
from tests.engine.conftest import NINE, Tiny
from tests.support.field_samples import SAMPLES, TYPED, Sample, app_with
from tests.support.postgres import drop_database, shared_server

if TYPE_CHECKING:
    from engine.imports.report import Report
    from engine.records import Record
    from rules.errors import Fault

KINDS = sorted(TYPED)


def test_every_field_type_has_a_sample() -> None:
    assert set(SAMPLES) == set(FIELD_TYPES)


def _prepare(url: str) -> None:
    engine = make_engine(url)
    tiny = Tiny(sessions(engine), NINE)
    tiny.publish(app_with(*KINDS))
    tiny.create("target", "ada", name="Target; one")
    tiny.create("target", "ada", name="Target two")
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_with_all(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file whose accounts have a field of every type, to be copied."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("all") / "tiny.db"))
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_with_all(postgres_template: str) -> Iterator[str]:
    """The same on PostgreSQL."""
    url = shared_server().create_database(template=postgres_template)
    _prepare(url)
    yield make_url(url).database or ""
    drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def ready(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[Tiny]:
    """The app with a field of every type, once on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_with_all'), tmp_path / 'tiny.db')}"
    else:
        url = shared_server().create_database(template=request.getfixturevalue("postgres_with_all"))
    engine = make_engine(url)
    yield Tiny(sessions(engine), now)
    engine.dispose()
    if request.param == "postgresql":
        drop_database(url)


def stored(tiny: Tiny, kind: str, value: object) -> object:
    """Return what a sample's people and records are kept as."""
    names: Mapping[object, int] = {}
    if FIELD_TYPES[kind].kind in OF_RECORDS:
        names = {one["name"]: one.id for one in tiny.query("target", "ada").records}
    elif FIELD_TYPES[kind].kind in OF_PEOPLE:
        names = {name: tiny.user(name).id for name in ("alice", "bob", "mona")}
    if not names:
        return value
    return [names[one] for one in value] if isinstance(value, list) else names[value]


def add(tiny: Tiny, kind: str, sample: Sample, name: str = "Acme") -> Any:
    return tiny.create("account", name=name, region="north", **{f"slot_{kind}": sample.typed})


@pytest.mark.parametrize("kind", KINDS)
def test_value_is_kept_changed_emptied_and_remembered(ready: Tiny, kind: str) -> None:
    sample, slot = TYPED[kind], f"slot_{kind}"
    first = stored(ready, kind, sample.kept)

    record = add(ready, kind, sample)
    changed = ready.update(record, now=ready.now + timedelta(hours=1), **{slot: sample.other})
    emptied = ready.update(changed, now=ready.now + timedelta(hours=2), **{slot: ""})

    assert record[slot] == first
    assert changed[slot] not in (None, first)
    assert emptied[slot] is None
    assert ready.get(record, at=ready.now + timedelta(minutes=1))[slot] == first
    with ready.db() as session:
        entries = timeline(session, ready.live(session), "account", record.id, ready.user("alice"), ready.now)
    lines = [entry.fields[slot] for entry in entries if slot in entry.fields]
    assert {(repr(before), repr(after)) for before, after in lines} >= {(repr(first), repr(changed[slot]))}


@pytest.mark.parametrize("kind", KINDS)
def test_value_is_the_same_after_json(ready: Tiny, kind: str) -> None:
    record = add(ready, kind, TYPED[kind])
    with ready.db() as session:
        field = ready.live(session).form("account").by_key[f"slot_{kind}"]

    sent = json.loads(json.dumps(field.type.to_json(field, record[field.key])))

    assert field.type.from_json(field, sent) == record[field.key]


@pytest.mark.parametrize("kind", KINDS)
def test_exported_file_and_sheet_read_back_as_the_same_values(ready: Tiny, kind: str) -> None:
    add(ready, kind, TYPED[kind])
    with ready.db() as session:
        table = [list(row) for row in rows(session, ready.live(session), "account", SYSTEM, ready.now)]

    for data in (csv_of(table), xlsx_of(table)):
        report = load(ready, data)
        assert {verdict: count for verdict, count in report.counts.items() if count} == {"unchanged": 1}, report.rows


@pytest.mark.parametrize("kind", KINDS)
def test_new_record_of_a_file_holds_the_value(ready: Tiny, kind: str) -> None:
    add(ready, kind, TYPED[kind])
    with ready.db() as session:
        header, row = [list(row) for row in rows(session, ready.live(session), "account", SYSTEM, ready.now)]
    row[header.index("name")] = "Bolt"

    load(ready, csv_of([header, row]))

    first, second = ready.query("account", sort=["name"]).records
    assert second[f"slot_{kind}"] == first[f"slot_{kind}"] is not None


@pytest.mark.parametrize("kind", KINDS)
def test_filters_find_the_value_in_the_database(ready: Tiny, kind: str) -> None:
    sample = TYPED[kind]
    add(ready, kind, sample)
    ready.create("account", name="Without", region="north")

    for op, typed in {**sample.asked, "empty": "no"}.items():
        assert found_by(ready, kind, op, typed) == ["Acme"], op
    assert found_by(ready, kind, "empty", "yes") == ["Without"]


def found_by(tiny: Tiny, kind: str, op: str, typed: str) -> list[object]:
    with tiny.db() as session:
        live, user = tiny.live(session), tiny.user("alice")
        asked = read_filter(session, live, "account", user, tiny.now, f"slot_{kind}", op, [typed])
    return tiny.names("account", filters=[asked])


#: Texts that somebody may send instead of a value.
HOSTILE = {
    "nul": "a\x00b",
    "half a pair": "\ud800",
    "another half": "x\udfff",
    "right to left": "\u202egnp.exe",
    "a megabyte": "9" * 1_000_000,
    "not a number": "NaN",
    "infinite": "1e309",
    "minus infinite": "-Infinity",
    "formula": "=cmd|' /C calc'!A0",
    "script": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE tiny__account; --",
    "a list": ["a", "\x00", "9" * 1000],
    "an object": {"lat": "x", "$ne": None},
    "yes": True,
    "a number": 1e308,
    "a deep list": [[[[["x"]]]]],
}


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_value_is_kept_as_it_is_or_refused_beside_the_field(ready: Tiny, kind: str) -> None:
    slot = f"slot_{kind}"
    for name, value in HOSTILE.items():
        faults, record = _tried(ready, slot, name, value)
        assert {fault.field for fault in faults} <= {slot}, name
        assert all(len(fault.text) < 600 for fault in faults), name
        assert record is None or ready.get(record)[slot] == record[slot], name


def _tried(tiny: Tiny, slot: str, name: str, value: object) -> tuple[Sequence[Fault], Record | None]:
    try:
        return (), tiny.create("account", name=name, region="north", **{slot: value})
    except FormError as error:
        return error.faults, None


def csv_of(table: Sequence[Sequence[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(table)
    return file.getvalue().encode()


def xlsx_of(table: Sequence[Sequence[str]]) -> bytes:
    """Write a workbook as a person's program does: what looks like a number is one."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for place, row in enumerate(table):
        sheet.write_row(place, 0, row)
    book.close()
    return file.getvalue()


def load(tiny: Tiny, data: bytes) -> Report:
    with tiny.db.begin() as session:
        live, table = tiny.live(session), read(data)
        mapping = guess(live.form("account"), None, table.header)
        return run(session, live, "account", table, mapping, SYSTEM, tiny.now)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_write_returns_is_what_is_read(ready: Tiny, kind: str) -> None:
    sample, slot = TYPED[kind], f"slot_{kind}"

    made = add(ready, kind, sample)
    changed = ready.update(made, now=ready.now + timedelta(hours=1), **{slot: sample.other})

    for written in (ready.get(made, at=ready.now + timedelta(minutes=1)), made):
        assert {key: repr(value) for key, value in written.values.items()} == _shown(made)
    assert _shown(ready.get(changed)) == _shown(changed)


def _shown(record: Record) -> dict[str, str]:
    return {key: repr(value) for key, value in record.values.items()}
