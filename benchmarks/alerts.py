"""Runs the benchmarks of alerts and merges their figures into benchmarks/results/alerts.json.

Each part is a module with `measure_all()`, which returns its own keys; keys of parts that are not run stay as they are.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results" / "alerts.json"
PARTS = {name: f"benchmarks.alerts_{name}" for name in ("rules", "drain")}


def merge(found: dict[str, Any]) -> dict[str, Any]:
    """Write the figures of one part beside those of the others."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    whole = {**known, **found}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them without a name")
    for name in parser.parse_args().parts or PARTS:
        if find_spec(PARTS[name]):
            print(json.dumps(merge(import_module(PARTS[name]).measure_all()), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
