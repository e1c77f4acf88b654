"""Many clients at once, through screens and the API: no record ever holds another's data, refusals say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.race import faults, prepared, race, served

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("processes", [1, 2])
def test_no_record_holds_anothers_data(database_url: str, processes: int, tmp_path: Path) -> None:
    maker, secrets = prepared(database_url)
    try:
        with served(database_url, processes, str(tmp_path)) as hosts:
            outcome = race(hosts, secrets, 200)
        assert faults(maker, outcome) == []
        assert sum(map(len, outcome.accepted.values())) > 60
    finally:
        maker.kw["bind"].dispose()
