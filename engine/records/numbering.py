"""Serial numbers: given to new records right before they are stored, whatever way they come in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from engine.records.computing import compute_own
from engine.records.counter_rows import Counter
from engine.records.writing import Draft, Writing
from forms.defs import FieldDef
from forms.serials import NumberPattern, number_pattern, scope_of


@dataclass(frozen=True)
class Numbering:
    """One serial field of one form."""

    app_key: str
    form: str
    field: FieldDef

    @property
    def pattern(self) -> NumberPattern:
        """Return what its numbers look like."""
        return number_pattern(str(self.field.params["pattern"]))

    @property
    def reset(self) -> str:
        """Return when its counter begins anew."""
        return str(self.field.params.get("reset") or self.pattern.finest)

    @property
    def gap_free(self) -> bool:
        """Tell whether no number may be left out."""
        return self.field.params.get("gap_free") is True

    @property
    def start(self) -> int:
        """Return the first number."""
        return int(str(self.field.params.get("start", 1)))


def assign(writing: Writing, drafts: Sequence[Draft]) -> None:
    """Give every serial field of new records its number, and work out anew what is computed from it.

    Numbers that an import brings are kept; the counter goes on behind them.
    """
    fields = [field for field in writing.form.fields if field.type.assigned]
    for field in fields:
        _number(writing, Numbering(writing.live.key, writing.key, field), drafts)
    for draft in drafts if fields else ():
        draft.env |= {field.key: draft.new[field.key] for field in fields}
        compute_own(writing.live, writing.form, draft.new, draft.env)


def _number(writing: Writing, numbering: Numbering, drafts: Sequence[Draft]) -> None:
    key, zone = numbering.field.key, ZoneInfo(writing.live.app.context.time_zone)
    scopes: dict[str, list[tuple[Draft, date]]] = defaultdict(list)
    for draft in drafts:
        day = _moment(writing, draft).astimezone(zone).date()
        scopes[scope_of(numbering.reset, day)].append((draft, day))
    for scope, held in sorted(
        scopes.items()
    ):  # in one order, so that two writers never wait for each other in a circle
        brought = [numbering.pattern.number_of(str(draft.new[key]), day) for draft, day in held if draft.new.get(key)]
        open_ = [(draft, day) for draft, day in held if draft.new.get(key) is None]
        reached = max((number for number in brought if number is not None), default=None)
        last = _raised(writing.session, numbering, scope, len(open_), reached) if open_ or reached is not None else 0
        for number, (draft, day) in enumerate(open_, last - len(open_) + 1):
            draft.new[key] = numbering.pattern.written(number, day)


def _moment(writing: Writing, draft: Draft) -> datetime:
    at = draft.new.get("created_at")
    return at if isinstance(at, datetime) else writing.now


def _raised(session: Session, numbering: Numbering, scope: str, count: int, reached: int | None) -> int:
    """Raise a counter behind `reached` and by `count`, and return it.

    Without gaps the row stays locked until the transaction ends, and a rollback takes its numbers back. Otherwise, on
    PostgreSQL, a connection of its own raises it at once, and nobody waits; SQLite has one writer at a time anyway.
    """
    bind = session.get_bind()
    assert isinstance(bind, sa.Engine | sa.Connection)
    statement = _statement(bind.dialect.name, numbering, scope, count, reached)
    if numbering.gap_free or bind.dialect.name == "sqlite":
        return int(session.execute(statement).scalar_one())
    apart = sa.create_engine(bind.engine.url, poolclass=NullPool)
    with apart.begin() as connection:
        return int(connection.execute(statement).scalar_one())


def _statement(dialect: str, numbering: Numbering, scope: str, count: int, reached: int | None) -> sa.Executable:
    floor = max(numbering.start - 1, -1 if reached is None else reached)
    row: Mapping[str, object] = {
        "app_key": numbering.app_key,
        "form": numbering.form,
        "field": numbering.field.key,
        "scope": scope,
        "value": floor + count,
    }
    insert = postgresql.insert(Counter) if dialect == "postgresql" else sqlite.insert(Counter)
    was = Counter.value if reached is None else sa.case((Counter.value < reached, reached), else_=Counter.value)
    return (
        insert.values(row)
        .on_conflict_do_update(index_elements=["app_key", "form", "field", "scope"], set_={"value": was + count})
        .returning(Counter.value)
    )
