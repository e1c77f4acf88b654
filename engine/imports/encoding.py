"""Which encoding a text file is in: Unicode with or without a mark, the two Chinese code pages, Western last."""

from __future__ import annotations

import codecs
from typing import IO

from engine.imports.errors import refuse
from rules.errors import N_

#: Byte order marks, the longer ones first because they begin like the shorter.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What a person may choose; anything else Python knows (`zip`, `rot13`, `idna`) is no encoding of a table.
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "gb18030",
    "gbk",
    "big5",
    "cp950",
    "cp1252",
    "latin-1",
    "shift_jis",
    "euc_kr",
)
_SAMPLE = 200_000


def encoding_of(file: IO[bytes], encoding: str = "") -> str:
    """Return the encoding of a text; raises ImportRefused when a chosen one is not known or does not fit."""
    chosen = encoding.lower().strip()
    file.seek(0)
    sample = file.read(_SAMPLE)
    marked = next((name for mark, name in _MARKS if sample.startswith(mark)), "")
    found = chosen or marked or _unmarked_utf16(sample)
    if not found:
        found = "utf-8" if _fits(file, "utf-8") else _code_page(sample)
    if found not in ENCODINGS:
        refuse("unknown_encoding", N_("The encoding {encoding} is not known."), encoding=found)
    if not _fits(file, found):
        template = N_("The file is not in the encoding {encoding}. Choose another one, or save it as UTF-8.")
        refuse("wrong_encoding", template, encoding=found)
    return found


def _fits(file: IO[bytes], encoding: str) -> bool:
    """Tell whether a whole file can be read in an encoding; a part of it at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        for part in iter(lambda: file.read(_SAMPLE), b""):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, ValueError):
        return False
    return True


def _unmarked_utf16(data: bytes) -> str:
    """UTF-16 without a mark: in a table of mostly ASCII digits and commas every second byte is zero."""
    sample = data[:4096]
    if len(sample) < 4 or b"\x00" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 * half and odd < 0.05 * half else ""


def _code_page(data: bytes) -> str:
    """Choose between the code pages by how many of the decoded characters are common ones."""
    sample = data[:_SAMPLE]
    scores = {name: _plausible(sample, name) for name in ("gb18030", "cp950", "cp1252")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else "gb18030"


def _plausible(sample: bytes, name: str) -> float:
    """Return the share of the non-ASCII characters that people write every day in that script; 0 when it does not decode."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    other = [char for char in text if char > "\x7f"]
    return sum(map(_COMMON[name], other)) / len(other) if other else 0.0


def _first_plane(char: str, page: str, low: int, high: int) -> bool:
    """Tell whether a character stands among those a code page ranks as frequent."""
    encoded = char.encode(page, "ignore")
    return len(encoded) == 2 and low <= encoded[0] <= high


def _common_simplified(char: str) -> bool:
    return char in "，。、：；！？（）《》“”—￥·" or _first_plane(char, "gb2312", 0xB0, 0xD7)


def _common_traditional(char: str) -> bool:
    return char in "，。、：；！？（）「」—·" or _first_plane(char, "big5", 0xA4, 0xC6)


def _common_western(char: str) -> bool:
    return "À" <= char <= "ÿ" or char in "–—‘’“”…€ªº°§"


_COMMON = {"gb18030": _common_simplified, "cp950": _common_traditional, "cp1252": _common_western}
