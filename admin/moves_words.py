"""Where records went with a release, in words: lines of moves by the names that forms, fields, stages and options had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext

from admin.difference_words import labelled
from engine.errors import NotFound
from engine.releases import Moves, source_of
from rules.errors import SteerwayError
from web import here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.config.source import Source
    from engine.config.spot import Spot


def moves_words(app_key: str, lines: Iterable[object], numbers: Iterable[object]) -> list[str]:
    """Return each line in words, by the configs of the releases before and after it; what has no name stays a key."""
    try:
        moves = Moves.read(map(str, lines))
    except SteerwayError:
        return [str(one) for one in lines]
    sources = [*_sources(app_key, numbers)]
    return [
        gettext(
            "%(place)s: “%(old)s” → “%(new)s”",
            place=_said(sources, form, column),
            old=_value(sources, form, column, old),
            new=_value(sources, form, column, new) if new else gettext("empty"),
        )
        for (form, column), values in moves.by_place.items()
        for old, new in values.items()
    ]


def _sources(app_key: str, numbers: Iterable[object]) -> Iterator[Source]:
    for number in numbers:
        if isinstance(number, int):
            try:
                yield source_of(here.db(), app_key, number)
            except NotFound:
                continue


def _columns(source: Source, form: str, column: str) -> Iterator[tuple[str, list[Spot]]]:
    """Yield what a column is called, with its values: the stages of a pipeline, or the options of a field."""
    for one in source.section("pipelines") if column == "stage" else ():
        if one["form"].text == form:
            yield labelled(one.value), list(one["stages"].items())
    for own in source.section("forms"):
        for field in own["fields"].items() if own["key"].text == form else ():
            if field["key"].text == column:
                yield labelled(field.value), list(field["options"].items())


def _said(sources: Iterable[Source], form: str, column: str) -> str:
    for source in sources:
        own = next((labelled(one.value) for one in source.section("forms") if one["key"].text == form), "")
        for named, _ in _columns(source, form, column):
            return f"{own or form} › {named or column}"
    return f"{form} › {column}"


def _value(sources: Iterable[Source], form: str, column: str, key: str) -> str:
    found = (
        labelled(one.value)
        for source in sources
        for _, listed in _columns(source, form, column)
        for one in listed
        if one["key"].text == key
    )
    return next(filter(None, found), key)
