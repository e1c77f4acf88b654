"""A form of many records: what its pages ask of the database, next to the same questions written by hand.

Each page is opened through the application; its statements are then repeated by the driver alone, in turn with the
hand-written ones. `ratio` is the time of ours over theirs, `growth` our time at the larger number over the smaller.

Growth asks for the same page over more records, not for more of them on it: the rare word stands in forty records
however many there are, and the person whose records are listed has more than a list counts, as has the common word.
What a scan alone can answer (an order or a group no index serves) grows with the records, here as by hand.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.records_world import APP, COMMON, FORM, NOW, RARE, make_world
from engine import records
from engine.people import load_user, person_named
from engine.releases import live
from tests.support import postgres
from tests.support.site import Site

RESULTS = Path(__file__).resolve().parent / "results" / "records.json"
TABLE, ACCOUNTS = f"{APP}__{FORM}", f"{APP}__account"
LIST = f"/a/{APP}/{FORM}/"
#: Pages whose cost an index keeps from growing with the number of records.
INDEXED = (
    "first page",
    "page deep inside",
    "filter and sort, indexed",
    "search, rare word",
    "search, common word",
    "board",
    "board cards",
    "save",
)
ROUNDS, SECONDS = 15, 5.0

Statement = tuple[str, Any]


@dataclass
class Figure:
    """What was measured of one page on one database."""

    ours_ms: float
    theirs_ms: float
    statements: int

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.theirs_ms

    @property
    def told(self) -> dict[str, float]:
        ours, theirs = round(self.ours_ms, 3), round(self.theirs_ms, 3)
        return {"ms": ours, "by_hand_ms": theirs, "ratio": round(self.ratio, 2), "statements": self.statements}


@dataclass
class World:
    """One database with so many records, and the application over it."""

    maker: sessionmaker[Session]
    rows: int
    figures: dict[str, Figure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine: Engine = self.maker.kw["bind"]
        self.client = Site(self.maker, NOW, Path(tempfile.gettempdir())).visitor("rep0")
        with self.maker() as session:
            person = person_named(session, "rep0")
            assert person is not None
            self.person = person.id

    @contextmanager
    def noted(self) -> Iterator[list[tuple[str, Any, float]]]:
        """Collect (statement, parameters, seconds) of what is sent meanwhile."""
        seen: list[tuple[str, Any, float]] = []
        began = [0.0]

        def before(*_: object) -> None:
            began[0] = time.perf_counter()

        def after(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            if statement != "BEGIN":
                seen.append((statement, parameters, time.perf_counter() - began[0]))

        sa.event.listen(self.engine, "before_cursor_execute", before)
        sa.event.listen(self.engine, "after_cursor_execute", after)
        yield seen
        sa.event.remove(self.engine, "before_cursor_execute", before)
        sa.event.remove(self.engine, "after_cursor_execute", after)

    def page(self, name: str, address: str, theirs: list[Statement], keep: Callable[[str], bool] = bool) -> None:
        """Open a page, then repeat what it asked about records, in turn with the same asked by hand."""
        with self.noted() as seen:
            answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        ours = [(text, given) for text, given, _ in seen if f"{APP}__" in text and keep(text)]  # and names with them
        assert ours, address
        self._compare(name, ours, theirs, len(seen))

    def _compare(self, name: str, ours: list[Statement], theirs: list[Statement], count: int) -> None:
        times: tuple[list[float], list[float]] = ([], [])
        with self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            began = time.perf_counter()
            for one in (*ours, *theirs):
                cursor.execute(*one)
                cursor.fetchall()
            least = 1 if time.perf_counter() - began > SECONDS else 3
            until, rounds = time.perf_counter() + SECONDS, 0
            while rounds < ROUNDS and (rounds < least or time.perf_counter() < until):
                for place, statements in enumerate((ours, theirs)):
                    began = time.perf_counter()
                    for one in statements:
                        cursor.execute(*one)
                        cursor.fetchall()
                    times[place].append(time.perf_counter() - began)
                rounds += 1
        self._note(name, min(times[0]), min(times[1]), count)

    def _note(self, name: str, ours: float, theirs: float, count: int) -> None:
        self.figures[name] = Figure(ours * 1000, theirs * 1000, count)
        print(f"{self.engine.dialect.name:>10} {self.rows:>9,} {name:<28} {ours * 1000:9.2f} ms "
              f"by hand {theirs * 1000:9.2f} ms  x{ours / theirs:5.2f}  {count} statements", flush=True)  # fmt: skip

    def measure(self) -> dict[str, Figure]:
        """Measure every page."""
        self.client.get(LIST)  # what is read once per process
        mark = "?" if self.engine.dialect.name == "sqlite" else "%s"
        wide = self._columns()
        alive = f"FROM {TABLE} WHERE deleted_at IS NULL"
        latest = "ORDER BY created_at DESC, id DESC LIMIT 51"
        few = f"SELECT count(*) FROM (SELECT 1 {alive} LIMIT 10001) AS few"
        with self.maker() as session:
            app, user = live(session, APP), load_user(session, self.person)
            middle = records.query(
                session, app, FORM, user, NOW, offset=self.rows // 2, limit=50, count=False, titles=()
            )
            first = records.query(session, app, FORM, user, NOW, limit=50, count=False, titles=())
        names = self._titles(first, mark)
        self.page("first page", LIST, [(f"SELECT {wide} {alive} {latest}", ()), (few, ()), *names])
        place = middle.records[-1]
        deep = f"SELECT {wide} {alive} AND (created_at, id) < ({mark}, {mark}) {latest}"
        at = place["created_at"]
        at = at.replace(tzinfo=None).isoformat(" ", "milliseconds") if mark == "?" else at
        self.page("page deep inside", f"{LIST}?page=3&after={middle.next}", [(deep, (at, place.id)), (few, ()), *names])
        owner = self.person + 3
        mine = f"{alive} AND owner = {owner}"
        counted = "SELECT count(*) FROM (SELECT 1 {} LIMIT 10001) AS few"
        self.page(
            "filter and sort, indexed",
            f"{LIST}?f.owner={owner}",
            [(f"SELECT {wide} {mine} {latest}", ()), (counted.format(mine), ()), *names],
        )
        # SQLite reads a table as it lies ten times as fast as by an index of which it needs no order.
        scanned = f"FROM {TABLE} WHERE {'+' if mark == '?' else ''}deleted_at IS NULL"
        north = f"{scanned} AND region = 'north'"
        last = " NULLS LAST" if mark == "%s" else ""
        self.page(
            "filter and sort, unindexed",
            f"{LIST}?f.region=north&sort=-amount",
            [
                (f"SELECT {wide} {north} ORDER BY amount DESC{last}, id DESC LIMIT 51", ()),
                (counted.format(north), ()),
                *names,
            ],
        )
        self.page("search, rare word", f"{LIST}?q={RARE}", [(self._search(wide, RARE, latest), ()), *names])
        self.page(
            "search, common word",
            f"{LIST}?q={COMMON}",
            [(self._common(wide, latest), ()), (self._counted(), ()), *names],
        )
        longest = f"ORDER BY stage_entered_at{' NULLS FIRST' if mark == '%s' else ''}, id LIMIT 21"
        cards = [
            (f"SELECT {wide} {alive} AND stage = '{stage}' {longest}", ()) for stage in ("open", "offer", "won", "lost")
        ]
        some = f"FROM (SELECT stage, amount {alive} LIMIT 10001) AS few"
        total = "SELECT stage, count(*), sum(amount) {} GROUP BY stage"
        self.page("board", f"{LIST}board", [*cards, (total.format(some), ()), *names])
        self.page("board cards", f"{LIST}board", [*cards, *names], lambda text: "GROUP BY" not in text)
        self.page("board totals", f"{LIST}board/heads", [(total.format(alive), ())])
        regions = f"SELECT region, count(*), sum(amount) {scanned} GROUP BY region ORDER BY region"
        self.page("group totals", f"{LIST}?group=region&totals=amount:sum", [(regions, ())])
        self._save(mark)
        return self.figures

    def _columns(self) -> str:
        with self.maker() as session:
            table = live(session, APP).tables.current(FORM)
        return ", ".join(f'"{column.name}"' for column in table.c if column.name != "search_text")

    def _titles(self, page: Any, mark: str) -> list[Statement]:
        """Return how a page of records gets the names of its accounts and owners."""
        accounts, people = (tuple(sorted({record[key] for record in page.records})) for key in ("account", "owner"))
        return [
            (f"SELECT id, name FROM {ACCOUNTS} WHERE id IN ({', '.join([mark] * len(accounts))})", accounts),
            (f"SELECT id, name FROM sw_person WHERE id IN ({', '.join([mark] * len(people))})", people),
        ]

    def _search(self, wide: str, word: str, latest: str) -> str:
        if not self.is_lite:
            return f"SELECT {wide} FROM {TABLE} WHERE deleted_at IS NULL AND search_text LIKE '%%{word}%%' {latest}"
        threes = " AND ".join(f'"{word[at : at + 3]}"' for at in range(len(word) - 2))
        found = f"SELECT rowid FROM {TABLE}__search WHERE {TABLE}__search MATCH '{threes}'"
        return (
            f"SELECT {wide} FROM {TABLE} WHERE deleted_at IS NULL AND id IN ({found}) "
            f"AND instr(search_text, '{word}') > 0 {latest}"
        )

    def _common(self, wide: str, latest: str) -> str:
        """Return how the latest records with a common word are found: one after the other, they are soon met."""
        test = f"instr(search_text, '{COMMON}') > 0" if self.is_lite else f"search_text LIKE '%%{COMMON}%%'"
        return f"SELECT {wide} FROM {TABLE} WHERE deleted_at IS NULL AND {test} {latest}"

    def _counted(self) -> str:
        if not self.is_lite:
            found = f"FROM {TABLE} WHERE deleted_at IS NULL AND search_text LIKE '%%{COMMON}%%'"
        else:
            threes = " AND ".join(f'"{COMMON[at : at + 3]}"' for at in range(len(COMMON) - 2))
            found = (
                f"FROM {TABLE}__search AS s CROSS JOIN {TABLE} AS t ON t.id = s.rowid "
                f"WHERE {TABLE}__search MATCH '{threes}' AND deleted_at IS NULL AND instr(t.search_text, '{COMMON}') > 0"
            )
        return f"SELECT count(*) FROM (SELECT 1 {found} LIMIT 1001) AS few"

    @property
    def is_lite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _save(self, mark: str) -> None:
        """Change the amount of one record and of a far one, each in a transaction; only what the statements take counts.

        Far, so that neither finds in memory what the other just read.
        """
        ours, theirs, count = [], [], 0
        with self.maker() as session:
            app, user = live(session, APP), load_user(session, self.person)
        for number in range(ROUNDS + 3):
            record = 1 + number * 1009 % self.rows
            moment = NOW + timedelta(days=1 + number)
            with self.noted() as seen, self.maker.begin() as session:
                records.update(session, app, FORM, record, {"amount": str(number + 7)}, user, moment, "form")
            ours.append(sum(seconds for text, _, seconds in seen if f"{APP}__" in text or "sw_change" in text))
            count = len(seen)
            with self.noted() as seen, self.engine.begin() as connection:
                self._save_by_hand(connection, 1 + (number * 1009 + self.rows // 2) % self.rows, mark, moment)
            theirs.append(sum(seconds for _, _, seconds in seen))
        self._note("save", statistics.median(ours[3:]), statistics.median(theirs[3:]), count)

    def _save_by_hand(self, connection: sa.Connection, record: int, mark: str, moment: Any) -> None:
        """Do what a careful program does: look at the record, write it, close its line of history, write the next."""
        held = "" if mark == "?" else " FOR UPDATE"
        at = moment.replace(tzinfo=None).isoformat(" ", "milliseconds") if mark == "?" else moment
        run = connection.exec_driver_sql
        row = run(f"SELECT * FROM {TABLE} WHERE id = {mark}{held}", (record,)).mappings().one()
        run(
            f"UPDATE {TABLE} SET amount = {mark}, weighted = {mark}, version = {mark}, updated_at = {mark}, "
            f"search_text = {mark} WHERE id = {mark}",
            (700, 77, row["version"] + 1, at, f"{row['search_text']}\x1fWEIGHTED\x1e{record}.5\x1f", record),
        )
        run(f"UPDATE {TABLE}__history SET valid_to = {mark} WHERE id = {mark} AND valid_to IS NULL", (at, record))
        run(
            "INSERT INTO sw_change (at, person_id, via, app_key, form, record_id, version, verb, diff, release) "
            f"VALUES ({mark}, {mark}, 'form', '{APP}', '{FORM}', {mark}, {mark}, 'update', {mark}, 1)",
            (at, self.person, record, row["version"] + 1, '{"amount":[1,700]}'),
        )
        line = {**row, "amount": 700, "version": row["version"] + 1, "valid_from": at, "changed_via": "form"}
        names = ", ".join(f'"{name}"' for name in line)
        run(f"INSERT INTO {TABLE}__history ({names}) VALUES ({', '.join([mark] * len(line))})", tuple(line.values()))


def main(arguments: list[str] | None = None) -> None:
    """Measure both databases at every number of records, and write the worst figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    options.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options.add_argument("--dry", action="store_true", help="print only")
    given = options.parse_args(arguments)
    logging.getLogger("steerway").setLevel(logging.ERROR)
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() and not given.dry else {}
    found: dict[str, Any] = known.get("records", {})
    for database in given.databases:
        for rows in given.rows:
            with _address(database) as url:
                world = World(make_world(url, rows), rows)
                found[f"{database} {rows}"] = {name: one.told for name, one in world.measure().items()}
                world.engine.dispose()
                gc.collect()
            whole = {**known, **summary(found)}
            if not given.dry:  # after each world: a run that is broken off keeps what it measured
                RESULTS.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in summary(found).items() if key != "records"}, indent=2))


@contextmanager
def _address(database: str) -> Iterator[str]:
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="steerway-bench-") as folder:
            yield f"sqlite:///{folder}/steerway.db"
        return
    with postgres.run() as server:
        yield postgres.with_extensions(server).create_database()


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Return the worst of all figures, and all of them; growth is from the least to the most records of a database."""
    growth: dict[str, float] = {}
    for database in sorted({key.split()[0] for key in found}):
        numbers = sorted(int(key.split()[1]) for key in found if key.startswith(f"{database} "))
        least, most = (found[f"{database} {number}"] for number in (numbers[0], numbers[-1]))
        if numbers[0] < numbers[-1]:
            growth |= {f"{database}: {name}": most[name]["ms"] / least[name]["ms"] for name in most if name in least}
    served = {key: value for key, value in growth.items() if key.split(": ")[1] in INDEXED}
    every = [figure for figures in found.values() for figure in figures.values()]
    return {
        "data_vs_raw_worst": max(figure["ratio"] for figure in every),
        "statements_max": max(figure["statements"] for figure in every),
        "growth_worst": round(max(served.values()), 2) if served else None,
        "growth": {key: round(value, 2) for key, value in growth.items()},
        "records": found,
    }


if __name__ == "__main__":
    main()
