"""What is sent while it is made gives its connection back at its end, or when the reader leaves."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.conftest import Tiny

FILES = [
    "/a/tiny/deal/export.csv",
    "/a/tiny/deal/export.json",
    "/a/tiny/deal/export.xlsx",
    "/a/tiny/alerts/journal?format=csv",
]


@pytest.fixture
def site(tiny: Tiny, tmp_path: Path) -> Iterator[Site]:
    account = tiny.create("account", name="Acme", region="north")
    for number in range(30):
        tiny.create("deal", name=f"Boiler {number}", account=account.id, amount="12")
    gc.disable()  # an answer that is merely forgotten would give its connection back when Python next looks for it
    yield Site(tiny.db, tiny.now, tmp_path)
    gc.enable()


def lent(site: Site) -> Any:
    return site.db.kw["bind"].pool.checkedout()


@pytest.mark.parametrize("address", FILES)
def test_file_gives_its_connection_back_when_it_was_read(site: Site, address: str) -> None:
    answer = site.visitor("ada").get(address)

    assert answer.status_code == 200
    assert len(answer.get_data()) > 10
    assert lent(site) == 0


@pytest.mark.parametrize("address", FILES[:2])
def test_reader_who_leaves_gives_the_connection_back(site: Site, address: str) -> None:
    answer = site.visitor("ada").client.get(address, buffered=False)
    assert next(iter(answer.response))

    answer.close()

    assert lent(site) == 0
