"""Sheets on their way out: nothing in them runs, and what is read back is what was written."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imports.read import read
from engine.sheets import Head, csv_text, neutral, restored, write_xlsx

RUNS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "|calc",
    "'=1",
    "''=1",
    " =1",
    "＝1",
    'DDE ("cmd";"/C calc")',
]
PLAIN = ["", "a=1", "-12.50", "+8613800138000", "15%", "'quoted'", "it's", "O'Brien", "-1,000.5"]


@pytest.mark.parametrize("text", RUNS)
def test_neutral_disarms_what_would_run(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert restored(neutral(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_neutral_leaves_everything_else(text: str) -> None:
    assert neutral(text) == text
    assert restored(text) == text


@given(st.text(alphabet="'=+-@ \tax1", max_size=6))
def test_what_is_read_back_is_what_was_written(text: str) -> None:
    assert restored(neutral(text)) == text


def test_every_payload_is_harmless_and_comes_back(shared_data: Path) -> None:
    payloads = (shared_data / "evil_csv" / "csv-payload.txt").read_text("utf-8").splitlines()
    payloads = [line for line in payloads if line.strip()]
    assert len(payloads) > 4

    written = "".join(csv_text([["id", "text"], *([str(number), line] for number, line in enumerate(payloads))]))

    cells = [row.cells[1] for row in read(written.encode()).rows]
    assert cells == payloads
    assert all(neutral(line).startswith("'") for line in payloads)


def test_workbook_has_typed_cells_and_no_formula(shared_data: Path) -> None:
    payloads = (shared_data / "evil_csv" / "csv-payload.txt").read_text("utf-8").split("\n")
    target = io.BytesIO()
    heads = [Head("Text"), Head("Amount", "#,##0.00"), Head("On", "yyyy-mm-dd"), Head("Yes")]

    count = write_xlsx(target, heads, [[line, 12.5, date(2026, 3, 4), True] for line in payloads], "A/B [c]")

    assert count == len(payloads)
    sheet = zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    table = read(target.getvalue())
    assert [row.cells[0] for row in table.rows] == payloads
    assert table.rows[0].cells[1:] == ("12.5", "2026-03-04", "true")
