"""What of a view one person may use: what is hidden from them or gone falls away, and nothing else does."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.config.views import can_group, serves
from engine.people.users import SYSTEM, User
from engine.records.expressions import condition_from
from engine.records.filters import slot_of
from engine.releases.live import Live
from engine.rights import ever_visible, visible
from engine.views.found import View, seen
from engine.views.rows import SavedView
from forms.defs import FieldDef
from forms.errors import FormError
from forms.system import PERSON_SHAPE
from forms.views import PERIODS, ViewSettings
from rules.check import check
from rules.checked import Checked
from rules.errors import RuleError
from rules.parse import parse
from rules.scope import RecordScope
from rules.types import Kind

_DAYS = frozenset({Kind.DATE, Kind.DATETIME})
_NUMBERS = frozenset({Kind.NUMBER, Kind.MONEY})


@dataclass(frozen=True)
class Settled:
    """The settings that one person may use, the filter checked, and whether anything fell away."""

    settings: ViewSettings
    condition: Checked | None = None
    #: Names and pieces of the filter that fell away: told to whoever wrote them, to others only that some did.
    lost: tuple[str, ...] = ()


def settle(live: Live, form: str, settings: ViewSettings, user: User) -> Settled:
    """Return what a person may use of a view.

    Columns may be of fields seen on some records only; whatever orders, groups, adds up or filters reads only fields
    that this person sees on every record.
    """
    shown, sure = ever_visible(live, form, user), visible(live, form, user)
    fields = {key: slot for key in shown if (slot := slot_of(live, form, key))}
    group, period = settings.grouped
    grouped = settings.group if group in sure and _groups(fields.get(group), period) else ""
    kept = replace(
        settings,
        columns=tuple(key for key in settings.columns if key in fields),
        widths={key: width for key, width in settings.widths.items() if key in fields},
        sort=tuple(one for one in settings.sort if _sorts(fields.get(one.removeprefix("-")), sure)),
        group=grouped,
        totals={key: agg for key, agg in settings.totals.items() if _adds(fields.get(key), agg, sure)},
        fields={one: key for one, key in settings.fields.items() if key in sure and serves(one, fields[key])},
    )
    text, condition, dropped = _filter(live, form, settings.filter, user)
    gone = sorted(settings.names - kept.names)
    return Settled(replace(kept, filter=text), condition, (*gone, *dropped))


def _groups(field: FieldDef | None, period: str) -> bool:
    if field is None or not can_group(field):
        return False
    return not period or (period in PERIODS and field.type.rule_type(field).kind in _DAYS)


def _sorts(field: FieldDef | None, sure: frozenset[str]) -> bool:
    return field is not None and field.key in sure and field.type.sortable


def _adds(field: FieldDef | None, agg: str, sure: frozenset[str]) -> bool:
    if field is None or field.key not in sure:
        return False
    return agg == "count" or field.type.rule_type(field).kind in _NUMBERS


def _filter(live: Live, form: str, text: str, user: User) -> tuple[str, Checked | None, tuple[str, ...]]:
    """Return the filter, or what is left of it: of conditions joined by "and" those that this person may ask."""
    if not text.strip():
        return "", None, ()
    try:
        return text, condition_from(live, form, text, user), ()
    except RuleError:
        pieces = _clauses(text)
    kept = [piece for piece in pieces if _passes(live, form, piece, user)]
    whole = " and ".join(f"({piece})" for piece in kept) if len(kept) > 1 else "".join(kept)
    lost = tuple(piece for piece in pieces if piece not in kept)
    return whole, condition_from(live, form, whole, user) if whole else None, lost


def _clauses(text: str) -> list[str]:
    try:
        parsed = parse(text)
    except RuleError:
        return [text]
    if not (isinstance(parsed.root, ast.BoolOp) and isinstance(parsed.root.op, ast.And)):
        return [text]
    return [
        text[parsed.position(one.col_offset) : parsed.position(one.end_col_offset or 0)] for one in parsed.root.values
    ]


def _passes(live: Live, form: str, text: str, user: User) -> bool:
    try:
        condition_from(live, form, text, user)
    except RuleError:
        return False
    return True


def refuse_filter(live: Live, form: str, text: str, user: User) -> None:
    """Raise FormError when a filter cannot be asked by this person."""
    if text.strip():
        try:
            condition_from(live, form, text, user)
        except RuleError as error:
            raise FormError.of(error.faults) from error


def reads(live: Live, form: str, settings: ViewSettings) -> frozenset[str]:
    """Return the fields of a form that a view needs, its filter included, whoever looks at it."""
    scope = RecordScope(live.app.shapes, form, PERSON_SHAPE, live.app.context)
    try:
        checked = check(settings.filter, scope, Kind.YES_NO) if settings.filter.strip() else None
    except RuleError:
        checked = None
    asked = {path[0] for path in checked.reads} if checked else set()
    return frozenset((settings.names | asked) & live.app.shapes[form].keys())


def usage(session: Session, live: Live) -> dict[tuple[str, str], list[View]]:
    """Return (form, field) -> the views that need it, everybody's: for whoever is about to change the config."""
    found: dict[tuple[str, str], list[View]] = {}
    for form, view in _all(session, live):
        for key in reads(live, form, view.settings):
            found.setdefault((form, key), []).append(view)
    return found


def _all(session: Session, live: Live) -> Iterable[tuple[str, View]]:
    for form in live.app.forms.values():
        yield from ((form.key, View(one.key, one.label, one.kind, one.settings, one.roles)) for one in form.views)
    rows = session.scalars(select(SavedView).where(SavedView.app_key == live.key).order_by(SavedView.id))
    yield from ((row.form, seen(row, SYSTEM)) for row in rows if row.form in live.app.forms)
