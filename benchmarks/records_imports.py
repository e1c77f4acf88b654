"""Speed of a large import, next to bare inserts of the very same rows, and of an export: rows, checks, history and all."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.records_world import APP, CONFIG, FORM, NOW, REGIONS, THINGS
from engine.acts.doing import act_of, advance
from engine.acts.importing import start_import
from engine.db import create_system_tables, make_engine, sessions
from engine.exports import Export, fields_of
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import plan
from engine.people import SYSTEM
from engine.releases import live, publish
from engine.sheets import Head, csv_text, write_xlsx
from tests.support import postgres

RESULTS = Path(__file__).parent / "results" / "records.json"
#: Accounts, and rows that both legs take before they are measured.
ACCOUNTS, WARM = 500, 2000


def sheet(rows: int) -> bytes:
    """Return a CSV file of opportunities, each with an account, a date, a moment and a note."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        ["name", "account", "region", "amount", "probability", "expected_on", "called_at", "urgent", "notes"]
    )
    for number in range(rows):
        day = (NOW + timedelta(days=number % 700)).date().isoformat()
        writer.writerow(
            [
                f"{THINGS[number % len(THINGS)]} {number}",
                f"Account {number % ACCOUNTS}",
                REGIONS[number % 4],
                f"{number % 99_000}.{number % 100:02}",
                number % 101,
                day,
                f"{day} 10:{number % 60:02}",
                ("yes", "no")[number % 2],
                f"note {number} of a call",
            ]
        )
    return out.getvalue().encode()


def prepare(url: str) -> sessionmaker[Session]:
    """Make an app with accounts in an empty database."""
    engine = make_engine(url)
    create_system_tables(engine)
    maker = sessions(engine)
    with maker.begin() as session:
        publish(session, CONFIG, SYSTEM, NOW, "benchmark")
    with maker.begin() as session:
        text = "name,tier\n" + "".join(f"Account {number},{'ab'[number % 2]}\n" for number in range(ACCOUNTS))
        app, table = live(session, APP), read(text.encode())
        start_import(session, app, "account", table, guess(app.form("account"), None, table.header), SYSTEM, NOW)
    return maker


def imported(maker: sessionmaker[Session], data: bytes | Path, *, dry: bool = False) -> float:
    """Import a file as its job does, part by part, each in a transaction of its own; return the seconds it took."""
    started = time.perf_counter()
    with maker.begin() as session:
        app = live(session, APP)
        table = read(data)
        mapping = guess(app.form(FORM), app.pipeline(FORM), table.header)
        if dry:
            plan(session, app, FORM, table, mapping, SYSTEM, NOW, verdicts=False)
        act = start_import(session, app, FORM, table, mapping, SYSTEM, NOW, at_once=0).id
    del table
    more = True
    while more:
        with maker.begin() as session:
            app = live(session, APP)
            more = advance(session, act_of(session, app, act), SYSTEM, NOW)
    return time.perf_counter() - started


def raw(maker: sessionmaker[Session], count: int) -> float:
    """Insert the rows of the last import again, bare: executemany on SQLite, COPY on PostgreSQL; return the seconds."""
    with maker() as session:
        app = live(session, APP)
        table = app.tables.current(FORM)
        columns = [column.name for column in table.c if column.name != "id"]
        names = ", ".join(f'"{name}"' for name in columns)
        connection = session.connection().connection.dbapi_connection
        assert connection is not None
        last = f'SELECT {names} FROM "{table.name}" ORDER BY id DESC LIMIT {int(count)}'
        rows = connection.execute(last).fetchall()[::-1]
        started = time.perf_counter()
        if session.get_bind().dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            connection.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)
        else:
            with connection.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        connection.commit()
        return time.perf_counter() - started


def exported(maker: sessionmaker[Session]) -> float:
    """Return the rows per second of an export as CSV."""
    with maker() as session:
        app = live(session, APP)
        made = Export.of(session, app, FORM, SYSTEM, NOW, fields_of(app, FORM, SYSTEM), sort=["id"])
        rows, started = _Counted(made.texts()), time.perf_counter()
        for _ in csv_text(rows):
            pass
        return rows.count / (time.perf_counter() - started)


class _Counted:
    def __init__(self, rows: Iterator[Any]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            self.count += 1
            yield row


def measure(url: str, rows: int, runs: int) -> dict[str, float]:
    """Return the figures of one database: the best of some runs of either leg in turn, once both are warm."""
    maker = prepare(url)
    imported(maker, sheet(WARM))
    raw(maker, WARM)
    legs = [
        (_clocked(maker, lambda: imported(maker, sheet(rows))), _clocked(maker, lambda: raw(maker, rows)))
        for _ in range(runs)
    ]
    with maker() as session:
        table = live(session, APP).tables.current(FORM)
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 2 * (WARM + runs * rows)
    speed = max(exported(maker) for _ in range(runs))
    maker.kw["bind"].dispose()
    (seconds, work), (bare, bare_work) = (tuple(map(min, zip(*leg, strict=True))) for leg in zip(*legs, strict=True))
    return {
        "import_rows_per_s": round(rows / seconds),
        "raw_rows_per_s": round(rows / bare),
        "import_vs_raw": round(bare / seconds, 4),
        "import_vs_raw_cpu": round(bare_work / work, 4),
        "export_rows_per_s": round(speed),
    }


def _clocked(maker: sessionmaker[Session], leg: Callable[[], float]) -> tuple[float, float]:
    """Return the seconds a leg took, and those that processors worked on it: what neighbours take shows in the first."""
    before = _worked(maker)
    return leg(), _worked(maker) - before


def _worked(maker: sessionmaker[Session]) -> float:
    """Return the processor seconds of this process, and of the server's behind its one connection."""
    with maker() as session:
        if session.get_bind().dialect.name == "sqlite":
            return time.process_time()
        stat = Path(f"/proc/{session.scalar(sa.select(sa.func.pg_backend_pid()))}/stat")
    ticks = sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) if stat.exists() else 0
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


# -- memory --------------------------------------------------------------------------------------------------------------


def peak_mb(name: str, rows: int, kind: str = "csv") -> int:
    """Return the most memory that a process of its own takes to look at a file, to import it and to export it."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.records_imports",
        "--database",
        name,
        "--rows",
        str(rows),
        "--peak",
        kind,
    ]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _peak(url: str, rows: int, kind: str) -> int:
    maker = prepare(url)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet.{kind}"
        _write(path, rows, kind)
        imported(maker, path, dry=True)
    exported(maker)
    # What getrusage tells begins with the size of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024)  # type: ignore[index]  # Linux has the line


def _write(path: Path, rows: int, kind: str) -> None:
    """Write the sheet in a process of its own, so that this one does not hold it."""
    code = f"from benchmarks.records_imports import store; store({str(path)!r}, {rows}, {kind!r})"
    subprocess.run([sys.executable, "-c", code], check=True)


def store(path: str, rows: int, kind: str) -> None:
    """Write a sheet into a file."""
    if kind == "csv":
        Path(path).write_bytes(sheet(rows))
        return
    head, *lines = csv.reader(io.StringIO(sheet(rows).decode()))
    with Path(path).open("wb") as target:
        write_xlsx(target, [Head(name) for name in head], lines)


@contextmanager
def _database(name: str) -> Iterator[str]:
    """Yield the address of an empty database."""
    if name == "postgresql":
        with postgres.run() as server:
            yield postgres.with_extensions(server).create_database()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.db"


def main() -> None:
    """Measure, and merge the figures into those of the records."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peak", default="", choices=["", "csv", "xlsx"], help="only print the memory that is taken")
    asked = parser.parse_args()
    name = asked.database
    with _database(name) as url:
        if asked.peak:
            print(_peak(url, asked.rows, asked.peak))
            return
        found = measure(url, asked.rows, asked.runs)
    for kind in ("csv", "xlsx"):
        few, many = peak_mb(name, asked.rows // 10, kind), peak_mb(name, asked.rows, kind)
        found |= {f"import_{kind}_tenth_peak_mb": few, f"import_{kind}_peak_mb": many}
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    known |= {f"{name}_{key}": value for key, value in found.items()}
    ratios = [known[key] for key in ("sqlite_import_vs_raw", "postgresql_import_vs_raw") if key in known]
    speeds = [known[key] for key in ("sqlite_export_rows_per_s", "postgresql_export_rows_per_s") if key in known]
    known |= {"import_vs_raw": min(ratios), "export_rows_per_s": min(speeds)}
    RESULTS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
