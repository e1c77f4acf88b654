"""Runs the benchmarks of expressions and writes benchmarks/results/expressions.json and docs/reference/expression-speed.md.

Every figure is a ratio of two times of the same run, each the least of many rounds taken in turns, so that a busy or slow machine
changes both alike. The SQL half lives in expressions_sql.py.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.engines import ENGINES, peers
from benchmarks.formulas import FORMULAS, LONG, RECORD, SCOPE, Formula
from rules.check import check
from rules.compiled import _make, compiled
from rules.reference import evaluate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "expressions.json"
PAGE = ROOT / "docs" / "reference" / "expression-speed.md"
#: What each figure may be at most.
TARGETS = {
    "compiled_geomean": 1.25,
    "compiled_worst": 1.6,
    "reference_geomean": 35,
    "check_us": 100,
    "compile_us": 1000,
    "sqlite_vs_raw": 1.15,
    "postgresql_vs_raw": 1.2,
    "sqlite_vs_raw_nested": 2,
    "postgresql_vs_raw_nested": 2,
    "indexed_vs_scan": 1 / 20,
    "set_vs_loop": 1 / 30,
}
_MEANINGS = {
    "compiled_geomean": "compiled ÷ native lambda, geometric mean over the formulas",
    "compiled_worst": "compiled ÷ native lambda, the worst formula",
    "reference_geomean": "reference ÷ native lambda, geometric mean over the formulas",
    "check_us": "microseconds to check 150 characters",
    "compile_us": "microseconds to compile 150 characters",
    "sqlite_vs_raw": "SQL of expressions ÷ SQL written by hand, SQLite",
    "postgresql_vs_raw": "SQL of expressions ÷ SQL written by hand, PostgreSQL",
    "sqlite_vs_raw_nested": "the same with nested max and min, SQLite",
    "postgresql_vs_raw_nested": "the same with nested max and min, PostgreSQL",
    "indexed_vs_scan": "selective indexed alert condition ÷ its scan",
    "set_vs_loop": "one SQL statement ÷ a simpleeval loop over the same rows",
}
Run = Callable[[], Any]


def _loop(run: Callable[..., Any], arguments: tuple[Any, ...], count: int) -> float:
    """Return the nanoseconds of one call."""
    rounds = [None] * count
    begun = time.perf_counter_ns()
    for _ in rounds:
        run(*arguments)
    return (time.perf_counter_ns() - begun) / count


def fastest(runs: Mapping[str, tuple[Callable[..., Any], tuple[Any, ...], int]], rounds: int) -> dict[str, float]:
    """Return the least time of each run, in nanoseconds, its empty loop taken off; the runs take turns."""
    best = dict.fromkeys([*runs, "nothing"], math.inf)
    gc.disable()
    try:
        for _ in range(rounds):
            best["nothing"] = min(best["nothing"], _loop(_nothing, (RECORD,), 5000))
            for name, (run, arguments, count) in runs.items():
                best[name] = min(best[name], _loop(run, arguments, count))
    finally:
        gc.enable()
    return best


def _nothing(_values: Any) -> None:
    return None


def geometric_mean(figures: Iterable[float]) -> float:
    """Return the geometric mean."""
    logs = [math.log(f) for f in figures]
    return math.exp(sum(logs) / len(logs))


def formula_times(formula: Formula, rounds: int) -> dict[str, float]:
    """Return the nanoseconds of every engine on one formula."""
    checked = check(formula.text, SCOPE)
    ours = compiled(checked)
    expected = formula.native(RECORD)
    assert abs(ours(RECORD) - expected) < 1e-9, formula.name
    assert abs(float(evaluate(checked, RECORD)) - expected) < 1e-9, formula.name  # type: ignore[arg-type]  # a number or yes/no
    runs: dict[str, tuple[Callable[..., Any], tuple[Any, ...], int]] = {
        "native": (formula.native, (RECORD,), 5000),
        "compiled": (ours, (RECORD,), 5000),
        "reference": (evaluate, (checked, RECORD), 300),
    }
    runs |= {name: (run, (), 300) for name, run in peers(formula).items()}
    best = fastest(runs, rounds)
    best.pop("nothing")
    return best


def checker_times(rounds: int) -> tuple[float, float]:
    """Return the microseconds to check and to compile 150 characters."""
    assert len(LONG) == 150
    checked = check(LONG, SCOPE)
    best = fastest({"check": (check, (LONG, SCOPE), 50), "compile": (_make, (checked,), 20)}, rounds)
    return best["check"] / 1000, best["compile"] / 1000


def measure(rounds: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Return the figures of the Python half, and the times of each formula in nanoseconds."""
    rows: list[dict[str, Any]] = [{"formula": f.name, "text": f.text, **formula_times(f, rounds)} for f in FORMULAS]
    ratios = [r["compiled"] / r["native"] for r in rows]
    check_us, compile_us = checker_times(rounds)
    figures = {
        "compiled_geomean": geometric_mean(ratios),
        "compiled_worst": max(ratios),
        "reference_geomean": geometric_mean(r["reference"] / r["native"] for r in rows),
        "check_us": check_us,
        "compile_us": compile_us,
    }
    return figures, rows


def sql_half(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of the databases, nothing when that half is left out."""
    if options.python_only:
        return {}
    try:
        half = importlib.import_module("benchmarks.expressions_sql")
    except ModuleNotFoundError:
        print("benchmarks/expressions_sql.py is missing: the databases are not measured", file=sys.stderr)
        return {}
    figures: dict[str, Any] = half.measure(options.rows)
    return figures


def save(figures: Mapping[str, Any], rows: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """Merge the figures into the results file; what this run did not measure is kept."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    known |= {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    measured = [{k: round(v, 1) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    known["formulas"] = measured or known.get("formulas", [])
    known["python"] = platform.python_version()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(known), encoding="utf-8")
    return known


def page(known: Mapping[str, Any]) -> str:
    """Return the page of figures for the documentation."""
    lines = ["# Reference: speed of expressions\n"]
    lines.append("This page is generated by `make bench-expressions`. Ratios are taken within one run.\n")
    lines += ["| figure | measured | at most |", "|---|---|---|"]
    for key, target in TARGETS.items():
        if key in known:
            lines.append(f"| {_MEANINGS[key]} | {known[key]:.3g} | {target:.3g} |")
    engines = ["compiled", "reference", *ENGINES]
    lines.append("\n## Formulas\n")
    lines.append(
        "How many times as long as a native Python lambda (last column, nanoseconds) on one record. The lambdas know nothing of"
    )
    lines.append(
        "empty values; ours reckon with them in every field. Engines without dates or dotted names get whole days and flat names.\n"
    )
    lines.append(f"| formula | {' | '.join(engines)} | native, ns |")
    lines.append("|---" * (len(engines) + 2) + "|")
    for row in known["formulas"]:
        cells = [f"{row[e] / row['native']:.2f}" if e in row else "" for e in engines]
        lines.append(f"| `{row['text']}` | {' | '.join(cells)} | {row['native']:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run both halves; 1 when a figure is beyond its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="rounds whose least time counts")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the databases")
    parser.add_argument("--python-only", action="store_true", help="leave the databases out")
    options = parser.parse_args()
    figures, rows = measure(options.rounds)
    known = save({**figures, **sql_half(options)}, rows)
    missed = {k: known[k] for k, target in TARGETS.items() if k in known and known[k] > target}
    print(page(known))
    if missed:
        print(f"beyond the target: {missed}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
