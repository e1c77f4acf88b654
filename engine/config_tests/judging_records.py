"""Whether a record, or a form that is being filled in, is as a test expects it to be for somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import pipeline
from engine.config.spot import Spot
from engine.config_tests.findings import differs, instead, same, shown, written
from engine.errors import NotFound
from engine.records.preview import Preview, preview
from engine.rights.explain import Findings, inspect_rights
from rules.errors import N_, Fault, Term

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.config_tests.findings import Edit
    from engine.config_tests.world import World
    from engine.people import User
    from engine.records import Record
    from forms.defs import FieldDef


@dataclass(frozen=True)
class Sight:
    """A record of a test, or a form alone, in the eyes of one person."""

    world: World
    session: Session
    spot: Spot
    form: str
    user: User
    #: Name of the record in the test; "" for a form that is being filled in.
    name: str = ""

    @property
    def id(self) -> int | None:
        """Return the record's id."""
        return self.world.records[self.name][1] if self.name else None

    def record(self) -> Record:
        """Return the record as this person sees it."""
        return self.world.seen(self.session, self.name, self.user)

    def preview(self) -> Preview:
        """Return how the form stands for this person."""
        typed = self.world.typed(self.form, self.spot["typed"])
        return preview(self.session, self.world.live, self.form, typed, self.user, self.world.now, self.id)

    def rights(self) -> Findings:
        """Return what this person may do, and why."""
        return inspect_rights(self.session, self.world.live, self.form, self.user, self.world.now, self.id)

    def label(self, key: str) -> object:
        """Return how people call a field."""
        slot = self.world.slot(self.form, key)
        return slot.label if slot else key


def judge_record(world: World, spot: Spot) -> Iterator[Fault]:
    """Yield what is not as expected of one record or form."""
    name = spot["record"].text
    form = world.records[name][0] if name else spot["form"].text
    with world.base.sessions() as session:
        sight = Sight(world, session, spot, form, world.user(session, spot["user"]), name)
        gone = bool(name) and world.row(session, name) is None
        if spot["deleted"].is_given and spot["deleted"].is_true != gone:
            template = N_("The record is in the trash.") if gone else N_("The record is not in the trash.")
            yield differs(spot["deleted"], instead(spot["deleted"], gone), "test.deleted", template)
        if gone:
            if any(spot[part].is_given for part in _PARTS):
                yield spot.fault("test.gone", N_("The record was deleted, so nothing else can be said of it."))
            return
        for part, judge_part in _PARTS.items():
            if spot[part].is_given:
                yield from _of_part(sight, spot[part], judge_part)


def _of_part(sight: Sight, place: Spot, judge_part: Callable[[Sight, Spot], Iterator[Fault]]) -> Iterator[Fault]:
    try:
        yield from judge_part(sight, place)
    except NotFound:
        yield place.fault("test.unseen", N_("{user} does not see this record."), user=sight.user.name)


def _values(sight: Sight, values: Spot) -> Iterator[Fault]:
    found = sight.record().values if sight.name else sight.preview().values
    for key, place in values.members():
        slot = sight.world.slot(sight.form, key)
        if slot is None or key not in found:
            yield place.fault(
                "test.hidden", N_("“{field}” is hidden from {user}."), field=sight.label(key), user=sight.user.name
            )
            continue
        expected = _stored(sight, slot, place)
        if not same(slot, expected, found[key]):
            template = N_("“{field}”: expected {expected}, found {found}.")
            says = (shown(sight.world, slot, one) for one in (expected, found[key]))
            facts = {"field": slot.label, "expected": next(says), "found": next(says)}
            edits = instead(place, written(sight.world, slot, found[key]))
            yield differs(place, edits, "test.value", template, **facts)


def _stored(sight: Sight, slot: FieldDef, place: Spot) -> object:
    """Return an expected value as it would be stored."""
    value = sight.world.with_ids(slot, place.value)
    if value != place.value:
        return value
    return slot.type.shown_as(slot).parse_input(slot, value, sight.world.input)


def _listed(part: str) -> Callable[[Sight, Spot], Iterator[Fault]]:
    """Return what judges one of the lists of fields."""
    names, wanted, template = _LISTS[part]

    def judge_part(sight: Sight, place: Spot) -> Iterator[Fault]:
        found: frozenset[str] = getattr(sight.preview(), names)
        for item in place.items():
            if (item.text in found) is not wanted:
                edits = _other_list(sight.spot, part, item.text)
                yield differs(item, edits, f"test.{part}", template, field=sight.label(item.text))

    return judge_part


def _other_list(one: Spot, part: str, key: str) -> tuple[Edit, ...]:
    """Return the edits that take a field out of a list, and into the one that says the opposite."""
    rest = [name for name in one[part].texts if name != key]
    edits: list[Edit] = [(one[part].pointer, (rest,) if rest else ())]
    other = _OPPOSITE.get(part)
    if other:
        edits.append((one[other].pointer, ([*(name for name in one[other].texts if name != key), key],)))
    return tuple(edits)


_OPPOSITE = {"visible": "hidden", "hidden": "visible", "required": "optional", "optional": "required"}


#: List -> part of the form's state, whether the field must be in it, and what is said when it is not so.
_LISTS = {
    "visible": ("shown", True, N_("The form does not show “{field}”.")),
    "hidden": ("shown", False, N_("The form shows “{field}”.")),
    "required": ("required", True, N_("“{field}” need not be filled.")),
    "optional": ("required", False, N_("“{field}” must be filled.")),
    "read_only": ("read_only", True, N_("“{field}” can be changed.")),
}


def _moves(sight: Sight, moves: Spot) -> Iterator[Fault]:
    options = pipeline.moves(sight.session, sight.world.live, sight.form, sight.record(), sight.user, sight.world.now)
    by_key = {one.transition.key: one for one in options}
    flow = sight.world.live.pipeline(sight.form)
    labels = {one.key: one.label for one in flow.transitions} if flow else {}
    for key, place in moves.members():
        option = by_key.get(key)
        closed = why_closed(option, any_open=bool(options))
        wanted = set(place["why"].texts)
        missing = set(place["missing"].texts)
        is_open, label = option is not None and option.allowed, labels[key]
        edits = instead(place, True if is_open else _in_the_way(option, closed))
        if place.value is True and not is_open:
            template = N_("The move “{move}” is not open: {why}.")
            yield differs(place, edits, "test.move_closed", template, move=label, why=_said(closed))
            yield from (one.at(file=place.file, pointer=place.pointer) for one in (option.why if option else ()))
        elif place.value is not True and is_open:
            yield differs(place, edits, "test.move_open", N_("The move “{move}” is open."), move=label)
        elif not wanted <= set(closed):
            template = N_("The move “{move}” is closed for another reason: {why}.")
            yield differs(place["why"], edits, "test.move_why", template, move=label, why=_said(closed))
        elif missing and missing != set(option.missing if option else ()):
            template = N_("The move “{move}” asks for: {found}.")
            found = ", ".join(str(sight.label(key)) for key in (option.missing if option else ()))
            said = found or Term(N_("nothing"))
            yield differs(place["missing"], edits, "test.move_missing", template, move=label, found=said)


def _in_the_way(option: pipeline.MoveOption | None, closed: list[str]) -> dict[str, object]:
    missing = list(option.missing) if option is not None else []
    return {"why": closed, **({"missing": missing} if missing else {})}


def why_closed(option: pipeline.MoveOption | None, *, any_open: bool) -> list[str]:
    """Return why a move is not open, in the words of tests."""
    if option is None:
        return ["stage"] if any_open else ["stage", "right"]
    codes = [one.code for one in option.why]
    found = ["role"] if "move.role" in codes else []
    found += ["guard"] if any(code != "move.role" for code in codes) else []
    return found + (["fields"] if option.missing else [])


_WHY = {
    "stage": N_("it does not lead on from this stage"),
    "right": N_("this person may not move the record"),
    "role": N_("the role"),
    "guard": N_("the guard"),
    "fields": N_("fields that must be filled"),
}


def _said(closed: list[str]) -> object:
    return Term(_WHY[closed[0]]) if closed else Term(N_("nothing"))


def _rights(sight: Sight, rights: Spot) -> Iterator[Fault]:
    verdicts = {one.name: one.allowed for one in sight.rights().verbs}
    for verb, place in rights.members():
        if verdicts.get(verb) is not place.is_true:
            template = N_("{user} may {verb}.") if verdicts.get(verb) else N_("{user} may not {verb}.")
            edits = instead(place, bool(verdicts.get(verb)))
            yield differs(place, edits, "test.right", template, user=sight.user.name, verb=Term(verb))


def _access(sight: Sight, access: Spot) -> Iterator[Fault]:
    levels = {one.name: one.level for one in sight.rights().fields}
    for key, place in access.members():
        if levels.get(key, "hidden") != place.text:
            template = N_("“{field}”: expected {expected}, found {found}, for {user}.")
            facts = {"expected": Term(place.text), "found": Term(levels.get(key, "hidden")), "user": sight.user.name}
            edits = instead(place, levels.get(key, "hidden"))
            yield differs(place, edits, "test.access", template, field=sight.label(key), **facts)


_PARTS: dict[str, Callable[[Sight, Spot], Iterator[Fault]]] = {
    "values": _values,
    **{part: _listed(part) for part in _LISTS},
    "moves": _moves,
    "rights": _rights,
    "access": _access,
}
