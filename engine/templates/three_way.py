"""Merging two edits of one config, element by element: things are told apart by their keys, never by lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.config.canonical import canonical
from engine.config.check import check
from engine.config.faults import errors_of
from engine.config.source import SECTIONS, Source
from engine.config.spot import escaped

#: Stands for what is not there.
NONE = object()
LOCAL, UPSTREAM, CONFLICT = "local", "upstream", "conflict"
OURS, THEIRS = "ours", "theirs"
#: Members of the items of a list, by which they are told apart where they have no key.
_NAMES = ("key", "field", "roles", "condition", "as")
#: Where things have a type that says what else they hold: (section, list).
_TYPED = {("forms", "fields"), ("dashboards", "tiles")}
#: Members that go with every type.
_ANY_TYPE = frozenset({"key", "type", "label", "help", "visible_if", "width"})


@dataclass(frozen=True)
class Difference:
    """One place at which the sides differ: changed by one of them (local, upstream), or by both in two ways (conflict).

    `path` holds keys, not numbers; a side is `NONE` where the thing is not there.
    """

    path: tuple[str, ...]
    kind: str
    base: object
    ours: object
    theirs: object
    #: The side that was taken.
    taken: str = OURS
    #: One side took it out, and what the other has would be wrong without it.
    is_needed: bool = False

    @property
    def id(self) -> str:
        """Name the place: what a choice is made for."""
        return "".join(f"/{escaped(step)}" for step in self.path)


@dataclass
class Merge:
    """One merging: `choices` is the side to take, by the id of a difference; where none is chosen, the one that changed."""

    choices: Mapping[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def value(self, path: tuple[str, ...], base: object, ours: object, theirs: object) -> object:
        """Return what becomes of a place; NONE for nothing."""
        if ours == theirs:
            return ours
        sides = (base, ours, theirs)
        if all(isinstance(one, dict) for one in (ours, theirs)) and (base is NONE or isinstance(base, dict)):
            return self._members(path, *({} if one is NONE else one for one in sides))  # type: ignore[arg-type]  # asked
        if all(isinstance(one, list) for one in (ours, theirs)) and (base is NONE or isinstance(base, list)):
            listed = [named([] if one is NONE else one) for one in sides]  # type: ignore[arg-type]  # asked
            if all(one is not None for one in listed):
                return self._items(path, *listed)  # type: ignore[arg-type]  # asked
        return self._chosen(path, *sides)

    def _members(
        self,
        path: tuple[str, ...],
        base: Mapping[str, object],
        ours: Mapping[str, object],
        theirs: Mapping[str, object],
    ) -> dict[str, object]:
        names = _order(list(base), list(ours), list(theirs), {*ours, *theirs})
        sides = (base, ours, theirs)
        followed = self._of_type(path, *sides)
        found = {
            name: self.value((*path, name), *(one.get(name, NONE) for one in sides))
            if followed is None or name in _ANY_TYPE
            else followed.get(name, NONE)
            for name in names
        }
        return {name: value for name, value in found.items() if value is not NONE}

    def _of_type(self, path: tuple[str, ...], *sides: Mapping[str, object]) -> Mapping[str, object] | None:
        """Return the side whose members belong to the type that is taken; None where both have the same type.

        Options of a choice in a field that stays a number would be wrong: what only one type has goes with the type.
        """
        types = [one.get("type", NONE) for one in sides]
        if (
            len(path) != len(("section", "key", "list", "item"))
            or (path[0], path[2]) not in _TYPED
            or types[1] == types[2]
        ):
            return None
        work = Merge(self.choices)
        return sides[1] if work.value((*path, "type"), *types) == types[1] else sides[2]

    def _items(
        self,
        path: tuple[str, ...],
        base: Mapping[str, object],
        ours: Mapping[str, object],
        theirs: Mapping[str, object],
    ) -> list[object]:
        found = self._members(path, base, ours, theirs)
        return [found[name] for name in _order(list(base), list(ours), list(theirs), set(found))]

    def _chosen(self, path: tuple[str, ...], base: object, ours: object, theirs: object) -> object:
        kind = UPSTREAM if ours == base else LOCAL if theirs == base else CONFLICT
        found = Difference(path, kind, base, ours, theirs)
        side = self.choices.get(found.id, THEIRS if kind == UPSTREAM else OURS)
        self.differences.append(replace(found, taken=side))
        return theirs if side == THEIRS else ours


def named(listed: Sequence[object]) -> dict[str, object] | None:
    """Return the items of a list by what tells them apart; None for a list that is one whole."""
    found = {name_of(item): item for item in listed}
    return None if None in found or len(found) < len(listed) else found  # type: ignore[return-value]  # None is not among them


def name_of(item: object) -> str | None:
    """Return what tells an item of a list apart; None for one that nothing does."""
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return None
    given = next((item[name] for name in _NAMES if name in item), None)
    return given if isinstance(given, str) else "+".join(map(str, given)) if isinstance(given, list) else None


def _order(base: list[str], ours: list[str], theirs: list[str], wanted: set[str]) -> list[str]:
    """Return the wanted names: in the order of the side that moved things, each addition of the other behind its neighbour."""
    common = set(base) & set(ours) & set(theirs)
    moved = [one for one in ours if one in common] != [one for one in base if one in common]
    spine, other = (ours, theirs) if moved else (theirs, ours)
    found = [one for one in spine if one in wanted]
    place = dict.fromkeys(found)
    before: str | None = None
    for one in other:
        if one in wanted and one not in place:
            found.insert(0 if before is None else found.index(before) + 1, one)
            place[one] = None
        before = one if one in place else before
    return found


@dataclass(frozen=True)
class Merged:
    """What came of a merging."""

    source: Source
    differences: tuple[Difference, ...]

    @property
    def conflicts(self) -> tuple[Difference, ...]:
        """Return what both sides changed, each in its own way."""
        return tuple(one for one in self.differences if one.kind == CONFLICT)


def merge(base: Source, ours: Source, theirs: Source, choices: Mapping[str, str] | None = None) -> Merged:
    """Merge two edits of a config; what was chosen counts, then what only one side changed, then ours.

    What one side took out while the other came to need it is a conflict too, and is kept unless chosen otherwise.
    """
    given = dict(choices or {})
    sides = [tree_of(one) for one in (base, ours, theirs)]
    found = _merge(sides, given)
    known = _faults(ours) | _faults(theirs)
    needed = _needed(sides, found, given, known)
    if needed:
        found = _merge(sides, {**needed, **given})
        told = (replace(d, kind=CONFLICT, is_needed=True) if d.id in needed else d for d in found.differences)
        found = replace(found, differences=tuple(told))
    return found


def differences(old: Source, new: Source) -> list[Difference]:
    """Return where two configs differ: nothing for those that say the same, but for the order of things."""
    found = Merge()
    found.value((), tree_of(old), tree_of(old), tree_of(new))
    return found.differences


def _merge(sides: Sequence[object], choices: Mapping[str, str]) -> Merged:
    work = Merge(choices)
    return Merged(_source(work.value((), *sides)), tuple(work.differences))


def _faults(source: Source) -> Counter[str]:
    """Count the errors of a config by what they say: places have numbers, which a merging moves."""
    return Counter(f"{one.code} {sorted(one.facts.items(), key=str)}" for one in errors_of(check(source)))


def _needed(sides: Sequence[object], found: Merged, choices: Mapping[str, str], known: Counter[str]) -> dict[str, str]:
    """Return what must be kept, although one side took it out, for nothing to be wrong but what a side has wrong itself."""
    wrong = (_faults(found.source) - known).total()
    kept: dict[str, str] = {}
    for one in found.differences if wrong else ():
        gone = one.ours is NONE if one.taken == OURS else one.theirs is NONE
        if not gone or one.base is NONE or one.id in choices:
            continue
        trial = {**kept, one.id: THEIRS if one.taken == OURS else OURS}
        left = (_faults(_merge(sides, {**trial, **choices}).source) - known).total()
        if left < wrong:
            kept, wrong = trial, left
        if not wrong:
            break
    return kept


def tree_of(source: Source) -> dict[str, object]:
    """Return a config as objects by key: section -> key -> file."""
    tree: dict[str, object] = {"app": {k: v for k, v in _canonical(source.app.value, "app").items() if k != "$schema"}}
    for section, noun in SECTIONS.items():
        files = {spot["key"].text: _canonical(spot.value, noun) for spot in source.section(section)}
        tree |= {section: {key: {k: v for k, v in one.items() if k != "$schema"} for key, one in sorted(files.items())}}
    return tree


def _canonical(value: object, noun: str) -> dict[str, object]:
    found = canonical(value, noun)
    return found if isinstance(found, dict) else {}


def _source(tree: object) -> Source:
    assert isinstance(tree, dict)
    return Source.from_dict({name: one if name == "app" else list(one.values()) for name, one in tree.items()})


def same(one: Source, other: Source) -> bool:
    """Tell whether two configs say the same; addresses of schemas and names of files say nothing."""
    return tree_of(one) == tree_of(other)


def settled(differences: Iterable[Difference], side: str) -> dict[str, str]:
    """Return the choice of one side for all of these."""
    return dict.fromkeys((one.id for one in differences), side)
