"""Several names in one text: how a list of people or records is written, and the ways a text may be read as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from forms.errors import FormError

#: What surely stands between two names; names with one of these inside are put into quotes.
_SEPARATOR = re.compile(r"[;；|\n]")
#: What may also be part of a name: Acme, Inc.
_PERHAPS = re.compile(r"[,，、]")
#: A name in quotes (a quote inside is doubled), or anything up to the next separator.
_PIECE = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*(?=[;；|\n]|$)|(?P<plain>[^;；|\n]*))(?:[;；|\n]|$)')


def joined(names: Iterable[str]) -> str:
    """Return names as one text that reads back as the same names."""
    return ";".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    needed = _SEPARATOR.search(name) or name.startswith('"')
    return '"' + name.replace('"', '""') + '"' if needed else name


def pieces(text: str) -> list[str]:
    """Return the names between semicolons, bars and line ends."""
    found, at = [], 0
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match, text  # the second branch takes anything
        quoted = match["quoted"]
        name = quoted.replace('""', '"') if quoted is not None else match["plain"].strip()
        found += [name] if name else []
        at = match.end()
    return found


def readings(text: str) -> Iterator[list[str]]:
    """Yield the ways to read a text as names, the likeliest first; commas may be part of a name."""
    names = pieces(text)
    yield names
    if len(names) == 1 and _PERHAPS.search(names[0]):
        yield [part.strip() for part in _PERHAPS.split(names[0]) if part.strip()]
    if names != [text.strip()]:
        yield [text.strip()]


def names_in(raw: object) -> list[str]:
    """Return every text that may be a name in what was typed, so that all of them are looked up at once."""
    if isinstance(raw, str):
        return [name for names in readings(raw) for name in names]
    if isinstance(raw, Sequence) and not isinstance(raw, bytes):
        return [name for item in raw if isinstance(item, str) for name in names_in(item)]
    return []


def ids_of(raw: object, one: Callable[[object], int]) -> list[int]:
    """Return the id of each name in what was typed, each once, as `one` finds them; its FormError when it finds none."""
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return list(dict.fromkeys(id_ for item in raw if item not in (None, "") for id_ in ids_of(item, one)))
    if not isinstance(raw, str):
        return [one(raw)]
    first: FormError | None = None
    for names in readings(raw):
        try:
            return list(dict.fromkeys(one(name) for name in names))
        except FormError as error:
            first = first or error
    assert first is not None, "a text that is not blank has a first reading"
    raise first
