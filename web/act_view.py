"""Acts as pages show them: what was done to how many records, what became of each, and the same as a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from engine.acts import reading as acts
from engine.acts.doing import may_undo
from engine.people import names_of
from engine.records.titles import titles
from engine.releases.moves import STAGE, Moves
from rules.errors import N_
from web import here, i18n
from web.errors import sentence
from web.fields import all_fields
from web.words import gettext

if TYPE_CHECKING:
    from engine.acts.rows import Act
    from engine.releases import Live

NAMES = {
    "edit": N_("Change"),
    "move": N_("Move"),
    "delete": N_("Delete"),
    "restore": N_("Restore"),
    "map": N_("Move ahead of a release"),
    "import": N_("Import"),
    "undo": N_("Undo"),
}
VERDICTS = {
    "done": N_("done"),
    "create": N_("new"),
    "update": N_("changed"),
    "unchanged": N_("unchanged"),
    "refused": N_("left out"),
}
MOODS = {"refused": "red", "done": "green", "create": "green", "update": "green"}


@dataclass(frozen=True)
class LineView:
    """What became of one record."""

    title: str
    url: str
    row: int | None
    verdict: str
    mood: str
    reasons: Sequence[str]


@dataclass(frozen=True)
class ActView:
    """An act."""

    act: Act
    name: str
    person: str
    figures: Sequence[tuple[str, str, str]]
    can_undo: bool
    #: Words about what was set or where to.
    details: str = ""


def place_of(act: Act) -> str:
    """Return where to look next: how far its job has come, or what came of it."""
    if act.job_id is not None:
        return url_for("jobs.show", job_id=act.job_id)
    return url_for("acts.show", app_key=act.app_key, form_key=act.form, act_id=act.id)


def views(live: Live, found: Sequence[Act]) -> list[ActView]:
    """Return acts with the names of their people."""
    people = names_of(here.db(), {act.person_id for act in found if act.person_id})
    return [_view(live, act, people) for act in found]


def _view(live: Live, act: Act, people: Mapping[int, str]) -> ActView:
    counts = act.counts or {}
    figures = [(gettext(word), i18n.number(int(counts[key])), key) for key, word in VERDICTS.items() if counts.get(key)]
    person = people.get(act.person_id or 0, gettext("Steerway"))
    return ActView(
        act, gettext(NAMES[act.kind]), person, figures, may_undo(live, act, here.viewer()), _details(live, act)
    )


def _details(live: Live, act: Act) -> str:
    if act.kind == "import":
        return str(act.payload.get("name", ""))
    if act.kind == "map":
        return ", ".join(_sent(live, act))
    fields = all_fields(live, act.form)
    named = [str(i18n.told(fields[key].label)) for key in act.payload.get("values", {}) if key in fields]
    to = str(act.payload.get("to", ""))
    pipeline = live.pipeline(act.form)
    for one in pipeline.transitions if pipeline else ():
        if to and to in (one.key, one.to):
            named.insert(0, str(i18n.told(one.label)) or to)
            break
    return ", ".join(named)


def _sent(live: Live, act: Act) -> Iterator[str]:
    """Say where records were sent, as it is called now; what is gone stays a key."""
    for (form, column), values in sorted(Moves.read(act.payload["lines"]).by_place.items()):
        pipeline, field = live.pipeline(form), live.form(form).by_key.get(column)
        known = pipeline.stages if column == STAGE and pipeline else field.options if field else ()
        labels = {one.key: str(i18n.told(one.label)) for one in known}
        name = "" if field is None else f"{i18n.told(field.label)}{gettext(': ')}"
        for old, new in sorted(values.items()):
            target = labels.get(new, new) if new else gettext("nowhere")
            yield f"{name}{labels.get(old, old)} → {target}"


def line_views(live: Live, act: Act, verdict: str, page: int) -> tuple[list[LineView], bool]:
    """Return a page of the lines of an act, and whether there are more."""
    lines, more = acts.lines_of(here.db(), act, verdict, page)
    called = _titles(live, act, [line.record_id for line in lines if line.record_id])
    return [_line(live, act, line, called) for line in lines], more


def _titles(live: Live, act: Act, ids: Sequence[int]) -> Mapping[int, str]:
    return titles(here.db(), live, act.form, sorted(set(ids)), here.viewer(), here.now()) if ids else {}


def _line(live: Live, act: Act, line: Any, called: Mapping[int, str]) -> LineView:
    title = called.get(line.record_id, f"#{line.record_id}" if line.record_id else "")
    there = line.record_id in called
    url = url_for("records.show", app_key=live.key, form_key=act.form, record_id=line.record_id) if there else ""
    verdict = gettext(VERDICTS.get(line.verdict, line.verdict))
    return LineView(title, url, line.row, verdict, MOODS.get(line.verdict, ""), reasons_of(live, act, line))


def reasons_of(live: Live, act: Act, line: Any) -> list[str]:
    """Return why a record was left out, each reason with the field it is about."""
    fields, mapped = all_fields(live, act.form), acts.columns_of(act)
    said = []
    for fault, key in acts.faults_of(line):
        label = mapped.get(key) or (str(i18n.told(fields[key].label)) if key in fields else "")
        said.append(f"{label}{gettext(': ')}{sentence(fault)}" if label else sentence(fault))
    return said


def sheet_rows(live: Live, act: Act, *, faults_only: bool) -> tuple[list[str], Iterator[list[str]]]:
    """Return head and rows of an act's sheet: of an import the rows that were left out, as they came, with what is wrong."""
    if act.kind == "import" and faults_only:
        head = [*act.payload["header"], gettext("What is wrong")]
        return head, (
            [*cells, "; ".join(reasons_of(live, act, line))] for cells, line in acts.refused_rows(here.db(), act)
        )
    head = [gettext("Number"), gettext("Record"), gettext("Row"), gettext("Outcome"), gettext("Reason")]
    return head, _result_rows(live, act)


def _result_rows(live: Live, act: Act) -> Iterator[list[str]]:
    for lines in acts.all_lines(here.db(), act):
        called = _titles(live, act, [line.record_id for line in lines if line.record_id])
        for line in lines:
            number = str(line.record_id or "")
            yield [
                number,
                called.get(line.record_id or 0, ""),
                str(line.row or ""),
                gettext(VERDICTS.get(line.verdict, line.verdict)),
                "; ".join(reasons_of(live, act, line)),
            ]
