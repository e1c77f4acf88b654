"""Values that records share, by their names: options by labels, people by names, records by titles, months by the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from engine.records.titles import PEOPLE, titles_of
from rules.errors import N_
from rules.tree import Name
from rules.types import Kind
from web import here, i18n
from web.fields import all_fields
from web.words import gettext

if TYPE_CHECKING:
    from engine.dashboards.parts import GroupDef
    from engine.releases import Live
    from engine.sql.figures import Value
    from forms.defs import FieldDef
    from rules.checked import Checked


@dataclass(frozen=True)
class Names:
    """How the values of several splits are called; titles and names were read in one statement."""

    live: Live
    titles: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def of(self, form: str, group: GroupDef, value: Value) -> str:
        """Say one value."""
        type_ = group.expression.type
        if value is None:
            return gettext("Empty")
        if group.period and isinstance(value, date):
            return step_text(value, group.period)
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if isinstance(value, datetime):
            return i18n.moment(value, here.zone(self.live))
        if type_.kind in (Kind.PERSON, Kind.REFERENCE) and isinstance(value, int):
            where = PEOPLE if type_.kind is Kind.PERSON else type_.form
            return self.titles.get(where, {}).get(value, f"#{value}")
        named = slot_at(self.live, form, group.expression)
        option = next((one for one in named.options if one.key == value), None) if named else None
        return str(i18n.told(option.label)) if option else str(value)


def names_for(live: Live, wanted: Iterable[tuple[GroupDef, Sequence[Value]]]) -> Names:
    """Return how these values are called."""
    ids: dict[str, set[int]] = {}
    for group, values in wanted:
        type_ = group.expression.type
        if type_.kind in (Kind.PERSON, Kind.REFERENCE):
            where = PEOPLE if type_.kind is Kind.PERSON else type_.form
            ids.setdefault(where, set()).update(one for one in values if isinstance(one, int))
    some = {where: found for where, found in ids.items() if found}
    return Names(live, titles_of(here.db(), live, some, here.viewer(), here.now()) if some else {})


def step_text(first: date, period: str) -> str:
    """Say a step of time by its first day."""
    return i18n.period(first, period) or i18n.day(first)


def slot_at(live: Live, form: str, checked: Checked) -> FieldDef | None:
    """Return the field at the end of a path; None for what is no plain path, or a fact of a person."""
    if not isinstance(checked.tree, Name):
        return None
    found: FieldDef | None = None
    for name in checked.tree.path:
        found = all_fields(live, form).get(name) if form else None
        type_ = live.app.shapes[form].get(name) if form else None
        form = type_.form if type_ is not None and type_.kind is Kind.REFERENCE else ""
    return found


def path_text(live: Live, form: str, checked: Checked) -> str:
    """Say an expression by the labels along its path, or as it is written."""
    if not isinstance(checked.tree, Name):
        return checked.text
    labels: list[str] = []
    for name in checked.tree.path:
        slot = all_fields(live, form).get(name) if form else None
        labels.append(
            str(i18n.told(slot.label)) if slot else gettext(PERSON_FACTS[name]) if name in PERSON_FACTS else name
        )
        type_ = live.app.shapes[form].get(name) if form else None
        form = type_.form if type_ is not None and type_.kind is Kind.REFERENCE else ""
    return " › ".join(labels)


#: What the facts of a person are called.
PERSON_FACTS = {
    "name": N_("Name"),
    "region": N_("Region"),
    "team": N_("Team"),
    "email": N_("E-mail"),
    "manager": N_("Manager"),
}
