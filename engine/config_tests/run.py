"""Running the tests of a config: quick, bounded, and with nothing left behind."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from time import monotonic

from engine.config import limits
from engine.config.parameters import with_defaults
from engine.config.source import Source
from engine.config.spot import Spot
from engine.config_tests.doing import do, pass_time, refresh
from engine.config_tests.findings import Edit, differs, says
from engine.config_tests.judging import judge, looks_at_alerts
from engine.config_tests.report import Outcome, TestReport, TestResult
from engine.config_tests.scratch import Scratch, TimeIsUp, scratch
from engine.config_tests.world import World
from engine.errors import ConfigError
from forms.labels import Label
from rules.errors import N_, Fault, SteerwayError

log = logging.getLogger(__name__)

#: Told after each test: how many are done, of how many.
Progress = Callable[[int, int], None]


def run_tests(
    source: Source,
    only: Collection[str] = (),
    *,
    seconds: float = limits.TEST_SECONDS,
    progress: Progress | None = None,
) -> TestReport:
    """Run the tests of a config, all or `only` these keys, and return how they went; nothing outside is read or written.

    1. Check the config. 2. Publish it into a database in memory. 3. Run each test and take back what it wrote. A config
    with faults is not run: the report holds its faults. What is not done when the time is up counts as stopped. Any
    thread may call it, several at once; it needs neither a request nor the house's database.
    """
    began, whole = monotonic(), with_defaults(source)
    tests = [test for test in whole.section("tests") if not only or test["key"].text in only][: limits.TESTS]
    try:
        with scratch(whole, seconds) as base:
            results = _run_all(base, whole.app["key"].text, tests, progress)
    except ConfigError as error:
        return TestReport(faults=error.faults, seconds=monotonic() - began)
    return TestReport(tuple(results), seconds=monotonic() - began)


def _run_all(base: Scratch, app_key: str, tests: list[Spot], progress: Progress | None) -> list[TestResult]:
    results = []
    for number, test in enumerate(tests, 1):
        results.append(_run(base, app_key, test))
        if progress is not None:
            progress(number, len(tests))
    return results


def _run(base: Scratch, app_key: str, test: Spot) -> TestResult:
    began, findings, outcome = monotonic(), list[Fault](), Outcome.STOPPED
    if base.is_over():
        return _result(test, outcome, [_time_is_up(test)], 0.0)
    try:
        with base.undone():
            findings = _findings(World(base, app_key, test))
        outcome = Outcome.FAILED if findings else Outcome.PASSED
    except TimeIsUp:
        findings = [_time_is_up(test)]
    except Exception as error:
        if base.is_over():
            findings = [_time_is_up(test)]
        else:
            log.exception("the test %s of app %s broke", test["key"].text, app_key)
            outcome = Outcome.FAILED
            template = N_("The test broke: {error}.")
            findings = [test.fault("test.broke", template, error=f"{type(error).__name__}: {error}"[:200])]
    return _result(test, outcome, findings, monotonic() - began)


def _result(test: Spot, outcome: Outcome, findings: list[Fault], seconds: float) -> TestResult:
    key = test["key"].text
    return TestResult(key, Label.of(test["label"].value, key), test.file, outcome, tuple(findings), seconds)


def _time_is_up(test: Spot) -> Fault:
    return test.fault("test.stopped", N_("There was no time left for this test."))


def _findings(world: World) -> list[Fault]:
    """Set up, do the steps, judge; a step that is refused against expectation ends the test."""
    if faults := set_up(world, watched=_watches(world.test)):
        return faults
    findings: list[Fault] = []
    for step in world.test["steps"].items():
        world.base.check_time()
        found, goes_on = _step(world, step)
        findings += found
        if not goes_on:
            return findings
        findings += judge(world, step["expect"])
    world.base.check_time()
    return findings + list(judge(world, world.test["expect"]))


def set_up(world: World, *, watched: bool) -> list[Fault]:
    """Make people and records; what a rule of the calendar counts from, if any is watched, is the moment before."""
    world.set_up_people()
    if watched:
        pass_time(world, early=True)
    for record in world.test["records"].items():
        world.base.check_time()
        try:
            world.add_record(record)
        except SteerwayError as error:
            said = record.fault("test.given", N_("This record cannot be entered."))
            return [said, *(_placed(fault, record) for fault in error.faults)]
    refresh(world)
    return []


def _placed(fault: Fault, record: Spot) -> Fault:
    values = record["values"]
    place = values[fault.field] if fault.field in values else record  # noqa: SIM401 - a place has no get
    return fault.at(file=record.file, pointer=place.pointer)


def _watches(test: Spot) -> bool:
    steps = list(test["steps"].items())
    expected = [test["expect"], *(step["expect"] for step in steps)]
    return any(map(looks_at_alerts, expected)) or any(step["do"].text == "wait" for step in steps)


def _step(world: World, step: Spot) -> tuple[list[Fault], bool]:
    """Do a step; return what is not as expected, and whether the test can go on."""
    expected = step["refused"]
    is_refusal = expected.is_true or bool(expected.value)
    try:
        do(world, step)
    except SteerwayError as error:
        if not is_refusal:
            said = differs(step, _refused(step, error.faults), "test.refused", N_("This step was refused."))
            return [said, *(fault.at(file=step.file, pointer=step.pointer) for fault in error.faults)], False
        edits = _refused(step, error.faults)
        return [one for place in expected.items() for one in _unsaid(place, error.faults, edits)], True
    if is_refusal:
        edits = ((expected.pointer, ()),)
        return [differs(expected, edits, "test.not_refused", N_("This step was not refused."))], True
    return [], True


def _refused(step: Spot, faults: tuple[Fault, ...]) -> tuple[Edit, ...]:
    """Return the edit after which a step is expected to be refused as it was."""
    said = [{"code": one.code, **({"field": one.field} if one.field else {})} for one in faults]
    return ((step["refused"].pointer, (said,)),)


def _unsaid(place: Spot, faults: tuple[Fault, ...], edits: tuple[Edit, ...]) -> list[Fault]:
    """Return what was said instead of a refusal that was expected."""
    code, field, words = place["code"].text, place["field"].text, place["says"].text
    for fault in faults:
        if code in ("", fault.code) and field in ("", fault.field) and (not words or says(fault, words)):
            return []
    said = differs(place, edits, "test.other_refusal", N_("It was refused for other reasons than this one."))
    return [said, *(fault.at(file=place.file, pointer=place.pointer) for fault in faults)]
