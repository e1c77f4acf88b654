"""What tiles are made of: the figure they show, what it is split by, the key results and targets they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.config.check_okrs import CLOCK, check_formula
from engine.config.defs import DashboardDef, MeasureDef
from engine.config.desk import Desk
from engine.config.measures import (
    DATES,
    GROUPS,
    build_measure,
    build_measures,
    by_of,
    check_measure,
    check_measures,
    figure_types,
)
from engine.config.schema_parts import PERIODS, Schema, array, enum, ref, text
from engine.config.spot import Spot
from rules.checked import Checked
from rules.errors import N_
from rules.faults import KINDS
from rules.scope import ValueScope
from rules.types import DATE

#: How the one measure of a tile is called where a formula reads it.
VALUE = "value"
MOST_ROWS = 100

_MEASURE = ref("tile_measure", "What is shown: a measure of the app by its key, or one of its own.")
_FILTER = ref("expression", "Only records for which this holds; it may read me and today.")
_LOOK: Schema = {
    "unit": text("Shown behind the number.", 20),
    "decimals": {"type": "integer", "minimum": 0, "maximum": 6, "description": "Digits shown."},
}
#: Members of a tile with one measure.
MEASURED: Schema = {"measure": _MEASURE, "filter": _FILTER, **_LOOK}
#: Members of a tile that shows one number, which may also be a formula over several measures.
FIGURE: Schema = {
    "measure": _MEASURE,
    "measures": ref("measures"),
    "formula": ref("expression", "The number, worked out from measures of the tile and of the app."),
    "filter": _FILTER,
    **_LOOK,
}
BY: Schema = ref("tile_group")
KEY_RESULT: Schema = {
    "okr": ref("name", "OKR page of the key result."),
    "key_result": ref("name", "Key result there, instead of a measure."),
}
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "description": "How many are shown at most."}
TARGET: Schema = {
    "type": ["number", "string"],
    "maxLength": 2000,
    "description": "What is to be reached: a number, or a formula over measures.",
}
COLUMNS = array(ref("name"), "Fields that are shown, in order.", 20, 1)
STEPS = enum(PERIODS[:4], "Day, week, month or quarter.")


@dataclass(frozen=True, slots=True)
class GroupDef:
    """What figures are split by: the values of an expression, or the periods of a date."""

    expression: Checked
    period: str = ""


@dataclass(frozen=True, slots=True)
class FigureDef:
    """The figure of a tile: one measure called `value`, or several and a formula over them; which records, and how it is written."""

    measures: Mapping[str, MeasureDef]
    formula: Checked | None = None
    filter: Checked | None = None
    unit: str = ""
    decimals: int | None = None
    #: Key of the app's measure that is shown, if it is one of those.
    named: str = ""
    #: What the app's measure is split by itself.
    by: GroupDef | None = None

    @property
    def measure(self) -> MeasureDef:
        """Return the one measure."""
        return self.measures[VALUE]


@dataclass(frozen=True, slots=True)
class TargetDef:
    """What is to be reached: a number, or a formula over measures."""

    number: float | None = None
    formula: Checked | None = None
    measures: Mapping[str, MeasureDef] = field(default_factory=dict)


# -- measures ----------------------------------------------------------------------------------------------------------


def check_figure(desk: Desk, tile: Spot, *, formula: bool = False) -> None:
    """Check the measure of a tile, or its formula, where it may have one."""
    if formula and tile["formula"].is_given:
        check_measures(desk, tile["measures"], dict(desk.source.app["measures"].members()), asked=True)
        check_formula(desk, tile["formula"], scope_of(desk, tile), grouped(desk, tile))
        if tile["measure"].is_given:
            template = N_("Give “measure”, or “formula” with the measures it reads, not both.")
            desk.add(tile["measure"].fault("tile.both", template))
        if tile["filter"].is_given:
            template = N_("A formula has no records of its own: write “where” into its measures.")
            desk.add(tile["filter"].fault("tile.filter", template))
        return
    if not tile["measure"].is_given:
        template = N_("What does this tile show? Write “measure”.")
        desk.add(tile.fault("tile.measure", template))
        return
    check_one(desk, tile["measure"])
    desk.condition(tile["filter"], desk.scope(form_of(desk, tile)))


def check_one(desk: Desk, place: Spot) -> None:
    """Check a measure: named, it is one of the app's; written out, it is checked like every other."""
    if place.text:
        known = dict(desk.source.app["measures"].members())
        desk.named(place, known, "measure.unknown", N_("The app has no measure “{name}”."))
    elif place.is_given:
        check_measure(desk, place)


def measure_at(desk: Desk, place: Spot) -> Spot:
    """Return where the measure of a place is written: there, or in app.json."""
    return desk.source.app["measures"][place.text] if place.text else place


def form_of(desk: Desk, tile: Spot) -> str:
    """Return the form whose records a tile is about; nothing where that is not known."""
    if tile["pipeline"].text:
        known = desk.by_key("pipelines")
        return known[tile["pipeline"].text]["form"].text if tile["pipeline"].text in known else ""
    return measure_at(desk, tile["measure"])["of"].text or tile["form"].text


def scope_of(desk: Desk, tile: Spot) -> ValueScope:
    """Return the names of a tile's formulas: measures of the app and the tile, and the dates of the period that is shown."""
    figures = {**figure_types(desk, desk.source.app["measures"]), **figure_types(desk, tile["measures"])}
    clock = {**CLOCK, "cycle_start": DATE, "cycle_end": DATE}
    return ValueScope({**figures, **clock}, desk.context)


def grouped(desk: Desk, tile: Spot) -> set[str]:
    """Return the measures that a formula may not name, for they are many figures."""
    listed = (*desk.source.app["measures"].members(), *tile["measures"].members())
    return {key for key, spot in listed if spot["by"].is_given}


def build_figure(desk: Desk, tile: Spot) -> FigureDef:
    """Build the figure of a tile that was checked."""
    look = tile["unit"].text, None if tile["decimals"].number is None else int(tile["decimals"].number)
    formula = check_formula(desk, tile["formula"], scope_of(desk, tile)) if tile["formula"].text else None
    if formula is not None:
        return FigureDef(_read_by(desk, tile, formula), formula, None, *look)
    place = measure_at(desk, tile["measure"])
    made = build_measure(desk, tile["measure"].text or VALUE, place)
    return FigureDef(
        {VALUE: made},
        None,
        desk.condition(tile["filter"], desk.scope(made.of)),
        *look,
        named=tile["measure"].text,
        by=GroupDef(by, made.by_period) if (by := by_of(desk, place)) is not None else None,
    )


def _read_by(desk: Desk, tile: Spot, formula: Checked) -> dict[str, MeasureDef]:
    known = {**build_measures(desk, desk.source.app["measures"]), **build_measures(desk, tile["measures"])}
    read = {path[0] for path in formula.reads}
    return {key: one for key, one in known.items() if key in read}


# -- targets -----------------------------------------------------------------------------------------------------------


def check_target(desk: Desk, tile: Spot) -> None:
    """Check what is to be reached."""
    check_formula(desk, tile["target"], scope_of(desk, tile), grouped(desk, tile))


def build_target(desk: Desk, tile: Spot) -> TargetDef | None:
    """Build what is to be reached; None without a target."""
    if not tile["target"].is_given:
        return None
    if tile["target"].number is not None:
        return TargetDef(tile["target"].number)
    formula = check_formula(desk, tile["target"], scope_of(desk, tile))
    assert formula is not None, "a config with errors is not built"
    return TargetDef(None, formula, _read_by(desk, tile, formula))


# -- groups ------------------------------------------------------------------------------------------------------------


def check_group(desk: Desk, tile: Spot, name: str) -> None:
    """Check what a tile is split by: an expression over one record, or a period of a date."""
    place, form = tile[name], form_of(desk, tile)
    if form not in desk.forms:
        return
    by, period = group_of(desk, tile, name), place["period"].is_given
    if by is None:
        if period and not place["expression"].is_given:
            template = N_("Grouping by a period needs “during” in the measure, or an “expression” of its own.")
            desk.add(place.fault("tile.by", template))
    elif period and by.type.kind not in DATES:
        desk.add(place.fault("tile.by", N_("Only a date or a datetime can be grouped by a period.")))
    elif not period and by.type.kind in DATES:
        desk.add(place.fault("tile.by", N_("Grouping by a date needs a period, for example month.")))
    elif not period and by.type.kind not in GROUPS:
        template = N_("Records can be grouped by a choice, reference, person, text or yes/no, not by {kind}.")
        desk.add(place.fault("tile.by", template, kind=KINDS[by.type.kind]))


def group_of(desk: Desk, tile: Spot, name: str) -> Checked | None:
    """Return what a tile is split by at a member."""
    place, scope = tile[name], desk.scope(form_of(desk, tile))
    if place.text:
        return desk.expression(place, scope)
    if place["expression"].text:
        return desk.expression(place["expression"], scope)
    measure = measure_at(desk, tile["measure"])
    return desk.expression(measure["during"], scope) if place["period"].is_given else None


def build_group(desk: Desk, tile: Spot, name: str) -> GroupDef | None:
    """Build what a tile is split by; None where nothing says."""
    found = group_of(desk, tile, name)
    return None if found is None else GroupDef(found, tile[name]["period"].text)


def check_given_group(desk: Desk, tile: Spot, name: str = "by") -> None:
    """Check a split that a tile cannot do without, unless the app's measure brings one."""
    check_group(desk, tile, name)
    if not tile[name].is_given and not measure_at(desk, tile["measure"])["by"].is_given:
        template = N_("What is it split by? Write “{name}”, for example a field of the form.")
        desk.add(tile.fault("tile.by", template, name=name))


# -- key results -------------------------------------------------------------------------------------------------------


def check_key_result(desk: Desk, tile: Spot) -> None:
    """Check the OKR page and the key result that a tile names."""
    okrs = desk.by_key("okrs")
    if not desk.named(tile["okr"], okrs, "okr.unknown", N_("There is no OKR page “{name}”.")):
        if tile["key_result"].is_given and not tile["okr"].is_given:
            desk.add(tile.fault("tile.okr", N_("On which OKR page is this key result? Write “okr”.")))
        return
    objectives = okrs[tile["okr"].text]["objectives"]
    known = {one["key"].text for objective in objectives.items() for one in objective["key_results"].items()}
    desk.named(tile["key_result"], known, "kr.unknown", N_("There is no key result “{name}”."))
    named = {one["key"].text for one in objectives.items()}
    desk.named(tile["objective"], named, "objective.unknown", N_("There is no objective “{name}”."))


# -- what is looked for ------------------------------------------------------------------------------------------------


def conditions_of(dashboard: DashboardDef, form: str) -> Iterator[Checked]:
    """Yield the conditions by which a dashboard looks for records of a form: what publishing keeps indexes for."""
    yield from (one.fields[form] for one in dashboard.filters if form in one.fields)
    for tile in dashboard.tiles:
        for measure in _measures(tile.given):
            if measure.of == form:
                yield from (one for one in (measure.where, measure.during) if one is not None)
        looked = getattr(tile.given, "figure", None) or tile.given
        of = (
            looked.measure.of
            if isinstance(looked, FigureDef) and looked.formula is None
            else getattr(looked, "form", "")
        )
        condition = getattr(looked, "filter", None)
        if of == form and condition is not None:
            yield condition


def _measures(given: object) -> Iterator[MeasureDef]:
    """Yield the measures that a tile was told of."""
    for holder in (getattr(given, "figure", None), getattr(given, "target", None)):
        if isinstance(holder, FigureDef | TargetDef):
            yield from holder.measures.values()
    single = getattr(given, "target_measure", None)
    if isinstance(single, MeasureDef):
        yield single
