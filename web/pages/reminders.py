"""`/preferences/reminders`: when the viewer is told, days away and who stands in, silences; and asking for silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine import rights
from engine.alerts import Alert, may_see
from engine.alerts.absences import absences_of, be_away, come_back
from engine.alerts.hushes import end_silence, silence, silences_of
from engine.alerts.wish_rows import Silence
from engine.alerts.wishes import Wishes, keep_wishes, wishes_of
from engine.audit import note
from engine.clock import Clock
from engine.config.defs import HoursDef
from engine.errors import EngineError, NotFound, Refused
from engine.people import everybody
from engine.releases import Live, apps
from forms.dates import read_date
from rules.errors import N_
from web import here, i18n
from web.errors import sentence
from web.render import go, render
from web.rule_words import words
from web.shell import toast
from web.words import gettext

bp = Blueprint("reminders", __name__)
DAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
SPANS = {"hours": N_("4 hours"), "morning": N_("until tomorrow, 09:00"), "week": N_("one week"), "month": N_("30 days")}
DIGESTS = {"": N_("At once"), "daily": N_("Once a day"), "weekly": N_("Once a week")}


def _told(label: object) -> str:
    return str(i18n.told(label))


@dataclass(frozen=True)
class RuleChoice:
    """A rule whose messages may come otherwise than all others."""

    key: str
    label: str
    chosen: str


@dataclass(frozen=True)
class SilenceLine:
    """A silence that is not over."""

    id: int
    label: str
    until: datetime
    is_own: bool
    may_end: bool


@bp.get("/preferences/reminders")
def show() -> Response:
    """Show what is chosen."""
    return _page({})


@bp.post("/preferences/reminders/when")
def keep() -> Response:
    """Keep quiet hours and digests."""
    form = request.form
    day = form.get("digest_day", "1")
    wanted = Wishes(
        quiet_from=form.get("quiet_from", "").strip(),
        quiet_to=form.get("quiet_to", "").strip(),
        working_hours=bool(form.get("working_hours")),
        digest=form.get("digest", ""),
        digest_at=form.get("digest_at", "").strip() or "09:00",
        digest_day=int(day) if day.isascii() and day.isdigit() and len(day) == 1 else 0,
        rules={one.key: form.get(f"rule-{one.key}", "") for one in _rules(Wishes())},
    )
    try:
        keep_wishes(here.db(), here.viewer().id or 0, wanted)
    except EngineError as error:
        return _page({one.field: sentence(one) for one in error.faults}, wanted=wanted, status=422)
    return _done(gettext("Saved"))


@bp.post("/preferences/reminders/absences")
def leave() -> Response:
    """Write down days away."""
    first, last = read_date(request.form.get("starts_on", "")), read_date(request.form.get("ends_on", ""))
    faults = {} if first else {"starts_on": gettext("Which day?")}
    faults |= {} if last else {"ends_on": gettext("Which day?")}
    other = request.form.get("substitute", "")
    try:
        if first and last:
            substitute = int(other) if other.isascii() and other.isdigit() and len(other) < 15 else None
            be_away(here.db(), here.viewer().id or 0, first, last, substitute, here.now())
            _note_away("substitute_set", starts_on=first, ends_on=last, substitute=substitute)
    except EngineError as error:
        faults |= {one.field: sentence(one) for one in error.faults}
    if faults:
        here.db().rollback()
        return _page(faults, status=422)
    return _done(gettext("Saved"))


@bp.post("/preferences/reminders/absences/<int:absence_id>/end")
def end_absence(absence_id: int) -> Response:
    """Forget days away."""
    come_back(here.db(), absence_id, here.viewer().id or 0)
    _note_away("substitute_removed")
    return _done(gettext("Removed"))


def _note_away(verb: str, **facts: object) -> None:
    user = here.viewer()
    note(here.db(), kind="people", verb=verb, user=user, now=here.now(), subject=f"person:{user.id}", facts=facts)


@bp.post("/preferences/reminders/silences/<int:silence_id>/end")
def end(silence_id: int) -> Response:
    """End a silence; what became due in it is told."""
    found = here.db().get(Silence, silence_id)
    if found is None or not _may_end(found):
        raise NotFound("silence", silence_id)
    end_silence(here.db(), found, here.now())
    return _done(gettext("The silence is over"))


@bp.route("/inbox/<int:alert_id>/silence", methods=("GET", "POST"))
def ask(alert_id: int) -> Response:
    """Ask for silence about an alert's record or about its whole rule."""
    alert = here.db().get(Alert, alert_id)
    if alert is None or not may_see(here.db(), alert, here.viewer(), here.now()):
        raise NotFound("alert", alert_id)
    live = here.live_app(alert.app_key)
    if alert.rule not in live.app.alerts:
        raise NotFound("rule", alert.rule)
    faults: dict[str, str] = {}
    if request.method == "POST":
        try:
            _silence(live, alert)
        except Refused:
            raise
        except EngineError as error:
            here.db().rollback()
            faults = {one.field: sentence(one) for one in error.faults}
        else:
            return _done(gettext("There will be silence"))
    rule = live.app.alerts[alert.rule]
    about: dict[str, Any] = {
        "label": _told(rule.label),
        "lines": words(live, rule),
        "may_all": _may_all(live),
        "spans": SPANS,
    }
    return render("silence.html", alert=alert, faults=faults, status=422 if faults else 200, **about)


def _silence(live: Live, alert: Alert) -> None:
    own = request.form.get("whom", "me") != "all"
    if not own and not _may_all(live):
        raise Refused("silence", alert.rule)
    whole = request.form.get("what") == "rule" or not alert.form
    scope: dict[str, Any] = {} if whole else {"form": alert.form, "record_id": alert.record_id}
    until = _until(Clock(live.app.alerts[alert.rule].hours), request.form.get("until", ""))
    note = request.form.get("note", "")
    silence(here.db(), live, here.viewer(), here.now(), until, rule=alert.rule, own=own, note=note, **scope)


def _until(clock: Clock, span: str) -> datetime:
    """Return when a silence ends; an unknown choice ends before it begins, and is refused as such."""
    now = here.now()
    if span == "morning":
        return clock.at(clock.today(now) + timedelta(days=1), time(9))
    return now + {"hours": timedelta(hours=4), "week": timedelta(days=7), "month": timedelta(days=30)}.get(
        span, timedelta()
    )


def _may_all(live: Live) -> bool:
    return here.viewer().is_admin or rights.may(here.viewer(), "configure", live)


def _may_end(one: Silence) -> bool:
    user = here.viewer()
    if one.person_id is not None:
        return one.person_id == user.id
    return one.made_by == user.id or _may_all(here.live_app(one.app_key))


def _mine() -> list[Live]:
    """Return the apps in which the viewer has a part."""
    user = here.viewer()
    keys = [row.key for row in apps(here.db()) if user.is_admin or user.roles_in(row.key)]
    return [here.live_app(key) for key in keys]


def _rules(wanted: Wishes) -> list[RuleChoice]:
    return [
        RuleChoice(f"{live.key}/{rule.key}", _told(rule.label), wanted.rules.get(f"{live.key}/{rule.key}", ""))
        for live in _mine()
        for rule in live.app.alerts.values()
    ]


def _silences() -> list[SilenceLine]:
    user, found = here.viewer(), []
    for live in _mine():
        for one in silences_of(here.db(), live.key, here.now(), user.id):
            rule = live.app.alerts.get(one.rule or "")
            label = _told(rule.label) if rule else one.rule or gettext("Every rule")
            what = label if one.record_id is None else gettext("%(rule)s, for one record", rule=label)
            found.append(SilenceLine(one.id, what, one.until, one.person_id is not None, _may_end(one)))
    return found


def _today() -> date:
    zones = [live.app.context.time_zone for live in _mine()]
    return Clock(HoursDef(zones[0] if zones else "UTC")).today(here.now())


def _done(text: str) -> Response:
    here.db().commit()
    toast(text)
    return go(url_for("reminders.show"))


def _page(faults: dict[str, str], *, wanted: Wishes | None = None, status: int = 200) -> Response:
    user = here.viewer()
    chosen = wanted or wishes_of(here.db(), [user.id or 0]).get(user.id or 0, Wishes())
    names = {one.id: one.name for one in everybody(here.db())}
    people = [(one.id, one.name) for one in everybody(here.db()) if one.active and one.id != user.id]
    return render(
        "reminders.html",
        wishes=chosen,
        faults=faults,
        typed=request.form,
        rules=_rules(chosen),
        digests=DIGESTS,
        days=DAYS,
        absences=absences_of(here.db(), user.id or 0, _today()),
        names=names,
        people=people,
        silences=_silences(),
        status=status,
    )
