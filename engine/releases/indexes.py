"""Which indexes the tables of an app need: they follow from what its config reads, and publishing keeps them so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from engine.config.defs import AppDef, MeasureDef
from engine.dashboards.parts import conditions_of
from engine.records.unique import unique_groups
from engine.releases.live import Live
from forms.defs import FormDef
from rules.checked import Checked
from rules.tree import Compare, Literal, Logic, Name, Node
from rules.types import Kind

#: Begins the name of every index that publishing made, and so may drop again.
PREFIX = "swx_"
#: Bytes that one entry of an index may have on PostgreSQL, less what it needs itself.
WIDEST = 2600
#: Kinds that have an order or an equality an index can serve.
_PLAIN = frozenset(
    {Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.DATETIME, Kind.CHOICE, Kind.REFERENCE, Kind.PERSON, Kind.YES_NO}
)
#: Kinds that lists sort by what the column holds, not by a place in a list or a title elsewhere.
_SORTED_AS_KEPT = frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.DATETIME, Kind.TEXT})
#: Columns that an index of a view begins with, at most.
MOST_FIXED = 2
#: Columns whose order asks for nothing about empty values (engine.records.sort).
NEVER_EMPTY = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, order=True)
class IndexDef:
    """One index on the current table of a form; a unique one leaves deleted records out."""

    table: str
    columns: tuple[str, ...]
    unique: bool = False
    #: Too wide for an entry on PostgreSQL: digests are compared there instead.
    digest: bool = False
    #: Serves an order: living records only, empty values where the order has them, ties by id. It answers alone, for
    #: SQLite with the column that says which records live: without it each entry would be looked up in the table.
    ordered: bool = False

    @property
    def name(self) -> str:
        """Return its name, which says everything about it, so that a changed index is another one."""
        columns = (*self.columns, "in order", "alone") if self.ordered else self.columns
        return index_name(self.table, columns, unique=self.unique)


def index_name(table: str, columns: Iterable[str], *, unique: bool = False) -> str:
    """Return a readable name of at most 63 letters."""
    columns = tuple(columns)
    digest = sha256("|".join((table, *columns, str(unique))).encode()).hexdigest()[:10]
    return f"{PREFIX}{'_'.join(columns)[:40]}_{digest}"


def wanted_indexes(live: Live, form: str) -> list[IndexDef]:
    """Return the indexes of a form: references, people, stage, order of the list, and what conditions read."""
    app, form_def = live.app, live.app.forms[form]
    table = live.tables.current(form).name
    single = {key for key, type_ in app.shapes[form].items() if type_.kind in (Kind.REFERENCE, Kind.PERSON)}
    single |= {name for checked in conditions(app, form) for name in _own_names(checked)}
    single -= {"created_by", "updated_by", "id"}
    made = {IndexDef(table, (key,)) for key in single if _fits(live, form, key)}
    if app.pipeline_of(form):
        made = {one for one in made if one.columns not in (("stage",), ("stage_entered_at",))}
        made.add(IndexDef(table, ("stage", "stage_entered_at", "id", *_added_up(live, form)), ordered=True))
    uniques = {IndexDef(table, group, True, _width(form_def, group) > WIDEST) for group in unique_groups(form_def)}
    plain = {one for one in made if not any(unique.columns[:1] == one.columns for unique in uniques)}
    return sorted(plain | uniques | set(_orders(live, form)) | set(_views(live, form)))


def _added_up(live: Live, form: str) -> list[str]:
    """Return the amount that a board adds up, so that an index alone answers for all its columns."""
    form_def = live.app.forms[form]
    kinds, table = live.app.shapes[form], live.tables.current(form)
    keys = (*form_def.card_fields, *form_def.list_columns, *form_def.by_key)
    money = (key for key in keys if key in table.c and key in kinds and kinds[key].kind is Kind.MONEY)
    return list(money)[:1]


def _orders(live: Live, form: str) -> Iterator[IndexDef]:
    """Return the indexes that serve the order of lists: of everybody's records, and of those of one owner."""
    table, form_def = live.tables.current(form).name, live.app.forms[form]
    keys = {one.removeprefix("-") for one in form_def.list_sort[:1]} | {"created_at", "updated_at"}
    owned = any(one.records is not None and ("owner",) in one.records.reads for one in form_def.permissions)
    for key in keys - {"id"}:
        if not _fits(live, form, key):
            continue
        yield IndexDef(table, (key, "id"), ordered=True)
        if owned and key in {one.removeprefix("-") for one in form_def.list_sort[:1]}:
            yield IndexDef(table, ("owner", key, "id"), ordered=True)


def _views(live: Live, form: str) -> Iterator[IndexDef]:
    """Return the indexes that serve declared views: what each filters by equality, then the first of its order."""
    table, shape = live.tables.current(form).name, live.app.shapes[form]
    for view in live.app.forms[form].views:
        key = next(iter(view.settings.sort), "").removeprefix("-")
        if key not in shape or shape[key].kind not in _SORTED_AS_KEPT or not _fits(live, form, key):
            continue
        same = _equalities(view.condition.tree) if view.condition else ()
        fixed = sorted({one for one in same if one != key and _fits(live, form, one)})
        yield IndexDef(table, (*fixed[:MOST_FIXED], key, "id"), ordered=True)


def _equalities(test: Node) -> Iterator[str]:
    """Return the form's own names that must have one value for a condition to hold."""
    if isinstance(test, Logic) and test.op == "and":
        for item in test.items:
            yield from _equalities(item)
    elif isinstance(test, Compare) and test.op == "==":
        for one, other in ((test.left, test.right), (test.right, test.left)):
            if isinstance(one, Name) and len(one.path) == 1 and isinstance(other, Literal) and other.value is not None:
                yield one.path[0]
    elif isinstance(test, Name) and len(test.path) == 1:
        yield test.path[0]


def _fits(live: Live, form: str, key: str) -> bool:
    type_ = live.app.shapes[form].get(key)
    if type_ is None or key not in live.tables.current(form).c:
        return False
    if type_.kind is Kind.TEXT:
        return _width(live.app.forms[form], (key,)) <= WIDEST
    return type_.kind in _PLAIN


def _width(form: FormDef, keys: Iterable[str]) -> int:
    """Return the bytes that the values of some fields can take together."""
    return sum(_bytes(form, key) for key in keys)


def _bytes(form: FormDef, key: str) -> int:
    field = form.by_key.get(key)
    shown = None if field is None else field.type.shown_as(field)
    if field is None or shown is None or shown.kind is not Kind.TEXT:
        return 60
    if field.type.key == "computed" or shown.key not in ("text", "email", "phone"):
        return WIDEST + 1
    return 4 * int(str(field.params.get("max_length", 500)))


def conditions(app: AppDef, form: str) -> Iterator[Checked]:
    """Return every condition by which records of a form are looked for."""
    yield from (one.records for one in app.forms[form].permissions if one.records is not None)
    yield from (rule.when for rule in app.alerts.values() if rule.form == form)
    yield from (one.where for one in app.forms[form].limits if one.where is not None)
    yield from (one.condition for one in app.forms[form].views if one.condition is not None)
    for measure in measures(app):
        if measure.of == form:
            yield from (one for one in (measure.where, measure.during) if one is not None)
    for dashboard in app.dashboards.values():
        yield from conditions_of(dashboard, form)


def measures(app: AppDef) -> Iterator[MeasureDef]:
    """Return every measure of an app: its own, those of OKR pages and key results, those of rollup fields."""
    yield from app.measures.values()
    for okr in app.okrs.values():
        yield from okr.measures.values()
        for objective in okr.objectives:
            for key_result in objective.key_results:
                yield from key_result.measures.values()
    for form in app.forms.values():
        for field in form.fields:
            measure = field.params.get("measure")
            if isinstance(measure, MeasureDef):
                yield measure


def _own_names(checked: Checked) -> Iterator[str]:
    """Return the form's own names that a condition reads; behind a reference only the reference itself."""
    for path in checked.reads:
        yield "stage_entered_at" if path[0] == "days_in_stage" else path[0]
