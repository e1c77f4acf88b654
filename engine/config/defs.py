"""Frozen definitions above the forms: pipelines, measures, OKRs, alert rules and the app that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import field as dataclass_field
from datetime import date, time

from forms.defs import FormDef
from forms.labels import Label
from rules.checked import Checked
from rules.scope import RuleContext, Shape


@dataclass(frozen=True, slots=True)
class RoleDef:
    """A role of an app; `may` names what it may do with the config: design, publish."""

    key: str
    label: Label
    may: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterDef:
    """What to ask for when a template is cloned; `{{key}}` inside the template's texts is replaced by the answer."""

    key: str
    label: Label
    type: str
    default: object = None
    help: Label = field(default_factory=Label)
    #: What the answer is chosen from, as (key, label); nothing for a free answer.
    choices: tuple[tuple[str, Label], ...] = ()
    least: object = None
    most: object = None


@dataclass(frozen=True, slots=True)
class StageDef:
    """Where a record may stand. `kind`: open, won or lost. `time_limit_days` turns a card amber, then red."""

    key: str
    label: Label
    kind: str = "open"
    color: str = ""
    owner_role: str = ""
    probability: float | None = None
    time_limit_days: float | None = None
    #: For people: key actions, tools and target metric of the stage, shown on the stage path.
    guide: Mapping[str, Label] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransitionDef:
    """How a record may move: from any of `sources` to `to`, by `roles` (empty: any who may move), when `guard` holds."""

    key: str
    label: Label
    sources: tuple[str, ...]
    to: str
    roles: tuple[str, ...] = ()
    guard: Checked | None = None
    guard_message: Label = field(default_factory=Label)
    #: Fields that must be filled at this move.
    required: tuple[str, ...] = ()
    #: Fields set by the move: key -> expression.
    sets: Mapping[str, Checked] = field(default_factory=dict)


@dataclass(frozen=True)
class PipelineDef:
    """The stages of one form, in order, and the moves between them."""

    key: str
    label: Label
    form: str
    stages: tuple[StageDef, ...]
    transitions: tuple[TransitionDef, ...]
    initial: str

    def stage(self, key: str | None) -> StageDef | None:
        """Return the stage with this key."""
        return next((s for s in self.stages if s.key == key), None)


@dataclass(frozen=True, slots=True)
class GateDef:
    """What a new release of an app must have passed: its own tests, and another person's eyes."""

    tests: bool = False
    approval: bool = False


@dataclass(frozen=True, slots=True)
class WindowDef:
    """Which stretch of time a measure looks at: kind is cycle, previous_cycle, last, to_date or all."""

    kind: str = "cycle"
    count: int = 0
    #: day, week, month, quarter, half_year, year.
    unit: str = ""


@dataclass(frozen=True, slots=True)
class MeasureDef:
    """A figure over the records of a form: count, sum, avg, min, max, count_distinct."""

    key: str
    of: str
    agg: str
    label: Label = field(default_factory=Label)
    where: Checked | None = None
    value: Checked | None = None
    #: Date or datetime expression (usually a field, `order.signed_on` is allowed) that the window applies to.
    during: Checked | None = None
    window: WindowDef = field(default_factory=WindowDef)
    #: Group by: an expression of choice, reference, person or text; or a period of a date.
    by: Checked | None = None
    by_period: str = ""


@dataclass(frozen=True, slots=True)
class CycleDef:
    """A span of time: fixed dates, or the running `every` (month, quarter, half_year, year) around `now`."""

    label: Label = field(default_factory=Label)
    starts_on: date | None = None
    ends_on: date | None = None
    every: str = ""


@dataclass(frozen=True, slots=True)
class HealthDef:
    """Bands of progress ÷ expected progress: green from `on_track`, yellow from `at_risk`, red below."""

    on_track: float = 0.9
    at_risk: float = 0.7


@dataclass(frozen=True, slots=True)
class KeyResultDef:
    """A key result: `formula` over its measures gives the current value; baseline → target gives the score."""

    key: str
    label: Label
    type: str
    target: Checked | float
    formula: Checked
    measures: Mapping[str, MeasureDef]
    baseline: Checked | float | None = None
    unit: str = ""
    decimals: int = 1
    weight: float = 1.0
    #: Sign-in name or role key of who answers for it.
    owner: str = ""
    health: HealthDef = field(default_factory=HealthDef)


@dataclass(frozen=True, slots=True)
class ObjectiveDef:
    """An objective and its key results; level is company, team or person."""

    key: str
    label: Label
    key_results: tuple[KeyResultDef, ...]
    level: str = "team"
    owner: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class OkrDef:
    """One OKR page: a cycle, its objectives, and measures that every KR on it may name."""

    key: str
    label: Label
    cycle: CycleDef
    objectives: tuple[ObjectiveDef, ...]
    measures: Mapping[str, MeasureDef] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TileDef:
    """One tile of a dashboard; `given` is what its type was told: see engine/dashboards/tiles."""

    key: str
    label: Label
    type: str
    given: object
    #: Quarters of the page that it takes.
    width: int = 2
    help: Label = field(default_factory=Label)


@dataclass(frozen=True, slots=True)
class DashboardFilterDef:
    """What whoever looks can choose: a period, or (type field) the value of an expression over a record, per form."""

    key: str
    label: Label
    type: str
    default: str = ""
    fields: Mapping[str, Checked] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DashboardDef:
    """Tiles on one page; `roles` may open it (empty: everybody of the app), smaller `order` comes first in the menu."""

    key: str
    label: Label
    tiles: tuple[TileDef, ...]
    description: Label = field(default_factory=Label)
    order: int = 0
    roles: tuple[str, ...] = ()
    filters: tuple[DashboardFilterDef, ...] = ()

    def tile(self, key: str) -> TileDef | None:
        """Return the tile with this key."""
        return next((one for one in self.tiles if one.key == key), None)


@dataclass(frozen=True, slots=True)
class SpanDef:
    """So many minutes, hours, days, weeks, working_hours or working_days; negative for the time before."""

    count: float
    unit: str


@dataclass(frozen=True, slots=True)
class HoursDef:
    """When an app's people work: its zone, the calendar of its working days, and from when to when."""

    zone: str = "UTC"
    calendar: str = ""
    opens: time = time(9)
    closes: time = time(18)


@dataclass(frozen=True, slots=True)
class ActionDef:
    """What an alert does besides telling people; `do` is the key of an action, which says what else is filled."""

    do: str
    #: Where it stands in its rule, and what the config says of it: what tells one action from another.
    name: str
    text: str
    #: Field (or name of what is sent) -> expression over the record.
    sets: Mapping[str, Checked] = dataclass_field(default_factory=dict, repr=False)
    form: str = ""
    via: str = ""
    to: str = ""
    field: str = ""
    by: str = ""
    among: tuple[str, ...] = ()
    expression: Checked | None = dataclass_field(default=None, repr=False)
    load: Checked | None = dataclass_field(default=None, repr=False)
    others: bool = False
    channel: str = ""


@dataclass(frozen=True, slots=True)
class StepDef:
    """Tell `to` after the alert has been firing `after_minutes`, or `after` a span of working time.

    `to` holds owner, manager, creator, role:KEY, person:SIGN_IN, field:KEY, …; what begins with `=` is in `asked`.
    """

    to: tuple[str, ...]
    after_minutes: int = 0
    channels: tuple[str, ...] = ("inbox",)
    after: SpanDef | None = None
    asked: Mapping[str, Checked] = field(default_factory=dict)
    #: Done at the same time, in this order.
    actions: tuple[ActionDef, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePart:
    """A piece of a message: plain text, or an inserted expression."""

    text: str = ""
    expression: Checked | None = None


@dataclass(frozen=True, slots=True)
class AlertRuleDef:
    """When a condition holds on a record, for how long, whom to tell, with which words."""

    key: str
    label: Label
    form: str
    when: Checked
    steps: tuple[StepDef, ...]
    #: language -> parts of the message.
    message: Mapping[str, tuple[MessagePart, ...]]
    severity: str = "warning"
    hold_minutes: int = 0
    #: Minutes between scheduled evaluations.
    every_minutes: int = 60
    on_change: bool = True
    repeat_hours: int = 0
    #: Key of a trigger -> what it was told: see engine/triggers.
    triggers: Mapping[str, object] = field(default_factory=dict)
    #: Ends a firing alert instead of the condition ceasing to hold.
    until: Checked | None = None
    hours: HoursDef = field(default_factory=HoursDef)
    #: What is done with times missed while nothing ran: each, latest, digest.
    catch_up: str = "latest"
    #: Told when nobody a step names can be.
    fallback: StepDef | None = None
    #: Messages to one person within so many minutes are one message with a list.
    group_minutes: int = 0
    #: Messages to one person per hour; more go into a digest. 0: no bound.
    most_per_hour: int = 0
    #: Rules that, while they fire for a record, keep this one silent for it.
    muted_by: tuple[str, ...] = ()
    #: any_time; working_hours: otherwise later; at_once: also in people's quiet hours.
    tell: str = "any_time"
    #: Fires anew at every occasion (a record was created, a Monday came) instead of once while a condition holds.
    by_occasion: bool = False

    @property
    def is_about_people(self) -> bool:
        """Tell whether it watches people: what is a record elsewhere is a person here."""
        return any(getattr(given, "people", ()) for given in self.triggers.values())


@dataclass(frozen=True)
class AppDef:
    """One release of an app, checked and compiled: everything that runs is read from here."""

    key: str
    label: Label
    roles: tuple[RoleDef, ...]
    forms: Mapping[str, FormDef]
    pipelines: Mapping[str, PipelineDef]
    okrs: Mapping[str, OkrDef]
    alerts: Mapping[str, AlertRuleDef]
    context: RuleContext
    shapes: Mapping[str, Shape]
    measures: Mapping[str, MeasureDef] = field(default_factory=dict)
    description: Label = field(default_factory=Label)
    version: str = ""
    currency: str = "CNY"
    parameters: tuple[ParameterDef, ...] = ()
    #: Teams that fields may name; without them those that people are in.
    teams: tuple[str, ...] = ()
    #: Days that deleted records and files taken off are kept.
    trash_days: int = 30
    publishing: GateDef = field(default_factory=GateDef)
    #: In the order of the menu.
    dashboards: Mapping[str, DashboardDef] = field(default_factory=dict)

    def pipeline_of(self, form: str) -> PipelineDef | None:
        """Return the pipeline of a form, if it has one."""
        return next((p for p in self.pipelines.values() if p.form == form), None)
