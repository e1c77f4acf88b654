"""`Record`: one entry of a form as a person may see it, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Record:
    """One entry of a form: `values` holds the visible fields and the system fields, as stored values."""

    form: str
    id: int
    version: int
    values: Mapping[str, object] = field(default_factory=dict)
    deleted: bool = False
    #: hidden, read or edit, by name, for the person who reads this record.
    access: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, key: str) -> object:
        return self.values[key]

    def get(self, key: str, default: object = None) -> object:
        """Return the value of a field, or `default` where it is hidden or unknown."""
        return self.values.get(key, default)
