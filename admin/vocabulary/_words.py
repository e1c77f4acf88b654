"""What one member is called and what is said about it, and how both are found by the way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Found = TypeVar("Found")
#: In a table: any one name, such as the key of a field.
ANY = "*"


class Words(NamedTuple):
    """A member as a person reads it; both texts are translated where they are shown."""

    label: str
    help: str


def find(path: tuple[str, ...], *tables: Mapping[str, Found]) -> Found | None:
    """Return what the first table says that knows an end of the path, by its longest end."""
    for table in tables:
        for end in _ends(path):
            if end in table:
                return table[end]
    return None


def _ends(path: tuple[str, ...]) -> Iterator[str]:
    for start in range(len(path)):
        end = path[start:]
        yield ".".join(end)
        for place in range(len(end) - 1, 0, -1):
            yield ".".join((*end[:place], ANY, *end[place + 1 :]))
