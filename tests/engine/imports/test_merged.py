"""Verdicts by parts: memory of keys that does not grow much, sums that are the same as in one go."""

from __future__ import annotations

from engine.imports.merged import Marks
from engine.imports.report import Verdict


def test_marks_know_every_key_and_no_other() -> None:
    marks = Marks()
    for number in range(1, 10_001):
        marks.add(Verdict(number, "create", mark=f"{number * 7919:024x}"[::-1], said=f"{number:024x}"[::-1]))

    known, unknown = f"{4_242 * 7919:024x}"[::-1], f"{10_001 * 7919:024x}"[::-1]
    assert marks.find([known, unknown]) == {known: (4_242, f"{4_242:024x}"[::-1][:16], None)}
