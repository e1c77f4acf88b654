"""Pictures of codes as SVG: QR by segno, bars of Code 128 and of article numbers drawn here from their tables."""

from __future__ import annotations

import io
from functools import lru_cache
from itertools import groupby

import segno
from markupsafe import Markup

from forms.check_digits import ARTICLE_NUMBERS

#: Widths of bar, gap, bar … of the 103 signs of Code 128 and its three starts (ISO/IEC 15417).
_CODE128 = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
]
_START_B, _STOP = 104, "2331112"
#: Left odd digits of article numbers (ISO/IEC 15420); even ones are the mirrored complement, right ones the complement.
_ODD = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
#: Which of the six left digits are even, by the first digit of an EAN-13.
_PARITY = ("000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010")
_HEIGHT, _QUIET = 44, 10


@lru_cache(maxsize=512)
def code_picture(text: str, symbology: str) -> Markup:
    """Return the picture of a code as an inline SVG; nothing for a text that this code cannot show."""
    try:
        return _qr(text) if symbology == "qr" else _bars_svg(modules(text, symbology))
    except (ValueError, IndexError):  # kept from before the field was what it is now
        return Markup()


def _qr(text: str) -> Markup:
    written = io.BytesIO()
    code = segno.make(text, micro=False, error="m")
    code.save(written, kind="svg", xmldecl=False, svgns=False, border=4, scale=4, svgclass="code qr", lineclass=None)
    return Markup(written.getvalue().decode())  # noqa: S704 - made of numbers alone


def modules(text: str, symbology: str) -> str:
    """Return the code's narrowest stripes from left to right: 1 is black. ValueError for what it cannot show."""
    if symbology == "code128":
        return _code128(text)
    if len(text) != ARTICLE_NUMBERS[symbology] or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return _ean8(text) if symbology == "ean8" else _ean13(text.zfill(13))


def _code128(text: str) -> str:
    if not text or not all(" " <= char <= "~" for char in text):
        raise ValueError(text)
    signs = [_START_B, *(ord(char) - 32 for char in text)]
    check = (signs[0] + sum(place * sign for place, sign in enumerate(signs))) % 103
    widths = "".join(_CODE128[sign] for sign in (*signs, check)) + _STOP
    return "".join(("1" if place % 2 == 0 else "0") * int(width) for place, width in enumerate(widths))


def _ean13(digits: str) -> str:
    parity = _PARITY[int(digits[0])]
    left = "".join(_even(d) if p == "1" else _ODD[int(d)] for d, p in zip(digits[1:7], parity, strict=True))
    return f"101{left}01010{''.join(_right(d) for d in digits[7:])}101"


def _ean8(digits: str) -> str:
    return f"101{''.join(_ODD[int(d)] for d in digits[:4])}01010{''.join(_right(d) for d in digits[4:])}101"


def _right(digit: str) -> str:
    return _ODD[int(digit)].translate(str.maketrans("01", "10"))


def _even(digit: str) -> str:
    return _right(digit)[::-1]


def _bars_svg(stripes: str) -> Markup:
    paths, at = [], _QUIET
    for black, run in groupby(stripes):
        width = len(list(run))
        if black == "1":
            paths.append(f"M{at} 4h{width}v{_HEIGHT}h-{width}z")
        at += width
    whole = at + _QUIET
    picture = (
        '<svg class="code bars" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true"><path d="{}"/></svg>'
    )
    return Markup(picture).format(whole, _HEIGHT + 8, whole * 2, (_HEIGHT + 8) * 2, "".join(paths))  # noqa: S704
