"""Reading the id of a record or person."""

from __future__ import annotations

from forms.text import plain


def read_id(raw: object, *, texts: bool) -> int | None:
    """Return the id in what was typed: a JSON number, or `12` and `#12` where `texts` may be ids."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw if 0 < raw < 10**18 else None
    if not texts or not isinstance(raw, str):
        return None
    digits = plain(raw).removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits) or None
    return None
