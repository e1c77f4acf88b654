"""A board's columns and cards: counts and sums of all records, the first cards of each stage, where each may move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.config.defs import PipelineDef, StageDef, TransitionDef
from engine.records.cells import Cell, cells, columns_of
from engine.records.filters import IS, Filter, column_of
from engine.records.query import Page, query
from engine.records.tally import Tally, tally
from engine.rights import may
from web import here, i18n
from web.fields import displays, look_at, sure_fields, title_of, visible_fields
from web.filters import say
from web.kinds import address
from web.widgets import Display, Look
from web.words import gettext

if TYPE_CHECKING:
    from datetime import datetime

    from engine.db import Session
    from engine.people import User
    from engine.records.record import Record
    from engine.releases import Live
    from engine.sql.compile import Source
    from forms.defs import FieldDef
    from web.kinds import Asked

#: Cards of a column that come with the page; the rest follows when somebody scrolls there.
FIRST_CARDS = 20
#: Cards that a page which is drawn again may ask for at once, and those of one lane.
DEEPEST, FIRST_OF_LANE = 200, 10
#: Lanes that are drawn.
MOST_LANES = 30
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
    #: Empty as long as the records are not counted.
    count_text: str
    sum_text: str
    cards: Sequence[Card] = ()
    more_url: str = ""
    #: Where the others of a lane are listed, and how many they are.
    rest_url: str = ""
    rest: int = 0


@dataclass(frozen=True)
class Lane:
    """The columns of the records that share a value."""

    label: str
    count_text: str
    sum_text: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Board:
    """Draws the cards of one form."""

    live: Live
    pipeline: PipelineDef
    fields: Mapping[str, FieldDef]
    asked: Asked | None = None

    @property
    def form_key(self) -> str:
        return self.pipeline.form

    @property
    def lane(self) -> FieldDef | None:
        """Return the field that makes the lanes."""
        return self.fields.get(self.asked.named("lanes")) if self.asked else None

    @property
    def question(self) -> dict[str, Any]:
        """Return what narrows the board."""
        return self.asked.question if self.asked else {}

    @property
    def sort(self) -> tuple[str, ...]:
        """Return the order of the cards: the longest in the stage first, unless a view has another."""
        return (self.asked.settings.sort if self.asked else ()) or ("stage_entered_at",)

    def columns(self, depth: int = FIRST_CARDS, most: int | None = None) -> list[Column]:
        """Return every stage with its first cards, and with count and sum unless that are more than `most` records."""
        deep = min(max(depth, FIRST_CARDS), DEEPEST)
        stages = [stage.key for stage in self.pipeline.stages]
        pages = columns_of(*self._asker(), "stage", stages, most=deep, sort=self.sort, **self.question)
        look = self._look([record for page in pages.values() for record in page.records])
        totals = self.totals(most)
        return [self._column(stage, pages[stage.key], totals, look) for stage in self.pipeline.stages]

    def heads(self, stages: Sequence[str], most: int | None = None) -> list[Column]:
        """Return only the heads of some stages; none when more than `most` records would have to be counted."""
        totals = self.totals(most)
        wanted = [stage for stage in self.pipeline.stages if stage.key in stages]
        return [] if totals is None else [Column(stage, *self._head(totals.get(stage.key))) for stage in wanted]

    def lanes(self) -> list[Lane]:
        """Return the lanes in their order, each with all columns; one statement for all cells."""
        lane = self.lane
        if lane is None:
            return []

        def by(source: Source) -> list[Any]:
            return [column_of(source, self.live, self.form_key, key) for key in ("stage", lane.key)]

        money = self.money.key if self.money else ""
        found = cells(*self._asker(), by, most=FIRST_OF_LANE, sort=self.sort, value=money, **self.question)
        look = self._look([record for cell in found for record in cell.records])
        names = look_at(self.live, [lane], [{lane.key: cell.key[1]} for cell in found])
        orders = {option.key: place for place, option in enumerate(lane.options)}
        labels = {cell.key[1]: say(lane, cell.key[1], names) for cell in found}
        keys = sorted(labels, key=lambda key: (key is None, orders.get(key, len(orders)), labels[key]))
        return [
            self._lane(lane, key, labels[key], [cell for cell in found if cell.key[1] == key], look)
            for key in keys[:MOST_LANES]
        ]

    def _lane(self, lane: FieldDef, key: object, label: str, held: Sequence[Cell], look: Look) -> Lane:
        by_stage = {str(cell.key[0]): cell for cell in held}
        columns = [self._of_lane(lane, key, stage, by_stage.get(stage.key), look) for stage in self.pipeline.stages]
        total = sum(int(cell.total or 0) for cell in held)
        empty = gettext("Without %(field)s", field=i18n.told(lane.label))
        return Lane(label or empty, i18n.number(sum(cell.count for cell in held)), self._money(total), columns)

    def _of_lane(self, lane: FieldDef, key: object, stage: StageDef, cell: Cell | None, look: Look) -> Column:
        if cell is None:
            return Column(stage, i18n.number(0), "")
        rest = cell.count - len(cell.records)
        narrow: dict[str, object] = {"f.stage": stage.key, f"f.{lane.key}": key}
        if key is None:
            narrow = {"f.stage": stage.key, f"f.{lane.key}.empty": "yes"}
        kept = self.asked.kept if self.asked else ()
        url = address(self.live, self.form_key, "table", kept, **narrow) if rest else ""
        return Column(stage, *self._head(cell), self.cards(cell.records, look), rest_url=url, rest=rest)

    def _asker(self) -> tuple[Session, Live, str, User, datetime]:
        return here.db(), self.live, self.form_key, here.viewer(), here.now()

    def page(self, stage: str, after: str) -> Page:
        """Return a part of a column."""
        question = {**self.question, "filters": [*self.question.get("filters", ()), Filter("stage", IS, (stage,))]}
        more: dict[str, Any] = {"limit": FIRST_CARDS, "after": after, "count": False, "titles": (), **question}
        return query(*self._asker(), sort=self.sort, **more)

    def cards(self, records: Sequence[Record], look: Look | None = None) -> list[Card]:
        """Return records as cards."""
        seen = look or self._look(records)
        return [self._card(record, seen) for record in records]

    def more_url(self, stage: str, page: Page) -> str:
        """Return where the next cards of a column are."""
        if not page.more:
            return ""
        kept = self.asked.kept if self.asked else ()
        return address(self.live, self.form_key, "board", kept, "board.more", stage=stage, after=page.next)

    def totals(self, most: int | None = None) -> Mapping[object, Tally] | None:
        """Return count and sum by stage, over everything the viewer may see of what is asked for; None beyond `most`."""
        money = self.money.key if self.money else ""
        return tally(*self._asker(), "stage", value=money, most=most, **self.question)

    @property
    def money(self) -> FieldDef | None:
        """Return the amount that column heads add up: the first one on the cards, in the list, on the form."""
        form = self.live.form(self.form_key)
        keys = (*form.card_fields, *form.list_columns, *form.by_key)
        sure = sure_fields(self.live, self.form_key)
        shown = (sure[key] for key in keys if key in sure)
        return next((field for field in shown if field.type.shown_as(field).key == "money"), None)

    def _column(self, stage: StageDef, page: Page, totals: Mapping[object, Tally] | None, look: Look) -> Column:
        head = ("", "") if totals is None else self._head(totals.get(stage.key))
        return Column(stage, *head, self.cards(page.records, look), self.more_url(stage.key, page))

    def _head(self, cell: Cell | Tally | None) -> tuple[str, str]:
        if cell is None:
            return i18n.number(0), ""
        return i18n.number(cell.count), self._money(cell.total)

    @property
    def _scale(self) -> int:
        """Return the minor digits of the amounts that are added up."""
        scale = self.money.params.get("scale") if self.money else None
        return int(str(scale)) if scale is not None else self.live.app.context.money_scale

    def _money(self, minor: float | None) -> str:
        if not minor or self.money is None:
            return ""
        return i18n.money(minor, self._scale, self.live.app.currency, short=True)

    def _look(self, records: Sequence[Record]) -> Look:
        shown = [*self._facts(), *(self.fields[key] for key in ("owner",) if key in self.fields)]
        return look_at(self.live, shown, [record.values for record in records])

    def _facts(self) -> list[FieldDef]:
        form = self.live.form(self.form_key)
        chosen = self.asked.settings.columns if self.asked else ()
        keys = [key for key in chosen or form.card_fields if key not in ("owner", "stage", form.title)]
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


def board_of(live: Live, pipeline: PipelineDef, asked: Asked | None = None) -> Board:
    """Return the board of a pipeline."""
    return Board(live, pipeline, visible_fields(live, pipeline.form), asked)
