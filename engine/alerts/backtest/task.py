"""The backtest as lasting work: the rule, and beside a draft the rule that is live, portion by portion over the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.alerts.backtest.crossings import crossings, grid, is_look, portions
from engine.alerts.backtest.draft import draft_rule
from engine.alerts.backtest.episodes import Episode, Lives
from engine.alerts.backtest.figures import figures, people_of
from engine.alerts.backtest.stepping import walk
from engine.alerts.holding import has_events
from engine.config.defs import AlertRuleDef
from engine.errors import EngineError, NotFound, Refused
from engine.jobs import enqueue
from engine.jobs._base import task
from engine.people import User
from engine.releases.live import live as live_of
from engine.rights import may
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from engine.jobs_rows import Job
    from engine.releases.live import Live

#: Longest stretch of history, most episodes kept, and steps of time in one chunk of work.
MOST_DAYS, MOST_EPISODES, STEPS = 1100, 50_000, 100
TITLE = N_("Backtest of {rule} over {days} days")
#: Names of the two runs of one job.
TRIED, LIVE = "tried", "live"


def start_backtest(
    session: Session, live: Live, rule: str, days: int, user: User, now: datetime, *, draft: str = ""
) -> Job:
    """Enqueue a backtest of a live rule, or of a draft beside the live rule of the same key; return the job.

    Only those who configure the app may: it shows of whom and what a rule speaks, whatever they may read.
    """
    if not may(user, "configure", live):
        raise Refused("configure", live.key)
    tried = draft_rule(session, live, draft)[1] if draft.strip() else live.app.alerts.get(rule)
    if tried is None:
        raise NotFound("rule", rule)
    refuse_untestable(tried)
    span = max(1, min(days, MOST_DAYS))
    payload = {"app": live.key, "rule": tried.key, "draft": draft if draft.strip() else "", "days": span}
    payload |= {"start": (now - timedelta(days=span)).isoformat(), "end": now.isoformat()}
    title = Fault("backtest", TITLE, {"rule": tried.label, "days": span})
    return enqueue(session, "backtest", payload, user=user, now=now, app_key=live.key, title=title)


def refuse_untestable(rule: AlertRuleDef) -> None:
    """Raise for a rule whose past cannot be told from history: one that fires at a release."""
    if not rule.form and has_events(rule):
        template = N_("What a release changes is not kept as history; this rule cannot be tried on the past.")
        raise EngineError(Fault("backtest.kind", template, field="draft"))


@task("backtest")
def step(session: Session, job: Job, now: datetime) -> bool:  # noqa: ARG001
    """Do one portion of one run; at the end of the last one, write down the figures."""
    cursor = dict(job.cursor or {"run": 0, "runs": {}})
    runs = _runs(session, job.payload)
    name, live, rule = runs[cursor["run"]]
    state = dict(cursor["runs"].get(name) or {})
    more = portion(session, live, rule, job.payload, state)
    cursor["runs"] = {**cursor["runs"], name: state}
    if not more:
        state |= {"figures": _figures(session, live, rule, job.payload, state)}
        state.pop("episodes", None)
        state.pop("began", None)
        cursor["run"] += 1
    job.total, job.done = 100 * len(runs), _percent(cursor, len(runs))
    job.cursor = cursor
    if cursor["run"] < len(runs):
        return True
    url = f"/a/{live.key}/alerts/backtest/{job.id}"
    job.result = {"url": url, **{name: cursor["runs"][name]["figures"] for name, _, _ in runs}}
    job.cursor = {"run": cursor["run"], "runs": {}}
    return False


def _runs(session: Session, payload: Mapping[str, Any]) -> list[tuple[str, Live, AlertRuleDef]]:
    live = live_of(session, payload["app"])
    now_live = live.app.alerts.get(payload["rule"])
    beside = [(LIVE, live, now_live)] if now_live is not None and is_testable(now_live) else []
    if not payload["draft"]:
        if not beside:
            raise NotFound("rule", payload["rule"])
        return [(TRIED, live, beside[0][2])]
    return [(TRIED, *draft_rule(session, live, payload["draft"])), *beside]


def is_testable(rule: AlertRuleDef) -> bool:
    """Tell whether a rule can be tried on the past."""
    try:
        refuse_untestable(rule)
    except EngineError:
        return False
    return True


def portion(
    session: Session, live: Live, rule: AlertRuleDef, payload: Mapping[str, Any], state: dict[str, Any]
) -> bool:
    """Go one portion further; return True while there is more."""
    start, end = (datetime.fromisoformat(payload[name]) for name in ("start", "end"))
    lives = Lives(start, timedelta(minutes=rule.hold_minutes))
    lives.take_up(state.get("began", {}))
    found = [_episode(one) for one in state.get("episodes", [])]
    if rule.triggers:
        at = datetime.fromisoformat(state.get("at") or payload["start"])
        upto, fresh = walk(session, live, rule, at, end, lives, STEPS)
        state["at"], state["percent"] = upto and upto.isoformat(), _share(start, end, upto)
        more = upto is not None
    else:
        parts = portions(session, live, rule.form, grid(live, rule, start, end))
        place = int(state.get("part", 0))
        seen = crossings(session, live, rule, parts[place])
        if not is_look(rule, end, live.app.context.time_zone):  # nobody looked then: it is only where this ends
            seen = (one for one in seen if one.at < end)
        fresh = lives.pass_on(seen)
        state["part"], state["percent"] = place + 1, 100 * (place + 1) // len(parts)
        more = place + 1 < len(parts)
    found += fresh
    if not more:
        found += lives.still(end)
    if len(found) > MOST_EPISODES:
        template = N_("More than {count} alerts would have fired; choose fewer days.")
        raise EngineError(Fault("backtest.many", template, {"count": MOST_EPISODES}))
    state["began"], state["episodes"] = lives.kept(), [_stored(one) for one in found]
    return more


def _figures(
    session: Session, live: Live, rule: AlertRuleDef, payload: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    start, end = (datetime.fromisoformat(payload[name]) for name in ("start", "end"))
    episodes = sorted((_episode(one) for one in state["episodes"]), key=lambda one: (one.fired_at, one.record_id))
    people = people_of(session, live, rule, [one for one in episodes if not one.carried])
    return figures(episodes, people, start, end, live.app.context.time_zone)


def _share(start: datetime, end: datetime, upto: datetime | None) -> int:
    return 100 if upto is None else int(100 * ((upto - start) / (end - start)))


def _percent(cursor: Mapping[str, Any], runs: int) -> int:
    shares = [int(state.get("percent", 0)) for state in cursor["runs"].values()]
    return min(sum(shares), 100 * runs)


def _stored(one: Episode) -> list[Any]:
    return [value.isoformat() if isinstance(value, datetime) else value for value in asdict(one).values()]


def _episode(kept: list[Any]) -> Episode:
    since, fired_at, ended_at = (datetime.fromisoformat(one) if one else None for one in kept[1:4])
    assert since is not None
    assert fired_at is not None
    return Episode(kept[0], since, fired_at, ended_at, kept[4])
