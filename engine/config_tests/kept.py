"""Runs of single tests, kept for a while: a page asks again and again while somebody goes through what was found."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from engine.config.source import Source
from engine.config_tests.report import Outcome, TestReport
from engine.config_tests.run import run_tests
from engine.releases.compiling import checksum_of, release_text

#: Runs kept per process.
KEPT = 50

_kept: OrderedDict[tuple[str, str], TestReport] = OrderedDict()
_lock = Lock()


def run_alone(source: Source, key: str) -> TestReport:
    """Return how one test of a config goes, whatever is wrong with the other tests; the same config is not run twice."""
    alone = Source(
        tuple(one for one in source.files if one.section != "tests" or one.spot["key"].text == key), source.faults
    )
    at = checksum_of(release_text(alone)), key
    with _lock:
        if at in _kept:
            _kept.move_to_end(at)
            return _kept[at]
    found = run_tests(alone, [key])
    if any(one.outcome is Outcome.STOPPED for one in found.results):
        return found  # another time there may be time enough
    with _lock:
        _kept[at] = found
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found
