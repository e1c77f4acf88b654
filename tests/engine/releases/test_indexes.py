"""Indexes follow what a config asks: declared views are served in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.releases.indexes import wanted_indexes
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny


def view(**settings: Any) -> dict[str, Any]:
    return {"key": "mine", "label": "Mine", **settings}


@pytest.mark.parametrize(
    ("settings", "columns"),
    [
        ({"filter": "stage == 'open' and amount > 5", "sort": ["-amount"]}, ("stage", "amount", "id")),
        ({"filter": "stage == 'open' or amount > 5", "sort": ["amount"]}, ("amount", "id")),
        ({"sort": ["name"]}, ("name", "id")),
        ({"filter": "amount == 7", "sort": ["-amount"]}, ("amount", "id")),
    ],
)
def test_a_view_has_an_index_of_what_it_fixes_and_its_order(
    tiny: Tiny, settings: dict[str, Any], columns: tuple[str, ...]
) -> None:
    config = tiny_app()
    next(form for form in config["forms"] if form["key"] == "deal")["views"] = [view(**settings)]

    tiny.publish(config)

    with tiny.db() as session:
        made = wanted_indexes(tiny.live(session), "deal")
    assert [one.columns for one in made if one.ordered and one.columns == columns] == [columns]


def test_an_order_by_the_place_of_an_option_is_served_by_no_index(tiny: Tiny) -> None:
    config = tiny_app()
    form = next(form for form in config["forms"] if form["key"] == "deal")
    with tiny.db() as session:
        before = wanted_indexes(tiny.live(session), "deal")
    form["views"] = [view(sort=["stage"])]

    tiny.publish(config)

    with tiny.db() as session:
        assert wanted_indexes(tiny.live(session), "deal") == before
