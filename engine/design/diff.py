"""What a change of a config means, element by element: a field, a stage, a rule that came, went or says something else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.config.source import Source
from engine.templates.three_way import Difference, differences, named, tree_of


@dataclass(frozen=True)
class Reordered:
    """A list whose things stand in another order; `path` holds keys, `before` and `after` what is on both sides."""

    path: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def moved(self) -> tuple[tuple[str, str], ...]:
        """Return (what moved, what it stands behind now; nothing for the first place): as few things as can be."""
        at = {one: number for number, one in enumerate(self.before)}
        stays = set(_rising([at[one] for one in self.after]))
        pairs = zip(self.after, ("", *self.after), strict=False)
        return tuple((one, behind) for one, behind in pairs if at[one] not in stays)


def _rising(numbers: Sequence[int]) -> list[int]:
    """Return the longest run of numbers that rise from left to right."""
    ends: list[int] = []
    runs: list[list[int]] = []
    for number in numbers:
        place = bisect_left(ends, number)
        run = [*(runs[place - 1] if place else []), number]
        ends[place:], runs[place:] = [number, *ends[place + 1 :]], [run, *runs[place + 1 :]]
    return runs[-1] if runs else []


def diff(old: Source, new: Source) -> tuple[Difference, ...]:
    """Return what differs; `ours` is how it was, `theirs` how it is now, and NONE stands for what is not there."""
    return tuple(differences(old, new))


def reordered(old: Source, new: Source) -> tuple[Reordered, ...]:
    """Return the lists whose order differs: merging does not ask for it, people who read a list do."""
    return tuple(_orders((), tree_of(old), tree_of(new)))


def _orders(path: tuple[str, ...], old: object, new: object) -> Iterator[Reordered]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in old:
            if name in new:
                yield from _orders((*path, name), old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        before, after = named(old), named(new)
        if before is None or after is None:
            return
        sides = tuple(one for one in before if one in after), tuple(one for one in after if one in before)
        if sides[0] != sides[1]:
            yield Reordered(path, *sides)
        yield from _orders(path, before, after)
