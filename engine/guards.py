"""Why a guard does not let a record pass: each clause that fails, and the values it found, as far as one may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Self

from engine.config.defs import TransitionDef
from engine.records.env import holds
from engine.records.filters import slot_of
from engine.records.titles import titles
from engine.records.writing import Writing
from engine.rights import reads_hidden
from forms.defs import FieldDef
from forms.labels import LANGUAGES, Label
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from rules.explain import Explanation

Values = Mapping[str, object]
Path = tuple[str, ...]


class Clause(str):
    """A clause of a guard as it is written; `form` is whose records it is about, so that it can be said in words."""

    __slots__ = ("form",)
    form: str

    def __new__(cls, text: str, form: str) -> Self:
        """Return the text, which knows its form."""
        clause = super().__new__(cls, text)
        clause.form = form
        return clause


def guard_faults(writing: Writing, one: TransitionDef, env: Values) -> list[Fault]:
    """Return nothing when the guard is met, else the config's own words and one fault per clause that fails."""
    if one.guard is None or holds(one.guard, env):
        return []
    words = [Fault("move.guard", N_("{message}"), {"message": one.guard_message})] if one.guard_message else []
    clauses = failing_clauses(writing, one, env)
    if not clauses and not words:
        return [Fault("move.guard_hidden", N_("What this move asks for is not met."))]
    return [*words, *(_clause(writing, clause, env) for clause in clauses)]


def failing_clauses(writing: Writing, one: TransitionDef, env: Values) -> list[Explanation]:
    """Return the clauses of a guard that are not met; none when it reads what this person may not see."""
    if one.guard is None or holds(one.guard, env):
        return []
    if reads_hidden(writing.live, writing.key, writing.user, one.guard) or not _in_sight(writing, one.guard.reads, env):
        return []
    from rules.explain import failing

    return failing(one.guard, env)


def _in_sight(writing: Writing, reads: Iterable[Path], env: Values) -> bool:
    """Tell whether this person may see every record behind the references that a guard follows."""
    for path in reads:
        for depth in range(1, len(path)):
            type_ = _type(writing, path[:depth])
            id_ = env.get(".".join(path[:depth]))
            if type_ is None or not isinstance(id_, int):
                continue
            if id_ not in titles(writing.session, writing.live, type_, [id_], writing.user, writing.now):
                return False
    return True


def _type(writing: Writing, path: Path) -> str | None:
    """Return the form that a path of references leads to."""
    form = writing.key
    for name in path:
        type_ = writing.live.app.shapes[form].get(name)
        if type_ is None or type_.kind is not Kind.REFERENCE:
            return None
        form = type_.form
    return form


def _clause(writing: Writing, clause: Explanation, env: Values) -> Fault:
    names = list(dict.fromkeys(_names(clause, env)))
    text = Clause(clause.text, writing.key)
    if not names:
        return Fault("move.clause", N_("Not met: {clause}."), {"clause": text})
    facts = {"clause": text, "found": _found(writing, names, env)}
    return Fault("move.clause", N_("Not met: {clause} ({found})."), facts)


def _names(clause: Explanation, env: Values) -> Iterator[str]:
    """Return the names that a clause reads, in the order in which they stand."""
    if not clause.children and clause.text in env:
        yield clause.text
    for child in clause.children:
        yield from _names(child, env)


def _found(writing: Writing, names: Iterable[str], env: Values) -> Label:
    """Return `Amount: 0.00; Region: North` in every language."""
    texts: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for name in names:
        slot = _slot(writing, tuple(name.split(".")))
        for language, parts in texts.items():
            label = slot.label.pick(language) if slot else name
            parts.append(f"{label}: {_shown(slot, env[name], language)}")
    return Label({language: "; ".join(parts) for language, parts in texts.items()})


def _slot(writing: Writing, path: Path) -> FieldDef | None:
    form = _type(writing, path[:-1]) if len(path) > 1 else writing.key
    return slot_of(writing.live, form, path[-1]) if form else None


def _shown(slot: FieldDef | None, value: object, language: str) -> str:
    if value is None:
        return "–"
    if slot is None:
        return str(value)
    if isinstance(value, list):
        return ", ".join(_shown(slot, one, language) for one in value)
    option = slot.option(value) if isinstance(value, str) else None
    return option.label.pick(language) if option else slot.type.to_text(slot, value)
