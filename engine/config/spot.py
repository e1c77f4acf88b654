"""`Spot`: a value of a config together with its place, so that every fault knows its file and JSON pointer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.errors import Fault


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a config. Reading what is not there, or of another type, gives nothing: the schema has said so already."""

    value: object
    file: str
    pointer: str = ""

    def __getitem__(self, name: str | int) -> Spot:
        """Return the place of a member or an item; its value is None where there is none."""
        value: object = None
        if isinstance(self.value, dict) and isinstance(name, str):
            value = self.value.get(name)
        elif isinstance(self.value, list) and isinstance(name, int) and name < len(self.value):
            value = self.value[name]
        return Spot(value, self.file, f"{self.pointer}/{escaped(name)}")

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def items(self) -> Iterator[Spot]:
        """Go through a list; a text alone counts as a list of one."""
        if isinstance(self.value, list):
            yield from (self[index] for index in range(len(self.value)))
        elif isinstance(self.value, str):
            yield self

    def members(self) -> Iterator[tuple[str, Spot]]:
        """Go through an object in the order of the file."""
        if isinstance(self.value, dict):
            yield from ((str(name), self[str(name)]) for name in self.value)

    @property
    def text(self) -> str:
        """Return a text, or ''."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts of a list."""
        return tuple(item.text for item in self.items() if item.text)

    @property
    def number(self) -> float | None:
        """Return a number, or None."""
        ok = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        return float(str(self.value)) if ok else None

    @property
    def is_true(self) -> bool:
        """Tell whether the value is true."""
        return self.value is True

    @property
    def is_given(self) -> bool:
        """Tell whether there is a value at all."""
        return self.value is not None

    def fault(
        self, code: str, template: str, /, *, suggestion: str = "", level: str = "error", **facts: object
    ) -> Fault:
        """Build a fault at this place."""
        return Fault(code, template, facts, pointer=self.pointer, file=self.file, suggestion=suggestion, level=level)


def escaped(name: str | int) -> str:
    """Return a step of a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")
