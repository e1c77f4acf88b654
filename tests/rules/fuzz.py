"""The long differential run: `make fuzz` compares at least 1,000,000 rows per database; ROWS= asks for another count."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from rules.registry import FUNCTIONS
from tests.support import postgres
from tests.support.fuzzing import DifferenceError, Fuzz

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "fuzz.json"
#: Records of one world, and expressions compared over it before the next.
SIZE, EXAMPLES = 400, 150


def main() -> int:
    """Run until every database has compared enough rows; 1 when something differed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=int(os.environ.get("ROWS", "1000000")))
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgres.run() as server:
        urls = {"sqlite": f"sqlite:///{folder}/fuzz.db", "postgresql_c": server.create_database()}
        urls["postgresql_icu"] = _linguistic(server)
        return _run(Fuzz.on(urls), given.rows, given.seed)


def _linguistic(server: postgres.Server) -> str:
    try:
        return server.create_database(collation="icu")
    except postgres.CollationMissingError as missing:
        print(f"{missing}; a database of another linguistic collation takes its place", file=sys.stderr)
        return server.create_database(collation="linguistic")


def _run(fuzz: Fuzz, rows: int, seed: int) -> int:
    differing, begun = 0, time.monotonic()
    for number in count(seed):
        try:
            if number == seed:
                fuzz.every_function(number, SIZE)
            fuzz.batch(number, EXAMPLES, SIZE)
        except DifferenceError as difference:
            differing += len(difference.found)
            print(difference, file=sys.stderr)
        except Exception as accident:  # noqa: BLE001 - an evaluator that falls over is a difference like any other
            differing += 1
            print("\n".join([repr(accident), *getattr(accident, "__notes__", [])]), file=sys.stderr)
        least = min(fuzz.tally.rows[name] for name in fuzz.databases)
        print(
            f"{time.monotonic() - begun:6.0f} s  {least:>9} rows on each database  {differing} differences", flush=True
        )
        if least >= rows:
            break
    fuzz.close()
    _write(fuzz, differing)
    return 1 if differing or FUNCTIONS.keys() - fuzz.tally.functions else 0


def _write(fuzz: Fuzz, differing: int) -> None:
    counted = fuzz.tally.rows
    found = {
        "rows_sqlite": counted["sqlite"],
        "rows_postgresql": counted["postgresql_c"],
        "rows_postgresql_icu": counted["postgresql_icu"],
        "differences": differing,
        "functions_reached": len(fuzz.tally.functions),
        "functions_total": len(FUNCTIONS),
        "node_types_reached": sorted(fuzz.tally.nodes),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found))


if __name__ == "__main__":
    sys.exit(main())
