"""How many records of a form each of many people may read: people of whom the conditions read the same are counted once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import rights
from engine.design.impact.apart import apart
from engine.people.users import User
from engine.sql.functions import NoSqlForm
from engine.sql.source import Source
from rules.errors import N_, Fault, SteerwayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.releases.live import Live

#: People counted in one pass over a form, and counted at all.
AT_ONCE, MOST = 40, 400


@dataclass(frozen=True)
class Who:
    """What the conditions of a form read of a person: alike for whom they let read the same records."""

    roles: frozenset[str]
    facts: tuple[object, ...]

    @classmethod
    def of(cls, user: User, counts: Counts) -> Who:
        """Return what tells a person's records apart from those of others."""
        if counts.live is None or counts.form not in counts.live.app.forms:
            return cls(frozenset(), ())
        roles = user.roles_in(counts.live.key)
        conditions = rights.row_condition(counts.live, counts.form, user, "read")
        paths = sorted({path for one in conditions if one for path in one.reads if path[0] == "me"})
        source = counts.source(user)
        named = [source.constants.get(".".join(path), (path, user.id)) for path in paths]
        return cls(roles, tuple(named))


@dataclass
class Counts:
    """Counts the records of one form under one release, in as few passes as can be."""

    session: Session
    live: Live | None
    form: str
    now: datetime
    why: Fault | None = None
    left_out: int = 0
    _asked: dict[Who, User] = field(default_factory=dict)

    def ask(self, user: User) -> None:
        """Note somebody to be counted for; beyond the most, they are only numbered."""
        who = Who.of(user, self)
        if who in self._asked or len(self._asked) < MOST:
            self._asked.setdefault(who, user)
        else:
            self.left_out += 1

    def answer(self) -> dict[Who, int]:
        """Return the counts of all who were asked for; without the form there is no record to read."""
        if self.live is None or self.form not in self.live.app.forms:
            return dict.fromkeys(self._asked, 0)
        found: dict[Who, int] = {}
        for part in self._parts():
            counted, why = apart(self.session, lambda part=part: self._count(part))  # type: ignore[misc]
            self.why = self.why or why
            found |= counted or {}
        return found

    def source(self, user: User) -> Source:
        """Return the form's records as asked by somebody."""
        assert self.live is not None
        dialect = self.session.get_bind().dialect.name
        return Source(self.live.app, self.live.tables, self.form, dialect, self.now, user)

    def _parts(self) -> list[list[tuple[Who, User]]]:
        """Cut those asked for into passes; who is asked through their manager gets one of their own."""
        listed = list(self._asked.items())
        alone = [[pair] for pair in listed if self._joins_manager(pair[1])]
        rest = [pair for pair in listed if not self._joins_manager(pair[1])]
        return [*(rest[first : first + AT_ONCE] for first in range(0, len(rest), AT_ONCE)), *alone]

    def _joins_manager(self, user: User) -> bool:
        assert self.live is not None
        conditions = rights.row_condition(self.live, self.form, user, "read")
        return any(path[:2] == ("me", "manager") for one in conditions if one for path in one.reads)

    def _count(self, part: Sequence[tuple[Who, User]]) -> dict[Who, int]:
        """Count for several people in one pass: the joins are the same, only who asks is not."""
        assert self.live is not None
        source = self.source(part[0][1])
        columns: list[sa.ColumnElement[Any]] = []
        for number, (_, user) in enumerate(part):
            source.user = user
            source.__dict__.pop("constants", None)
            try:
                seen = rights.row_filter(source, self.live, self.form, user, "read")
            except NoSqlForm as error:
                template = N_("The database cannot compute who sees which records here.")
                raise SteerwayError(Fault("impact.rights", template)) from error
            one = sa.case((seen, sa.literal_column("1")), else_=sa.literal_column("0"))
            columns.append(sa.func.coalesce(sa.func.sum(one), 0).label(f"c{number}"))
        row = self.session.execute(source.select(*columns, scan=True)).one()
        return {who: int(count) for (who, _), count in zip(part, row, strict=True)}
