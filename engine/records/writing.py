"""What one act of writing carries along: who writes what, when and how, and the drafts of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session

from engine.config.defs import PipelineDef
from engine.db import kept, start_writing
from engine.errors import Refused, StaleRelease
from engine.people.users import User
from engine.records.graph import linked_forms
from engine.releases.live import Live
from engine.releases.rows import App
from engine.rights import field_access, may
from forms.defs import FieldDef, FormDef, Option
from forms.system import system_fields
from rules.errors import Fault
from rules.moments import cut
from rules.types import Type

#: How a record may come to be changed.
VIAS = ("form", "board", "import", "rule", "api", "cli", "job", "link", "restore", "clock", "sweep", "bulk")
#: Ways on which a person looks at the generated form: what it does not show is not taken from them.
SCREENS = frozenset({"form", "board", "link"})
#: System names that an import may set: where and whose a record already was in the system it comes from.
IMPORTED = frozenset({"stage", "stage_entered_at", "created_at", "created_by"})


@dataclass(frozen=True)
class Writing:
    """Who writes to which form, when and how; `verb` is the right that is asked for."""

    session: Session
    live: Live
    form: FormDef
    user: User
    now: datetime
    via: str
    verb: str
    #: Values that nobody types but the screen gives: the home record of a row.
    fixed: Mapping[str, object] = field(default_factory=dict)
    #: What expressions may read that is not stored yet: `home.discount` of a home record that is being typed.
    around: Mapping[str, object] = field(default_factory=dict)
    #: Records that go in the same act: limits do not count them any more.
    leaving: tuple[Draft, ...] = ()

    @property
    def key(self) -> str:
        """Return the form's key."""
        return self.form.key

    @cached_property
    def table(self) -> Table:
        """Return the form's table."""
        return self.live.tables.current(self.form.key)

    @cached_property
    def history(self) -> Table:
        """Return the form's history."""
        return self.live.tables.history(self.form.key)

    @cached_property
    def access(self) -> Mapping[str, str]:
        """Return hidden, read or edit by name, for the person who writes."""
        return field_access(self.live, self.form.key, self.user)

    @cached_property
    def birth(self) -> Mapping[str, object]:
        """Return what every new record begins with: owned by whoever creates it, in the first stage, its fields empty."""
        pipeline, user, now = self.live.pipeline(self.key), self.user.id, self.now
        birth: dict[str, object] = {
            "version": 1,
            "stage": pipeline.initial if pipeline else None,
            "stage_entered_at": now if pipeline else None,
            "owner": user,
            "created_at": now,
            "created_by": user,
            "updated_at": now,
            "updated_by": user,
            "deleted_at": None,
        }
        return {**birth, **dict.fromkeys(self.form.by_key)}

    @cached_property
    def usual(self) -> Mapping[str, object]:
        """Return what a new record holds where nothing was typed."""
        return {**self.birth, **{one.key: one.default for one in self.form.fields}}

    @cached_property
    def imports(self) -> bool:
        """Tell whether this is an import, which also brings stages, owners and creation dates with it."""
        return self.via == "import"

    def brings(self, key: str) -> bool:
        """Tell whether an import may set a name that nobody types: numbers given elsewhere need the right to configure."""
        field = self.form.by_key.get(key)
        given = field is not None and field.type.assigned and may(self.user, "configure", self.live, self.key)
        return self.imports and (key in IMPORTED or given)

    def slot(self, key: str) -> FieldDef | None:
        """Return the field or system name as a field."""
        return self.form.by_key.get(key) or self._system.get(key)

    @cached_property
    def _system(self) -> Mapping[str, FieldDef]:
        return system_slots(self.live, self.form.key)

    def type_of(self, key: str) -> Type | None:
        """Return the type of a name of the form."""
        return self.live.app.shapes[self.form.key].get(key)


@dataclass
class Draft:
    """A record on its way into the table: as it is stored, and as it is to be."""

    new: dict[str, object]
    old: Mapping[str, object] | None = None
    #: What was typed, by key, read into stored values.
    given: dict[str, object] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: What expressions may read about the new record.
    env: dict[str, object] = field(default_factory=dict)
    #: What it refers to was looked up.
    linked: bool = False
    #: Names whose value was checked against its field when it was read.
    checked: frozenset[str] = frozenset()
    #: Field rights on this very record, where they depend on it.
    access: Mapping[str, str] | None = None

    @property
    def changed(self) -> frozenset[str]:
        """Return the names whose value is not what it was."""
        old = self.old or {}
        return frozenset(key for key, value in self.new.items() if old.get(key) != value)

    @property
    def id(self) -> int:
        """Return the record's id; 0 before it is stored."""
        value = self.new.get("id") or 0
        assert isinstance(value, int)
        return value


def open_writing(session: Session, live: Live, form: str, user: User, now: datetime, via: str, verb: str) -> Writing:
    """Begin to write: the verb is allowed at all, and no other release goes live before the transaction ends."""
    writing = Writing(session, live, live.form(form), user, cut(now), via, verb)
    if not may(user, verb, live, form):
        raise Refused(verb, form)
    hold_release(session, live, form)
    return writing


_APP = App.__table__.c
_HELD = kept(
    sa.select(_APP.live_number).where(_APP.key == sa.bindparam("key")).with_for_update(key_share=True, read=True)
)


def hold_release(session: Session, live: Live, form: str | None = None) -> None:
    """Take the write lock (SQLite) or hold the app's row (PostgreSQL) until the transaction ends.

    Where values of this form's records follow from records elsewhere, or theirs from these, its writers also take
    turns: what one of them works out is never older than what the others wrote, and no two wait for each other.
    """
    start_writing(session)
    if session.connection().execute(_HELD, {"key": live.key}).scalar() != live.number:
        raise StaleRelease(live.key)
    if session.get_bind().dialect.name == "postgresql" and (form is None or form in linked_forms(live)):
        turn = sa.func.hashtextextended(f"steerway derived values of {live.key}", 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(turn)))


def system_slots(live: Live, form: str) -> Mapping[str, FieldDef]:
    """Return the system names of a form as fields, by key."""
    memo = ("system", form)
    if memo not in live.memo:
        pipeline = live.pipeline(form)
        fields = system_fields(stage_options(pipeline) if pipeline else ())
        live.memo[memo] = {key: one for key, one in fields.items() if key in live.app.shapes[form]}
    found: Mapping[str, FieldDef] = live.memo[memo]
    return found


def stage_options(pipeline: PipelineDef) -> tuple[Option, ...]:
    """Return the stages as options of the field `stage`."""
    return tuple(Option(stage.key, stage.label, stage.color) for stage in pipeline.stages)
