"""Functions over text. Length and position count characters; upper and lower case differ."""

from __future__ import annotations

from collections.abc import Sequence

from rules.functions._base import bounded, function
from rules.rounding import half_away


@function("lower(text: text) -> text", partial=True)
def lower(text: str) -> str | None:
    """The text in small letters.

    >>> lower("ÄÖ Ada")
    "äö ada"
    """
    # Python looks around a capital sigma; one character at a time it means the same everywhere.
    return bounded(text.lower() if "\u03a3" not in text else "".join(map(str.lower, text)))


@function("upper(text: text) -> text", partial=True)
def upper(text: str) -> str | None:
    """The text in capital letters.

    >>> upper("ada")
    "ADA"
    """
    return bounded(text.upper())


#: What counts as blank at the ends of a text, everywhere; U+3000 is the full-width space.
BLANKS = " \t\n\r\u00a0\u3000"


@function("trim(text: text) -> text", partial=True)
def trim(text: str) -> str | None:
    """The text without blanks at both ends.

    >>> trim("  Ada ")
    "Ada"
    """
    return bounded(text.strip(BLANKS))


@function("length(text: text) -> number", "length(many: many) -> number", takes_empty=True, whole=True)
def length(value: Sequence[object] | None) -> float:
    """How many characters a text has, or how many items a list; 0 when it is empty.

    >>> length("销售")
    2
    >>> length(tags)
    2
    """
    return len(value) if value else 0


@function("left(text: text, count: number) -> text", partial=True)
def left(text: str, count: float) -> str | None:
    """The first characters of a text.

    >>> left("SO-2026-7", 2)
    "SO"
    """
    return bounded(text[: max(0, int(count))])


@function("right(text: text, count: number) -> text", partial=True)
def right(text: str, count: float) -> str | None:
    """The last characters of a text.

    >>> right("SO-2026-7", 1)
    "7"
    """
    return bounded(text[max(0, len(text) - max(0, int(count))) :])


@function("middle(text: text, start: number, count: number) -> text", partial=True)
def middle(text: str, start: float, count: float) -> str | None:
    """Some characters of a text, from a position that counts from 1.

    >>> middle("SO-2026-7", 4, 4)
    "2026"
    """
    first = max(1, int(start)) - 1
    return bounded(text[first : first + max(0, int(count))])


@function("starts_with(text: text, beginning: text) -> condition", takes_empty=True)
def starts_with(text: str | None, beginning: str | None) -> bool:
    """Whether a text begins with another; no when one of them is empty.

    >>> starts_with("SO-2026-7", "SO-")
    yes
    """
    return text is not None and beginning is not None and text.startswith(beginning)


@function("ends_with(text: text, ending: text) -> condition", takes_empty=True)
def ends_with(text: str | None, ending: str | None) -> bool:
    """Whether a text ends with another; no when one of them is empty.

    >>> ends_with("report.pdf", ".pdf")
    yes
    """
    return text is not None and ending is not None and text.endswith(ending)


@function("concat(first: text, *more: text) -> text", takes_empty=True, partial=True)
def concat(*texts: str | None) -> str | None:
    """The texts put together; empty ones are left out.

    >>> concat("Ada", " ", "Li")
    "Ada Li"
    """
    return bounded("".join(t for t in texts if t))


@function("text(number: number, digits?: digits) -> text", sql=False, partial=True)
def text_of(number: float, digits: float = 0) -> str | None:
    """The number as text, with so many decimals (none when not given).

    >>> text(12.5, 2)
    "12.50"
    """
    shown = f"{half_away(number, int(digits)):.{max(0, int(digits))}f}"
    return shown.removeprefix("-") if not shown.strip("-0.") else shown


@function("initials(name: text) -> text", sql=False, partial=True)
def initials(name: str) -> str | None:
    """The first letters of the first and last word; of a Chinese name the last two characters.

    >>> initials("Ada Lovelace")
    "AL"
    >>> initials("欧阳小明")
    "小明"
    """
    words = name.split()
    if not words:
        return None
    if len(words) == 1:
        return words[0][-2:] if "\u3400" <= words[0][0] <= "\u9fff" else words[0][0].upper()
    return bounded((words[0][0] + words[-1][0]).upper())
