"""Measures: named figures over the records of a form, in an app, an OKR, a key result or a rollup field."""

from __future__ import annotations

from collections.abc import Mapping

from engine.config.defs import MeasureDef, WindowDef
from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.labels import Label
from rules.checked import Checked
from rules.errors import N_
from rules.faults import KINDS
from rules.scope import Shape
from rules.types import DATE, DATETIME, NUMBER, Kind, Type

#: Names that formulas give a meaning of their own.
RESERVED = frozenset(
    {"baseline", "target", "progress", "expected", "parent", "cycle_start", "cycle_end", "today", "now", "me"}
)
_VALUES: Mapping[str, frozenset[Kind]] = {
    "sum": frozenset({Kind.NUMBER, Kind.MONEY}),
    "avg": frozenset({Kind.NUMBER, Kind.MONEY}),
    "min": frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.DATETIME}),
    "max": frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.DATETIME}),
    "count_distinct": frozenset(
        {
            Kind.NUMBER,
            Kind.MONEY,
            Kind.TEXT,
            Kind.CHOICE,
            Kind.DATE,
            Kind.DATETIME,
            Kind.REFERENCE,
            Kind.PERSON,
            Kind.YES_NO,
        }
    ),
}
#: What records can be grouped by as it is, and what by periods.
GROUPS = frozenset({Kind.CHOICE, Kind.REFERENCE, Kind.PERSON, Kind.TEXT, Kind.YES_NO})
DATES = frozenset({Kind.DATE, Kind.DATETIME})


def check_measures(
    desk: Desk, measures: Spot, taken: Mapping[str, object] | None = None, *, asked: bool = False
) -> None:
    """Check the measures of one object; those that are `asked` anew by whoever looks may read `me`."""
    for key, spot in measures.members():
        if key in RESERVED or not key.isidentifier() or not key.isascii() or len(key) > 50 or key != key.lower():
            template = N_("A measure cannot be called “{name}”; use another lower_snake name.")
            desk.add(spot.fault("measure.name", template, name=key[:60]))
        elif taken and key in taken:
            template = N_("The measure “{name}” hides one of the same name declared further out.")
            desk.add(spot.fault("measure.hides", template, level="warning", name=key))
        check_measure(desk, spot)
        if not asked:
            _check_viewer(desk, spot)


def _check_viewer(desk: Desk, spot: Spot) -> None:
    """Figures are counted over all records, for everybody alike: `me` would be nobody, and count what has no owner."""
    if spot["of"].text not in desk.forms:
        return
    for name in ("where", "value", "by"):
        place = spot[name]["expression"] if name == "by" and not spot[name].text else spot[name]
        checked = desk.expression(place, desk.scope(spot["of"].text))
        if checked and reads_viewer(checked):
            desk.add(place.fault("measure.viewer", N_("A figure is the same for everybody, so it cannot read “me”.")))


def reads_viewer(checked: Checked) -> bool:
    """Tell whether an expression depends on who looks."""
    return any(path[0].partition(".")[0] == "me" for path in checked.reads)


def check_measure(desk: Desk, spot: Spot) -> None:
    """Check one measure: its form, what it looks at, and whether that can be aggregated."""
    if not desk.named(spot["of"], desk.forms, "form.unknown", N_("There is no form “{name}”.")):
        return
    scope = desk.scope(spot["of"].text)
    desk.condition(spot["where"], scope)
    _check_value(desk, spot, desk.expression(spot["value"], scope))
    during = desk.expression(spot["during"], scope)
    if during and during.type.kind not in DATES:
        desk.add(spot["during"].fault("measure.during", N_("“during” is a date or a datetime.")))
    if spot["window"].is_given and not spot["during"].is_given and spot["window"].text != "all":
        template = N_("A window needs “during”: which date of the record falls into it?")
        desk.add(spot["window"].fault("measure.window", template))
    _check_by(desk, spot)


def _check_value(desk: Desk, spot: Spot, value: Checked | None) -> None:
    agg = spot["agg"].text
    if agg == "count" and spot["value"].is_given:
        template = N_("“count” counts records and takes no “value”.")
        desk.add(spot["value"].fault("measure.value", template, suggestion="count_distinct"))
    elif agg in _VALUES and not spot["value"].is_given:
        desk.add(spot.fault("measure.value", N_("“{agg}” needs a “value”: what is looked at in each record."), agg=agg))
    elif value and agg in _VALUES and value.type.kind not in _VALUES[agg]:
        template = N_("“{agg}” cannot be taken of {kind}.")
        desk.add(spot["value"].fault("measure.value", template, agg=agg, kind=KINDS[value.type.kind]))


def _check_by(desk: Desk, spot: Spot) -> None:
    by = by_of(desk, spot)
    period = spot["by"]["period"].is_given
    if by is None:
        if period and not spot["by"]["expression"].is_given and not spot["during"].is_given:
            template = N_("Grouping by a period needs “during”, or an “expression” of its own.")
            desk.add(spot["by"].fault("measure.by", template))
    elif period and by.type.kind not in DATES:
        desk.add(spot["by"].fault("measure.by", N_("Only a date or a datetime can be grouped by a period.")))
    elif not period and by.type.kind in DATES:
        desk.add(spot["by"].fault("measure.by", N_("Grouping by a date needs a period, for example month.")))
    elif not period and by.type.kind not in GROUPS:
        template = N_("Records can be grouped by a choice, reference, person, text or yes/no, not by {kind}.")
        desk.add(spot["by"].fault("measure.by", template, kind=KINDS[by.type.kind]))


def by_of(desk: Desk, spot: Spot) -> Checked | None:
    """Return what a measure groups by."""
    scope = desk.scope(spot["of"].text)
    if spot["by"].text:
        return desk.expression(spot["by"], scope)
    if spot["by"]["expression"].text:
        return desk.expression(spot["by"]["expression"], scope)
    return desk.expression(spot["during"], scope) if spot["by"]["period"].is_given else None


def build_measure(desk: Desk, key: str, spot: Spot) -> MeasureDef:
    """Build a measure that was checked."""
    scope = desk.scope(spot["of"].text)
    return MeasureDef(
        key,
        spot["of"].text,
        spot["agg"].text,
        Label.of(spot["label"].value, key),
        where=desk.condition(spot["where"], scope),
        value=desk.expression(spot["value"], scope),
        during=desk.expression(spot["during"], scope),
        window=_window(spot),
        by=by_of(desk, spot),
        by_period=spot["by"]["period"].text,
    )


def build_measures(desk: Desk, measures: Spot) -> dict[str, MeasureDef]:
    """Build the measures of one object."""
    return {key: build_measure(desk, key, spot) for key, spot in measures.members()}


def _window(spot: Spot) -> WindowDef:
    window = spot["window"]
    if window["last"].is_given:
        return WindowDef("last", int(window["last"].number or 0), window["unit"].text)
    return WindowDef(window.text or ("cycle" if spot["during"].is_given else "all"))


def figure_type(desk: Desk, spot: Spot) -> Type:
    """Return the type a measure has inside a formula: counts and sums are never empty."""
    agg = spot["agg"].text
    if agg in {"count", "count_distinct", "sum"}:
        return NUMBER.never_empty()
    value = desk.expression(spot["value"], desk.scope(spot["of"].text)) if spot["of"].text in desk.forms else None
    kind = value.type.kind if value else Kind.NUMBER
    return DATE if kind is Kind.DATE else DATETIME if kind is Kind.DATETIME else NUMBER


def figure_types(desk: Desk, measures: Spot) -> Shape:
    """Return name -> type of the measures that a formula may name; grouped ones are many figures, not one."""
    return {key: figure_type(desk, spot) for key, spot in measures.members() if not spot["by"].is_given}
