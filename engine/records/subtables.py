"""A record saved together with the rows of its sub-tables: one act, one transaction, every fault at its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import Refused
from engine.people.users import User
from engine.records import store
from engine.records.belonging import delete_rows
from engine.records.conditions import fill_defaults
from engine.records.events import Event
from engine.records.field_rights import check_stored
from engine.records.input import Input, read_inputs
from engine.records.inserting import insert_records
from engine.records.limits import check_limits
from engine.records.links import check_links
from engine.records.reach import within_reach
from engine.records.record import Record
from engine.records.table_rights import table_access
from engine.records.verbs import blank_draft, changed_draft, complete, finish, guarded, reread, write_change, write_new
from engine.records.writing import Draft, Writing, open_writing
from engine.releases.live import Live
from engine.rights import EDIT
from forms.defs import FormDef, SubTableDef
from forms.errors import FormError
from forms.fields._base import is_blank
from rules.errors import N_, Fault

#: Between the table, the row and the column in the place of a fault: `lines__12__amount`.
JOINT = "__"


@dataclass(frozen=True, slots=True)
class RowInput:
    """One row as it was typed; `token` names it in faults: its number, or a word for a new one."""

    token: str
    values: Input
    record: int | None = None
    version: int | None = None
    removed: bool = False

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing was typed into a new row, which then is none."""
        return self.record is None and all(is_blank(value) for value in self.values.values())


Tables = Mapping[str, Sequence[RowInput]]


def save(
    session: Session,
    live: Live,
    form: str,
    record_id: int | None,
    values: Input,
    tables: Tables,
    user: User,
    now: datetime,
    version: int | None = None,
    via: str = "form",
    note: str = "",
) -> Record:
    """Store a record and the rows of its sub-tables, or nothing; FormError with every fault of both.

    1. Write the record. 2. Check the rows of each table against it. 3. Write the rows. 4. Bring derived fields up to
    date and evaluate alert rules, once for all of it. Rows that are not named stay as they are.
    """
    with session.begin_nested():
        home, events, faults = _home(session, live, form, record_id, values, user, now, version, via, note)
        acts = []
        for key, rows in tables.items():
            table = live.form(form).tables_by_key[key]
            if rows and table_access(live, live.form(form), table, user) != EDIT:
                raise Refused("update", table.of)
            act = TableAct.open(session, live, table, home, user, now, via)
            act.prepare([row for row in rows if not row.is_blank])
            faults += act.faults()
            acts.append(act)
        if faults:
            raise FormError(*faults)
        assert home is not None
        for act in acts:
            events += act.write(note)
    writing = Writing(session, live, live.form(form), user, now.replace(microsecond=0), via, "update")
    finish(writing, events)
    return reread(writing, home)


def _home(
    session: Session,
    live: Live,
    form: str,
    record_id: int | None,
    values: Input,
    user: User,
    now: datetime,
    version: int | None,
    via: str,
    note: str,
) -> tuple[int | None, list[Event], list[Fault]]:
    """Write the record itself; what is wrong with it does not keep its rows from being checked."""
    try:
        if record_id is None:
            _, draft, events = write_new(session, live, form, values, user, now, via, note)
            return draft.id, list(events), []
        _, _, events = write_change(session, live, form, record_id, values, user, now, via, version, note)
    except FormError as error:
        return record_id, [], list(error.faults)
    return record_id, list(events), []


def removing_verb(form: FormDef) -> str:
    """Return the right that removing a row of this form from a table takes."""
    return "delete" if form.permissions else "update"


@dataclass
class TableAct:
    """What happens to the rows of one table."""

    table: SubTableDef
    writing: Writing
    home: int | None
    new: list[tuple[RowInput, Draft]] = field(default_factory=list)
    kept: list[tuple[RowInput, Draft]] = field(default_factory=list)
    gone: list[Draft] = field(default_factory=list)
    moved: list[Draft] = field(default_factory=list)
    #: Faults of rows that are no drafts, and of the table.
    noted: list[Fault] = field(default_factory=list)

    @classmethod
    def open(
        cls, session: Session, live: Live, table: SubTableDef, home: int | None, user: User, now: datetime, via: str
    ) -> TableAct:
        """Begin to write to a table."""
        form, moment = live.form(table.of), now.replace(microsecond=0)
        return cls(table, Writing(session, live, form, user, moment, via, "update", {table.via: home}), home)

    # -- checking ------------------------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[RowInput]) -> None:
        """Check the rows; every fault is noted, nothing is written."""
        self._open([verb for verb, any_ in self._verbs(rows) if any_])
        olds = self._olds(rows)
        inputs = [row for row in rows if not row.removed and (row.record is None or row.record in olds)]
        read = read_inputs(self.writing, [row.values for row in inputs])
        for row, (given, faults) in zip(inputs, read, strict=True):
            if row.record is None:
                self.new.append((row, blank_draft(self.writing, given, faults)))
            else:
                self.kept.append((row, changed_draft(self.writing, olds[row.record], given, faults)))
        self.gone = [self._deleted(olds[row.record]) for row in rows if row.removed and row.record in olds]
        self._default()
        self._number(rows, olds)
        self._complete()
        self._check_stale()
        self._check_count()

    @property
    def _removing(self) -> str:
        """Return the right that removing rows takes: where a form names no permissions it is an edit like any other."""
        return removing_verb(self.writing.form)

    def _verbs(self, rows: Sequence[RowInput]) -> list[tuple[str, bool]]:
        return [
            ("create", any(row.record is None for row in rows)),
            ("update", any(row.record is not None and not row.removed for row in rows)),
            (self._removing, any(row.removed and row.record is not None for row in rows)),
        ]

    def _open(self, verbs: Sequence[str]) -> None:
        """Ask for the rights that are needed, and hold the release."""
        one = self.writing
        for verb in verbs or ["read"]:
            held = open_writing(one.session, one.live, one.key, one.user, one.now, one.via, verb)
            self.writing = replace(held, fixed=one.fixed)

    def _olds(self, rows: Sequence[RowInput]) -> dict[int, dict[str, object]]:
        """Return id -> row of those that are still rows of this record and in sight; the others are noted."""
        ids = [row.record for row in rows if row.record is not None]
        found = store.locked_rows(self.writing.session, self.writing.table, ids) if ids else {}
        mine = {
            id_: row for id_, row in found.items() if row[self.table.via] == self.home and row["deleted_at"] is None
        }
        seen = within_reach(self.writing, list(mine.values()), "read")
        olds = {id_: row for (id_, row), sees in zip(mine.items(), seen, strict=True) if sees}
        for row in rows:
            if row.record is not None and row.record not in olds and not row.removed:
                template = N_("Somebody deleted this row meanwhile, or you may not see it.")
                self.noted.append(Fault("row.gone", template, field=self.place(row.token)))
        return olds

    def _deleted(self, old: dict[str, object]) -> Draft:
        return Draft({**old, "deleted_at": self.writing.now}, old)

    def _default(self) -> None:
        new = [draft for _, draft in self.new]
        check_links(self.writing, new)
        fill_defaults(self.writing, new)

    def _complete(self) -> None:
        new, kept = [draft for _, draft in self.new], [draft for _, draft in self.kept]
        check_stored(self.writing, kept)
        active = [*new, *(draft for draft in kept if draft.changed or draft.faults), *self.moved]
        if active:
            complete(replace(self.writing, leaving=tuple(self.gone)), active)
        else:
            check_limits(self.writing, self.gone)
        changed = [draft for draft in [*kept, *self.moved] if draft.changed]
        self._refuse(new, [draft.new for draft in new], "create")
        self._refuse(changed, [dict(draft.old or {}) for draft in changed], "update")
        self._refuse(changed, [draft.new for draft in changed], "update")
        self._refuse(self.gone, [dict(draft.old or {}) for draft in self.gone], self._removing)

    def _refuse(self, drafts: Sequence[Draft], rows: Sequence[Mapping[str, object]], verb: str) -> None:
        for draft, good in zip(drafts, within_reach(self.writing, rows, verb), strict=True):
            if not good and not any(fault.code == "refused" for fault in draft.faults):
                facts = {"verb": verb, "what": self.writing.key}
                draft.faults.append(Fault("refused", N_("You may not {verb} {what} with these values."), facts))

    def _check_stale(self) -> None:
        """Note a fault on each changed row that somebody else changed since it was read."""
        for row, draft in self.kept:
            if row.version is None or draft.old is None or draft.old["version"] == row.version or not draft.changed:
                continue
            template = N_("Somebody changed this row meanwhile. Saving again keeps what is typed here.")
            self.noted.append(Fault("row.stale", template, field=self.place(row.token)))

    def _check_count(self) -> None:
        table = self.table
        stored = self._stored_count() if self.home is not None else 0
        count = stored + len(self.new) - len(self.gone)
        if count < table.min_rows:
            template = N_("At least {min} rows are needed; there are {count}.")
            self.noted.append(Fault("table.min", template, {"min": table.min_rows, "count": count}, field=table.key))
        if count > table.max_rows and self.new:
            template = N_("At most {max} rows are allowed; there are {count}.")
            self.noted.append(Fault("table.max", template, {"max": table.max_rows, "count": count}, field=table.key))

    def _stored_count(self) -> int:
        columns = self.writing.table.c
        mine = sa.and_(columns[self.table.via] == self.home, columns.deleted_at.is_(None))
        return self.writing.session.scalar(sa.select(sa.func.count()).where(mine)) or 0

    # -- order ---------------------------------------------------------------------------------------------------

    def _number(self, rows: Sequence[RowInput], olds: Mapping[int, Mapping[str, object]]) -> None:
        """Give the rows numbers in the order in which they were sent; rows that were not sent keep their places."""
        key = self.table.order
        if not key:
            return
        drafts = {row.token: draft for row, draft in [*self.new, *self.kept]}
        sent = [drafts[row.token] for row in rows if row.token in drafts]
        last = max((place for place, draft in enumerate(sent) if draft.old is not None), default=-1)
        others = self._others([*olds])
        line = [*sent[: last + 1], *others, *sent[last + 1 :]]
        highest = 0.0
        for draft in line:
            number = draft.new.get(key)
            if not isinstance(number, int | float) or number <= highest:
                number = float(int(highest) + 1)
                draft.new[key] = number
                draft.given.pop(key, None)
            highest = float(number)
        self.moved = [draft for draft in others if draft.changed]

    def _others(self, sent: Sequence[int]) -> list[Draft]:
        """Return drafts of the rows that were not sent, in their order; only their numbers are ever changed."""
        if self.home is None:
            return []
        columns = self.writing.table.c
        mine = sa.and_(columns[self.table.via] == self.home, columns.deleted_at.is_(None))
        ids = set(self.writing.session.scalars(sa.select(columns.id).where(mine))) - set(sent)
        rows = store.locked_rows(self.writing.session, self.writing.table, ids) if ids else {}
        key = self.table.order
        ordered = sorted(rows.values(), key=lambda row: (row[key] is None, row[key] or 0, row["id"]))
        return [Draft(dict(row), row) for row in ordered]

    # -- outcome -------------------------------------------------------------------------------------------------

    def place(self, token: str, column: str = "") -> str:
        """Return where a fault stands: at a row, or at one of its cells."""
        return JOINT.join([self.table.key, token, *([column] if column else [])])

    def faults(self) -> list[Fault]:
        """Return everything that is wrong, each fault at its cell where that is in sight."""
        found = list(self.noted)
        for row, draft in [*self.new, *self.kept]:
            own = [fault for fault in draft.faults if fault.field != self.table.via]
            found += [replace(fault, field=self._cell(row.token, fault.field)) for fault in own]
        found += [replace(fault, field=self.table.key) for draft in [*self.gone, *self.moved] for fault in draft.faults]
        return found

    def _cell(self, token: str, key: str) -> str:
        return self.place(token, key if key in self.table.columns else "")

    def write(self, note: str) -> list[Event]:
        """Write what was checked: new rows, changed rows, deleted rows, each in one go."""
        events: list[Event] = []
        one, new = self.writing, [draft for _, draft in self.new]
        changed = [draft for draft in [*(draft for _, draft in self.kept), *self.moved] if draft.changed]
        if new:
            events += guarded(one, lambda: insert_records(one, new, note))
        if changed:
            events += guarded(one, lambda: store.update_records(one, changed, "update", note))
        if self.gone:
            events += delete_rows(one, [draft.id for draft in self.gone], note)
            events += store.update_records(one, self.gone, "delete", note)
        return events
