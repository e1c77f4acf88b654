"""`/a/<app>/alerts/backtest…`: a rule, live or still a draft, tried on the past and on the records as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.alerts import dry_run
from engine.alerts.backtest.draft import draft_rule, rule_text
from engine.alerts.backtest.task import LIVE, MOST_DAYS, TRIED, is_testable, start_backtest
from engine.alerts.journal import refuse_reader
from engine.errors import EngineError, NotFound
from engine.jobs import job_of
from engine.people.users import names_of
from engine.releases import Live
from engine.releases.refusals import note_refusals
from web import here
from web.alert_charts import bars
from web.channel_names import channel_name
from web.errors import sentence
from web.pages.alerts import whole_number
from web.render import go, render
from web.rule_words import delay, recipient, words
from web.subject_titles import subject_titles
from web.words import gettext

bp = Blueprint("backtests", __name__)


@bp.get("/a/<app_key>/alerts/backtest")
def ask(app_key: str) -> Response:
    """Choose a rule, or write one, and how many days."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    rule = request.args.get("rule", "")
    text = rule_text(here.db(), live, rule) if rule else ""
    return _asked(live, rule, "30", text, {})


@bp.post("/a/<app_key>/alerts/backtest")
def begin(app_key: str) -> Response:
    """Start the work, and show how far it has come."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    rule, text, typed = (request.form.get(name, "") for name in ("rule", "draft", "days"))
    days = whole_number(typed)
    if not days or days > MOST_DAYS:
        said = gettext("Write a number of days from 1 to %(most)s.", most=MOST_DAYS)
        return _asked(live, rule, typed[:10], text, {"days": said}, 422)
    try:
        draft = _draft(live, rule, text)
        job = start_backtest(here.db(), live, rule, days, here.viewer(), here.now(), draft=draft)
    except EngineError as error:
        return _refused(live, rule, typed, text, error)
    here.db().commit()
    return go(url_for("jobs.show", job_id=job.id))


@bp.post("/a/<app_key>/alerts/backtest/now")
def try_now(app_key: str) -> Response:
    """Say who would be told now by a live rule or a draft, on the records as they are; nothing is written."""
    live = here.live_app(app_key)
    refuse_reader(live, here.viewer())
    rule, text, days = (request.form.get(name, "") for name in ("rule", "draft", "days"))
    try:
        draft = _draft(live, rule, text)
        app, tried = draft_rule(here.db(), live, draft) if draft else (live, live.app.alerts.get(rule))
        if tried is None:
            raise NotFound("rule", rule)
        found = dry_run(here.db(), app, tried, here.viewer(), here.now())
    except EngineError as error:
        return _refused(live, rule, days, text, error)
    named = subject_titles(live, tried.form, found.records)
    more: dict[str, Any] = {"titles": named, "said": words(app, tried), "delay": delay}
    more |= {"whom": partial(recipient, app), "channel": channel_name}
    return _asked(live, rule, days, text or rule_text(here.db(), live, rule), {}, tried=tried, found=found, **more)


def _draft(live: Live, rule: str, text: str) -> str:
    """Return the text of a draft; nothing when it says what the live rule says."""
    return "" if text.strip() == rule_text(here.db(), live, rule).strip() else text.strip()


def _refused(live: Live, rule: str, days: str, text: str, error: EngineError) -> Response:
    """Say what is wrong with a draft beside it, and write down what was refused."""
    if isinstance(error, NotFound) and rule:
        raise error
    note_refusals(here.db(), live.key, error.faults, here.viewer(), here.now(), via="form")
    here.db().commit()
    said = " ".join(sentence(one) for one in error.faults if one.level == "error") or str(error)
    return _asked(live, rule, days, text, {"draft": said}, 422)


def _asked(
    live: Live, rule: str, days: str, text: str, faults: Mapping[str, str], status: int = 200, **found: Any
) -> Response:
    rules = sorted((one for one in live.app.alerts.values() if is_testable(one)), key=lambda one: one.key)
    asked = {"rule": rule, "days": days, "draft": text}
    return render("alert_backtest.html", live=live, rules=rules, asked=asked, faults=faults, status=status, **found)


@bp.get("/a/<app_key>/alerts/backtest/<int:job_id>")
def show(app_key: str, job_id: int) -> Response:
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
    found = json.loads(draft).get("form") if draft else None
    return str(found or (live.app.alerts[key].form if key in live.app.alerts else ""))


def _named(live: Live, form: str, result: Mapping[str, Any]) -> Mapping[int, str]:
    ids = {row[0] for name in (TRIED, LIVE) if name in result for row in result[name]["noisiest"]}
    ids |= {row["record"] for row in result[TRIED]["episodes"]}
    return subject_titles(live, form, ids)
