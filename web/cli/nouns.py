"""Commands that read every noun as JSON Lines: apps, records, krs, measures, alerts, notifications, changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from engine.alerts.inbox import alerts_of, notifications_of, why
from engine.changes import changes_of
from engine.okr.drill import all_measures
from engine.okr.objectives import objectives
from engine.records import every
from engine.records.expressions import condition_from
from engine.releases import apps as all_apps
from engine.releases import releases as all_releases
from web.cli._base import (
    app_option,
    as_option,
    at_option,
    database,
    fault_row,
    faults_as_lines,
    moment,
    now_option,
    put,
    put_all,
    the_app,
    the_user,
)
from web.cli.alert_tools import backtest, try_now
from web.cli.alert_tools import why as why_command

if TYPE_CHECKING:
    from engine.changes import Change
    from engine.db import Session
    from engine.okr.objectives import KrValue, OkrValue
    from engine.releases import Live
    from engine.sql.measures import Figure
    from forms.defs import FieldDef, FormDef


@click.command("apps")
def apps() -> None:
    """List the apps with their live release."""
    with database() as session:
        for row in all_apps(session):
            put({"key": row.key, "label": row.label, "release": row.live_number, "created_at": row.created_at})


@click.command("releases")
@app_option
def releases(app_key: str | None) -> None:
    """List the releases of an app, the newest first."""
    with faults_as_lines(), database() as session:
        app = the_app(session, app_key)
        for row in all_releases(session, app.key):
            name = row.publisher.name if row.publisher else ""
            put({"release": row.number, "live": row.number == app.number, "person": name, **_columns(row, RELEASE)})


@click.command("records")
@click.argument("form")
@app_option
@click.option("--where", metavar="EXPR", help="Only records for which this condition holds.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@as_option
@at_option
@now_option
def records(
    form: str,
    app_key: str | None,
    where: str | None,
    limit: int | None,
    person: str | None,
    at: str | None,
    now: str | None,
) -> None:
    """List the records of FORM."""
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        user = the_user(session, person)
        zone = live.app.context.time_zone
        past = moment(at, zone, end_of_day=True) if at else None
        condition = condition_from(live, form, where, user) if where else None
        for record in every(session, live, form, user, moment(now, zone), where=condition, at=past, limit=limit):
            put({"id": record.id, "version": record.version, **as_json(live.form(form), record.values)})


def as_json(form: FormDef, values: Mapping[str, object]) -> dict[str, object]:
    """Return values as JSON holds them, each by its field's type."""
    return {
        key: form.by_key[key].type.to_json(form.by_key[key], value) if key in form.by_key else value
        for key, value in values.items()
        if key not in ("id", "version")
    }


@click.command("krs")
@app_option
@at_option
@now_option
@as_option
def krs(app_key: str | None, at: str | None, now: str | None, person: str | None) -> None:
    """List every key result with its value, score, health and where the number comes from."""
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        for _, page in _pages(session, live, at, now, person):
            for objective in page.objectives:
                for one in objective.key_results:
                    put({"okr": page.definition.key, "objective": objective.definition.key, **_kr(one)})


def _pages(
    session: Session, live: Live, at: str | None, now: str | None, person: str | None
) -> Iterator[tuple[str, OkrValue]]:
    zone = live.app.context.time_zone
    past = moment(at, zone, end_of_day=True) if at else None
    for key, okr in live.app.okrs.items():
        yield key, objectives(session, live, okr, the_user(session, person), moment(now, zone), past)


def _kr(one: KrValue) -> dict[str, object]:
    definition = one.definition
    return {
        "kr": definition.key,
        "label": definition.label.pick("en"),
        "unit": definition.unit,
        "type": definition.type,
        "current": one.current,
        "baseline": one.baseline,
        "target": one.target,
        "score": one.score,
        "progress": one.progress,
        "expected": one.expected,
        "weight": definition.weight,
        "health": one.health.color,
        "why_empty": fault_row(one.why_empty) if one.why_empty else None,
        "formula": definition.formula.text,
        "measures": {key: _figure(figure) for key, figure in one.measures.items()},
    }


def _figure(figure: Figure) -> object:
    found: dict[str, object] = {"value": figure.value, "count": figure.count}
    if figure.groups is not None:
        found["groups"] = [{"key": one.key, "value": one.value, "count": one.count} for one in figure.groups]
    return found


@click.command("measures")
@app_option
@at_option
@now_option
def measures(app_key: str | None, at: str | None, now: str | None) -> None:
    """List every measure with its figure, and its groups where it has any."""
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        zone = live.app.context.time_zone
        past = moment(at, zone, end_of_day=True) if at else None
        for one in all_measures(session, live, moment(now, zone), past):
            place = {"okr": one.okr, "kr": one.key_result, "measure": one.measure.key, "of": one.measure.of}
            put({**place, "agg": one.measure.agg, **_figure(one.figure)})  # type: ignore[dict-item]  # a figure is a mapping


@click.group("alerts", invoke_without_command=True)
@app_option
@click.option("--open", "only_open", is_flag=True, help="Only those that are firing or acknowledged.")
@click.option("--why", "with_why", is_flag=True, help="With every transition, its reason and the values it saw.")
@click.pass_context
def alerts(context: click.Context, app_key: str | None, only_open: bool, with_why: bool) -> None:
    """List the alerts with their state; or explain one, or try a rule on the past."""
    if context.invoked_subcommand is not None:
        return
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        for one in alerts_of(session, live.key, state="open" if only_open else ""):
            put({**_columns(one, ALERT), **({"events": [_event(e) for e in why(session, one)]} if with_why else {})})


ALERT = [
    "id",
    "rule",
    "form",
    "record_id",
    "severity",
    "state",
    "episode",
    "pending_since",
    "firing_since",
    "acknowledged_at",
    "resolved_at",
    "reason",
]
NOTIFICATION = [
    "id",
    "alert_id",
    "rule",
    "form",
    "record_id",
    "episode",
    "step",
    "channel",
    "severity",
    "subject",
    "text",
    "via",
    "state",
    "created_at",
    "sent_at",
    "read_at",
]


RELEASE = ["published_at", "reason", "checksum"]


def _event(event: object) -> dict[str, object]:
    found = _columns(event, ["at", "episode", "before", "after", "evidence", "person"])
    return {**found, "reason": event.reason.text}  # type: ignore[attr-defined]  # an Occurrence


def _columns(row: object, names: list[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


@click.command("notifications")
@app_option
def notifications(app_key: str | None) -> None:
    """List the notifications: who was told what, when, by which way."""
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        put_all({"person": name, **_columns(row, NOTIFICATION)} for row, name in notifications_of(session, live.key))


@click.command("changes")
@app_option
@click.option("--form", metavar="FORM", help="Only changes of records of this form.")
@click.option("--record", type=int, metavar="ID", help="Only changes of the record with this id.")
@click.option("--since", metavar="MOMENT", help="Only changes from this moment on.")
def changes(app_key: str | None, form: str | None, record: int | None, since: str | None) -> None:
    """List who changed what, when, and through what."""
    with faults_as_lines(), database() as session:
        live = the_app(session, app_key)
        start: datetime | None = moment(since, live.app.context.time_zone) if since else None
        for row, name in changes_of(session, live.key, form=form, record_id=record, since=start):
            found = _columns(
                row, ["id", "at", "via", "form", "record_id", "version", "verb", "diff", "note", "release"]
            )
            put({"person": name, **found, "diff": _diff(live, row)})


def _diff(live: Live, row: Change) -> dict[str, list[object]]:
    """Return what changed with amounts in their main unit, as records show them; of fields that are gone as it was kept."""
    form = live.app.forms.get(row.form or "")
    fields = form.by_key if form else {}
    return {key: [_shown(fields.get(key), one) for one in pair] for key, pair in (row.diff or {}).items()}


def _shown(field: FieldDef | None, value: object) -> object:
    if field is None or value is None or field.type.shown_as(field).key != "money":
        return value
    return field.type.to_json(field, value)


alerts.add_command(why_command)
alerts.add_command(backtest)
alerts.add_command(try_now)

COMMANDS: tuple[click.Command, ...] = (apps, releases, records, krs, measures, alerts, notifications, changes)
