"""The generated reference pages are up to date and complete."""

from __future__ import annotations

import pytest

from rules.registry import FUNCTIONS
from tests.support import golden
from tests.support.expression_pages import REFERENCE, chinese, expressions_page, functions_page


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


def test_functions_page_is_up_to_date(update: bool) -> None:
    golden.compare(REFERENCE / "functions.md", functions_page(), update=update)


def test_expressions_page_is_up_to_date(update: bool) -> None:
    golden.compare(REFERENCE / "expressions.md", expressions_page(), update=update)


def test_every_function_has_a_chinese_sentence() -> None:
    assert chinese().keys() == FUNCTIONS.keys()
