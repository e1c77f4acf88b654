"""The three languages: which one a visitor reads, how labels, numbers, money, dates and durations are said in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel
from markupsafe import Markup

from forms.labels import LANGUAGES, Label
from rules.errors import Term
from web import here
from web.words import gettext, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The name of each language in itself, as the switch shows it.
NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
#: What browsers ask for -> what we have. Taiwan, Hong Kong and Macao read traditional Chinese.
BROWSER = {
    "en": "en",
    "zh": "zh_Hans",
    "zh-cn": "zh_Hans",
    "zh-sg": "zh_Hans",
    "zh-hans": "zh_Hans",
    "zh-tw": "zh_Hant",
    "zh-hk": "zh_Hant",
    "zh-mo": "zh_Hant",
    "zh-hant": "zh_Hant",
}


def install(app: Flask) -> None:
    """Give templates and pages their language."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=language, timezone_selector=lambda: str(_shown_zone()))
    app.jinja_env.filters.update(
        told=told,
        money=money,
        number=number,
        percent=percent,
        day=day,
        iso_day=iso_day,
        moment=moment,
        clock=clock,
        ago=ago,
        since=since,
        span=days,
        minutes=minutes,
    )
    app.jinja_env.globals.update(language=language, html_language=html_language, language_names=NAMES)


def language() -> str:
    """Return the language of the visitor: own choice, then the browser's, then English."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        user = here.visitor()
        chosen = (user.locale if user else "") or session.get("language", "")
        g.language = chosen if chosen in LANGUAGES else _browser_language()
    return str(g.language)


def chosen_or_asked_for() -> str:
    """Return the language that was chosen before signing in, or that the browser asks for; empty for none that we speak."""
    chosen = session.get("language", "")
    return str(chosen) if chosen in LANGUAGES else _asked_for()


def _browser_language() -> str:
    return _asked_for() or "en"


def _asked_for() -> str:
    for wanted, _weight in request.accept_languages:
        low = wanted.lower().replace("_", "-")
        for tag in (low, "-".join(low.split("-")[:2]), low.split("-", maxsplit=1)[0]):
            if tag in BROWSER:
                return BROWSER[tag]
    return ""


def html_language() -> str:
    """Return the language as HTML writes it."""
    return language().replace("_", "-")


def told(value: object) -> object:
    """Say a label or a marked term in the visitor's language; anything else stays as it is."""
    if isinstance(value, Term):
        return gettext(value)
    return value.pick(language()) if isinstance(value, Label) else value


def locale() -> Locale:
    """Return the locale that numbers and dates follow."""
    return Locale.parse(language())


def number(value: float | None, decimals: int | None = None) -> str:
    """Write a number with separators; without `decimals`, as many digits as it has (nine at most)."""
    if value is None:
        return ""
    pattern = "#,##0." + ("#" * 9 if decimals is None else "0" * decimals) if decimals != 0 else "#,##0"
    return babel_numbers.format_decimal(_plain(value), format=pattern, locale=locale())


def _plain(value: float) -> float:
    rounded = round(value, 9)
    return 0.0 if rounded == 0 else rounded


def percent(value: float | None, decimals: int | None = None) -> str:
    """Write a percentage: 15 means 15 %."""
    return "" if value is None else number(value, decimals) + ("%" if language() != "en" else " %")


def money(minor: float | None, scale: int = 2, currency: str = "", *, short: bool = False) -> str:
    """Write an amount of minor units; whole amounts without decimals, `short` in 万 / 亿 or k / M."""
    if minor is None:
        return ""
    major = minor / 10**scale
    text = _short(major) if short else number(major, 0 if major == int(major) else scale)
    sign, text = ("−", text[1:]) if text.startswith("-") else ("", text)
    return sign + currency_sign(currency) + text


def currency_sign(currency: str) -> str:
    """Return the sign written before an amount, with a blank where it is a word."""
    if not currency:
        return ""
    symbol = babel_numbers.get_currency_symbol(
        currency, locale=Locale.parse("zh_Hans") if currency == "CNY" else locale()
    )
    return symbol if len(symbol) == 1 else symbol + " "


def _short(major: float) -> str:
    steps: tuple[tuple[float, str], ...] = (
        (1e8, "亿" if language() == "zh_Hans" else "億"),
        (1e4, "万" if language() == "zh_Hans" else "萬"),
    )
    if language() == "en":
        steps = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
    for size, word in steps:
        if abs(major) >= size:
            return number(round(major / size, 2 if language() != "en" else 1)) + word
    return number(round(major, 2))


def day(value: date | None) -> str:
    """Write a date."""
    return "" if value is None else babel_dates.format_date(value, "medium", locale=locale())


def iso_day(text: str) -> str:
    """Write a date that is kept as a text; anything else stays as it is."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def moment(value: datetime | None, zone: tzinfo | None = None) -> str:
    """Write a moment in this time zone, or in that of the page: the app's, or the visitor's own."""
    if value is None:
        return ""
    local = value.astimezone(zone or _shown_zone())
    return f"{day(local.date())} {local:%H:%M}"


def _shown_zone() -> tzinfo:
    return here.shown_zone() if has_request_context() else UTC


def clock(value: datetime | None, zone: tzinfo | None = None) -> Markup:
    """Write a moment as a machine-readable `<time>`."""
    if value is None:
        return Markup()
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), moment(value, zone))


def ago(value: datetime | None) -> str:
    """Say how long ago a moment was."""
    if value is None:
        return ""
    gone = value - here.now()
    if abs(gone) < timedelta(minutes=1):
        return gettext("just now")
    return babel_dates.format_timedelta(gone, add_direction=True, locale=locale(), threshold=1.2)


def since(value: datetime | None) -> str:
    """Say since when something has been so."""
    if value is None or abs(value - here.now()) < timedelta(minutes=1):
        return ago(value)
    return gettext("since %(when)s", when=ago(value))


def days(count: float | None) -> str:
    """Say a number of days."""
    whole = int(count or 0)
    return ngettext("%(num)d day", "%(num)d days", whole)


def minutes(count: float | None) -> str:
    """Say a length of time in hours and minutes."""
    if count is None:
        return ""
    hours, rest = divmod(int(count), 60)
    parts = [gettext("%(count)s h", count=number(hours))] if hours else []
    parts += [gettext("%(count)s min", count=number(rest))] if rest or not hours else []
    return " ".join(parts)


def period(first: date, of: str) -> str:
    """Write the month, quarter or year that begins on a day; empty for a period without a name of its own."""
    skeletons = {"month": "yMMMM", "quarter": "yQQQ", "year": "y"}
    found = skeletons.get(of)
    return babel_dates.format_skeleton(found, first, locale=locale()) if found else ""


def pick(texts: Mapping[str, str]) -> str:
    """Say one of several texts by language."""
    return Label(dict(texts)).pick(language())


def full_day(value: date) -> str:
    """Write a date with its weekday."""
    return babel_dates.format_date(value, "full", locale=locale())
