"""Verdicts by parts: memory of keys that does not grow much, sums that are the same as in one go."""

from __future__ import annotations

from engine.imports.merged import Marks
from engine.imports.report import Verdict
from engine.imports.run import digest


def test_marks_know_every_key_and_no_other() -> None:
    marks = Marks()
    for number in range(1, 10_001):
        marks.add(Verdict(number, "create", mark=digest(number), said=digest(-number)))

    known, unknown = digest(4_242), digest(10_001)
    assert marks.find([known, unknown]) == {known: (4_242, digest(-4_242)[:16], None)}


def test_marks_tell_keys_apart_that_fall_on_one_place() -> None:
    marks = Marks()
    alike = [f"{number:08x}{0:016x}" for number in range(1, 301)]
    for number, mark in enumerate(alike, start=1):
        marks.add(Verdict(number, "create", mark=mark, said=digest(number)))

    assert [found[0] for found in marks.find(alike).values()] == list(range(1, 301))
    assert marks.find([f"{301:08x}{0:016x}"]) == {}
