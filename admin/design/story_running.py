"""A test run beside its story: what was found, by place, and taking over what came out as what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._desk import desk
from engine.config_tests import Outcome, run_alone
from engine.config_tests.findings import Difference
from engine.design.pointers import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin.design._part import Part
    from rules.errors import Fault

OUTCOMES = {
    Outcome.PASSED: ("good", lazy_gettext("passed")),
    Outcome.FAILED: ("bad", lazy_gettext("failed")),
    Outcome.STOPPED: ("warn", lazy_gettext("not run")),
}


@dataclass(frozen=True)
class Run:
    """How a test went: in a word, what was found, and why it could not be run."""

    outcome: Outcome
    findings: Sequence[Fault] = ()
    faults: Sequence[Fault] = ()

    @property
    def tone(self) -> str:
        """Return the colour of the outcome."""
        return OUTCOMES[self.outcome][0]

    @property
    def word(self) -> Any:
        """Return the outcome in a word."""
        return OUTCOMES[self.outcome][1]

    @property
    def differences(self) -> int:
        """Return how many things are not as expected; what explains them does not count."""
        return sum(isinstance(one, Difference) for one in self.findings) or len(self.findings)

    @property
    def has_ended(self) -> bool:
        """Tell whether a step that was refused against expectation ended the test."""
        return any(one.code == "test.refused" for one in self.findings)


def tried(part: Part) -> Run | None:
    """Return how the test goes, where the address asks for it."""
    return _run(part) if request.method == "GET" and request.args.get("run") else None


def _run(part: Part) -> Run:
    report = run_alone(desk().source, str(part.content.get("key", "")))
    if report.faults or not report.results:
        return Run(Outcome.STOPPED, faults=report.faults)
    return Run(report.results[0].outcome, report.results[0].findings)


def try_it(part: Part) -> str:
    """Return the address at which the test is run, with what is chosen."""
    return url_for("design.tests", app_key=desk().app_key, part_key=part.key, run=1, at=part.at or None)


def take_over(part: Part) -> None:
    """Expect what came out at a place: the test is run, and what it found there is what it expects from now on."""
    at = request.form["-act"].partition(":")[2]
    found = [one for one in _run(part).findings if one.pointer == at and isinstance(one, Difference) and one.edits]
    if not found:
        abort(409)
    for pointer, value in found[0].edits:
        part.put(pointer, value[0] if value else ABSENT)
    part.note = gettext("expects what came out")
    part.at = request.form.get("behind", "")
    part.onward = try_it(part)
