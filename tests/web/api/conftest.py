"""The HTTP API over the small app, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import postgres_template, sqlite_template, tiny
from tests.support.program import Program, program_of
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.conftest import Tiny

__all__ = ["postgres_template", "sqlite_template", "tiny"]


@pytest.fixture
def site(tiny: Tiny, tmp_path: Path) -> Site:
    return Site(tiny.db, tiny.now, tmp_path)


@pytest.fixture
def program(site: Site) -> Callable[..., Program]:
    """`program("alice")` acts as Alice; scopes and one app may be named."""
    return lambda name, *scopes, app_key=None: program_of(
        site.db, site.app, name, site.now, scopes or ("read", "create", "update", "move", "delete"), app_key
    )
