"""How two configs differ, member by member: things are told apart by their keys, wherever they stand in a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.config.canonical import canonical
from engine.config.source import SECTIONS, Source
from engine.config.spot import escaped

_NONE = object()


@dataclass(frozen=True)
class Changed:
    """One difference: `before` or `after` is missing (None and `is_…`) where something came or went."""

    file: str
    #: JSON pointer in which items of lists stand with their keys.
    pointer: str
    before: object = None
    after: object = None
    is_added: bool = False
    is_removed: bool = False


def changed(old: Source, new: Source) -> tuple[Changed, ...]:
    """Return what differs between two configs, file by file; nothing for configs that say the same."""
    before, after = _by_file(old), _by_file(new)
    names = [*before, *(name for name in after if name not in before)]
    return tuple(one for name in names for one in _compare(name, "", before.get(name, _NONE), after.get(name, _NONE)))


def _by_file(source: Source) -> dict[str, object]:
    nouns = {"app": "app", **SECTIONS}
    listed = {section: number for number, section in enumerate(nouns)}
    files = sorted(source.files, key=lambda file: (listed[file.section], file.path))
    found = {}
    for file in files:
        key = file.spot["key"].text if file.section != "app" else ""
        found[f"{file.section}/{key}.json" if key else file.path] = canonical(file.content, nouns[file.section])
    return found


def _compare(file: str, pointer: str, before: object, after: object) -> Iterator[Changed]:
    if before == after:
        return
    if before is _NONE:
        yield Changed(file, pointer, after=after, is_added=True)
    elif after is _NONE:
        yield Changed(file, pointer, before=before, is_removed=True)
    elif (sides := _members(before, after)) is not None:
        one, other = sides
        changes = [
            change
            for name in [*one, *(name for name in other if name not in one)]
            for change in _compare(file, f"{pointer}/{escaped(name)}", one.get(name, _NONE), other.get(name, _NONE))
        ]
        yield from changes or [Changed(f"{file}", pointer, list(one), list(other))]
    else:
        yield Changed(file, pointer, before, after)


def _members(before: object, after: object) -> tuple[dict[str, object], dict[str, object]] | None:
    """Return both sides by name: objects by their members, lists of things by their keys."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before, after
    if isinstance(before, list) and isinstance(after, list):
        one, other = _keyed(before), _keyed(after)
        return (one, other) if one is not None and other is not None else None
    return None


def _keyed(listed: list[object]) -> dict[str, object] | None:
    found: dict[str, object] = {str(item["key"]): item for item in listed if isinstance(item, dict) and "key" in item}
    return found if len(found) == len(listed) else None
