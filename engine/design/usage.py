"""What uses a thing of an app: every place of its config that names it, in words, found once for all things of a config."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from engine.config.check import examine
from engine.config.parameters import with_defaults
from engine.config.source import SECTIONS, Source
from engine.config.spot import Spot
from engine.design.reads import reads
from engine.design.references import references
from engine.design.things import Thing
from engine.releases.compiling import checksum_of, release_text
from forms.labels import Label
from rules.errors import N_

#: Configs whose uses are kept per process.
KEPT = 20


@dataclass(frozen=True)
class Use:
    """One place that uses a thing: `crumbs` are the labels on the way to it, `part` is what it does there, a sentence to translate.

    `kind` is the noun of the file (form, pipeline, okr, alert, dashboard, test, app), or one of view, habit, link,
    follower, alert_open, which stand outside of the config and have no file.
    """

    kind: str
    part: str
    crumbs: tuple[Label, ...] = ()
    file: str = ""
    pointer: str = ""
    #: How many there are, of what is only counted.
    count: int = 1

    @property
    def text(self) -> str:
        """Return the place in English words."""
        return " › ".join([*map(str, self.crumbs), self.part.format(count=self.count)])


class Usage:
    """What uses what in one config. It may have faults: what cannot be understood uses nothing."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def _uses(self) -> Mapping[Thing, tuple[Use, ...]]:
        faults_and_desk = examine(self._source)
        desk = faults_and_desk[1]
        files = {file.path: file.spot for file in with_defaults(self._source).files}
        nouns = {file.path: _NOUNS[file.section] for file in self._source.files}
        found: dict[Thing, dict[tuple[str, str], Use]] = {}
        for one in (*references(desk, self._source), *reads(desk)):
            if one.place.file in files:
                at = (one.place.file, one.place.pointer)
                use = _use(files[one.place.file], nouns[one.place.file], one.place)
                found.setdefault(one.thing, {})[at] = use
        order = {path: number for number, path in enumerate(files)}
        return {
            thing: tuple(sorted(uses.values(), key=lambda use: (order[use.file], _natural(use.pointer))))
            for thing, uses in found.items()
        }

    def of(self, thing: Thing) -> tuple[Use, ...]:
        """Return the places that use a thing, in the order of files and places; of a form not those inside its own file."""
        return tuple(use for use in self._uses.get(thing, ()) if not self._is_own(thing, use))

    def inside(self, form: str) -> Iterator[tuple[Thing, Use]]:
        """Yield what uses the fields of a form from outside its own file: what would break if the whole form went."""
        for thing, uses in self._uses.items():
            if thing.form == form and thing.kind in ("field", "option", "stage", "transition"):
                yield from ((thing, use) for use in uses if not self._is_own(Thing("form", form), use))

    def _is_own(self, thing: Thing, use: Use) -> bool:
        """Tell whether a use stands in the very form that is asked about."""
        if thing.kind != "form" or not use.file.startswith("forms/"):
            return False
        return next(f.spot["key"].text for f in self._source.files if f.path == use.file) == thing.key


def usage(source: Source) -> Usage:
    """Return what uses what in a config; the same config is looked through once per process."""
    checksum = checksum_of(release_text(source))
    with _lock:
        found = _kept.pop(checksum, None) or Usage(source)
        _kept[checksum] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


_kept: OrderedDict[str, Usage] = OrderedDict()
_lock = Lock()
_NOUNS = {"app": "app", **SECTIONS}


def _natural(pointer: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(step), "") if step.isdigit() else (1, 0, step) for step in pointer.split("/"))


def _use(file: Spot, noun: str, place: Spot) -> Use:
    crumbs, here, part = list(_label(file)), file, ""
    for step in place.pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        here = here[int(name)] if isinstance(here.value, list) and name.isdigit() else here[name]
        crumbs += _label(here)
        if not part or noun not in _OUTERMOST or name == "actions":
            part = PARTS.get((noun, name), PARTS.get(("", name), part))
    return Use(noun, part or N_("named"), tuple(crumbs), place.file, place.pointer)


def _label(spot: Spot) -> list[Label]:
    if not isinstance(spot.value, dict):
        return []
    label = spot["label"]
    given = label.value if label.is_given else spot["key"].text
    return [Label.of(given, spot["key"].text)] if given else []


#: Nouns of which the outermost member that is known says most.
_OUTERMOST = ("app", "alert", "test")
#: (noun, member) -> what a name does below it; the deepest that is known counts. "" stands for any noun.
PARTS: Mapping[tuple[str, str], str] = {
    ("form", "title"): N_("names the records"),
    ("form", "to"): N_("refers to it"),
    ("form", "of"): N_("rows or records that it looks at"),
    ("form", "via"): N_("the way back to this form"),
    ("form", "from"): N_("what it copies"),
    ("form", "expression"): N_("formula"),
    ("form", "default"): N_("default value"),
    ("form", "default_expression"): N_("default value"),
    ("form", "visible_if"): N_("when it is shown"),
    ("form", "required_if"): N_("when it must be filled"),
    ("form", "read_only_if"): N_("when it is locked"),
    ("form", "measure"): N_("rollup"),
    ("form", "columns"): N_("column"),
    ("form", "order"): N_("order of the rows"),
    ("form", "fields"): N_("section"),
    ("form", "assert"): N_("rule across fields"),
    ("form", "unique"): N_("unique together"),
    ("form", "duplicates"): N_("finds duplicates"),
    ("form", "limits"): N_("limit"),
    ("form", "list"): N_("list"),
    ("form", "board"): N_("card of the board"),
    ("form", "views"): N_("view"),
    ("form", "filter"): N_("filter of a view"),
    ("form", "sort"): N_("order of the list"),
    ("form", "permissions"): N_("permissions"),
    ("pipeline", "form"): N_("pipeline of the form"),
    ("pipeline", "initial"): N_("first stage"),
    ("pipeline", "owner_role"): N_("works on the records"),
    ("pipeline", "from"): N_("where the move starts"),
    ("pipeline", "to"): N_("where the move leads"),
    ("pipeline", "roles"): N_("who may make the move"),
    ("pipeline", "guard"): N_("guard"),
    ("pipeline", "required"): N_("must be filled for the move"),
    ("pipeline", "set"): N_("what the move writes"),
    ("", "measures"): N_("measure"),
    ("okr", "formula"): N_("formula"),
    ("okr", "target"): N_("target"),
    ("okr", "baseline"): N_("baseline"),
    ("okr", "owner"): N_("answers for it"),
    ("alert", "form"): N_("watches its records"),
    ("alert", "when"): N_("condition"),
    ("alert", "until"): N_("what ends it"),
    ("alert", "message"): N_("message"),
    ("alert", "notify"): N_("whom it tells"),
    ("alert", "fallback"): N_("whom it tells"),
    ("alert", "actions"): N_("what it does"),
    ("alert", "missing"): N_("what it misses"),
    ("alert", "in_stage"): N_("trigger"),
    ("alert", "changed"): N_("trigger"),
    ("alert", "at"): N_("trigger"),
    ("alert", "figure"): N_("trigger"),
    ("alert", "okr_changed"): N_("trigger"),
    ("alert", "muted_by"): N_("keeps it silent"),
    ("dashboard", "roles"): N_("who may open it"),
    ("dashboard", "filters"): N_("what it is narrowed by"),
    ("dashboard", "measure"): N_("what a tile shows"),
    ("dashboard", "formula"): N_("what a tile shows"),
    ("dashboard", "target"): N_("target"),
    ("dashboard", "target_measure"): N_("target"),
    ("dashboard", "filter"): N_("filter of a tile"),
    ("dashboard", "by"): N_("what a tile is split by"),
    ("dashboard", "split"): N_("what a tile is split by"),
    ("dashboard", "rows"): N_("what a tile is split by"),
    ("dashboard", "columns"): N_("column"),
    ("dashboard", "sort"): N_("order of the list"),
    ("dashboard", "form"): N_("lists its records"),
    ("dashboard", "pipeline"): N_("shows its stages"),
    ("dashboard", "okr"): N_("shows its key results"),
    ("dashboard", "objective"): N_("shows its key results"),
    ("dashboard", "key_result"): N_("what a tile shows"),
    ("test", "records"): N_("given"),
    ("test", "people"): N_("given"),
    ("test", "steps"): N_("step"),
    ("test", "expect"): N_("expected"),
    ("app", "order"): N_("menu"),
    ("app", "measures"): N_("measure"),
    ("app", "reminders"): N_("whom rules tell"),
}  # fmt: skip
