"""Expressions are read in several threads at once, while Python clears up in between."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor

from rules.parse import parse

#: Deep enough that Python clears up while its tree is built.
TEXT = " + ".join("if_empty(round(amount, 2), 0)" for _ in range(20))


def test_threads_that_read_expressions_at_once_do_not_disturb_each_other() -> None:
    def let_others_run(phase: str, _facts: dict[str, int]) -> None:
        if phase == "start":
            time.sleep(0.0005)

    before = gc.get_threshold()
    gc.callbacks.append(let_others_run)
    gc.set_threshold(40, 5, 5)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: len(parse(TEXT).root._fields), range(60)))
    finally:
        gc.callbacks.remove(let_others_run)
        gc.set_threshold(*before)

    assert found == [3] * 60
