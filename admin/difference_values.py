"""What each side of a difference says, in words: conditions, options, roles and fields by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.condition_words import fields_of, in_words
from admin.difference_words import NOUNS, inside, is_listed, label_in, labelled, shortened, told_by_name, tree_of
from admin.expression_names import names_of_measures
from admin.vocabulary import property_label, value_word
from admin.vocabulary.pictures import PICTURES
from engine.config.source import SECTIONS
from engine.design.references import PATTERNS
from engine.templates.three_way import NONE
from forms.labels import LANGUAGES, Label
from web.expression_names import reworded
from web.i18n import language, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.config.desk import Desk as Bench
    from engine.config.source import Source
    from engine.templates.three_way import Difference

#: Members that hold a condition over records of a form.
CONDITIONS = frozenset(
    {"visible_if", "required_if", "read_only_if", "guard", "when", "until", "records", "where", "condition"}
)
#: Members that hold a formula over measures, and those that hold an expression over records of a form.
FORMULAS = frozenset({"formula", "baseline", "target"})
EXPRESSIONS = frozenset({"expression", "value", "during", "default_expression"})
#: Kinds of names -> the list of a config in which such a thing is looked up.
_LISTS = {
    "field": "fields",
    "stage": "stages",
    "role": "roles",
    "form": "forms",
    "okr": "okrs",
    "pipeline": "pipelines",
}
#: Section -> words of a member that holds a name -> kind of what it names.
_NAMES: Mapping[str, Mapping[tuple[str, ...], str]] = {
    section: {tuple(one for one in pattern.split("/")[1:] if one not in ("*", "@")): kind for pattern, kind, _ in rows}
    for section, rows in PATTERNS.items()
}


def saying(bench: Bench, *sources: Source) -> Callable[[Difference], tuple[str, str]]:
    """Return what says both sides of a difference; conditions are read over the forms of the bench."""
    trees = [tree_of(source) for source in sources]
    return lambda one: _Place(bench, trees, one.path).both(one)


class _Place:
    """Where a difference stands: the words of its member, and the objects around it, the innermost first."""

    def __init__(self, bench: Bench, trees: list[Any], path: Iterable[str]) -> None:
        self.bench, self.trees, self.path = bench, trees, tuple(path)
        self.section = self.path[0]
        self.noun = SECTIONS.get(self.section, self.section)
        self.around: list[Any] = []
        self.words: tuple[str, ...] = ()
        here, holder = trees, ""
        for depth, step in enumerate(self.path):
            outer, here = here, [inside(one, step) for one in here]
            self.around[:0] = here
            if holder or step in LANGUAGES or step == "app" or is_listed(step, outer):
                holder = ""
                continue
            holder = step if step in NOUNS and depth < len(self.path) - 1 else ""
            self.words += (step,) if depth else ()

    def both(self, one: Difference) -> tuple[str, str]:
        """Return what it says here and there."""
        return shortened(self.say(one.ours, self.words)), shortened(self.say(one.theirs, self.words))

    def say(self, value: Any, words: tuple[str, ...]) -> str:
        """Return a value in words."""
        if value is NONE:
            return str(gettext("not there"))
        if isinstance(value, bool):
            return str(gettext("Yes") if value else gettext("No"))
        if isinstance(value, int | float):
            return str(number(value))
        if isinstance(value, dict):
            return self._object(value, words)
        if isinstance(value, list):
            between = " | " if any(isinstance(one, dict) and not labelled(one) for one in value) else gettext(", ")
            return str(between).join(self.say(one, words) for one in value) or "–"
        return self._text(value, words) if isinstance(value, str) else "–"

    def _object(self, value: Mapping[str, Any], words: tuple[str, ...]) -> str:
        if value and set(value) <= set(LANGUAGES):
            return Label.of(dict(value)).pick(language())
        if named := labelled(value):
            return named
        told = [
            gettext(
                "%(name)s: %(value)s", name=property_label(self.noun, (*words, key)), value=self.say(one, (*words, key))
            )
            for key, one in value.items()
        ]
        return str(gettext("; ")).join(told) or "–"

    def _text(self, value: str, words: tuple[str, ...]) -> str:
        if not words:
            return value
        if words[-1] in CONDITIONS and (form := self._form()):
            return in_words(self.bench, form, value)
        if words[-1] in FORMULAS:
            return reworded(value, names_of_measures(*self.around, *(inside(tree, "app") for tree in self.trees)))
        if words[-1] in EXPRESSIONS and (form := self._form()):
            return reworded(
                value, {key: one.label.pick(language()) for key, one in fields_of(self.bench, form).items()}
            )
        word = PICTURES.get(value) if words[-1] == "icon" else value_word(self.noun, words, value)
        return str(gettext(word)) if word else self._named(value, words)

    def _named(self, value: str, words: tuple[str, ...]) -> str:
        kind = _NAMES.get(self.section, {}).get(words, "")
        start, _, key = value.rpartition(":")
        if kind == "recipient" and start == "person":
            return told_by_name(self.trees, value)
        if kind == "recipient" and start in ("role", "field"):
            kind = start
        sign, key = ("-", key[1:]) if kind == "field" and key.startswith("-") else ("", key)
        found = label_in(self.trees, self._ways(_LISTS.get(kind, ""), key)) if kind else ""
        return f"{sign}{found}" if found else value

    def _ways(self, listed: str, key: str) -> list[tuple[str, ...]]:
        """Return where a thing of this key may stand, the likeliest first."""
        match listed:
            case "fields":
                return [("forms", self._form(), "fields", key)]
            case "stages":
                pipelines = [inside(tree, "pipelines") or {} for tree in self.trees]
                return [
                    ("pipelines", name, "stages", key) for one in pipelines for name in one if self._runs(one[name])
                ]
            case "roles":
                return [("app", "roles", key)]
            case "":
                return []
        return [(listed, key)]

    def _runs(self, pipeline: Any) -> bool:
        return isinstance(pipeline, dict) and pipeline.get("form") == self._form()

    def _form(self) -> str:
        """Return the form whose records a member is about: that of the nearest object around it that names one."""
        known = self.bench.shapes.promised
        for one in self.around:
            for name in ("of", "form") if isinstance(one, dict) else ():
                if isinstance(one.get(name), str) and one[name] in known:
                    return str(one[name])
        own = self.path[1] if self.section == "forms" and len(self.path) > 1 else ""
        return own if own in known else ""
