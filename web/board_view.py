"""A board's columns and cards: counts and sums of all records, the first cards of each stage, where each may move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.config.defs import MeasureDef, PipelineDef, StageDef, TransitionDef, WindowDef
from engine.okr.cycle import Span
from engine.records.filters import IS, Filter
from engine.records.names import name_of
from engine.records.query import COUNT_CAP, Page, query
from engine.rights import may
from engine.sql.measures import Figure, compute
from web import here, i18n
from web.fields import displays, look_at, sure_fields, title_of, visible_fields
from web.widgets import Display, Look

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef

#: Cards of a column that come with the page; the rest follows when somebody scrolls there.
FIRST_CARDS = 20
#: A card turns amber past the stage's limit, and red past this many times the limit.
RED_FROM = 1.5


@dataclass(frozen=True)
class Card:
    """One record on the board."""

    id: int
    version: int
    stage: str
    title: str
    url: str
    move_url: str
    facts: Sequence[Display]
    owner: str
    days: int
    #: amber, red, or empty.
    lateness: str
    targets: Sequence[TransitionDef]


@dataclass(frozen=True)
class Column:
    """One stage with its first cards."""

    stage: StageDef
    count_text: str
    sum_text: str
    cards: Sequence[Card] = ()
    more_url: str = ""


@dataclass(frozen=True)
class Board:
    """Draws the cards of one form."""

    live: Live
    pipeline: PipelineDef
    fields: Mapping[str, FieldDef]

    @property
    def form_key(self) -> str:
        return self.pipeline.form

    def columns(self, text: str) -> list[Column]:
        """Return every stage with its count, its sum and its first cards."""
        pages = {stage.key: self.page(stage.key, text, "") for stage in self.pipeline.stages}
        look = self._look([record for page in pages.values() for record in page.records])
        totals = self.totals() if not text else {}
        return [self._column(stage, pages[stage.key], totals, look, text) for stage in self.pipeline.stages]

    def heads(self, stages: Sequence[str]) -> list[Column]:
        """Return only the heads of some stages."""
        totals = self.totals()
        wanted = [stage for stage in self.pipeline.stages if stage.key in stages]
        return [Column(stage, *self._head(stage, None, totals)) for stage in wanted]

    def page(self, stage: str, text: str, after: str) -> Page:
        """Return a part of a column, the longest in the stage first."""
        return query(
            here.db(),
            self.live,
            self.form_key,
            here.viewer(),
            here.now(),
            text=text,
            filters=[Filter("stage", IS, (stage,))],
            sort=["stage_entered_at"],
            limit=FIRST_CARDS,
            after=after,
            count=bool(text),
            titles=(),
        )

    def cards(self, records: Sequence[Record], look: Look | None = None) -> list[Card]:
        """Return records as cards."""
        seen = look or self._look(records)
        return [self._card(record, seen) for record in records]

    def more_url(self, stage: str, page: Page, text: str) -> str:
        """Return where the next cards of a column are."""
        if not page.more:
            return ""
        names: dict[str, Any] = {
            "app_key": self.live.key,
            "form_key": self.form_key,
            "stage": stage,
            "after": page.next,
        }
        return url_for("board.more", **(names | {"q": text} if text else names))

    def totals(self) -> Mapping[str, Figure]:
        """Return count and sum by stage, over everything the viewer may see."""
        by = name_of(self.live, self.form_key, ("stage",))
        every = WindowDef("all")
        wanted = {"count": MeasureDef("count", self.form_key, "count", window=every, by=by)}
        money = self.money
        if money is not None:
            value = name_of(self.live, self.form_key, (money.key,))
            wanted["sum"] = MeasureDef("sum", self.form_key, "sum", window=every, by=by, value=value)
        return compute(here.db(), self.live, wanted, Span(), here.now(), here.viewer())

    @property
    def money(self) -> FieldDef | None:
        """Return the amount that column heads add up: the first one on the cards, in the list, on the form."""
        form = self.live.form(self.form_key)
        keys = (*form.card_fields, *form.list_columns, *form.by_key)
        sure = sure_fields(self.live, self.form_key)
        shown = (sure[key] for key in keys if key in sure)
        return next((field for field in shown if field.type.shown_as(field).key == "money"), None)

    def _column(self, stage: StageDef, page: Page, totals: Mapping[str, Figure], look: Look, text: str) -> Column:
        head = self._head(stage, page, totals)
        return Column(stage, *head, self.cards(page.records, look), self.more_url(stage.key, page, text))

    def _head(self, stage: StageDef, page: Page | None, totals: Mapping[str, Figure]) -> tuple[str, str]:
        if not totals:
            count = page.count if page else 0
            return i18n.number(COUNT_CAP) + "+" if count is None else i18n.number(count), ""
        count = next((one.count for one in totals["count"].groups or () if one.key == stage.key), 0)
        return i18n.number(count), self._sum(stage, totals)

    def _sum(self, stage: StageDef, totals: Mapping[str, Figure]) -> str:
        groups = totals["sum"].groups or () if "sum" in totals else ()
        value = next((one.value for one in groups if one.key == stage.key), None)
        if not isinstance(value, int | float):
            return ""
        return i18n.money(value * 100, 2, self.live.app.currency, short=True)

    def _look(self, records: Sequence[Record]) -> Look:
        shown = [*self._facts(), *(self.fields[key] for key in ("owner",) if key in self.fields)]
        return look_at(self.live, shown, [record.values for record in records])

    def _facts(self) -> list[FieldDef]:
        form = self.live.form(self.form_key)
        keys = [key for key in form.card_fields if key not in ("owner", "stage", form.title)]
        return [self.fields[key] for key in keys if key in self.fields]

    def _card(self, record: Record, look: Look) -> Card:
        stage, owner = str(record.get("stage") or ""), record.get("owner")
        days = record.get("days_in_stage")
        spent = int(days) if isinstance(days, int | float) else 0
        names: dict[str, Any] = {"app_key": self.live.key, "form_key": self.form_key, "record_id": record.id}
        return Card(
            id=record.id,
            version=record.version,
            stage=stage,
            title=title_of(self.live, record),
            url=url_for("records.show", **names),
            move_url=url_for("move.do", **names),
            facts=[one for one in displays(self._facts(), record, look, small=True) if not one.empty],
            owner=look.person(owner) if isinstance(owner, int) else "",
            days=spent,
            lateness=lateness(self.pipeline.stage(stage), spent),
            targets=self._targets(stage),
        )

    def _targets(self, stage: str) -> list[TransitionDef]:
        """Return the transitions that leave a stage for the viewer's roles; their guards are asked when moving."""
        if not may(here.viewer(), "move", self.live, self.form_key):
            return []
        return [one for one in self.pipeline.transitions if leaves(one, stage) and is_for(one, self.live)]


def leaves(transition: TransitionDef, stage: str) -> bool:
    """Tell whether a transition begins in a stage."""
    return transition.to != stage and (stage in transition.sources or "*" in transition.sources)


def is_for(transition: TransitionDef, live: Live) -> bool:
    """Tell whether the viewer holds a role that may make a transition."""
    user = here.viewer()
    return user.is_admin or not transition.roles or not user.roles_in(live.key).isdisjoint(transition.roles)


def lateness(stage: StageDef | None, days: int) -> str:
    """Return amber or red for a record that stands longer in a stage than it should."""
    limit = stage.time_limit_days if stage else None
    if not limit or days <= limit:
        return ""
    return "red" if days > limit * RED_FROM else "amber"


def board_of(live: Live, pipeline: PipelineDef) -> Board:
    """Return the board of a pipeline."""
    return Board(live, pipeline, visible_fields(live, pipeline.form))
