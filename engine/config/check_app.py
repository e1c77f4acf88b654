"""What app.json means: time zone, calendar, currency, roles, order of the forms, parameters; and keys told apart."""

from __future__ import annotations

from engine.config.desk import Desk
from engine.config.measures import check_measures
from engine.config.source import SECTIONS
from engine.config.spot import Spot
from engine.config.zones import is_zone, zones
from forms.currencies import is_currency, meant_currency
from rules.calendar import is_calendar
from rules.errors import N_
from rules.similar import closest

#: Words that addresses of the screens use where a form's key would stand.
RESERVED_FORMS = frozenset({"okr", "okrs", "dashboard", "dashboards", "api", "admin", "inbox", "alerts"})


def check_app(desk: Desk) -> None:
    """Check app.json and what concerns all files."""
    app = desk.source.app
    _check_place(desk, app)
    if app["key"].text.startswith("sqlite_"):
        # SQLite keeps such names of tables for itself.
        template = N_("“{name}” has a meaning of its own; choose another key.")
        desk.add(app["key"].fault("key.reserved", template, name=app["key"].text))
    check_unique_keys(desk, app["roles"], N_("Two roles are called “{name}”."))
    _check_order(desk, app["order"])
    check_measures(desk, app["measures"])
    _check_files(desk)


def _check_place(desk: Desk, app: Spot) -> None:
    zone, calendar, currency = app["time_zone"], app["calendar"], app["currency"]
    if zone.text and not is_zone(zone.text):
        template = N_("There is no time zone “{name}”; write it like Asia/Shanghai.")
        desk.add(zone.fault("app.time_zone", template, suggestion=closest(zone.text, zones()), name=zone.text))
    if calendar.text and not is_calendar(calendar.text):
        template = N_("There is no working-day calendar “{name}”; write a country code like CN.")
        desk.add(calendar.fault("app.calendar", template, name=calendar.text))
    if currency.text and not is_currency(currency.text):
        template = N_("“{name}” is no currency; write its code like CNY.")
        desk.add(currency.fault("app.currency", template, suggestion=meant_currency(currency.text), name=currency.text))


def _check_order(desk: Desk, order: Spot) -> None:
    seen: set[str] = set()
    for item in order.items():
        if desk.named(item, desk.forms, "form.unknown", N_("There is no form “{name}”.")) and item.text in seen:
            desk.add(item.fault("app.order", N_("“{name}” is listed twice."), name=item.text))
        seen.add(item.text)


def _check_files(desk: Desk) -> None:
    """Tell files of one section apart by their keys, and one pipeline per form."""
    for section, noun in SECTIONS.items():
        seen: dict[str, str] = {}
        for spot in desk.source.section(section):
            key = spot["key"].text
            if key and key in seen:
                template = N_("Another {noun} is called “{name}” already, in {file}.")
                desk.add(spot["key"].fault("key.repeated", template, noun=noun, name=key, file=seen[key]))
            seen.setdefault(key, spot.file)
    for form, spot in desk.forms.items():
        if form in RESERVED_FORMS:
            desk.add(
                spot["key"].fault(
                    "key.reserved", N_("“{name}” has a meaning of its own; choose another key."), name=form
                )
            )


def check_unique_keys(desk: Desk, listed: Spot, template: str) -> None:
    """Note a fault for every key of a list that was used before in it."""
    seen: set[str] = set()
    for item in listed.items():
        key = item["key"].text
        if key and key in seen:
            desk.add(item["key"].fault("key.repeated", template, name=key))
        seen.add(key)
