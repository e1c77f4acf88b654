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
#: ISO 4217 codes in use.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
    CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK
    JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR
    MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
    STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a hundred and fifty quotation marks help nobody
)
#: An amount without any sign.
_BARE = re.compile(r"[\d.,]+", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}")


def scale_of(currency: str) -> int:
    """Return how many digits stand behind the point in this currency."""
    return _DIGITS.get(currency, 2)


def is_currency(code: str) -> bool:
    """Tell whether this is a currency's code."""
    return code in CURRENCIES


def meant_currency(text: str) -> str:
    """Return the code that was probably meant by a sign, a word or a code in small letters, or ''."""
    signs = {"yen": "JPY", "yuan": "CNY", "dollar": "USD", "euro": "EUR", "pound": "GBP", "nt$": "TWD", "hk$": "HKD"}
    found = _SIGNS.get(text.upper(), frozenset())
    plain_code = text.upper() if is_currency(text.upper()) else ""
    return plain_code or signs.get(text.lower(), "") or (min(found) if found else "")


def without_sign(text: str, currency: str) -> tuple[str, bool]:
    """Return the amount without its currency sign, and whether that sign fits the currency."""
    text = plain(text)
    negative = text.startswith("-") or (text.startswith("(") and text.endswith(")"))
    body = text.strip("()").removeprefix("-").strip() if negative else text
    body, fits = _strip(body, currency)
    return ("-" + body if negative else body), fits


def _strip(text: str, currency: str) -> tuple[str, bool]:
    if _BARE.fullmatch(text):
        return text, True
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
