"""`steerway alerts why`, `try` and `backtest`: the same answers as the screens, as JSON."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.alerts.backtest.draft import draft_rule
from engine.alerts.backtest.task import MOST_DAYS, start_backtest
from engine.alerts.explain import Explained, explain
from engine.alerts.trying import Message, dry_run
from engine.db import Session, sessionmaker
from engine.errors import EngineError, NotFound
from engine.jobs import Job
from engine.jobs.driving import drive
from engine.jobs.queue import told
from engine.people import SYSTEM, find_user
from engine.releases import Live, live
from rules.errors import Fault
from web.cli._base import database, faults_as_lines, moment, now_option, put, the_user


@click.command("why")
@click.argument("app")
@click.argument("rule")
@click.argument("record", default="0")
@click.option("--at", metavar="MOMENT", help="The moment asked about; now without it.")
@click.option("--as", "person", metavar="SIGN_IN", help="What this person may be told; everything without it.")
@now_option
def why(app: str, rule: str, record: str, at: str | None, person: str | None, now: str | None) -> None:
    """Say why RULE fired for RECORD of APP at a moment, or why nobody was told.

    Of a rule about people, RECORD is a sign-in name; a rule that watches neither needs none.
    """
    with faults_as_lines(), database() as session:
        found = live(session, app)
        zone = found.app.context.time_zone
        today = moment(now, zone)
        when = moment(at, zone) if at else today
        user = the_user(session, person) if person else SYSTEM
        subject = _subject(session, found, rule, record)
        put(as_row(explain(session, found, rule, subject, when, user, today)))


def _subject(session: Session, found: Live, rule: str, typed: str) -> int:
    """Return the number of a record, or of a person named by the sign-in name."""
    watched = found.app.alerts.get(rule)
    if watched is not None and watched.is_about_people:
        return find_user(session, typed).id or 0
    try:
        return int(typed)
    except ValueError:
        raise NotFound("record", typed) from None


def as_row(found: Explained) -> dict[str, Any]:
    """Return an explanation as one object."""
    return {
        "rule": found.rule,
        "record": found.record_id,
        "at": found.at,
        "release": found.release,
        "fired": found.fired,
        "holds": found.holds,
        "lines": [{"code": one.said.code, "mood": one.mood, "text": one.said.text} for one in found.lines],
        "condition": found.condition,
        "evidence": found.evidence,
        "people": [_person(one) for one in found.people],
        "actions": [{"kind": one.kind, "state": one.state, "error": one.error} for one in found.actions],
    }


def _person(one: Any) -> dict[str, Any]:
    names = (
        "name",
        "via",
        "step",
        "channel",
        "state",
        "at",
        "due_at",
        "sent_at",
        "error",
        "bundle",
        "waits_for",
        "why_not",
    )
    return {name: getattr(one, name) for name in names}


@click.command("try")
@click.argument("app")
@click.argument("rule", default="")
@click.option("--draft", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with a rule as JSON.")
@now_option
def try_now(app: str, rule: str, draft: Path | None, now: str | None) -> None:
    """Say who would be told now by RULE of APP, or by a draft, on the records as they are; write nothing."""
    with faults_as_lines(), database() as session:
        found = live(session, app)
        tried = found.app.alerts.get(rule)
        if draft:
            found, tried = draft_rule(session, found, draft.read_text(encoding="utf-8"))
        if tried is None:
            raise NotFound("rule", rule)
        run = dry_run(session, found, tried, SYSTEM, moment(now, found.app.context.time_zone))
        put(
            {
                "rule": tried.key,
                "count": run.count,
                "records": run.records,
                "messages": [_said(m) for m in run.messages],
            }
        )


def _said(one: Message) -> dict[str, Any]:
    person, after = one.person.sign_in, one.step.after
    said = {"record": one.record_id, "person": person, "via": one.via, "channels": one.step.channels, "text": one.text}
    return said | ({after.unit: after.count} if after else {"minutes": one.step.after_minutes})


@click.command("backtest")
@click.argument("app")
@click.argument("rule", default="")
@click.option("--draft", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with a rule as JSON.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=30, show_default=True, help="How far back.")
@now_option
def backtest(app: str, rule: str, draft: Path | None, days: int, now: str | None) -> None:
    """Try RULE of APP, or a draft beside it, on the last days of history; put its figures."""
    with faults_as_lines(), database() as session:
        found = live(session, app)
        end = moment(now, found.app.context.time_zone)
        text = draft.read_text(encoding="utf-8") if draft else ""
        job_id = start_backtest(session, found, rule, days, SYSTEM, end, draft=text).id
        session.commit()
        put(_driven(sessionmaker(session.get_bind()), job_id, end))


def _driven(maker: Any, job_id: int, end: datetime) -> dict[str, Any]:
    state = drive(maker, job_id, lambda: end, f"cli/{job_id}")
    with maker() as session:
        job = session.get_one(Job, job_id)
        if state != "done":
            said = told(job.error)
            raise EngineError(said if isinstance(said, Fault) else Fault("backtest.failed", said or state))
        return {name: value for name, value in dict(job.result).items() if name != "url"}
