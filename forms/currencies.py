"""Currencies: how many digits their money has, and the signs people write for them."""

from __future__ import annotations

import re

from forms.text import plain

#: Digits behind the point where they are not two (ISO 4217).
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "PYG": 0, "UGX": 0, "XAF": 0, "XOF": 0}
_DIGITS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
_DOLLARS = frozenset({"USD", "HKD", "TWD", "AUD", "CAD", "SGD", "NZD", "MXN", "MOP"})
#: Sign or word -> the currencies it may stand for. Longer ones are tried first.
_SIGNS: dict[str, frozenset[str]] = {
    "¥": frozenset({"CNY", "JPY"}),
    "$": _DOLLARS,
    "US$": frozenset({"USD"}),
    "HK$": frozenset({"HKD"}),
    "NT$": frozenset({"TWD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "元": frozenset({"CNY", "TWD", "HKD", "MOP"}),
    "圓": frozenset({"CNY", "TWD", "HKD", "MOP", "JPY"}),
    "円": frozenset({"JPY"}),
    "RMB": frozenset({"CNY"}),
    "人民币": frozenset({"CNY"}),
    "人民幣": frozenset({"CNY"}),
    "美元": frozenset({"USD"}),
    "港元": frozenset({"HKD"}),
    "港币": frozenset({"HKD"}),
    "日元": frozenset({"JPY"}),
    "欧元": frozenset({"EUR"}),
    "歐元": frozenset({"EUR"}),
    "NTD": frozenset({"TWD"}),
}
_CODE = re.compile(r"[A-Z]{3}")


def scale_of(currency: str) -> int:
    """Return how many digits stand behind the point in this currency."""
    return _DIGITS.get(currency, 2)


def without_sign(text: str, currency: str) -> tuple[str, bool]:
    """Return the amount without its currency sign, and whether that sign fits the currency."""
    text = plain(text)
    negative = text.startswith("-") or (text.startswith("(") and text.endswith(")"))
    body = text.strip("()").removeprefix("-").strip() if negative else text
    body, fits = _strip(body, currency)
    return ("-" + body if negative else body), fits


def _strip(text: str, currency: str) -> tuple[str, bool]:
    fits, found = True, True
    while found:
        found = False
        for sign in sorted({*_SIGNS, currency, *_codes(text)}, key=len, reverse=True):
            shorter = _cut(text, sign)
            if shorter != text:
                fits = fits and (sign.upper() == currency or currency in _SIGNS.get(sign, ()))
                text, found = shorter, True
                break
    return text, fits


def _codes(text: str) -> list[str]:
    return [part for part in (text[:3].upper(), text[-3:].upper()) if _CODE.fullmatch(part)]


def _cut(text: str, sign: str) -> str:
    if text[: len(sign)].upper() == sign:
        return text[len(sign) :].strip()
    return text[: -len(sign)].strip() if text[-len(sign) :].upper() == sign else text
