"""How the tests of a config went: each passed or failed, and by place what was expected and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from forms.labels import Label
from rules.errors import Fault


class Outcome(StrEnum):
    """How one test ended; `stopped` when the time for all of them was up."""

    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class TestResult:
    """One test: `findings` say with file and JSON pointer what was expected and what was found instead."""

    __test__ = False  # the test runner takes it for a test

    key: str
    label: Label
    file: str
    outcome: Outcome
    findings: tuple[Fault, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class TestReport:
    """All tests of a config. `faults` are why none could be run: the config itself is not right, or cannot be set up."""

    __test__ = False  # the test runner takes it for a test

    results: tuple[TestResult, ...] = ()
    faults: tuple[Fault, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        """Tell whether every test passed; a config without tests passes, one that could not be set up does not."""
        return not self.faults and not self.failed

    @property
    def failed(self) -> Sequence[TestResult]:
        """Return the tests that did not pass."""
        return [one for one in self.results if one.outcome is not Outcome.PASSED]
