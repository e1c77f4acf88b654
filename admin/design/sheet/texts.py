"""Texts: a key, a label in several languages, an expression, one line, several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design.sheet._addresses import address_of
from admin.design.sheet._base import WRITTEN, Control, ControlType, Place, register
from admin.design.sheet._inserts import inserts
from admin.expression_names import keys_of_fields, keys_of_measures
from engine.config.zones import zones
from engine.design import candidates as names
from engine.design.keys import key_for
from engine.design.pointers import ABSENT, steps, value_at
from forms.currencies import CURRENCIES
from forms.labels import LANGUAGES
from web.expression_names import reworded
from web.i18n import language, locale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from werkzeug.datastructures import MultiDict

#: Texts longer than this get a box of several lines.
LONG = 600
#: Expressions that are yes or no: they can be filled in as conditions.
CONDITIONS = frozenset(
    {"visible_if", "required_if", "read_only_if", "guard", "when", "until", "where", "records", "condition", "filter"}
)


@register
class KeyControl(ControlType):
    """The key of a thing: chosen once, made from its name where none is written."""

    kind = "key"
    rank = 0

    def fits(self, place: Place) -> bool:
        """Fit `key`, and what a test calls a record."""
        named = place.step == "key" or (place.noun == "test" and place.step == "as")
        return named and place.whole.get("type") == "string" and "pattern" in place.whole

    def draw(self, place: Place, value: Any) -> Control:
        """Show the key; it can be written only while there is none."""
        return self.control(place, value, value=value if isinstance(value, str) else "")

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return its name while it can be written."""
        return place.name if value_at(place.content, place.pointer) in (ABSENT, "") else None

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the key as it is, as it was written, or made from the label that is posted beside it."""
        if old not in (ABSENT, ""):
            return old
        written = data.get(place.name, "").strip()
        stem = place.name.removesuffix("/key")
        name = next((data[one] for tail in ("", *LANGUAGES) if data.get(one := f"{stem}/label/{tail}", "").strip()), "")
        if not written and not name:
            return old
        listed, _, _ = place.pointer.removesuffix("/key").rpartition("/")
        beside = value_at(place.content, listed)
        taken = [one.get("key", "") for one in beside if isinstance(one, dict)] if isinstance(beside, list) else []
        return written or key_for(name, taken, listed.rpartition("/")[2].rstrip("s") or place.noun)


@register
class LabelControl(ControlType):
    """A text for people: in one language for all, or one per language."""

    kind = "label"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit labels."""
        return place.piece == "label"

    def draw(self, place: Place, value: Any) -> Control:
        """Show the viewer's language first, the others folded away."""
        texts = {"": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
        mine = language()
        first = "" if "" in texts or not texts else mine
        rest = [one for one in LANGUAGES if one != first]
        long = place.words[-1] in ("message", "description", "help", "guard_message") or place.words[-2:-1] == (
            "guide",
        )
        return self.control(
            place, value, value=str(texts.get(first, "")), more={
                "first": first, "rest": [(one, str(texts.get(one, ""))) for one in rest], "long": long,
                "inserts": inserts(place) if place.words[-1] == "message" and place.noun == "alert" else (),
            }
        )  # fmt: skip

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return one text, or one per language; the text for all fills the languages that the label had."""
        names_ = [tail for tail in ("", *LANGUAGES) if f"{place.name}/{tail}" in data]
        if not names_:
            return old
        texts = {tail: _text(data, f"{place.name}/{tail}") for tail in names_}
        given = {tail: text for tail, text in texts.items() if text}
        if not given:
            return ABSENT
        if set(given) == {""}:
            return given[""]
        if "" in given:  # written for all, and in another language beside: it is the viewer's own
            given.setdefault(language(), given[""])
        order = [*old, *LANGUAGES] if isinstance(old, dict) else LANGUAGES
        return {tail: given[tail] for tail in dict.fromkeys(order) if given.get(tail)}


@register
class ExpressionControl(ControlType):
    """An expression; a condition can be filled in test by test."""

    kind = "expression"
    rank = 1

    def fits(self, place: Place) -> bool:
        """Fit expressions; the formula of a computed field is one by its name."""
        return place.piece == "expression" or place.step in ("expression", "formula")

    def draw(self, place: Place, value: Any) -> Control:
        """Show the text, and in words what conditions say."""
        text = value if isinstance(value, str) else ""
        condition = place.step in CONDITIONS
        form = names.form_at(place.section, place.content, place.pointer, place.desk.examined)
        said = place.desk.conditions_in_words(form, text) if condition and text else ""
        return self.control(
            place, value, value=text, more={
                "condition": condition, "said": said, "form": form, "address": address_of(place, form),
            }
        )  # fmt: skip

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the expression; names that were written stand in it as the keys of what they name."""
        text = _line(place, data, old)
        return reworded(text, self._keys(place)) if isinstance(text, str) and text != old else text

    def _keys(self, place: Place) -> dict[str, str]:
        form = names.form_at(place.section, place.content, place.pointer, place.desk.examined)
        if form in place.desk.examined.shapes.promised:
            return keys_of_fields(place.desk.examined, form)
        way = steps(place.pointer)
        around = [value_at(place.content, "".join(f"/{step}" for step in way[:n])) for n in range(len(way) - 1, -1, -1)]
        return keys_of_measures(*around, place.desk.source.app.value)


@register
class TextControl(ControlType):
    """Any other text."""

    kind = "text"

    def fits(self, place: Place) -> bool:
        """Fit texts that are no choice of words and no name."""
        named = place.named()
        return place.whole.get("type") == "string" and (named is None or named.kind in WRITTEN)

    def draw(self, place: Place, value: Any) -> Control:
        """Show one line, or a box for a long one."""
        long = int(str(place.whole.get("maxLength", 100))) > LONG
        kind = "date" if place.whole.get("format") == "date" else "text"
        return self.control(
            place, value, value=value if isinstance(value, str) else "", more={
                "long": long, "most": place.whole.get("maxLength"), "input_type": kind,
                "known": known() if (known := _KNOWN.get(place.step)) else (),
            }
        )  # fmt: skip

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return the text."""
        return _line(place, data, old)


#: Countries whose calendars are proposed; others can be written.
COUNTRIES = (
    "CN",
    "HK",
    "MO",
    "TW",
    "SG",
    "JP",
    "KR",
    "MY",
    "TH",
    "VN",
    "ID",
    "IN",
    "AU",
    "NZ",
    "GB",
    "DE",
    "FR",
    "US",
    "CA",
)


def _currencies() -> list[tuple[str, str]]:
    names = locale().currencies
    return [(one, names.get(one, one)) for one in sorted(CURRENCIES)]


def _countries() -> list[tuple[str, str]]:
    names = locale().territories
    return [(one, names.get(one, one)) for one in COUNTRIES]


def _zones() -> list[tuple[str, str]]:
    return [(one, "") for one in sorted(zones()) if "/" in one and not one.startswith(("Etc/", "SystemV/"))]


#: Member -> what is proposed while it is written: (text, what it is called).
_KNOWN: Mapping[str, Callable[[], list[tuple[str, str]]]] = {
    "currency": _currencies,
    "calendar": _countries,
    "time_zone": _zones,
}


def _line(place: Place, data: MultiDict[str, str], old: Any) -> Any:
    if place.name not in data:
        return old
    return _text(data, place.name) or (old if old == "" else ABSENT)


def _text(data: MultiDict[str, str], name: str) -> str:
    return data.get(name, "").replace("\r\n", "\n").strip()
