"""`/a/<app>/alerts/…`: the journal of alerts, why one fired or did not at a moment, and rules tried on the past."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request, stream_with_context, url_for
from werkzeug.wrappers import Response

from engine.alerts.backtest.draft import rule_text
from engine.alerts.backtest.task import LIVE, MOST_DAYS, TRIED, is_testable, start_backtest
from engine.alerts.explain import Explained, Line, Reached, explain, rules_about
from engine.alerts.journal import PAGE, Entry, Filters, journal, lines, refuse_reader
from engine.errors import EngineError, NotFound
from engine.jobs import job_of
from engine.people import everybody
from engine.people.users import names_of
from engine.records.titles import titles
from engine.releases import Live
from engine.releases.refusals import note_refusals
from rules.errors import N_, Fault
from web import here
from web.alert_charts import bars
from web.errors import sentence
from web.explaining import Node, Speaker
from web.fields import visible_fields
from web.render import go, render
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
    record = _number(request.args.get("record", ""))
    at, fault = _moment(live, request.args.get("at", ""))
    found = None
    if rule and record and not fault:
        found = explain(here.db(), live, rule, record, at, here.viewer(), here.now())
    form = live.app.alerts[rule].form if rule in live.app.alerts else form
    offered = rules_about(live, form) if form in live.app.forms else list(live.app.alerts.values())
    asked = {"rule": rule, "record": request.args.get("record", "")[:20], "at": _wall(live, at)}
    shown = _explained(live, found) if found else {}
    offered = [one for one in offered if one.form]
    return render("alert_why.html", live=live, rules=offered, asked=asked, fault=fault, found=found, **shown)


def _explained(live: Live, found: Explained) -> dict[str, Any]:
    fields = visible_fields(live, found.form) if found.form in live.app.forms else {}
    speaker = Speaker(Look(live), fields)
    named = titles(here.db(), live, found.form, [found.record_id], here.viewer(), here.now())
    return {
        "title": named.get(found.record_id, f"#{found.record_id}"),
        "lines": [(_said(live, one), one.mood) for one in found.lines],
        "nodes": _tree(speaker, found.condition),
        "evidence": _tree(speaker, found.evidence) if found.evidence != found.condition else [],
        "people": [_reached(live, one) for one in found.people],
        "actions": [_action(one) for one in found.actions],
    }


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
        one.name, one.via, one.step + 1, one.channel, state, mood, one.sent_at or one.at, " · ".join(notes)
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
    before = _number(request.args.get("before", ""))
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
    for form in {one.alert.form for one in entries} & live.app.forms.keys():
        ids = {one.alert.record_id for one in entries if one.alert.form == form}
        named[form] = titles(here.db(), live, form, ids, here.viewer(), here.now())
    return [_view(live, one, named) for one in entries]


def _view(live: Live, one: Entry, named: Mapping[str, Mapping[int, str]]) -> EntryView:
    alert, rule = one.alert, live.app.alerts.get(one.alert.rule)
    place: dict[str, Any] = {"app_key": live.key, "form_key": alert.form, "record_id": alert.record_id}
    moment = _wall(live, one.fired_at)
    is_there = alert.record_id in named.get(alert.form, {})
    return EntryView(
        entry=one,
        label=rule.label if rule else alert.rule,
        title=named.get(alert.form, {}).get(alert.record_id, f"#{alert.record_id}" if alert.record_id else ""),
        state=gettext(STATES.get(one.state, one.state)),
        when=moment + (f" – {_wall(live, one.resolved_at)}" if one.resolved_at else ""),
        reason=sentence(one.reason),
        messages=[_message(row, name) for row, name in one.messages],
        actions=[_action(row) for row in one.actions],
        why_url=url_for("alerts.why", app_key=live.key, rule=alert.rule, record=alert.record_id, at=moment)
        if alert.form and rule
        else "",
        record_url=url_for("records.show", **place) if is_there else "",
    )


def _message(row: Any, name: str) -> tuple[str, str, str, str, str]:
    mood = {"sent": "yes", "grouped": "yes", "passed_on": "yes", "failed": "no"}.get(row.state, "")
    return name, row.channel, gettext(SENT.get(row.state, row.state)), mood, row.error or ""


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
        record_id=_number(given.get("record", "")),
        person_id=_number(given.get("person", "")),
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
    return Response(stream_with_context(written()), mimetype="text/csv", headers=headers)


def _harmless(cell: str) -> str:
    """Keep a sheet from taking a text for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


# -- the past ---------------------------------------------------------------------------------------------------------


@bp.get("/a/<app_key>/alerts/backtest")
def ask_backtest(app_key: str) -> Response:
    """Choose a rule, or write one, and how many days."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    rule = request.args.get("rule", "")
    text = rule_text(here.db(), live, rule) if rule else ""
    return _asked(live, rule, "30", text, {})


@bp.post("/a/<app_key>/alerts/backtest")
def begin_backtest(app_key: str) -> Response:
    """Start the work, and show how far it has come."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    rule, text, typed = (request.form.get(name, "") for name in ("rule", "draft", "days"))
    days = _number(typed)
    if not days or days > MOST_DAYS:
        said = gettext("Write a number of days from 1 to %(most)s.", most=MOST_DAYS)
        return _asked(live, rule, typed[:10], text, {"days": said}, 422)
    as_live = text.strip() and text.strip() == rule_text(here.db(), live, rule).strip()
    try:
        job = start_backtest(here.db(), live, rule, days, here.viewer(), here.now(), draft="" if as_live else text)
    except EngineError as error:
        if isinstance(error, NotFound) and rule:
            raise
        note_refusals(here.db(), live.key, error.faults, here.viewer(), here.now(), via="form")
        here.db().commit()
        said = " ".join(sentence(one) for one in error.faults if one.level == "error") or str(error)
        return _asked(live, rule, typed, text, {"draft": said}, 422)
    here.db().commit()
    return go(url_for("jobs.show", job_id=job.id))


def _asked(live: Live, rule: str, days: str, text: str, faults: Mapping[str, str], status: int = 200) -> Response:
    rules = sorted((one for one in live.app.alerts.values() if is_testable(one)), key=lambda one: one.key)
    asked = {"rule": rule, "days": days, "draft": text}
    return render("alert_backtest.html", live=live, rules=rules, asked=asked, faults=faults, status=status)


@bp.get("/a/<app_key>/alerts/backtest/<int:job_id>")
def show_backtest(app_key: str, job_id: int) -> Response:
    """Show what came of a backtest."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    job = job_of(here.db(), job_id) if job_id < 2**62 else None
    mine = job is not None and (job.user_id == here.viewer().id or here.viewer().is_admin)
    if job is None or not mine or job.task != "backtest" or job.app_key != live.key or job.state != "done":
        raise NotFound("job", job_id)
    result: dict[str, Any] = dict(job.result or {})
    key = str(job.payload["rule"])
    form = _form_of(live, key, str(job.payload["draft"]))
    runs = [(name, result[name]) for name in (TRIED, LIVE) if name in result]
    return render(
        "alert_backtest_result.html",
        live=live,
        job=job,
        rule_key=key,
        is_draft=bool(job.payload["draft"]),
        form=form,
        runs=runs,
        tried=result[TRIED],
        beside=result.get(LIVE),
        charts=[(name, bars(run["days"], _most(runs))) for name, run in runs],
        days=_days(runs),
        people=_people(runs),
        lengths=_lengths(runs),
        titles=_named(live, form, result),
    )


def _most(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> int:
    return max((count for _, run in runs for _, count in run["days"]), default=0)


def _days(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, list[int]]]:
    """Return the days on which anything fired, with the counts of each run."""
    columns = [dict(run["days"]) for _, run in runs]
    return [(day, [column.get(day, 0) for column in columns]) for day in columns[0] if any(c.get(day) for c in columns)]


def _people(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, list[int]]]:
    columns = [dict(run["people"]) for _, run in runs]
    ids = list(dict.fromkeys(person for column in columns for person in column))
    names = names_of(here.db(), ids) if ids else {}
    return [(names.get(one, f"#{one}"), [column.get(one, 0) for column in columns]) for one in ids]


def _lengths(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[float | None, list[int]]]:
    return [
        (bound, [run["lengths"][place][1] for _, run in runs]) for place, (bound, _) in enumerate(runs[0][1]["lengths"])
    ]


def _form_of(live: Live, key: str, draft: str) -> str:
    import json

    found = json.loads(draft).get("form") if draft else None
    return str(found or (live.app.alerts[key].form if key in live.app.alerts else ""))


def _named(live: Live, form: str, result: Mapping[str, Any]) -> Mapping[int, str]:
    ids = {row[0] for name in (TRIED, LIVE) if name in result for row in result[name]["noisiest"]}
    ids |= {row["record"] for row in result[TRIED]["episodes"]}
    return titles(here.db(), live, form, ids, here.viewer(), here.now()) if form in live.app.forms else {}


# -- common -----------------------------------------------------------------------------------------------------------


def _number(text: str) -> int | None:
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
