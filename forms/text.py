"""Reading text: Unicode form, characters that no record may hold, and folding for comparison."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

#: White space that may stand around or inside a text; other control characters are refused.
_LINES = {"\n", "\r", "\t"}


def forbidden(text: str, *, lines: bool = True) -> str:
    """Return the first character that no text may hold (control, lone surrogate), or ''."""
    if text.isprintable():
        return ""  # at once for nearly all
    for char in text:
        category = unicodedata.category(char)
        if category == "Cs" or (category == "Cc" and not (lines and char in _LINES)):
            return char
    return ""


def storable(text: str) -> bool:
    """Tell whether a database can hold a text at all: no NUL, no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def normal(text: str) -> str:
    """Return the text in NFC, without white space around it."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def one_form(text: str) -> str:
    """Return the text with line ends as plain line feeds, for long texts."""
    return normal(text.replace("\r\n", "\n").replace("\r", "\n"))


def printable_reader(read: Callable[[str], object], limit: int) -> Callable[[str], object]:
    """Return what reads texts that are printable and short enough at once, and leaves the others to `read`."""

    def of(text: str) -> object:
        return found if text.isprintable() and len(found := normal(text)) <= limit else read(text)

    return of


def plain(text: str) -> str:
    """Return full-width digits and signs as ASCII and the minus sign as a hyphen: for reading numbers and dates."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").strip()


def folded(text: str) -> str:
    """Return a text as it is compared when a person names something: width, case and spaces do not matter."""
    plainer = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plainer.split())


def written(raw: object) -> str | None:
    """Return what a person would have typed for a JSON text or number; None for anything else."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) <= 10**18:
        return None
    return repr(raw).removesuffix(".0")
