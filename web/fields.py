"""The fields of a form as one viewer sees them, and what drawing their values needs: titles and names, in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.records.resolve import Resolver
from engine.records.titles import PEOPLE, titles_of
from engine.records.writing import stage_options
from engine.rights import EDIT, HIDDEN, field_access, visible
from forms.fields import InputContext
from forms.system import system_fields
from rules.types import OF_PEOPLE, OF_RECORDS, ids_in
from web import here
from web.file_view import files_in
from web.widgets import Display, Look

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FieldDef


def all_fields(live: Live, form_key: str) -> Mapping[str, FieldDef]:
    """Return the fields and system names of a form by key, whoever looks."""
    memo = ("web.fields", form_key)
    if memo not in live.memo:
        pipeline = live.pipeline(form_key)
        system = system_fields(stage_options(pipeline) if pipeline else ())
        live.memo[memo] = {**live.form(form_key).by_key, **system}
    found: Mapping[str, FieldDef] = live.memo[memo]
    return found


def visible_fields(live: Live, form_key: str) -> Mapping[str, FieldDef]:
    """Return what the viewer may see of a form."""
    access = field_access(live, form_key, here.viewer())
    return {key: one for key, one in all_fields(live, form_key).items() if access.get(key, HIDDEN) != HIDDEN}


def sure_fields(live: Live, form_key: str) -> Mapping[str, FieldDef]:
    """Return what the viewer may see on every record: what a list may be sorted, filtered and added up by."""
    sure = visible(live, form_key, here.viewer())
    return {key: one for key, one in all_fields(live, form_key).items() if key in sure}


def editable(live: Live, form_key: str) -> frozenset[str]:
    """Return the keys of the fields that the viewer may fill in."""
    access = field_access(live, form_key, here.viewer())
    return frozenset(key for key, level in access.items() if level == EDIT)


def look_at(live: Live, fields: Iterable[FieldDef], rows: Iterable[Mapping[str, object]]) -> Look:
    """Return what drawing these fields of these rows needs: all titles and names by one statement."""
    wanted: dict[str, set[int]] = {}
    people: set[int] = set()
    held, fields = list(rows), list(fields)
    for field in fields:
        kind = field.type.shown_as(field).kind
        if kind not in OF_PEOPLE | OF_RECORDS:
            continue
        values = {id_ for row in held for id_ in ids_in(row.get(field.key))}
        if kind in OF_PEOPLE:
            people |= values
        elif values:
            wanted.setdefault(field.to or str(field.params.get("to", "")), set()).update(values)
    found = titles_of(here.db(), live, {**wanted, PEOPLE: people}, here.viewer(), here.now())
    named = {(form, id_): title for form, some in found.items() if form != PEOPLE for id_, title in some.items()}
    return Look(live, named, found[PEOPLE], files_in(fields, held))


def title_of(live: Live, record: Record) -> str:
    """Return how a record is called; its number when it has no title or the viewer may not see it."""
    form = live.form(record.form)
    value = record.get(form.title)
    if value is None:
        return f"#{record.id}"
    field = form.by_key[form.title]
    return field.type.shown_as(field).plain(field, value)


def displays(fields: Sequence[FieldDef], record: Record, look: Look, *, small: bool = False) -> list[Display]:
    """Return the values of a record, ready to be drawn."""
    return [Display(field, record.get(field.key), look, small) for field in fields]


def input_context(live: Live) -> InputContext:
    """Return what reading a typed value needs: the app's zone and currency, and titles within the viewer's rights."""
    resolver = Resolver(here.db(), live, here.viewer(), here.now(), departed=True)
    return InputContext(
        time_zone=live.app.context.time_zone,
        currency=live.app.currency,
        find_records=resolver.find_records,
        find_people=resolver.find_people,
    )
