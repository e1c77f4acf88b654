"""What episodes say: fires per day and person, the noisiest records, how long each lasted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.alerts import audience
from engine.alerts.audience import Audience
from engine.alerts.backtest.episodes import Episode
from engine.alerts.backtest.moments import MomentSource, listed_pairs
from engine.alerts.facts import Facts, chunks
from engine.alerts.holding import reads_of, subjects_of, watch_of
from engine.alerts.state import steps_of
from engine.config.defs import AlertRuleDef
from engine.people import User
from engine.sql.names import read_columns

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Records named as the noisiest, episodes listed, people named.
NOISY, LISTED, PEOPLE = 20, 200, 50
#: Upper bounds of the lengths of episodes, in hours; the last is open.
LENGTHS = (1, 8, 24, 72, 168, 720)


class _Then(Audience):
    """People as the record named them then; whoever has left since is not counted."""

    def _may_read(self, user: User) -> set[int]:  # noqa: ARG002
        return set(self.facts)


def people_of(session: Session, live: Live, rule: AlertRuleDef, episodes: Sequence[Episode]) -> Counter[int]:
    """Return how often each person would have been told when an episode began: by what the record said then."""
    steps = [step for step in steps_of(rule) if step.after_minutes == 0 and step.after is None]
    found: Counter[int] = Counter()
    for part in _parts(episodes):
        pairs = [(one.record_id, one.fired_at) for one in part]
        facts = facts_then(session, live, rule, pairs) if rule.form else _subjects(session, live, rule, part)
        asked = _Then(session, live, rule, facts, part[-1].fired_at)
        for number in facts:
            found.update({user.id: 1 for step in steps for user in asked.of(step, number) if user.id is not None})
    return found


def _subjects(session: Session, live: Live, rule: AlertRuleDef, part: Sequence[Episode]) -> dict[int, Facts]:
    """Return what recipients of rules without records are read from at each moment; people are as they are today."""
    zone = ZoneInfo(live.app.context.time_zone)
    clocks = [{"now": one.fired_at, "today": one.fired_at.astimezone(zone).date()} for one in part]
    if not rule.is_about_people:
        return dict(enumerate(clocks))
    known = subjects_of(watch_of(session, live, rule, part[-1].fired_at), {one.record_id for one in part})
    return {n: {**known[one.record_id], **clocks[n]} for n, one in enumerate(part) if one.record_id in known}


def _parts(episodes: Sequence[Episode]) -> Iterable[Sequence[Episode]]:
    return ([episodes[place] for place in part] for part in chunks(range(len(episodes))))


def facts_then(
    session: Session, live: Live, rule: AlertRuleDef, pairs: Sequence[tuple[int, datetime]], *, alive: bool = False
) -> dict[int, Facts]:
    """Return number of the pair -> what the record said at that moment; with `alive` only of those not deleted then."""
    paths = set(reads_of(rule)) | audience.paths_of(rule)
    return _facts(session, live, rule.form, pairs, paths, alive=alive)


def then(
    session: Session, live: Live, form: str, record_id: int, at: datetime, paths: Iterable[tuple[str, ...]]
) -> Facts:
    """Return what one record said at a moment; nothing when it was not there."""
    return _facts(session, live, form, [(record_id, at)], paths, alive=True).get(0, {})


def _facts(
    session: Session,
    live: Live,
    form: str,
    pairs: Sequence[tuple[int, datetime]],
    paths: Iterable[tuple[str, ...]],
    *,
    alive: bool,
) -> dict[int, Facts]:
    if not pairs:
        return {}
    dialect, zone = session.get_bind().dialect.name, live.app.context.time_zone
    moments = listed_pairs(pairs, zone)
    source = MomentSource(live, form, dialect, moments, by_record=True)
    columns = read_columns(source, frozenset(paths) | {("now",), ("today",)})
    query = source.select(moments.c.number, *columns.values(), deleted=not alive)
    constants = dict(source.constants)
    return {row[0]: constants | dict(zip(columns, row[1:], strict=True)) for row in session.execute(query)}


def figures(
    episodes: Sequence[Episode], people: Mapping[int, int], start: datetime, end: datetime, zone: str
) -> dict[str, Any]:
    """Return everything that is shown of one rule, as JSON."""
    fired = [one for one in episodes if not one.carried]
    lengths = [((one.ended_at or end) - one.fired_at).total_seconds() / 3600 for one in episodes]
    return {
        "fires": len(fired),
        "carried": len(episodes) - len(fired),
        "open_at_end": sum(1 for one in episodes if one.ended_at is None),
        "records": len({one.record_id for one in episodes}),
        "days": _per_day(fired, start, end, zone),
        "people": [[person, count] for person, count in Counter(people).most_common(PEOPLE)],
        "noisiest": [[id_, count] for id_, count in Counter(one.record_id for one in fired).most_common(NOISY)],
        "lengths": _lengths(lengths),
        "median_hours": round(median(lengths), 2) if lengths else None,
        "longest_hours": round(max(lengths), 2) if lengths else None,
        "episodes": [_row(one) for one in episodes[-LISTED:]],
    }


def _per_day(fired: Sequence[Episode], start: datetime, end: datetime, zone: str) -> list[list[Any]]:
    local = ZoneInfo(zone)
    counts = Counter(one.fired_at.astimezone(local).date() for one in fired)
    first, last = start.astimezone(local).date(), end.astimezone(local).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [[day.isoformat(), counts.get(day, 0)] for day in days]


def _lengths(hours: Sequence[float]) -> list[list[Any]]:
    """Return [up to so many hours (None: longer), how many]."""
    counts: Counter[int | None] = Counter(next((bound for bound in LENGTHS if one <= bound), None) for one in hours)
    return [[bound, counts.get(bound, 0)] for bound in (*LENGTHS, None)]


def _row(one: Episode) -> dict[str, Any]:
    ended = one.ended_at.isoformat() if one.ended_at else None
    return {"record": one.record_id, "fired_at": one.fired_at.isoformat(), "ended_at": ended, "carried": one.carried}
