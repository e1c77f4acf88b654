"""What a test expects beyond plain values: refusals, moves, alerts, key results, and answers of yes and no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design.sheet._base import Control, ControlType, Place, register
from admin.design.sheet.choosing import in_order
from admin.design.sheet.numbers import number_in, number_text
from admin.vocabulary.config_test import HEALTHS, REFUSALS, WHY
from engine.design.names_in_tests import kind_in_test
from engine.design.pointers import ABSENT, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.datastructures import MultiDict

    Options = Sequence[tuple[str, str]]


def _chosen(options: Options, held: str) -> list[tuple[str, str, bool]]:
    return [(one, label, one == held) for one, label in options]


def _ticked(options: Options, held: Sequence[str]) -> list[tuple[str, str, bool]]:
    known = dict(options) | {one: one for one in held if one not in dict(options)}
    return [(one, label, one in held) for one, label in known.items()]


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


@register
class AnswerControl(ControlType):
    """Yes, no, or not asked."""

    kind = "select"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit rights, and whether a record is deleted."""
        if place.noun != "test" or place.whole.get("type") != "boolean":
            return False
        held = value_at(place.content, place.pointer)
        return (kind_in_test(place.pointer) == "verb" or place.step == "deleted") and (
            held is ABSENT or isinstance(held, bool)
        )

    def draw(self, place: Place, value: Any) -> Control:
        """Show both answers."""
        held = {True: "true", False: "false"}.get(value, "") if value is not ABSENT else ""
        return self.control(
            place, value, value=held, options=_chosen([("true", place.word(True)), ("false", place.word(False))], held)
        )

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the answer."""
        return {"true": True, "false": False}.get(data[place.name], ABSENT) if place.name in data else old


@register
class ToldControl(ControlType):
    """Whether a rule fires, and who is told."""

    kind = "told"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit the rules that something is expected of."""
        held = value_at(place.content, place.pointer)
        sound = held is ABSENT or isinstance(held, bool) or (isinstance(held, list) and _texts(held) == held)
        return place.noun == "test" and kind_in_test(place.pointer) in ("rule", "loose_rule") and sound

    def draw(self, place: Place, value: Any) -> Control:
        """Show the answers, and the people of the test."""
        words = [
            ("fires", gettext("It fires")),
            ("quiet", gettext("It does not fire")),
            ("told", gettext("It tells exactly these people:")),
        ]
        people = place.candidates(f"{place.pointer}/0")
        return self.control(
            place, value, options=_chosen(words, self._answer(value)), more={"people": _ticked(people, _texts(value))}
        )

    def _answer(self, value: Any) -> str:
        return (
            "told"
            if isinstance(value, list)
            else {True: "fires", False: "quiet"}.get(value, "")
            if value is not ABSENT
            else ""
        )

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the answer; people who were ticked are meant, even if the answer above them was left alone."""
        if place.name not in data:
            return old
        answer, people = data[place.name], data.getlist(f"{place.name}/people")
        if answer == self._answer(old) and sorted(people) == sorted(_texts(old)):
            return old
        if answer == "told" or (people and not isinstance(old, list) and answer != "quiet"):
            found = in_order(people, old)
            return [] if found is ABSENT else found
        return {"fires": True, "quiet": False}.get(answer, ABSENT)


@register
class WayControl(ControlType):
    """Whether a move is open, and what stands in its way."""

    kind = "way"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit the moves that something is expected of."""
        held = value_at(place.content, place.pointer)
        lists = [held.get("why", []), held.get("missing", [])] if isinstance(held, dict) else []
        sound = held is ABSENT or isinstance(held, bool) or (bool(lists) and all(_texts(one) == one for one in lists))
        return place.noun == "test" and kind_in_test(place.pointer) == "transition" and sound

    def draw(self, place: Place, value: Any) -> Control:
        """Show the answers, the reasons and the fields."""
        held = value if isinstance(value, dict) else {}
        words = [
            ("open", gettext("It is open")),
            ("closed", gettext("It is closed")),
            ("because", gettext("It is closed, because:")),
        ]
        reasons = [(one, gettext(word)) for one, word in WHY.items()]
        fields = place.candidates(f"{place.pointer}/missing/0")
        missing = _texts(held.get("missing"))
        more = {
            "why": _ticked(reasons, _texts(held.get("why"))),
            "missing": sorted(_ticked(fields, missing), key=lambda one: not one[2]),
            "has_missing": bool(missing),
        }
        return self.control(place, value, options=_chosen(words, self._answer(value)), more=more)

    def _answer(self, value: Any) -> str:
        return (
            "because"
            if isinstance(value, dict)
            else {True: "open", False: "closed"}.get(value, "")
            if value is not ABSENT
            else ""
        )

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the answer; reasons that were ticked are meant, even if the answer above them was left alone."""
        if place.name not in data:
            return old
        held = old if isinstance(old, dict) else {}
        given = {one: data.getlist(f"{place.name}/{one}") for one in ("why", "missing")}
        answer = data[place.name]
        if answer == self._answer(old) and all(sorted(given[one]) == sorted(_texts(held.get(one))) for one in given):
            return old
        if answer == "because" or (any(given.values()) and not held and answer != "open"):
            found = {one: in_order(given[one], held.get(one, ABSENT)) for one in given}
            return {one: value for one, value in found.items() if value is not ABSENT and value} or False
        return {"open": True, "closed": False}.get(answer, ABSENT)


@register
class FigureControl(ControlType):
    """What a key result is worth: its value alone, or more of what it says."""

    kind = "figure"
    rank = 1
    _PARTS = ("value", "target", "score")

    def fits(self, place: Place) -> bool:
        """Fit key results."""
        return place.noun == "test" and kind_in_test(place.pointer) == "key_result" and self._sound(place)

    def _sound(self, place: Place) -> bool:
        held = value_at(place.content, place.pointer)
        members = held.values() if isinstance(held, dict) else [] if held is ABSENT else [held]
        return all(isinstance(one, int | float | str) or one is None for one in members) and not isinstance(held, str)

    def _tokens(self, value: Any) -> dict[str, str]:
        held = value if isinstance(value, dict) else {} if value is ABSENT else {"value": value}
        found = {one: number_text(held.get(one, ABSENT)) for one in self._PARTS}
        nothing = "1" if "value" in held and held["value"] is None else ""
        return {**found, "health": str(held.get("health", "")), "nothing": nothing}

    def draw(self, place: Place, value: Any) -> Control:
        """Show the value, and folded away the rest."""
        held = self._tokens(value)
        parts = [(one, place.inside(one, {}).label, held[one]) for one in self._PARTS]
        lights = [(one, gettext(word)) for one, word in HEALTHS.items()]
        more = {
            "parts": parts,
            "health": place.inside("health", {}).label,
            "nothing": held["nothing"],
            "further": isinstance(value, dict),
        }
        return self.control(place, value, options=_chosen(lights, held["health"]), more=more)

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the number alone where nothing else is said."""
        if place.name not in data:
            return old
        given = {one: data.get(f"{place.name}/{one}", "").strip() for one in self._tokens(old)}
        if given == self._tokens(old):
            return old
        held: dict[str, Any] = dict(old) if isinstance(old, dict) else {}
        found = {one: _number(given[one], held.get(one)) for one in self._PARTS if given[one]}
        found |= {"value": None} if given["nothing"] and "value" not in found else {}
        found |= {"health": given["health"]} if given["health"] else {}
        if set(found) == {"value"} and not isinstance(old, dict):
            return found["value"]
        order = [*held, *found]
        return {one: found[one] for one in dict.fromkeys(order) if one in found} or ABSENT


def _number(text: str, old: Any) -> Any:
    found = number_in(text)
    if found is None:
        return text
    return old if isinstance(old, int | float) and not isinstance(old, bool) and old == found else found


@register
class RefusedControl(ControlType):
    """Whether a step goes through; where it is refused, what is said of it."""

    kind = "refused"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit the refusals of a test."""
        held = value_at(place.content, place.pointer)
        rows = isinstance(held, list) and all(isinstance(one, dict) and _plain(one) for one in held)
        return place.noun == "test" and place.step == "refused" and (held is ABSENT or isinstance(held, bool) or rows)

    def draw(self, place: Place, value: Any) -> Control:
        """Show the answers, and a line for each reason with an open one below."""
        words = [("any", gettext("It is refused")), ("said", gettext("It is refused, and this is said:"))]
        rows = [self._row(place, at, one) for at, one in enumerate([*(value if isinstance(value, list) else []), {}])]
        return self.control(place, value, options=_chosen(words, self._answer(value)), more={"rows": rows})

    def _row(self, place: Place, at: int, said: Mapping[str, Any]) -> dict[str, Any]:
        codes = [(one, gettext(word)) for one, word in REFUSALS.items()]
        fields = place.candidates(f"{place.pointer}/{at}/field")
        code, field = str(said.get("code", "")), str(said.get("field", ""))
        return {
            "code": _chosen(codes if not code or code in dict(codes) else [*codes, (code, code)], code),
            "field": _chosen(fields if not field or field in dict(fields) else [*fields, (field, field)], field),
            "says": str(said.get("says", "")),
            "labels": {one: place.inside(str(at), {}).inside(one, {}).label for one in _SAID},
        }

    def _answer(self, value: Any) -> str:
        return "said" if isinstance(value, list) and value else "any" if value is True else ""

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the answer; reasons that were filled in are meant, even if the answer above them was left alone."""
        if place.name not in data:
            return old
        before = old if isinstance(old, list) else []
        rows = [_said(place, data, at, before) for at in range(len(before) + 1)]
        rows, answer = [one for one in rows if one], data[place.name]
        if answer == self._answer(old) and rows == before:
            return old
        if rows and (answer == "said" or not before):
            return rows
        return True if answer else ABSENT


_SAID = ("code", "field", "says")


def _plain(said: Mapping[str, Any]) -> bool:
    return set(said) <= set(_SAID) and all(isinstance(one, str) and one and one == one.strip() for one in said.values())


def _said(place: Place, data: MultiDict[str, str], at: int, before: Sequence[Any]) -> dict[str, str]:
    held = before[at] if at < len(before) else {}
    given = {one: data.get(f"{place.name}/{at}/{one}", held.get(one, "")).strip() for one in _SAID}
    return {one: given[one] for one in dict.fromkeys([*held, *_SAID]) if given[one]}
