"""One record on the screen: its stage path and what the next steps need, its fields, related records, its history."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine import alerts
from engine.config.defs import PipelineDef, StageDef
from engine.pipeline import moves, stage_times
from engine.records.filters import IS, Filter
from engine.records.preview import preview
from engine.records.query import COUNT_CAP, query
from engine.records.timeline import timeline
from engine.rights import HIDDEN, may
from forms.labels import Label
from forms.system import SYSTEM_KEYS
from rules.types import OF_RECORDS
from web import here, i18n
from web.errors import sentence
from web.fields import displays, look_at, title_of, visible_fields
from web.form_view import sections_of
from web.history_view import change_view
from web.notices import Notice, notices
from web.table_view import table_ways, tables_shown
from web.talk_view import talk_view
from web.widgets import Display, Look
from web.words import gettext

if TYPE_CHECKING:
    from engine.pipeline import MoveOption
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef

#: Related records shown on the page; the rest is one click away.
MOST_RELATED = 5
RELATED_COLUMNS = 3


@dataclass(frozen=True)
class Step:
    """A stage on the path."""

    stage: StageDef
    past: bool
    current: bool


@dataclass(frozen=True)
class MoveView:
    """A button to another stage, with what it asks for or what stands in its way."""

    key: str
    to: str
    label: str
    allowed: bool
    main: bool
    needs_form: bool
    url: str
    form_url: str
    missing: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True)
class SectionView:
    """A titled group of values."""

    label: Label | None
    displays: Sequence[Display]


@dataclass(frozen=True)
class Spell:
    """How long a record stood in a stage."""

    label: str
    color: str
    days: float
    running: bool


@dataclass(frozen=True)
class RelatedRow:
    """A record that points here."""

    url: str
    title: str
    cells: Sequence[Display]


@dataclass(frozen=True)
class Relation:
    """The records of another form that point here."""

    form: FormDef
    count_text: str
    rows: Sequence[RelatedRow]
    all_url: str
    new_url: str


def record_context(live: Live, record: Record) -> dict[str, Any]:
    """Return everything the page of a record draws."""
    form = live.form(record.form)
    seen = visible_fields(live, record.form)
    fields = {key: one for key, one in seen.items() if record.access.get(key) != HIDDEN}
    shown = shown_now(live, record)
    entries = timeline(here.db(), live, record.form, record.id, here.viewer(), here.now())
    held = [record.values, *({key: value} for one in entries for key, pair in one.fields.items() for value in pair)]
    look = look_at(live, fields.values(), held)
    pipeline = live.pipeline(record.form)
    names: dict[str, Any] = {"app_key": live.key, "form_key": record.form, "record_id": record.id}
    return {
        "live": live,
        "form": form,
        "record": record,
        "title": title_of(live, record),
        "address": url_for("records.show", **names),
        "zone": look.zone,
        "sections": sections_shown(form, {key: one for key, one in fields.items() if key in shown}, record, look),
        "timeline": [change_view(one, fields, look) for one in entries],
        "tables": [one for one in tables_shown(live, record) if one.field.key in shown],
        "related": _relations(live, record),
        "alerts": _alerts(live, record),
        "talk": talk_view(live, record),
        "can": {
            **{verb: may(here.viewer(), verb, live, record.form) for verb in ("update", "delete", "configure")},
            "watched": any(rule.form == record.form for rule in live.app.alerts.values()),
        },
        **(_stage_context(live, record, pipeline) if pipeline else {"stages": []}),
    }


def shown_now(live: Live, record: Record) -> Container[str]:
    """Return the fields and tables that the form of a record shows, and what stands on no form."""
    form = live.form(record.form)
    placed = {*form.by_key, *form.tables_by_key}
    if not form.shown_if:
        return {*placed, *SYSTEM_KEYS}
    found = preview(here.db(), live, form.key, {}, here.viewer(), here.now(), record.id)
    return {*found.shown, *SYSTEM_KEYS}


def sections_shown(form: FormDef, fields: Mapping[str, FieldDef], record: Record, look: Look) -> list[SectionView]:
    """Return the values of a record in the sections of its form, then whose it is and since when."""
    groups = sections_of(form, {key: one for key, one in fields.items() if key in form.by_key})
    made = [SectionView(label, displays(held, record, look)) for _key, label, held in groups]
    system = [fields[key] for key in ("owner", "created_at", "created_by", "updated_at") if key in fields]
    return (
        [*made, SectionView(Label({"": gettext("About the record")}), displays(system, record, look))]
        if system
        else made
    )


def _stage_context(live: Live, record: Record, pipeline: PipelineDef) -> dict[str, Any]:
    now_at = pipeline.stage(str(record.get("stage")))
    keys = [stage.key for stage in pipeline.stages]
    place = keys.index(now_at.key) if now_at else -1
    path = [one for one in pipeline.stages if one.kind != "lost" or one is now_at]
    options = moves(here.db(), live, record.form, record, here.viewer(), here.now())
    days = record.get("days_in_stage")
    return {
        "stages": [Step(one, keys.index(one.key) < place, one is now_at) for one in path],
        "days": days if isinstance(days, int | float) else 0,
        "guide": _guide(now_at),
        "moves": [_move_view(live, record, pipeline, option, place) for option in options],
        "stage_times": _stage_times(live, record, pipeline),
    }


def _guide(stage: StageDef | None) -> list[tuple[str, Label]]:
    words = {"actions": gettext("Key actions"), "tools": gettext("Tools"), "metric": gettext("Target metric")}
    return [(words[key], text) for key, text in (stage.guide if stage else {}).items() if key in words]


def _move_view(live: Live, record: Record, pipeline: PipelineDef, option: MoveOption, place: int) -> MoveView:
    transition = option.transition
    fields = visible_fields(live, record.form)
    names: dict[str, Any] = {"app_key": live.key, "form_key": record.form, "record_id": record.id}
    target = pipeline.stage(transition.to)
    ahead = target is not None and pipeline.stages.index(target) > place and target.kind != "lost"
    return MoveView(
        key=transition.key,
        to=transition.key,
        label=str(i18n.told(transition.label)) or str(i18n.told(target.label) if target else transition.to),
        allowed=option.allowed,
        main=ahead and option.allowed,
        needs_form=bool(option.missing) and not option.why,
        url=url_for("move.do", **names),
        form_url=url_for("move.ask", **(names | {"-to": transition.key})),
        missing=[str(i18n.told(fields[key].label)) for key in option.missing if key in fields],
        reasons=[sentence(fault) for fault in option.why],
    )


def _stage_times(live: Live, record: Record, pipeline: PipelineDef) -> list[Spell]:
    spells = stage_times(here.db(), live, record.form, record.id, here.viewer(), here.now())
    return [_spell(pipeline.stage(one.stage), one) for one in spells]


def _spell(stage: StageDef | None, one: Any) -> Spell:
    label = str(i18n.told(stage.label)) if stage else one.stage
    return Spell(label, stage.color if stage else "", one.days, one.left_at is None)


def _alerts(live: Live, record: Record) -> list[Notice]:
    items = alerts.inbox(here.db(), here.viewer(), which="open", limit=100)
    mine = [one for one in items if (one.app_key, one.form, one.record_id) == (live.key, record.form, record.id)]
    return notices(mine)


def _relations(live: Live, record: Record) -> list[Relation]:
    """Return the forms that refer to this one, each with its newest records."""
    readable = [form for form in live.app.forms.values() if may(here.viewer(), "read", live, form.key)]
    shown = table_ways(live, record.form)
    ways = [(form, via) for form in readable for via in _ways(live, form, record.form)]
    return [_relation(live, form, via, record) for form, via in ways if (form.key, via.key) not in shown]


def _ways(live: Live, form: FormDef, target: str) -> list[FieldDef]:
    """Return the fields by which records of a form refer to records of another."""
    fields = visible_fields(live, form.key)
    return [one for one in form.fields if one.key in fields and one.type.kind in OF_RECORDS and one.to == target]


def _relation(live: Live, form: FormDef, via: FieldDef, record: Record) -> Relation:
    page = query(
        here.db(),
        live,
        form.key,
        here.viewer(),
        here.now(),
        filters=[Filter(via.key, IS, (record.id,))],
        sort=["-created_at"],
        limit=MOST_RELATED,
        titles=(),
    )
    columns = _related_columns(live, form, via)
    look = look_at(live, columns, [one.values for one in page.records])
    names: dict[str, Any] = {"app_key": live.key, "form_key": form.key}
    rows = [
        RelatedRow(
            url_for("records.show", **names, record_id=one.id),
            title_of(live, one),
            displays(columns, one, look, small=True),
        )
        for one in page.records
    ]
    link: dict[str, Any] = {f"f.{via.key}": str(record.id)}
    new = url_for("records.new", **(names | {via.key: str(record.id)})) if _may_add(live, form) else ""
    return Relation(form, _count(page.count), rows, url_for("lists.show", **(names | link)) if page.more else "", new)


def _may_add(live: Live, form: FormDef) -> bool:
    return may(here.viewer(), "create", live, form.key)


def _related_columns(live: Live, form: FormDef, via: FieldDef) -> list[FieldDef]:
    fields = visible_fields(live, form.key)
    keys = [key for key in form.list_columns if key in fields and key not in (form.title, via.key)]
    return [fields[key] for key in keys][:RELATED_COLUMNS]


def _count(count: int | None) -> str:
    if count is None:
        return i18n.number(COUNT_CAP) + "+"
    return i18n.number(count) if count else ""
