"""Questions of a template on a page: what is asked, what was answered, and what is wrong beside the question that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from admin.fault_words import fault_words, place_words
from engine.config.parameters import declared, inserts, parameter_of
from engine.people import person_named
from engine.staff import teams
from engine.templates.questions import spot_at
from web import here
from web.errors import sentence
from web.words import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.config.defs import ParameterDef
    from engine.config.source import Source
    from rules.errors import Fault


def questions_of(source: Source) -> tuple[ParameterDef, ...]:
    """Return what a config asks for."""
    return tuple(parameter_of(spot) for spot in declared(source).values())


def answers_of(source: Source) -> dict[str, object]:
    """Return the answers of the form at hand to what a config asks for."""
    return {key: request.form.get(f"p_{key}", "") for key in declared(source)}


def called(sign_in: object) -> str:
    """Return the name of a person by the sign-in name; what nobody has stays as it was typed."""
    person = person_named(here.db(), str(sign_in)) if sign_in else None
    return person.name if person else str(sign_in)


def suggestions() -> Mapping[str, Sequence[str]]:
    """Return the regions and teams that there are."""
    return {kind: teams.names(here.db(), kind) for kind in ("region", "team")}


def beside_questions(source: Source, faults: Iterable[Fault]) -> tuple[dict[str, str], list[str]]:
    """Return what is wrong by the question or box it belongs to, and the rest with its place in words.

    A fault of the filled config belongs to the question whose answer stands where the fault is.
    """
    beside: dict[str, str] = {}
    loose: list[str] = []
    for fault in faults:
        asked = fault.field or _asked_at(source, fault)
        if asked:
            beside.setdefault(asked, sentence(fault) if fault.field else fault_words(fault, source))
        else:
            loose.append(_placed(source, fault))
    return beside, loose


def carried(*names: str) -> list[tuple[str, str]]:
    """Return what was chosen on the page before, to be sent along with the answers: names, or the beginnings of some."""
    wanted = [
        name
        for name in request.form
        if any(name == one or (one.endswith("_") and name.startswith(one)) for one in names)
    ]
    return [(name, value) for name in wanted for value in request.form.getlist(name)]


def _asked_at(source: Source, fault: Fault) -> str:
    found = inserts(spot_at(source, fault.file, fault.pointer).text) if fault.file else []
    return found[0] if len(set(found)) == 1 and found[0] in declared(source) else ""


def _placed(source: Source, fault: Fault) -> str:
    file = next((one.spot for one in source.files if one.path == fault.file), None)
    if file is None or not fault.pointer:
        return sentence(fault)
    said = fault_words(fault, source)
    return gettext("%(name)s: %(value)s", name=place_words(file, fault.pointer), value=said)
