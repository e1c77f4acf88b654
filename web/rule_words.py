"""An alert rule in words: when it fires, when it ends, whom it tells and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.config.defs import AlertRuleDef, SpanDef, StepDef
from engine.errors import NotFound
from engine.okr.drill import key_result_named
from engine.people import find_user
from engine.releases import Live
from rules.errors import N_
from rules.tree import Literal, Name
from web import here, i18n
from web.words import gettext, ngettext

PEOPLE = {
    "owner": N_("the owner"),
    "manager": N_("the owner's manager"),
    "creator": N_("who created it"),
    "team": N_("the owner's team"),
    "followers": N_("its followers"),
}
EVERY = {
    "day": N_("every day"),
    "working_day": N_("every working day"),
    "week": N_("every week"),
    "month": N_("every month"),
    "quarter": N_("every quarter"),
    "year": N_("every year"),
}
PERIODS = {
    "week": N_("this week"),
    "month": N_("this month"),
    "quarter": N_("this quarter"),
    "half_year": N_("this half year"),
    "year": N_("this year"),
}


def _told(label: object) -> str:
    return str(i18n.told(label))


def words(live: Live, rule: AlertRuleDef, say: Callable[[str], str] = str) -> list[str]:
    """Return one sentence per line; `say` puts a condition into words, which stands as it is written without it."""
    return [*_fires(live, rule, say), *_ends(rule, say), *_tells(live, rule)]


def span_text(span: SpanDef) -> str:
    """Return a span as people say it."""
    count = abs(int(span.count))
    match span.unit:
        case "minutes":
            return ngettext("%(num)d minute", "%(num)d minutes", count)
        case "hours":
            return ngettext("%(num)d hour", "%(num)d hours", count)
        case "days":
            return ngettext("%(num)d day", "%(num)d days", count)
        case "weeks":
            return ngettext("%(num)d week", "%(num)d weeks", count)
        case "working_hours":
            return ngettext("%(num)d working hour", "%(num)d working hours", count)
        case _:
            return ngettext("%(num)d working day", "%(num)d working days", count)


def _fires(live: Live, rule: AlertRuleDef, say: Callable[[str], str]) -> Iterator[str]:
    for key, given in rule.triggers.items():
        yield _TRIGGERS[key](live, rule, given) if key in _TRIGGERS else key
    if not isinstance(rule.when.tree, Literal) and rule.when.text != "1 == 1":
        yield gettext("It fires when: %(condition)s", condition=say(rule.when.text))
    if rule.hold_minutes:
        yield gettext("This must hold for %(span)s.", span=span_text(_rounded(rule.hold_minutes)))


def _ends(rule: AlertRuleDef, say: Callable[[str], str]) -> Iterator[str]:
    if rule.until is not None:
        yield gettext("It ends when: %(condition)s", condition=say(rule.until.text))


def _tells(live: Live, rule: AlertRuleDef) -> Iterator[str]:
    for step in rule.steps:
        people = gettext(", ").join(recipient(live, to) for to in step.to)
        if not people:
            continue
        span = _after(step)
        if span is None:
            yield gettext("It tells %(people)s at once.", people=people)
        else:
            yield gettext("It tells %(people)s after %(span)s without an answer.", people=people, span=span_text(span))
    if rule.repeat_hours:
        yield gettext("It reminds again every %(span)s.", span=span_text(SpanDef(rule.repeat_hours, "hours")))
    for key in rule.muted_by:
        other = live.app.alerts.get(key)
        yield gettext("It keeps still while “%(rule)s” fires.", rule=_told(other.label) if other else key)
    if rule.tell == "working_hours":
        yield gettext("What comes outside working hours waits for them.")


def delay(step: StepDef) -> str:
    """Return when a step is told, counted from when the alert fires."""
    span = _after(step)
    return gettext("at once") if span is None else gettext("after %(span)s", span=span_text(span))


def _after(step: StepDef) -> SpanDef | None:
    return step.after or (_rounded(step.after_minutes) if step.after_minutes else None)


def _rounded(minutes: int) -> SpanDef:
    """Return minutes in the largest unit that says them exactly."""
    unit, size = next(one for one in (("days", 1440), ("hours", 60), ("minutes", 1)) if minutes % one[1] == 0)
    return SpanDef(minutes // size, unit)


def recipient(live: Live, to: str) -> str:
    """Return whom a step of a rule tells, in words."""
    kind, _, key = to.partition(":")
    if kind in ("role", "region"):
        label = next((_told(one.label) for one in live.app.roles if one.key == key), key)
        return gettext("%(role)s of its region", role=label) if kind == "region" else label
    if kind == "person":
        try:
            return find_user(here.db(), key).name
        except NotFound:
            return key
    return gettext(PEOPLE[to]) if to in PEOPLE else key or to


def _at(live: Live, rule: AlertRuleDef, given: Any) -> str:
    field = _field(live, rule.form, given.of)
    facts = {"span": span_text(given.span), "field": field}
    if given.span.count < 0:
        text = gettext("%(span)s before: %(field)s", **facts)
    else:
        text = gettext("%(span)s after: %(field)s", **facts) if given.span.count else field
    return gettext("%(when)s, at %(time)s", when=text, time=f"{given.of_day:%H:%M}") if given.of_day else text


def _field(live: Live, form: str, of: Any) -> str:
    if isinstance(of.tree, Name) and len(of.tree.path) == 1 and form in live.app.forms:
        field = live.app.forms[form].by_key.get(of.tree.path[0])
        return _told(field.label) if field else of.text
    return str(of.text)


def _in_stage(live: Live, rule: AlertRuleDef, given: Any) -> str:
    pipeline = live.app.pipeline_of(rule.form)
    found = [pipeline.stage(key) for key in given.stages] if pipeline else []
    stages = gettext(", ").join(_told(one.label) for one in found if one)
    if not stages:
        return gettext("It has stood in its stage for %(span)s.", span=span_text(given.span))
    return gettext("It has stood in %(stages)s for %(span)s.", stages=stages, span=span_text(given.span))


def _changed(live: Live, rule: AlertRuleDef, given: Any) -> str:
    fields = live.app.forms[rule.form].by_key
    names = gettext(", ").join(_told(fields[key].label) if key in fields else key for key in given.fields)
    return gettext("It changes: %(fields)s", fields=names)


def _missing(live: Live, rule: AlertRuleDef, given: Any) -> str:  # noqa: ARG001 - the signature of its neighbours
    form = _told(live.app.forms[given.form].label)
    if given.span is not None:
        return gettext("There has been none for %(span)s: %(form)s", span=span_text(given.span), form=form)
    return gettext("There has been none %(period)s: %(form)s", period=gettext(PERIODS[given.period]), form=form)


def _figure(live: Live, rule: AlertRuleDef, given: Any) -> str:  # noqa: ARG001 - the signature of its neighbours
    if given.measure:
        label = live.app.measures[given.measure].label
    else:
        label = key_result_named(live.app.okrs[given.okr], given.key_result).label
    return gettext("It watches: %(figure)s", figure=_told(label) or given.measure or given.key_result)


def _schedule(live: Live, rule: AlertRuleDef, given: Any) -> str:  # noqa: ARG001 - the signature of its neighbours
    if given.cron:
        return gettext("At the times of: %(cron)s", cron=given.cron)
    return gettext(
        "It is looked at %(every)s at %(time)s.", every=gettext(EVERY[given.every]), time=f"{given.of_day:%H:%M}"
    )


_TRIGGERS: Mapping[str, Callable[[Live, AlertRuleDef, Any], str]] = {
    "at": _at,
    "in_stage": _in_stage,
    "created": lambda *_: gettext("A record is created."),
    "changed": _changed,
    "missing": _missing,
    "schedule": _schedule,
    "figure": _figure,
    "okr_changed": lambda live, rule, given: gettext(  # noqa: ARG005 - the signature of its neighbours
        "The OKR page changes: %(okr)s", okr=_told(live.app.okrs[given].label)
    ),
}
