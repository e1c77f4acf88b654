"""`FormError`: what a person typed cannot be kept, with one sentence per field."""

from __future__ import annotations

from collections.abc import Iterable

from rules.errors import Fault, SteerwayError


class FormError(SteerwayError):
    """A value or a record cannot be accepted: every fault found in it, at once."""

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> FormError:
        """Build the error from any iterable of faults."""
        return cls(*faults)
