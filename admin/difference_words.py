"""Differences of configs in words: the way to a place by names, and what each side says there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.vocabulary import property_label, value_word, words_of
from engine.config.source import SECTIONS
from engine.people import person_named
from engine.templates.three_way import name_of
from forms.labels import LANGUAGES, Label
from rules.errors import N_
from web import here
from web.i18n import NAMES, language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.config.source import Source
    from engine.design.diff import Reordered
    from engine.templates.three_way import Difference

#: What a list holds -> what one of it is called.
NOUNS = {
    "app": N_("App"),
    "forms": N_("Form"),
    "fields": N_("Field"),
    "options": N_("Option"),
    "sections": N_("Section"),
    "views": N_("View"),
    "permissions": N_("Permission"),
    "pipelines": N_("Pipeline"),
    "stages": N_("Stage"),
    "transitions": N_("Transition"),
    "okrs": N_("OKR"),
    "objectives": N_("Objective"),
    "key_results": N_("Key result"),
    "measures": N_("Measure"),
    "alerts": N_("Alert rule"),
    "dashboards": N_("Dashboard"),
    "tiles": N_("Tile"),
    "filters": N_("Filter"),
    "roles": N_("Role"),
    "tests": N_("Test"),
}
_LONGEST = 300


@dataclass(frozen=True)
class Ordered:
    """A list in another order: where, how it was and is, and (fewer words) what stands elsewhere now."""

    where: str
    before: str
    after: str
    moved: list[str]


def place(one: Difference, *sources: Source) -> str:
    """Return the way to a difference: `Form “Deal” › Field “Amount” › label`."""
    return placing(*sources)(one)


def placing(*sources: Source) -> Callable[[Difference], str]:
    """Return what tells the way to each of many differences: the configs are read once."""
    trees = [tree_of(source) for source in sources]
    return lambda one: " › ".join(_steps(one, trees))


def ordering(*sources: Source) -> Callable[[Reordered], Ordered]:
    """Return what says each of many changes of order: where, and what stands behind what now."""
    trees = [tree_of(source) for source in sources]
    return lambda one: Ordered(" › ".join(_steps(one, trees)), *_orders(one, trees))


def _orders(one: Reordered, trees: list[Any]) -> tuple[str, str, list[str]]:
    around = trees
    for step in one.path:
        around = [inside(side, step) for side in around]

    def name(key: str) -> str:
        found = next((text for side in around if (text := labelled(inside(side, key)))), "")
        return found or _label_anywhere(trees, one.path, key) or key

    comma = gettext(", ")
    sides = [comma.join(map(name, side)) for side in (one.before, one.after)]
    told = [
        gettext("“%(what)s” stands behind “%(behind)s”", what=name(what), behind=name(behind))
        if behind
        else gettext("“%(what)s” stands first", what=name(what))
        for what, behind in one.moved
    ]
    return sides[0], sides[1], told


def _label_anywhere(trees: list[Any], path: tuple[str, ...], key: str) -> str:
    """Return the name of a field or form that a list holds by its key, such as the columns of a view."""
    form = path[1] if path[0] == "forms" and len(path) > 1 else ""
    wanted: list[tuple[str, ...]] = [("forms", form, "fields", key)] if form else []
    wanted += [("forms", key), ("pipelines", key), ("okrs", key), ("dashboards", key)]
    return label_in(trees, wanted)


def label_in(trees: list[Any], ways: Iterable[tuple[str, ...]]) -> str:
    """Return the first label that stands at one of the ways, in one of the configs."""
    for way in ways:
        for tree in trees:
            side = tree
            for step in way:
                side = inside(side, step)
            if text := labelled(side):
                return text
    return ""


def tree_of(source: Source) -> Any:
    """Return a config as objects by key: section -> key -> file."""
    whole = source.to_dict()
    return {
        name: {part.get("key"): part for part in parts if isinstance(part, dict)} if isinstance(parts, list) else parts
        for name, parts in whole.items()
    }


def _steps(one: Difference | Reordered, trees: list[Any]) -> Iterator[str]:
    path, here, holder = list(one.path), trees, ""
    noun = SECTIONS.get(path[0], path[0])
    words: list[str] = []
    for number, step in enumerate(path):
        around, here = here, [inside(side, step) for side in here]
        if number == 0 and step == "app":
            yield gettext(NOUNS["app"])
        elif holder:
            label = next((text for side in here if (text := labelled(side))), "")
            label = label or (
                _roles(trees, step) if holder == "permissions" else _label_anywhere(trees, one.path, step)
            )
            yield gettext("%(noun)s “%(name)s”", noun=gettext(NOUNS[holder]), name=label or step)
            holder = ""
        elif step in NOUNS and number < len(path) - 1:
            words += [step] if number else []
            holder = step
        elif step in LANGUAGES:
            yield NAMES[step]
        elif is_listed(step, around):
            word = value_word(noun, tuple(words), step)
            yield gettext(word) if word else _label_anywhere(trees, one.path, step) or told_by_name(trees, step)
        else:
            words.append(step)
            name = "" if words_of(noun, tuple(words), type_in(around)) else _label_anywhere(trees, one.path, step)
            yield name or property_label(noun, tuple(words), type_in(around))


def told_by_name(trees: list[Any], recipient: str) -> str:
    """Return the name of a role or person that is told, written `role:rep` or `person:bob`; others as they are."""
    start, colon, key = recipient.partition(":")
    if start == "person" and colon:
        person = person_named(here.db(), key)
        return person.name if person else recipient
    return (label_in(trees, [("app", "roles", key)]) if start == "role" and colon else "") or recipient


def is_listed(step: str, around: list[Any]) -> bool:
    """Tell whether a step is a mere value in a list."""
    return any(isinstance(side, list) and step in side for side in around)


def _roles(trees: list[Any], joined: str) -> str:
    """Return the names of the roles that an entry of permissions is for."""
    return str(gettext(", ")).join(label_in(trees, [("app", "roles", key)]) or key for key in joined.split("+"))


def type_in(around: list[Any]) -> str:
    """Return the type of the field that a member belongs to."""
    found = next((side.get("type") for side in around if isinstance(side, dict) and "type" in side), "")
    return found if isinstance(found, str) else ""


def inside(side: Any, step: str) -> Any:
    """Return what stands one step further: a member, or the item of that name."""
    if isinstance(side, dict):
        return side.get(step)
    return next((one for one in side if name_of(one) == step), None) if isinstance(side, list) else None


def labelled(value: Any) -> str:
    """Return the label of an object of a config; nothing where it has none."""
    return Label.of(value["label"]).pick(language()) if isinstance(value, dict) and value.get("label") else ""


def shortened(text: str) -> str:
    """Return a text of a side, as far as there is room for it."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
