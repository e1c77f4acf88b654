"""The one error of this room: a file that cannot be imported at all, with every reason known."""

from __future__ import annotations

from typing import NoReturn

from engine.errors import EngineError
from rules.errors import Fault


class ImportRefused(EngineError):  # noqa: N818 - an answer, not an accident
    """The file, or the way its columns are to be read, is not accepted."""


def refuse(code: str, template: str, **facts: object) -> NoReturn:
    """Refuse the whole import in one sentence."""
    raise ImportRefused(Fault(code, template, facts))
