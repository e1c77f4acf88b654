"""What tests of releases share."""

from __future__ import annotations

import pytest

from tests.support.many import make_many


@pytest.fixture(params=["few", "many"])
def how_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let releases treat records as the few they are, or as so many that indexes rest and columns are kept."""
    if request.param == "many":
        make_many(monkeypatch)
    return str(request.param)
