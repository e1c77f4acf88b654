"""The audit trail as a page: searched, read, checked, taken along as a file."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, request
from flask_admin import expose
from flask_babel import get_timezone

from admin import audit_words
from admin._base import Page
from admin.words import app_label
from engine.audit import BREAKS, verify
from engine.audit.reading import Search, every, found
from engine.people import names_of, person_named
from engine.releases import apps
from engine.sheets import csv_text
from forms.dates import read_date
from rules.moments import iso
from web import here
from web.words import gettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.audit import AuditEvent

#: Events of one file; more are had from the command line.
MOST = 50_000
TEXTS = ("person", "kind", "verb", "app", "outcome", "text", "since", "until")


class AuditView(Page):
    """Who did what: configs, people, signing in."""

    @expose("/")
    def index(self) -> Any:
        """Show the events that were asked for, the newest first."""
        asked = _asked()
        search, fault = _search(asked)
        before = request.args.get("before", "")
        start = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 0
        events, more = found(here.db(), search, start)
        rows = _views(list(events))
        known = [(row.key, app_label(row.key)) for row in apps(here.db())]
        last = events[-1].id if events and more else 0
        facts = {"rows": rows, "asked": asked, "apps": known, "last": last, "fault": fault, "before": start}
        words = {"kinds": audit_words.KINDS, "verbs": audit_words.VERBS}
        return self.render("back/audit.html", **facts, **words)

    @expose("/export")
    def export(self) -> Any:
        """Hand over what was asked for as CSV, the oldest first."""
        search, _ = _search(_asked())
        answer = Response("".join(csv_text(_lines(search))), mimetype="text/csv")
        answer.headers["Content-Disposition"] = "attachment; filename=audit.csv"
        return answer

    @expose("/verify", methods=("POST",))
    def verify(self) -> Any:
        """Walk the chain and say whether it is as it was written."""
        found_out = verify(here.db())
        if found_out.cause:
            sentence = gettext(BREAKS[found_out.cause])
            flash(sentence.format(id=found_out.broken), "error")
        else:
            flash(gettext("All %(count)s events are as they were written.", count=found_out.count), "success")
        return redirect(self.get_url(".index"), 303)


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:100] for name in TEXTS}


def _search(asked: dict[str, str]) -> tuple[Search, str]:
    """Return what is looked for; a person whom nobody knows finds nothing, and is told."""
    person = person_named(here.db(), asked["person"]) if asked["person"] else None
    unknown = bool(asked["person"]) and person is None
    search = Search(
        person_id=person.id if person else 0 if unknown else None,
        kind=asked["kind"],
        verb=asked["verb"],
        app_key=asked["app"],
        outcome=asked["outcome"],
        text=asked["text"],
        since=_moment(asked["since"]),
        until=_moment(asked["until"], days=1),
    )
    return search, gettext("Nobody has this sign-in name.") if unknown else ""


def _moment(text: str, days: int = 0) -> datetime | None:
    day = read_date(text)
    if day is None or day.year < 1900 or day.year > 9000:
        return None
    zone = get_timezone() or ZoneInfo("UTC")
    return datetime.combine(day + timedelta(days=days), time(), zone)


def _views(events: list[AuditEvent]) -> list[audit_words.EventView]:
    names = names_of(here.db(), audit_words.people_in(events))
    return [audit_words.event_view(event, names) for event in events]


def _lines(search: Search) -> Iterator[Sequence[str]]:
    heads = (
        gettext("When"),
        gettext("Who"),
        gettext("What was done"),
        gettext("About"),
        gettext("App"),
        gettext("Result"),
    )
    yield ["id", *heads, gettext("Details"), "hash"]
    chunk: list[AuditEvent] = []
    for number, event in enumerate(every(here.db(), search)):
        if number >= MOST:
            break
        chunk.append(event)
        if len(chunk) == 1000:
            yield from map(_line, _views(chunk))
            chunk = []
    yield from map(_line, _views(chunk))


def _line(view: audit_words.EventView) -> list[str]:
    event = view.event
    told = "; ".join(f"{name}: {value}" for name, value in view.told)
    outcome = gettext("success") if event.outcome == "success" else gettext("failure")
    return [str(event.id), iso(event.at), view.who, view.what, view.subject, view.app, outcome, told, event.hash]
