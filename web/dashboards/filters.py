"""What can be chosen above a dashboard: the periods, and the values of a field that there are among the records one may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.config.defs import MeasureDef, WindowDef
from engine.dashboards.answers import distinct, in_own_order, size
from engine.dashboards.asking import Asking, Unseen
from engine.dashboards.chosen import EMPTY, FIELD, FROM, ME, PERIOD, TO, Chosen, encode, type_of
from engine.dashboards.parts import VALUE, FigureDef, GroupDef
from engine.dashboards.periods import CUSTOM
from rules.types import Kind
from web import i18n
from web.dashboards.values import names_for
from web.dashboards.words import span_text, spans
from web.words import gettext

if TYPE_CHECKING:
    from engine.config.defs import DashboardFilterDef
    from engine.sql.figures import Value

#: Values offered at most.
MOST = 200


@dataclass(frozen=True)
class Choice:
    """One control above the dashboard: (value, words) of what may be chosen."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str = ""
    #: Names and values of the two dates of a period of one's own.
    dates: Sequence[tuple[str, str, str]] = ()
    hint: str = ""


def choices(ask: Asking) -> list[Choice]:
    """Return the controls, one for each filter that this person can use."""
    fields = [one for one in ask.dashboard.filters if one.type == "field"]
    found = {one.key: values for one in fields if (values := _values(ask, one)) is not None}
    names = names_for(ask.live, [(group, keys) for _, group, keys in found.values()])
    made = []
    for one in ask.dashboard.filters:
        if one.type == "period":
            made.append(_period(ask, one))
        elif one.key in found:
            form, group, keys = found[one.key]
            options = [(encode(key), names.of(form, group, key)) for key in keys]
            if type_of(one).kind is Kind.PERSON and ask.user.id is not None:
                options.insert(0, (ME, gettext("Me")))
            chosen = ask.chosen.args.get(FIELD + one.key, "")
            if chosen and chosen not in {value for value, _ in options}:
                options.append((chosen, gettext("Empty") if chosen == EMPTY else chosen))
            made.append(Choice(FIELD + one.key, str(i18n.told(one.label)), [("", gettext("All")), *options], chosen))
    return made


def _period(ask: Asking, one: DashboardFilterDef) -> Choice:
    period = ask.chosen.period
    dates: list[tuple[str, str, str]] = []
    if period.name == CUSTOM:
        start, end = period.span.start, period.span.end
        dates = [
            (FROM, gettext("From"), start.isoformat() if start else ""),
            (TO, gettext("To"), end.isoformat() if end else ""),
        ]
    hint = "" if period.name in ("all", CUSTOM) else span_text(period.span)
    return Choice(PERIOD, str(i18n.told(one.label)), list(spans().items()), period.name, dates, hint)


def _values(ask: Asking, one: DashboardFilterDef) -> tuple[str, GroupDef, list[Value]] | None:
    """Return the form, the split and the values that are offered; None where this person may not see any of it."""
    freely = Asking(ask.session, ask.live, ask.dashboard, ask.user, ask.now, Chosen(ask.chosen.period))
    for form, checked in one.fields.items():
        group = GroupDef(checked)
        try:
            freely.narrowed(form, [checked])
        except Unseen:
            continue
        if checked.type.options:
            return form, group, list(checked.type.options)
        if checked.type.kind is Kind.YES_NO:
            return form, group, [True, False]
        every = FigureDef({VALUE: MeasureDef(VALUE, form, "count", window=WindowDef("all"))})
        cells = freely.cells(every, [group])
        sizes = {key[0]: size(figure) for key, figure in cells.figures.items()}
        return form, group, in_own_order(distinct(cells, 0), checked.type, sizes.__getitem__)[:MOST]
    return None
