"""`/a/<app>/alerts/…`: the journal of alerts, and why one fired or did not at a moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.alerts.explain import Explained, Line, Reached, explain, rules_about
from engine.alerts.explain_others import subject_ids
from engine.alerts.holding import NO_RECORD
from engine.alerts.journal import PAGE, Entry, Filters, journal, lines, refuse_reader
from engine.config.defs import AlertRuleDef
from engine.people import everybody
from engine.people.users import names_of
from engine.releases import Live
from rules.errors import N_, Fault
from web import here
from web.channel_names import channel_name
from web.errors import sentence
from web.explaining import Node, Speaker
from web.fields import visible_fields
from web.render import render
from web.subject_titles import subject_titles
from web.widgets import Look
from web.words import gettext

bp = Blueprint("alerts", __name__)

STATES = {
    "firing": N_("Firing"),
    "acknowledged": N_("Acknowledged"),
    "resolved": N_("Over"),
    "pending": N_("Waiting"),
}
SENT = {
    "queued": N_("not sent yet"),
    "sending": N_("being sent"),
    "bundled": N_("goes out in a list"),
    "grouped": N_("sent in a list"),
    "sent": N_("sent"),
    "passed_on": N_("passed on to the substitute"),
    "failed": N_("failed"),
    "done": N_("done"),
}
WHY_NOT = {
    "not_firing": N_("nobody is told while the alert does not fire"),
    "pending": N_("the condition had not held long enough"),
    "not_due": N_("this step was not due yet"),
    "acknowledged": N_("somebody had taken note"),
    "silence": N_("a silence lay over it"),
    "told_already": N_(
        "no message: another way or an earlier step had reached this person, or the rule was changed since"
    ),
}
BUNDLES = {
    "group": N_("together with others"),
    "digest": N_("in a digest"),
    "cap": N_("in a list, because there were too many"),
    "catch_up": N_("in a list of what was missed"),
}


# -- why --------------------------------------------------------------------------------------------------------------


@bp.get("/a/<app_key>/alerts/why")
def why(app_key: str) -> Response:
    """Explain one rule, one record and one moment; ask for what is missing."""
    live = here.live_app(app_key)
    form, rule = request.args.get("form", ""), request.args.get("rule", "")
    watched, typed = live.app.alerts.get(rule), request.args.get("record", "")
    people = _people_of(live, watched)
    record = whole_number(typed) if watched is None or watched.form or people else NO_RECORD
    at, fault = _moment(live, request.args.get("at", ""))
    found = None
    if rule and record is not None and not fault:
        found = explain(here.db(), live, rule, record, at, here.viewer(), here.now())
    form = watched.form if watched else form
    offered = rules_about(live, form) if form in live.app.forms else list(live.app.alerts.values())
    asked = {"rule": rule, "record": typed[:20], "at": _wall(live, at)}
    unsaid = gettext("Which record? Write its number.") if watched and record is None and not people else ""
    shown = _explained(live, found) if found else {}
    return render(
        "alert_why.html",
        live=live,
        rules=offered,
        asked=asked,
        people_watched=people,
        without_record=record == NO_RECORD and not people,
        unsaid=unsaid,
        fault=fault,
        found=found,
        **shown,
    )


def _people_of(live: Live, watched: AlertRuleDef | None) -> list[tuple[int, str]]:
    """Return the people whom a rule about people watches, as far as the viewer may know of them, by name."""
    if watched is None or not watched.is_about_people:
        return []
    ids = subject_ids(here.db(), live, watched, here.viewer(), here.now())
    return sorted(names_of(here.db(), ids).items(), key=lambda one: one[1])


def _explained(live: Live, found: Explained) -> dict[str, Any]:
    fields = visible_fields(live, found.form) if found.form in live.app.forms else {}
    speaker = Speaker(Look(live), fields)
    return {
        "title": subject_titles(live, found.form, [found.record_id]).get(found.record_id, _number_of(found.record_id)),
        "lines": [(_said(live, one), one.mood) for one in found.lines],
        "nodes": _tree(speaker, found.condition),
        "evidence": _tree(speaker, found.evidence) if found.evidence != found.condition else [],
        "people": [_reached(live, one) for one in found.people],
        "actions": [_action(one) for one in found.actions],
    }


def _number_of(record_id: int) -> str:
    return "" if record_id == NO_RECORD else f"#{record_id}"


def _tree(speaker: Speaker, stored: Mapping[str, Any] | None) -> list[Node]:
    return [speaker.stored(stored)] if stored else []


def _said(live: Live, one: Line) -> str:
    facts = {name: _fact(live, value) for name, value in one.said.facts.items()}
    return sentence(Fault(one.said.code, one.said.template, facts))


def _fact(live: Live, value: object) -> object:
    return _wall(live, value) if isinstance(value, datetime) else value


@dataclass(frozen=True)
class ReachedView:
    """One person of the explanation as a line of a table."""

    name: str
    via: str
    step: int
    channel: str
    state: str
    mood: str
    at: datetime | None
    note: str


def _reached(live: Live, one: Reached) -> ReachedView:
    if one.why_not:
        note = gettext(WHY_NOT[one.why_not])
        if one.why_not == "not_due" and one.due_at:
            note = gettext("due at %(at)s", at=_wall(live, one.due_at))
        return ReachedView(one.name, one.via, one.step + 1, "", gettext("not told"), "no", None, note)
    notes = [gettext(BUNDLES[one.bundle])] if one.bundle else []
    if one.state in ("queued", "bundled") and one.due_at:
        notes.append(gettext("due at %(at)s", at=_wall(live, one.due_at)))
    notes += [one.error] if one.error else []
    mood = {"sent": "yes", "grouped": "yes", "passed_on": "yes", "failed": "no"}.get(one.state, "")
    state = gettext(SENT.get(one.state, one.state))
    return ReachedView(
        one.name,
        one.via,
        one.step + 1,
        channel_name(one.channel) if one.channel else "",
        state,
        mood,
        one.sent_at or one.at,
        " · ".join(notes),
    )


def _action(row: Any) -> dict[str, str]:
    error = row.error or {}
    text = str(error.get("text") or "")
    if error.get("template"):
        text = sentence(Fault(str(error["code"]), str(error["template"]), dict(error.get("facts") or {})))
    state = gettext(SENT.get(row.state, row.state))
    return {"kind": row.kind, "state": state, "mood": {"done": "yes", "failed": "no"}.get(row.state, ""), "error": text}


# -- the journal ------------------------------------------------------------------------------------------------------


@bp.get("/a/<app_key>/alerts/journal")
def show_journal(app_key: str) -> Response:
    """List what fired, newest first; with `format=csv`, all of it as a file."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    wanted, fault = _filters(live)
    if request.args.get("format") == "csv" and not fault:
        return _file(live, wanted)
    before = whole_number(request.args.get("before", ""))
    entries = journal(here.db(), live, here.viewer(), wanted, before=before) if not fault else []
    kept = {name: value for name, value in request.args.items() if name not in ("before", "format")}
    older: dict[str, Any] = {**kept, "before": entries[-1].id} if len(entries) == PAGE else {}
    more = url_for("alerts.show_journal", app_key=app_key, **older) if older else ""
    return render(
        "alert_journal.html",
        live=live,
        entries=_views(live, entries),
        kept=kept,
        fault=fault,
        more=more,
        rules=sorted(live.app.alerts.values(), key=lambda rule: rule.key),
        people=everybody(here.db()),
        states=STATES,
    )


@dataclass(frozen=True)
class EntryView:
    """One episode as the journal draws it."""

    entry: Entry
    label: object
    title: str
    state: str
    when: str
    reason: str
    messages: Sequence[tuple[str, str, str, str, str]]
    actions: Sequence[Mapping[str, str]]
    why_url: str
    record_url: str


def _views(live: Live, entries: Sequence[Entry]) -> list[EntryView]:
    named: dict[str, Mapping[int, str]] = {}
    for form in {one.alert.form for one in entries}:
        ids = {one.alert.record_id for one in entries if one.alert.form == form}
        named[form] = subject_titles(live, form, ids)
    return [_view(live, one, named) for one in entries]


def _view(live: Live, one: Entry, named: Mapping[str, Mapping[int, str]]) -> EntryView:
    alert, rule = one.alert, live.app.alerts.get(one.alert.rule)
    place: dict[str, Any] = {"app_key": live.key, "form_key": alert.form, "record_id": alert.record_id}
    moment = _wall(live, one.fired_at)
    is_there = bool(alert.form) and alert.record_id in named.get(alert.form, {})
    return EntryView(
        entry=one,
        label=rule.label if rule else alert.rule,
        title=named.get(alert.form, {}).get(alert.record_id, _number_of(alert.record_id)),
        state=gettext(STATES.get(one.state, one.state)),
        when=moment + (f" – {_wall(live, one.resolved_at)}" if one.resolved_at else ""),
        reason=sentence(one.reason),
        messages=[_message(row, name) for row, name in one.messages],
        actions=[_action(row) for row in one.actions],
        why_url=url_for("alerts.why", app_key=live.key, rule=alert.rule, record=alert.record_id, at=moment)
        if rule
        else "",
        record_url=url_for("records.show", **place) if is_there else "",
    )


def _message(row: Any, name: str) -> tuple[str, str, str, str, str]:
    mood = {"sent": "yes", "grouped": "yes", "passed_on": "yes", "failed": "no"}.get(row.state, "")
    return name, channel_name(row.channel), gettext(SENT.get(row.state, row.state)), mood, row.error or ""


def _filters(live: Live) -> tuple[Filters, str]:
    """Read the filters; a moment that cannot be read is said, not guessed."""
    given, days = request.args, []
    for name in ("since", "until"):
        text = given.get(name, "")
        try:
            day = datetime.fromisoformat(text[:10]).replace(tzinfo=here.zone(live)) if text else None
        except ValueError:
            return Filters(), gettext("“%(text)s” is no date.", text=text[:40])
        days.append(day)
    until = days[1] + timedelta(days=1) if days[1] else None
    return Filters(
        rule=given.get("rule", ""),
        state=given.get("state", "") if given.get("state", "") in STATES else "",
        record_id=whole_number(given.get("record", "")),
        person_id=whole_number(given.get("person", "")),
        since=days[0],
        until=until,
        failed=bool(given.get("failed")),
    ), ""


def _file(live: Live, wanted: Filters) -> Response:
    db, user = here.db(), here.viewer()

    def written() -> Iterator[str]:
        for line in lines(db, live, user, wanted):
            kept = io.StringIO()
            csv.writer(kept).writerow([_harmless(cell) for cell in line])
            yield kept.getvalue()

    name = f"{live.key}-alerts.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(here.streamed(written()), mimetype="text/csv", headers=headers)


def _harmless(cell: str) -> str:
    """Keep a sheet from taking a text for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


# -- common -----------------------------------------------------------------------------------------------------------


def whole_number(text: str) -> int | None:
    """Return a number that was typed, with or without a #; None for anything else."""
    text = text.strip().lstrip("#")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _moment(live: Live, text: str) -> tuple[datetime, str]:
    """Return a moment on the wall of the app; now without one."""
    if not text:
        return here.now(), ""
    try:
        found = datetime.fromisoformat(text)
        zone = ZoneInfo(live.app.context.time_zone)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(here.now().tzinfo), ""
    except (ValueError, OverflowError):
        return here.now(), gettext("“%(text)s” is no date and time.", text=text[:40])


def _wall(live: Live, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(live.app.context.time_zone)):%Y-%m-%dT%H:%M:%S}".replace("T", " ")
