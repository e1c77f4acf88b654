"""The names an expression may read about given records, as the flat mapping that the evaluators take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.people.rows import Person
from engine.people.users import User
from engine.releases.live import Live
from rules.checked import Checked
from rules.compiled import compiled
from rules.limits import MIN_NUMBER
from rules.moments import cut
from rules.rounding import half_away
from rules.types import Kind, Type

Values: TypeAlias = Mapping[str, object]
Path: TypeAlias = tuple[str, ...]
#: first name -> what is read behind it.
Tree: TypeAlias = dict[str, Any]

#: Ids asked for in one statement.
CHUNK = 1000


def reads_of(*expressions: Checked | None) -> frozenset[Path]:
    """Return every path that any of the expressions reads."""
    return frozenset(path for one in expressions if one is not None for path in one.reads)


def values_for(
    session: Session, live: Live, form: str, row: Values, reads: Iterable[Path], user: User | None, now: datetime
) -> dict[str, object]:
    """Return what expressions with these reads may name about one record, which need not be stored yet."""
    return values_for_many(session, live, form, [row], reads, user, now)[0]


def values_for_many(
    session: Session,
    live: Live,
    form: str,
    rows: Sequence[Values],
    reads: Iterable[Path],
    user: User | None,
    now: datetime,
) -> list[dict[str, object]]:
    """Return the same for many records: one query per reference followed, however many records there are."""
    fixed = constants(live, user, now)
    days = _days_by_entry(live, rows, now)
    made = [{**row, **fixed, "days_in_stage": days[row.get("stage_entered_at")]} for row in rows]
    tree = _tree(path for path in reads if len(path) > 1 and ".".join(path) not in fixed)
    _follow(session, live, now, live.app.shapes[form], [(env, env) for env in made], tree, "")
    return made


def constants(live: Live, user: User | None, now: datetime) -> dict[str, object]:
    """Return the names that are the same for every record: who asks, and when."""
    facts: dict[str, object] = {
        "me": user.id if user else None,
        "me.roles": user.roles_in(live.key) if user else frozenset(),
        "me.teams": frozenset({user.team} if user and user.team else ()),
        "today": now.astimezone(zone_of(live)).date(),
        "now": cut(now),
    }
    for name, value in (user.facts if user else {}).items():
        facts[f"me.{name}"] = value or None
    return facts


def zone_of(live: Live) -> ZoneInfo:
    """Return the time zone of an app."""
    return ZoneInfo(live.app.context.time_zone)


def holds(condition: Checked, values: Values) -> bool:
    """Tell whether a condition is met."""
    return compiled(condition)(values) is True


def evaluate(expression: Checked, values: Values) -> object:
    """Return the value of an expression; money comes as a number of major units."""
    return compiled(expression)(values)


def stored(value: object, type_: Type, decimals: int | None = None) -> object:
    """Return what a column keeps of an expression's value: money in minor units, numbers rounded half away from zero."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        if type_.kind is Kind.MONEY:
            return round(half_away(value, type_.scale) * 10**type_.scale)
        if type_.kind is Kind.NUMBER:
            number = float(value if decimals is None else half_away(value, decimals))
            return number if abs(number) >= MIN_NUMBER else 0.0
        return int(value)
    if isinstance(value, datetime):
        return cut(value)
    if isinstance(value, list | tuple | frozenset | set):
        return list(value) or None
    return value if value != "" else None


def days_in_stage(live: Live, row: Values, now: datetime) -> float | None:
    """Return the whole days between the dates of entering the stage and of now, in the app's time zone."""
    entered = row.get("stage_entered_at")
    if not isinstance(entered, datetime):
        return None
    zone = zone_of(live)
    return float((now.astimezone(zone).date() - entered.astimezone(zone).date()).days)


def _days_by_entry(live: Live, rows: Sequence[Values], now: datetime) -> dict[object, float | None]:
    """Return moment of entering a stage -> whole days since; many records entered theirs at one moment."""
    days: dict[object, float | None] = {}
    for row in rows:
        entered = row.get("stage_entered_at")
        if entered not in days:
            days[entered] = days_in_stage(live, row, now)
    return days


def _tree(paths: Iterable[Path]) -> Tree:
    tree: Tree = {}
    for path in paths:
        here = tree
        for name in path:
            here = here.setdefault(name, {})
    return tree


def _follow(
    session: Session,
    live: Live,
    now: datetime,
    shape: Mapping[str, Type],
    pairs: list[tuple[dict[str, object], Mapping[str, object]]],
    tree: Tree,
    prefix: str,
) -> None:
    """Fill in what lies behind references; a pair is the mapping to fill and the row whose names are read."""
    for name, behind in tree.items():
        type_ = Type(Kind.PERSON) if name == "me" and not prefix else shape.get(name)
        if not behind or type_ is None:
            continue
        key = f"{prefix}{name}"
        rows = _rows(session, live, type_, {row.get(name) for _, row in pairs}, behind)
        empty: Mapping[str, object] = {}
        found = [(env, rows.get(row.get(name), empty)) for env, row in pairs]
        for leaf in behind:
            for env, row in found:
                env[f"{key}.{leaf}"] = days_in_stage(live, row, now) if leaf == "days_in_stage" else row.get(leaf)
        next_shape = _PERSON_LINKS if type_.kind is Kind.PERSON else live.app.shapes.get(type_.form, {})
        _follow(session, live, now, next_shape, found, behind, f"{key}.")


_PERSON_LINKS: Mapping[str, Type] = {"manager": Type(Kind.PERSON)}


def _rows(
    session: Session, live: Live, type_: Type, ids: set[object], names: Iterable[str]
) -> dict[object, Mapping[str, object]]:
    """Return id -> the wanted columns, without deleted records; one statement per thousand ids."""
    wanted = sorted(one for one in ids if isinstance(one, int))
    found: dict[object, Mapping[str, object]] = {}
    for start in range(0, len(wanted), CHUNK):
        statement = _select(live, type_, wanted[start : start + CHUNK], names)
        found |= {row["id"]: row for row in session.execute(statement).mappings()}
    return found


def _select(live: Live, type_: Type, ids: list[int], names: Iterable[str]) -> sa.Select[Any]:
    if type_.kind is Kind.PERSON:
        person = {"manager": Person.manager_id.label("manager")}
        columns = [person[name] if name in person else getattr(Person, name) for name in names]
        return sa.select(Person.id, *columns).where(Person.id.in_(ids))
    table = live.tables.current(type_.form)
    wanted = {"stage_entered_at" if name == "days_in_stage" else name for name in names} - {"id"}
    columns = [table.c[name] for name in sorted(wanted)]
    return sa.select(table.c.id, *columns).where(table.c.id.in_(ids), table.c.deleted_at.is_(None))
