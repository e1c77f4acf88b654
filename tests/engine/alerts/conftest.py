from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.configs import Config
from tests.support.house import House, open_house

STALE: Config = {
    "key": "stale_deal",
    "label": {"en": "Deal stands still", "zh_Hans": "商机停滞", "zh_Hant": "商機停滯"},
    "form": "deal",
    "when": "stage == 'open' and days_in_stage >= 30",
    "every": {"minutes": 60},
    "message": {
        "en": "{name} stands in {stage}.",
        "zh_Hans": "{name} 停在 {stage}。",
        "zh_Hant": "{name} 停在 {stage}。",
    },
    "notify": [{"to": ["owner"]}, {"to": ["manager"], "after": {"hours": 8}}],
}

#: A rule for the test's app: the stale deal with some members changed.
Rule = dict[str, Any]


def rule(**changes: Any) -> Rule:
    return {**STALE, **changes}


@pytest.fixture
def open_with(database_url: str) -> Iterator[Callable[..., House]]:
    """Open the tiny app with these alert rules."""
    opened: list[House] = []

    def start(*rules: Rule) -> House:
        opened.append(open_house(database_url, lambda config: config.update(alerts=list(rules))))
        return opened[-1]

    yield start
    for house in opened:
        house.engine.dispose()


@pytest.fixture
def house(open_with: Callable[..., House]) -> House:
    """The tiny app with the rule of the stale deal."""
    return open_with(rule())
