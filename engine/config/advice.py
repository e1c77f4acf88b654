"""Advice on a config that works: key results that nobody can judge (SMART), processes longer than people bear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.config.check_okrs import FORMULAS, formula_scope
from engine.config.desk import Desk
from engine.config.spot import Spot
from rules.checked import Checked
from rules.errors import N_
from rules.lint import walk
from rules.tree import Binary

#: Open stages, fields asked for by one move, and required fields of a form that moves, up to which a process is short.
MOST_STAGES, MOST_ASKED, MOST_REQUIRED = 9, 7, 15
#: Aggregates that count things, whatever comes of them.
_COUNTS = frozenset({"count", "count_distinct"})
#: Words for what people do, as against what comes of it.
_ACTIVITY = re.compile(
    r"\b(?:activit|call|demo|e-?mail|event|interview|meeting|presentation|review|seminar|session|training|visit|webinar"
    r"|workshop)(?:s|y|ies)?\b"
    r"|培训|培訓|教育訓練|会议|會議|开会|開會|拜访|拜訪|走访|走訪|电话|電話|通话|通話|邮件|郵件|活动|活動|场次|場次|面谈|面談|讲座|講座|沙龙|沙龍"
    r"|复盘会|檢討會|研讨|研討",
    re.IGNORECASE,
)


def check_advice(desk: Desk) -> None:
    """Advise on key results and pipelines; asked for only where nothing is wrong."""
    for okr in desk.source.section("okrs"):
        for objective in okr["objectives"].items():
            for result in objective["key_results"].items():
                _advise_on_result(desk, okr, objective, result)
    for pipeline in desk.source.section("pipelines"):
        _advise_on_pipeline(desk, pipeline)


def _advise_on_result(desk: Desk, okr: Spot, objective: Spot, result: Spot) -> None:
    """Ask for a unit, somebody who answers for it, a source of its figure, and a result rather than an activity."""
    if not result["unit"].is_given:
        template = N_("Say in what this is counted, as “%” or “days”; an empty unit is for plain numbers.")
        desk.add(result.fault("kr.unit", template, level="warning"))
    if not (result["owner"].is_given or objective["owner"].is_given):
        template = N_("Nobody answers for this key result: name a role or a person, here or at its objective.")
        desk.add(result.fault("kr.owner", template, level="warning"))
    checked = desk.expression(result["formula"], formula_scope(desk, okr, result, *FORMULAS["formula"]))
    if checked is None:
        return
    measures = list(_measures_read(desk, okr, result, checked))
    if not measures:
        template = N_("The formula reads no measure, so no record can ever move this figure.")
        desk.add(result["formula"].fault("kr.source", template, level="warning"))
    elif _is_plain_count(checked, measures) and (word := _activity_in(desk, result, measures)):
        template = N_("This counts what people do (“{word}”), not what comes of it; better measure the result.")
        desk.add(result.fault("kr.activity", template, level="warning", word=word))


def _measures_read(desk: Desk, okr: Spot, result: Spot, checked: Checked) -> Iterator[Spot]:
    """Yield the measures that the formula names; the nearest declaration of a name counts."""
    declared = {
        **dict(desk.source.app["measures"].members()),
        **dict(okr["measures"].members()),
        **dict(result["measures"].members()),
    }
    for name in sorted({path[0] for path in checked.reads} & declared.keys()):
        yield declared[name]


def _is_plain_count(checked: Checked, measures: list[Spot]) -> bool:
    """Tell whether the figure is a number of things: a share or an average tells of quality."""
    divides = any(isinstance(node, Binary) and node.op in {"/", "//"} for node in walk(checked.tree))
    return not divides and all(one["agg"].text in _COUNTS for one in measures)


def _activity_in(desk: Desk, result: Spot, measures: list[Spot]) -> str:
    """Return the word that calls the figure an activity: in the key result's own label, or the label of its form."""
    forms = [desk.forms[one["of"].text]["label"] for one in measures if one["of"].text in desk.forms]
    for label in (result["label"], *forms):
        for text in (label.text, *(part.text for _, part in label.members())):
            if found := _ACTIVITY.search(text):
                return found[0]
    return ""


def _advise_on_pipeline(desk: Desk, pipeline: Spot) -> None:
    """A process that people keep to is short: few stages, few fields to fill on the way."""
    stages = [one for one in pipeline["stages"].items() if one["kind"].text in {"", "open"}]
    if len(stages) > MOST_STAGES:
        template = N_("{count} open stages: people keep to a process of at most {most}. Leave out what nobody acts on.")
        long = pipeline["stages"].fault("pipeline.long", template, level="warning", count=len(stages), most=MOST_STAGES)
        desk.add(long)
    for move in pipeline["transitions"].items():
        if (count := len(list(move["required"].items()))) > MOST_ASKED:
            template = N_("This move asks for {count} fields at once; more than {most} are filled in carelessly.")
            desk.add(move["required"].fault("transition.asks", template, level="warning", count=count, most=MOST_ASKED))
    form = desk.forms.get(pipeline["form"].text)
    required = [one for one in form["fields"].items() if one["required"].value is True] if form else []
    if form and len(required) > MOST_REQUIRED:
        template = N_(
            "{count} fields must be filled before a record can begin its way; beyond {most}, ask for some at a later move."
        )
        count = len(required)
        desk.add(form["fields"].fault("form.asks", template, level="warning", count=count, most=MOST_REQUIRED))
