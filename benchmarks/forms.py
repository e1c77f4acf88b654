"""A form of 300 fields with 100 conditions: drawing it, and answering a key press, beside a bare template of 300 inputs."""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment

from app import create_app
from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM, create_person
from engine.releases import publish

RESULTS = Path(__file__).parent / "results" / "forms.json"
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "form-speed.md"
FIELDS, CONDITIONS, ROWS = 300, 100, 1000
#: What must hold, in milliseconds of processor time.
LIMITS = {"render_ms": 200.0, "answer_ms": 50.0}
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
_BARE = """<form method="post">{% for key, label, value in inputs %}<div><label for="{{ key }}">{{ label }}</label>
<input class="form-control" type="text" id="{{ key }}" name="{{ key }}" value="{{ value }}"></div>{% endfor %}</form>"""


def config() -> dict[str, Any]:
    """Return the app: every third field has a condition, each of another kind, over the fields before it."""
    fields = [_field(number) for number in range(FIELDS)]
    sections = [
        {"key": f"part_{at}", "label": f"Part {at}", "fields": [f["key"] for f in fields[at : at + 30]]}
        for at in range(0, FIELDS, 30)
    ]
    form = {"key": "big", "label": "Big", "title": "f0", "fields": fields, "sections": sections}
    sheet = {
        "key": "sheet",
        "label": "Sheet",
        "title": "name",
        "fields": [
            {"key": "name", "type": "text", "label": "Name"},
            {
                "key": "rows",
                "type": "sub_table",
                "label": "Rows",
                "of": "line",
                "columns": [
                    "item",
                    {"field": "quantity", "total": "sum"},
                    "price",
                    {"field": "amount", "total": "sum"},
                ],
            },
        ],
    }
    line = {
        "key": "line",
        "label": "Line",
        "title": "item",
        "fields": [
            {"key": "home", "type": "reference", "to": "sheet", "label": "Home", "required": True},
            {"key": "item", "type": "text", "label": "Item"},
            {"key": "quantity", "type": "number", "label": "Quantity", "required": True},
            {"key": "price", "type": "money", "label": "Price"},
            {
                "key": "amount",
                "type": "computed",
                "result": "money",
                "label": "Amount",
                "expression": "quantity * price",
            },
        ],
    }
    app = {"key": "speed", "label": "Speed", "roles": [{"key": "all", "label": "All"}]}
    return {"app": app, "forms": [form, sheet, line]}


def _field(number: int) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"type": "text"},
        {"type": "number"},
        {"type": "choice", "options": [{"key": key, "label": key.title()} for key in ("red", "green", "blue")]},
    ]
    found = {"key": f"f{number}", "label": f"Field {number}", **kinds[number % 3]}
    if number >= 3 and number % 3 == 0:
        before = number - 3
        condition = [
            f"f{before + 1} > 10 or is_empty(f{before})",
            f"f{before + 2} == 'red' and f1 >= 0",
            f"f{before + 2} in ['red', 'green'] or f4 > f1",
        ][number // 3 % 3]
        found[("visible_if", "required_if", "read_only_if")[number // 3 % 3]] = condition
    if number == 1:
        found["required_if"] = "f4 > 5"
    return found


def measure(repeats: int = 21) -> dict[str, float]:
    """Return medians of processor time in milliseconds, with the ratio to the bare template in the same run."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/speed.db")
        create_system_tables(engine)
        made = sessions(engine)
        with made.begin() as session:
            person = create_person(session, "ada", "Ada", now=NOW, is_admin=True)
            publish(session, config(), SYSTEM, NOW, "benchmark")
            who = person.id, person.session_stamp
        app = create_app({"SESSIONS": made, "SECRET_KEY": "benchmark", "TESTING": True, "CLOCK": lambda: NOW})
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["person"], cookie["stamp"] = who
        found = _measure(client, repeats)
        engine.dispose()
    return found


def _measure(client: Any, repeats: int) -> dict[str, float]:
    page = client.get("/a/speed/big/new").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    state = re.search(r'id="form-state" value="([^"]*)"', page)
    assert token
    assert state
    typed = {f"f{n}": ("12", "12", "red")[n % 3] if n % 3 else f"text {n}" for n in range(FIELDS)}
    turns = iter(range(10**6))

    def answer() -> None:
        sent = {**typed, "f4": str(next(turns) % 20), "f5": "red" if next(turns) % 4 else "green"}
        got = client.post(
            "/a/speed/big/conditions",
            data={"csrf_token": token[1], "-state": unescape(state[1]), **sent},
            headers={"HX-Request": "true"},
        )
        assert got.status_code == 200, got.status_code

    bare = Environment(autoescape=True).from_string(_BARE)
    inputs = [(key, f"Field {key}", value) for key, value in typed.items()]
    render_ms, bare_ms = _medians([lambda: client.get("/a/speed/big/new"), lambda: bare.render(inputs=inputs)], repeats)
    [answer_ms] = _medians([answer], repeats)
    return {
        "fields": FIELDS,
        "conditions": sum(
            1 for f in config()["forms"][0]["fields"] if set(f) & {"visible_if", "required_if", "read_only_if"}
        ),
        "render_ms": render_ms,
        "answer_ms": answer_ms,
        "bare_ms": bare_ms,
        "render_ratio": round(render_ms / bare_ms, 1),
        "answer_ratio": round(answer_ms / bare_ms, 1),
        **_table(client, token[1], max(repeats // 4, 3)),
    }


def _table(client: Any, token: str, repeats: int) -> dict[str, float]:
    """Measure a table of a thousand rows: saving all of them, opening the form, changing one of them."""
    rows = [f"new{number}" for number in range(1, ROWS + 1)]
    sent: dict[str, Any] = {"csrf_token": token, "name": "Thousand", "rows": rows}
    for number, row in enumerate(rows):
        sent |= {f"rows__{row}__item": f"Item {number}", f"rows__{row}__quantity": "2", f"rows__{row}__price": "1.50"}
    began = time.process_time()
    saved = client.post("/a/speed/sheet/new", data=sent)
    saving = time.process_time() - began
    assert saved.status_code == 303, saved.status_code
    edit = saved.location + "/edit"
    page = client.get(edit).text
    first = re.search(r'name="rows" value="(\d+)"', page)
    assert first
    turns = iter(range(10**6))

    def change() -> None:
        row = {"rows": first[1], f"rows__{first[1]}__quantity": str(next(turns))}
        got = client.post(edit, data={"csrf_token": token, "name": "Thousand", **row})
        assert got.status_code == 303, got.status_code

    opening, changing = _medians([lambda: client.get(edit), change], repeats)
    return {
        "table_rows": ROWS,
        "table_save_all_ms": round(saving * 1000, 1),
        "table_open_ms": opening,
        "table_change_one_ms": changing,
        "table_page_kb": round(len(page.encode()) / 1024, 1),
    }


def _medians(acts: list[Callable[[], object]], repeats: int) -> list[float]:
    """Return the median processor time of each act; they take turns, so that a slow moment meets all of them."""
    times: list[list[float]] = [[] for _ in acts]
    for act in acts:
        act()
    for _ in range(repeats):
        for act, held in zip(acts, times, strict=True):
            began = time.process_time()
            act()
            held.append((time.process_time() - began) * 1000)
    return [round(statistics.median(held), 2) for held in times]


def page(found: dict[str, float]) -> str:
    """Return the page of the reference."""
    return f"""# Speed of forms

Measured by `make bench-forms` (processor time, medians; `benchmarks/results/forms.json`), on a form of {found["fields"]:.0f} fields with
{found["conditions"]:.0f} conditions, beside a bare template of as many inputs in the same run.

| | milliseconds | times the bare template |
|---|---:|---:|
| a bare template of {found["fields"]:.0f} inputs | {found["bare_ms"]} | 1 |
| the page of the form (at most {LIMITS["render_ms"]:.0f} ms) | {found["render_ms"]} | {found["render_ratio"]} |
| the answer to a change (at most {LIMITS["answer_ms"]:.0f} ms) | {found["answer_ms"]} | {found["answer_ratio"]} |

A sub-table of {found["table_rows"]:.0f} rows: all of them saved at once in {found["table_save_all_ms"]} ms; the form opened with its first 200 rows in
{found["table_open_ms"]} ms ({found["table_page_kb"]} KB); one row changed and saved in {found["table_change_one_ms"]} ms.

Conditions are compiled once per release; a change is answered only with the controls that look different; rows that nobody
touched are neither sent nor read again.
"""


def main() -> int:
    """Measure, write the results, and tell whether the limits are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--dry", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    found = measure(arguments.repeats)
    print(json.dumps(found, indent=2))
    if not arguments.dry:
        RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(page(found), encoding="utf-8")
    return int(any(found[key] > limit for key, limit in LIMITS.items()))


if __name__ == "__main__":
    raise SystemExit(main())
