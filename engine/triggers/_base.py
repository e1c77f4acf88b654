"""What every trigger can be asked: how it is written in a rule, what it reads, and when it fires."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.config.defs import AlertRuleDef, SpanDef
from engine.config.schema_parts import Schema
from engine.people import SYSTEM
from engine.sql.source import Source
from rules.errors import N_
from rules.scope import Shape

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot
    from engine.releases.live import Live

Path = tuple[str, ...]
#: Key -> the one object of each trigger.
TRIGGERS: dict[str, Trigger] = {}
UNITS = ("minutes", "hours", "days", "weeks", "working_hours", "working_days")
TIME_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


@dataclass(frozen=True)
class Watch:
    """A rule at one moment: what a trigger needs to look at records. `since` is when it was looked at before."""

    session: Session
    live: Live
    rule: AlertRuleDef
    now: datetime
    since: datetime | None = None

    @property
    def as_of(self) -> datetime | None:
        """Return the moment at which figures are asked of history; None for what is true now."""
        return None

    @cached_property
    def clock(self) -> Clock:
        """Return the app's clock."""
        return Clock(self.rule.hours)

    @cached_property
    def source(self) -> Source:
        """Return the records of the rule's form."""
        return self.source_of(self.rule.form)

    def source_of(self, form: str) -> Source:
        """Return the records of a form."""
        dialect = self.session.get_bind().dialect.name
        return Source(self.live.app, self.live.tables, form, dialect, self.now, SYSTEM)


class Trigger:
    """One kind of trigger. Conditions say of which records they hold; events when something happened; others have subjects of their own."""

    #: Member of the rule that it is written in.
    key: ClassVar[str]
    #: How that member looks.
    schema: ClassVar[Schema]
    #: It watches records of the rule's form.
    needs_form: ClassVar[bool] = True
    #: It fires anew each time; a rule with it has no condition that could recover.
    is_event: ClassVar[bool] = False
    #: It names the times at which its rule is looked at over all records.
    is_calendar: ClassVar[bool] = False
    #: What fired at an occasion is over when this no longer holds.
    lasts: ClassVar[bool] = False

    def watches_records(self, spot: Spot) -> bool:
        """Tell whether it watches records of the rule's form, as it is written."""
        return self.needs_form

    def check(self, desk: Desk, rule: Spot, spot: Spot) -> None:
        """Note what is wrong with it."""

    def build(self, desk: Desk, rule: Spot, spot: Spot) -> object:
        """Return what it was told, frozen."""
        raise NotImplementedError

    def names(self, desk: Desk, rule: Spot, spot: Spot) -> Shape:
        """Return the names that conditions and messages may use besides those of the record."""
        return {}

    def is_by_occasion(self, given: Any) -> bool:
        """Tell whether it fires anew at every occasion."""
        return self.is_event

    # -- conditions --------------------------------------------------------------------------------------------------

    def reads(self, given: Any) -> frozenset[Path]:
        """Return what it reads of the rule's own records."""
        return frozenset()

    def condition(self, watch: Watch, given: Any) -> ColumnElement[bool] | None:
        """Return the condition of the records for which it holds at this moment."""
        return None

    def next_at(self, watch: Watch, given: Any, ids: Collection[int] | None = None) -> datetime | None:
        """Return when it begins to hold for the next of these records (None: of all)."""
        return None

    def begins_at(self, watch: Watch, given: Any, facts: Mapping[str, object]) -> datetime | None:
        """Return when it begins to hold for a record that says this."""
        return None

    def concerned(self, watch: Watch, given: Any, form: str, ids: Collection[int]) -> Collection[int]:
        """Return the records it may hold for differently since records of another form changed."""
        return ()

    # -- events ------------------------------------------------------------------------------------------------------

    def happened(self, watch: Watch, given: Any, ids: Collection[int]) -> Mapping[int, str]:
        """Return what has just happened: record -> a name of the occasion, the same whenever it is asked."""
        return {}

    # -- subjects of their own ---------------------------------------------------------------------------------------

    def facts(self, watch: Watch, given: Any) -> Mapping[str, object]:
        """Return the values of the names."""
        return {}

    def subjects(
        self, watch: Watch, given: Any, ids: Collection[int] | None = None, *, met: bool
    ) -> Mapping[int, Mapping[str, object]] | None:
        """Return what it watches one by one instead of records, with their facts; `met`: only where it holds."""
        return None

    def mark(self, live: Live, given: Any) -> str:
        """Return what, when it differs after publishing, is an occasion."""
        return ""

    # -- the calendar ------------------------------------------------------------------------------------------------

    def occasions(self, clock: Clock, given: Any, after: datetime, until: datetime) -> Sequence[datetime] | None:
        """Return the occasions after one moment up to another; None when it has nothing to do with the calendar."""
        return None

    def next_occasion(self, clock: Clock, given: Any, after: datetime) -> datetime | None:
        """Return the first occasion after a moment."""
        return None


def register(kind: type[Trigger]) -> type[Trigger]:
    """Make a trigger known."""
    TRIGGERS[kind.key] = kind()
    return kind


def span_schema(description: str, units: Sequence[str] = UNITS) -> Schema:
    """Describe a span: one unit and how many."""
    count = {"type": "integer", "minimum": 0, "maximum": 10_000}
    return {
        "type": "object",
        "properties": {unit: {**count, "description": f"Number of {unit.replace('_', ' ')}."} for unit in units},
        "required": [],
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "description": description,
    }


def time_schema(description: str) -> Schema:
    """Describe a time of day."""
    return {"type": "string", "pattern": TIME_PATTERN, "description": description}


def span_of(spot: Spot) -> SpanDef | None:
    """Return a span, or None where there is none."""
    return next((SpanDef(value.number or 0, unit) for unit, value in spot.members() if unit in UNITS), None)


def time_of(spot: Spot, default: time | None = None) -> time | None:
    """Return a time of day."""
    try:
        return time.fromisoformat(spot.text) if spot.text else default
    except ValueError:
        return default  # the schema has said so


def field_kind(desk: Desk, form: str, spot: Spot, kinds: Collection[str]) -> bool:
    """Tell whether a place names a field of these kinds; note a fault when it does not."""
    shape = desk.shapes.promised.get(form, {})
    names = [key for key, type_ in shape.items() if type_.kind in kinds]
    return desk.named(spot, names, "field.unknown", N_("There is no such field “{name}” in this form."))
