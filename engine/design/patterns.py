"""Walking through a config by patterns: `/views/*/columns/*` finds the names in the columns of all views."""

from __future__ import annotations

from collections.abc import Iterator

from engine.config.spot import Spot

#: A place, and the object around it, its parent's parent and so on, the innermost first.
Found = tuple[Spot, tuple[Spot, ...]]


def find(spot: Spot, pattern: str) -> Iterator[Found]:
    """Yield the places of a pattern: `*` goes through a list (or is a lone text), `@` through the values of an object.

    `{}` at the end yields the names of an object's members, each at the place of its value.
    """
    steps = [step for step in pattern.split("/") if step]
    yield from _walk(spot, steps, ())


def _walk(spot: Spot, steps: list[str], around: tuple[Spot, ...]) -> Iterator[Found]:
    if not steps:
        if spot.text:
            yield spot, around
        return
    step, rest = steps[0], steps[1:]
    inside = (spot, *around) if isinstance(spot.value, dict) else around
    if step == "{}":
        for name, value in spot.members():
            yield Spot(name, value.file, value.pointer), inside
    elif step == "*":
        for item in spot.items():
            yield from _walk(item, rest, inside)
    elif step == "@":
        for _, value in spot.members():
            yield from _walk(value, rest, inside)
    else:
        yield from _walk(spot[step], rest, inside)


def fits(pattern: str, way: tuple[str, ...]) -> bool:
    """Tell whether a way leads to what a pattern finds; to a list of which it finds the items, too."""
    parts = [step for step in pattern.split("/") if step]
    if len(parts) > 1 and parts[-1] == "*" and len(parts) == len(way) + 1:
        parts = parts[:-1]  # the list itself
    return len(parts) == len(way) and all(
        one in ("@", "{}") or (one == "*" and step.isdigit()) or one == step
        for one, step in zip(parts, way, strict=True)
    )
