"""`/a/<app>/<form>/`: the list of a form, with search, filters, order, pages, and the records behind a figure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.errors import EngineError, NotFound
from engine.okr.drill import behind
from engine.records.query import COUNT_CAP, Drill, Page, query
from engine.rights import may
from web import here, i18n
from web.fields import displays, look_at, sure_fields, title_of, visible_fields
from web.filter_panel import filter_controls
from web.filters import chip
from web.list_query import PAGE_SIZE, ListQuery, read_query
from web.render import go, render
from web.widgets import Display, Look
from web.words import gettext, ngettext

if TYPE_CHECKING:
    from engine.okr.drill import Behind
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef

bp = Blueprint("lists", __name__)
#: Columns of a form that names none, and what every list shows beside its own fields.
MOST_COLUMNS = 7


@dataclass(frozen=True)
class Column:
    """One column: its field, whether it is the one sorted by, and where a click on its head leads."""

    field: FieldDef
    sort_url: str
    direction: str
    numeric: bool


@dataclass(frozen=True)
class Row:
    """One record of the list."""

    url: str
    title: str
    cells: Sequence[Display]


@dataclass(frozen=True)
class Chip:
    """What narrows the list, as a sentence, and the address without it."""

    text: Markup | str
    without: str


@bp.get("/a/<app_key>/")
def app_home(app_key: str) -> Response:
    """Go to the first form of an app that the viewer may read."""
    live = here.live_app(app_key)
    forms = [key for key in live.app.forms if may(here.viewer(), "read", live, key)]
    return go(url_for("lists.show", app_key=app_key, form_key=forms[0]) if forms else url_for("home.show"))


@bp.get("/a/<app_key>/<form_key>/")
def show(app_key: str, form_key: str) -> Response:
    """Show the list, or for htmx only its table."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    fields = visible_fields(live, form_key)
    asked = read_query(request.path, request.args, live, form_key)
    figure = _behind(live, form_key, asked.measure)
    page = _records(live, form_key, asked, figure)
    response = render("list.html", "_list.html", piece_id="list", **_context(live, form, fields, asked, page, figure))
    if here.wants_piece():
        response.headers["HX-Push-Url"] = asked.url(page=asked.page)
    return response


def readable_form(live: Live, form_key: str) -> FormDef:
    """Return a form whose records the viewer may read at all."""
    form = live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    return form


def _behind(live: Live, form_key: str, measure: str) -> Behind | None:
    if not measure:
        return None
    okr_key, _, rest = measure.partition("/")
    kr, _, key = rest.partition("/")
    okr = live.app.okrs.get(okr_key)
    if okr is None:
        raise NotFound("okr", okr_key)
    found = behind(here.db(), live, okr, kr, key, here.viewer(), here.now())
    if found.measure.of != form_key:
        raise NotFound("measure", measure)
    return found


def _records(live: Live, form_key: str, asked: ListQuery, figure: Behind | None) -> Page:
    """Return a page: by the place where it begins if the address says so, which costs the same everywhere."""
    place = {name: request.args.get(name, "")[:2000] for name in ("after", "before")} if asked.page > 1 else {}
    try:
        return _page(live, form_key, asked, figure, **place)
    except EngineError as error:
        if error.faults[0].code != "bad_cursor":
            raise
        return _page(live, form_key, asked, figure)


def _page(
    live: Live, form_key: str, asked: ListQuery, figure: Behind | None, after: str = "", before: str = ""
) -> Page:
    return query(
        here.db(),
        live,
        form_key,
        here.viewer(),
        here.now(),
        text=asked.q,
        filters=asked.filters.asked,
        sort=(asked.sort,) if asked.sort else None,
        limit=PAGE_SIZE,
        offset=0 if after or before else asked.offset,
        after=after,
        before=before,
        measure=Drill(figure.measure, figure.cycle) if figure else None,
        titles=(),
    )


def _context(
    live: Live, form: FormDef, fields: Mapping[str, FieldDef], asked: ListQuery, page: Page, figure: Behind | None
) -> dict[str, Any]:
    columns = columns_of(form, fields)
    look = look_at(live, [*columns, *(one.field for one in asked.filters.items)], [*_rows(page), *_wanted(asked)])
    return {
        "live": live,
        "form": form,
        "pipeline": live.pipeline(form.key),
        "query": asked,
        "here_url": request.path,
        "columns": [_column(field, asked, form, sure_fields(live, form.key)) for field in columns],
        "rows": [_row(live, form, columns, record, look) for record in page.records],
        "chips": _chips(live, asked, look, figure),
        "filter_controls": filter_controls(
            sure_fields(live, form.key), asked.filters, look, [one.key for one in columns]
        ),
        "can": {verb: may(here.viewer(), verb, live, form.key) for verb in ("create", "import", "share", "delete")},
        "count_text": _count(page),
        "range_text": _range(asked, page),
        "previous_url": _turned(asked, -1, "before", page.first) if asked.page > 1 else "",
        "next_url": _turned(asked, 1, "after", page.next) if page.more else "",
    }


def _turned(asked: ListQuery, step: int, name: str, place: str) -> str:
    """Return the address of a neighbouring page, with the place where it begins or ends."""
    number = asked.page + step
    address = asked.url(page=number)
    return f"{address}&{name}={place}" if place and number > 1 else address


def _rows(page: Page) -> list[Mapping[str, object]]:
    return [record.values for record in page.records]


def _wanted(asked: ListQuery) -> list[Mapping[str, object]]:
    """Return the values that filters name, so that their titles are looked up with those of the rows."""
    return [{one.field: value} for one in asked.filters.asked for value in one.values]


def columns_of(form: FormDef, fields: Mapping[str, FieldDef]) -> list[FieldDef]:
    """Return the columns: the title first, then those the form names, or its first few fields."""
    named = (
        form.list_columns or tuple(field.key for field in form.fields if field.type.key != "long_text")[:MOST_COLUMNS]
    )
    keys = dict.fromkeys((form.title, *named))
    shown = [fields[key] for key in keys if key in fields]
    return shown or list(fields.values())[:1]


def _column(field: FieldDef, asked: ListQuery, form: FormDef, sure: Container[str]) -> Column:
    order = asked.sort or next(iter(form.list_sort), "")
    direction = {field.key: "ascending", f"-{field.key}": "descending"}.get(order, "")
    address = asked.url(sort=asked.toggled(field.key)) if field.type.sortable and field.key in sure else ""
    numeric = field.type.shown_as(field).key in ("number", "money", "percent")
    return Column(field, address, direction, numeric)


def _row(live: Live, form: FormDef, columns: Sequence[FieldDef], record: Any, look: Look) -> Row:
    address = url_for("records.show", app_key=live.key, form_key=form.key, record_id=record.id)
    return Row(address, title_of(live, record), displays(columns, record, look, small=True))


def _chips(live: Live, asked: ListQuery, look: Look, figure: Behind | None) -> list[Chip]:
    chips = [Chip(_figure_chip(live, asked.measure, figure), asked.url(measure=""))] if figure else []
    if asked.q:
        chips.append(Chip(gettext("Contains “%(text)s”", text=asked.q), asked.url(q="")))
    filters = asked.filters
    chips += [Chip(chip(one, look), asked.url(filters=filters.args_without(one.field.key))) for one in filters.items]
    return chips


def _figure_chip(live: Live, measure: str, figure: Behind) -> str:
    okr_key, kr_key, _key = measure.split("/", 2)
    results = {kr.key: kr for objective in live.app.okrs[okr_key].objectives for kr in objective.key_results}
    label = str(i18n.told(figure.measure.label)) or figure.measure.key
    if kr_key not in results:
        return gettext("Behind “%(measure)s”", measure=label) + _unseen(figure)
    kr = str(i18n.told(results[kr_key].label))
    return gettext("Behind “%(measure)s” of the key result “%(kr)s”", measure=label, kr=kr) + _unseen(figure)


def _unseen(figure: Behind) -> str:
    if figure.visible == figure.total:
        return ""
    return " " + gettext(
        "(you may see %(seen)s of %(all)s)", seen=i18n.number(figure.visible), all=i18n.number(figure.total)
    )


def _count(page: Page) -> str:
    if page.count is None:
        return gettext("more than %(count)s records", count=i18n.number(COUNT_CAP))
    return ngettext("%(num)s record", "%(num)s records", page.count) % {"num": i18n.number(page.count)}


def _range(asked: ListQuery, page: Page) -> str:
    first = asked.offset + 1
    return gettext(
        "%(first)s to %(last)s", first=i18n.number(first), last=i18n.number(asked.offset + len(page.records))
    )
