"""Kinds of files: what a config may ask for, and whether a file is of such a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ENDING = re.compile(r"\.[a-z0-9]{1,10}", re.IGNORECASE)
_TYPE = re.compile(r"[a-z]+/(\*|[a-z0-9.+-]+)", re.IGNORECASE)
#: Pictures that browsers show and we make small views of. SVG is a program, no picture.
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
#: What a file with this ending has to be, where its bytes tell.
TOLD_BY_BYTES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".zip": "application/zip",
    ".mp4": "video/mp4",
}
#: Kinds that share their first bytes with others: the ending says which one it is.
TOLD_BY_ENDING = {
    "application/zip": {
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    },
    "application/x-ole-storage": {
        ".doc": "application/msword",
        ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint",
    },
    "text/plain": {".csv": "text/csv", ".md": "text/markdown", ".json": "application/json"},
}
#: What a file with an ending is found to be when it is what it says.
_EXPECTED = {**TOLD_BY_BYTES, **{end: type_ for ends in TOLD_BY_ENDING.values() for end, type_ in ends.items()}}


def is_wanted(text: str) -> bool:
    """Tell whether a config may ask for this: a media type, a group of them, or an ending."""
    return bool(_ENDING.fullmatch(text) or _TYPE.fullmatch(text))


def ending_of(name: str) -> str:
    """Return the ending of a file's name, with its dot, in small letters."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else ""


def is_one_of(name: str, media_type: str, wanted: Sequence[str]) -> bool:
    """Tell whether a file is of one of these kinds: by its bytes, and by its ending where bytes do not tell."""
    return any(_is(name, media_type, one.lower()) for one in wanted)


def _is(name: str, media_type: str, wanted: str) -> bool:
    if wanted.startswith("."):
        ending = ending_of(name)
        return ending == wanted and _EXPECTED.get(ending, media_type) == media_type
    if wanted.endswith("/*"):
        return media_type.startswith(wanted[:-1]) and media_type != "image/svg+xml"
    return media_type == wanted
