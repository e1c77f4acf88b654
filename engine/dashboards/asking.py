"""`Asking`: one person looks at one dashboard. Figures, records and key results are read here, always through that person's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.config.defs import MeasureDef, WindowDef
from engine.dashboards import periods
from engine.dashboards.answers import ListAnswer
from engine.dashboards.chosen import Chosen, decode
from engine.dashboards.funnels import Reach, as_far_as, reach
from engine.dashboards.parts import FigureDef, GroupDef, TargetDef
from engine.errors import EngineError, NotFound
from engine.okr.cycle import Span, midnight, today_in, window_span
from engine.okr.objectives import KrValue, OkrValue, objectives
from engine.records.names import name_of
from engine.records.query import Drill, query, within_sight
from engine.records.read import source_of, today_too
from engine.rights import ever_visible, may, reads_hidden, row_filter, visible
from engine.sql.cross import Cells, cross, equal
from engine.sql.fallback import condition_of
from engine.sql.figures import Figure, Value
from engine.sql.source import Source
from forms.dates import read_date
from rules.checked import Checked
from rules.compiled import compiled
from rules.errors import N_, Fault
from rules.rounding import half_away

if TYPE_CHECKING:
    from engine.config.defs import DashboardDef, PipelineDef
    from engine.people import User
    from engine.releases.live import Live

#: Conditions over a source that come on top of the rights.
Narrowed = Callable[[Source], ColumnElement[bool]]
#: What records must share: a split and its value.
Equals = Sequence[tuple[GroupDef, Value]]


class Unseen(EngineError):  # noqa: N818 - an answer, not an accident
    """The tile is about something that this person may not see; it says so and shows nothing."""


class Asking:
    """What tiles ask. Nothing is answered over a field that this person does not see on every record."""

    def __init__(
        self, session: Session, live: Live, dashboard: DashboardDef, user: User, now: datetime, chosen: Chosen
    ) -> None:
        self.session, self.live, self.dashboard = session, live, dashboard
        self.user, self.now, self.chosen = user, now, chosen
        self._okrs: dict[tuple[str, datetime | None], OkrValue] = {}

    @cached_property
    def today(self) -> date:
        """Return the date where the app is."""
        return today_in(self.now, self.zone)

    @property
    def zone(self) -> str:
        """Return the app's time zone."""
        return self.live.app.context.time_zone

    def span(self, measure: MeasureDef) -> Span:
        """Return the dates that a measure looks at: the period that was chosen, or what it says itself."""
        if measure.during is None:
            return Span()
        return window_span(measure.window, self.chosen.period.span, self.now, self.zone)

    def before(self, measure: MeasureDef, how: str) -> Span | None:
        """Return the stretch that a measure is held against; None where it looks at no stretch with two ends."""
        return None if measure.during is None else periods.before(self.span(measure), self.today, how)

    def steps(self, measure: MeasureDef, every: str, last: int, most: int) -> list[date]:
        """Return the first days of the steps of a line: those of its dates, or the last so many."""
        span = self.span(measure) if measure.during is not None else self.chosen.period.span
        if span.start is None:
            span = Span(None, span.end)
        return periods.steps(span, every, last, most, self.today)

    def last_steps(self, every: str, last: int) -> list[date]:
        """Return the first days of the last so many steps, whatever was chosen."""
        return periods.steps(Span(), every, last, last, self.today)

    def reach_of(self, measure: MeasureDef, steps: Sequence[date], every: str) -> Span:
        """Return the dates from the first to the last step, as far as the measure looks."""
        own = self.span(measure)
        start, end = steps[0], periods.end_of(steps[-1], every)
        return Span(max(start, own.start) if own.start else start, min(end, own.end) if own.end else end)

    def step_end(self, day: date, every: str) -> datetime | None:
        """Return the last moment of a step, or now when it still runs; None for one that is still to come."""
        return None if day > self.today else self.end_of_day(periods.end_of(day, every))

    def day(self, text: str) -> date:
        """Return a day that an address names; NotFound for anything else."""
        found = read_date(text)
        if found is None:
            raise NotFound("day", text[:20])
        return found

    # -- rights --------------------------------------------------------------------------------------------------------

    def narrowed(self, form: str, expressions: Iterable[Checked | None], *also: Narrowed) -> Narrowed:
        """Return the conditions of what this person may see, has chosen, and asks besides.

        Unseen when an expression reads what is hidden from them.
        """
        if not may(self.user, "read", self.live, form):
            template = N_("You may not see the records of “{form}”, so this tile shows nothing.")
            raise Unseen(Fault("tile.records", template, {"form": self.live.app.forms[form].label}))
        picked = [
            (GroupDef(one.fields[form]), self.chosen.values[one.key])
            for one in self.dashboard.filters
            if form in one.fields and one.key in self.chosen.values
        ]
        read = [one for one in (*expressions, *(group.expression for group, _ in picked)) if one is not None]
        if any(reads_hidden(self.live, form, self.user, one) for one in read):
            raise Unseen(Fault("tile.hidden", N_("This tile is about a field that you may not see.")))

        def condition(source: Source) -> ColumnElement[bool]:
            tests = [row_filter(source, self.live, form, self.user, "read")]
            tests += today_too(source, self.live, form, self.user, self.now)
            for one in read:
                tests += within_sight(source, self.live, self.user, one)
            tests += [self._equal(source, group, value) for group, value in picked]
            return sa.and_(*tests, *(test(source) for test in also))

        return condition

    def _equal(self, source: Source, group: GroupDef, value: Value) -> ColumnElement[bool]:
        return equal(self.session, source, (group.expression, group.period), value)

    def _seen(self, figure: FigureDef, measure: MeasureDef, groups: Iterable[GroupDef], *also: Narrowed) -> Narrowed:
        expressions = [measure.where, measure.value, measure.during, figure.filter]
        expressions += [group.expression for group in groups]
        return self.narrowed(measure.of, expressions, *self._filter(figure), *also)

    def _filter(self, figure: FigureDef) -> list[Narrowed]:
        checked = figure.filter
        return [] if checked is None else [lambda source: condition_of(self.session, source, checked)]

    # -- figures -------------------------------------------------------------------------------------------------------

    def cells(
        self,
        figure: FigureDef,
        groups: Sequence[GroupDef] = (),
        span: Span | None = None,
        *,
        measure: MeasureDef | None = None,
        at: datetime | None = None,
    ) -> Cells:
        """Return the figures of a measure by what it is split by, now or as it stood at a moment."""
        found = figure.measure if measure is None else measure
        source = source_of(self.session, self.live, found.of, self.user, at or self.now, at)
        splits = [(group.expression, group.period) for group in groups]
        span = self.span(found) if span is None else span
        return cross(self.session, source, plain(found), splits, span, self._seen(figure, found, groups))

    def figures(self, figure: FigureDef, spans: Callable[[MeasureDef], Span] | None = None) -> dict[str, Figure]:
        """Return the figure of each measure, over all its records."""
        spans = spans or self.span
        return {
            name: self.cells(figure, (), spans(one), measure=one).figures[()] for name, one in figure.measures.items()
        }

    def value(self, figure: FigureDef, found: dict[str, Figure]) -> Value:
        """Return the one number that measures come to: the measure itself, or the formula over them."""
        if figure.formula is None:
            return next(iter(found.values())).value
        return self._formula(figure.formula, found)

    def target(self, target: TargetDef) -> float | None:
        """Return what is to be reached."""
        if target.formula is None:
            return target.number
        value = self._formula(target.formula, self.figures(FigureDef(target.measures)))
        return float(value) if isinstance(value, int | float) else None

    def _formula(self, formula: Checked, found: dict[str, Figure]) -> Value:
        span = self.chosen.period.span
        clock = {"today": self.today, "now": self.now, "cycle_start": span.start, "cycle_end": span.end}
        value = compiled(formula)({**clock, **{name: one.value for name, one in found.items()}})
        return half_away(float(value), 9) if isinstance(value, int | float) else None

    def end_of_day(self, day: date) -> datetime:
        """Return the last moment of a day, but not later than now."""
        return min(self.now, midnight(day + timedelta(days=1), self.zone) - timedelta(microseconds=1))

    def nothing(self, measure: MeasureDef) -> Figure:
        """Return the figure of no records."""
        return Figure(0 if measure.agg in ("count", "sum", "count_distinct") else None, 0)

    def here(self, found: Mapping[str, Figure], key: str) -> Figure:
        """Return the figure under a key, or that of nothing."""
        return found.get(key, Figure(0, 0))

    def shown(self, figure: FigureDef | None) -> FigureDef:
        """Return the figure of a tile; NotFound for one that shows a key result."""
        if figure is None:
            raise NotFound("tile")
        return figure

    # -- records -------------------------------------------------------------------------------------------------------

    def behind(
        self, figure: FigureDef, equals: Equals = (), span: Span | None = None, measure: str = "", *also: Narrowed
    ) -> Drill:
        """Return the records behind a figure, or behind the part of it that shares these values."""
        found = figure.measures.get(measure) or next(iter(figure.measures.values()))
        span = self.span(found) if span is None else span
        tests = [lambda source, one=one: self._equal(source, *one) for one in equals]
        seen = self._seen(figure, found, [group for group, _ in equals], *tests, *also)
        return Drill(plain(found), span, narrowed=seen)

    def behind_past(self, figure: FigureDef, at: datetime, equals: Equals = ()) -> Drill:
        """Return the records that made up a figure at a moment, as they are today."""
        measure = plain(figure.measure)
        source = source_of(self.session, self.live, measure.of, self.user, at, at)
        tests = [lambda one, pair=pair: self._equal(one, *pair) for pair in equals]
        seen = self._seen(figure, measure, [group for group, _ in equals], *tests)
        allowed = sa.and_(seen(source), where_then(self.session, source, measure, self.span(measure)))
        ids = source.select(source.table.c.id).where(allowed)
        every = MeasureDef("then", measure.of, "count", window=WindowDef("all"))
        rows = self.narrowed(measure.of, (), lambda now: now.table.c.id.in_(ids.correlate(None)))
        return Drill(every, Span(), narrowed=rows)

    def equals(self, part: Mapping[str, str], **groups: GroupDef | None) -> list[tuple[GroupDef, Value]]:
        """Return what the records of a part share, as an address says it; NotFound for what is no such value."""
        found = []
        for name, group in groups.items():
            if group is not None and name in part:
                known, value = decode(part[name], group.expression.type, period=bool(group.period))
                if not known:
                    raise NotFound("part", part[name][:40])
                found.append((group, value))
        return found

    def all_of(self, form: str, where: Checked | None) -> Drill:
        """Return all records of a form for which a condition holds."""
        every = MeasureDef("all", form, "count", window=WindowDef("all"))
        return Drill(every, Span(), narrowed=self.narrowed(form, [where], *self._filter(FigureDef({}, filter=where))))

    def listed(
        self, form: str, where: Checked | None, columns: Sequence[str], sort: Sequence[str], limit: int
    ) -> ListAnswer:
        """Return the first records of a form, with those of the columns that this person may ever see."""
        drill = self.all_of(form, where)
        sure, seen = visible(self.live, form, self.user), ever_visible(self.live, form, self.user)
        shown = tuple(key for key in columns if key in seen)
        order = [one for one in sort if one.removeprefix("-") in sure] or None
        page = query(
            self.session, self.live, form, self.user, self.now, sort=order, limit=limit, measure=drill, titles=shown
        )
        return ListAnswer(page, shown)

    # -- pipelines and key results -------------------------------------------------------------------------------------

    def reach(self, figure: FigureDef, pipeline: PipelineDef) -> Reach:
        """Return how far the records of a measure came in a pipeline."""
        seen = self._seen(figure, figure.measure, [self._stage(pipeline)])
        source = source_of(self.session, self.live, pipeline.form, self.user, self.now)
        return reach(self.session, source, plain(figure.measure), self.span(figure.measure), pipeline, seen)

    def behind_stage(self, figure: FigureDef, pipeline: PipelineDef, part: Mapping[str, str]) -> Drill:
        """Return the records of a funnel that came as far as a stage, or (`now`) stand in one."""
        stage, group = part.get("reached") or part.get("now", ""), self._stage(pipeline)
        if pipeline.stage(stage) is None:
            raise NotFound("stage", stage[:40])
        counted = FigureDef({"value": replace(figure.measure, agg="count", value=None)}, filter=figure.filter)
        if "now" in part:
            return self.behind(counted, [(group, stage)])
        came: Narrowed = lambda source: as_far_as(source, pipeline, stage)  # noqa: E731 - has a type
        read = self.narrowed(pipeline.form, [group.expression, figure.measure.value])
        return self.behind(counted, (), None, "", came, read)

    def _stage(self, pipeline: PipelineDef) -> GroupDef:
        return GroupDef(name_of(self.live, pipeline.form, ("stage",)))

    def result(self, okr: str, key: str) -> KrValue:
        """Return a key result of an OKR page."""
        listed = (one for objective in self.okr(okr).objectives for one in objective.key_results)
        return next(one for one in listed if one.definition.key == key)

    def okr(self, key: str, at: datetime | None = None) -> OkrValue:
        """Return an OKR page with its values, which are those of the whole app; read once."""
        if (key, at) not in self._okrs:
            okr = self.live.app.okrs[key]
            self._okrs[key, at] = objectives(self.session, self.live, okr, self.user, self.now, at)
        return self._okrs[key, at]


def plain(measure: MeasureDef) -> MeasureDef:
    """Return a measure that looks at the dates it is told, and is not split by itself."""
    window = WindowDef("all" if measure.during is None else "cycle")
    return replace(measure, by=None, by_period="", window=window)


def where_then(session: Session, source: Source, measure: MeasureDef, span: Span) -> ColumnElement[bool]:
    """Return the condition of the records behind a measure in the source of a past moment."""
    from engine.sql.measures import where_of

    return where_of(session, source, measure, span)
