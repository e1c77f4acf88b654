"""`/a/<app>/<form>/`: the list of a form, with search, filters, order, pages, and the records behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.errors import EngineError, NotFound
from engine.records.grouping import Groups, together
from engine.records.narrowing import LATEST
from engine.records.query import Drill, Page, query
from engine.rights import may
from web import here, i18n
from web.bulk_bar import bulk_context
from web.fields import look_at, sure_fields, visible_fields
from web.figures import Figure, figure_named
from web.filter_panel import filter_controls
from web.kind_tools import Chip, chips_of
from web.kinds import kind_links
from web.list_query import PAGE_SIZE, ListQuery, read_query
from web.list_table import (
    GROUPS,
    MOST_IN_GROUPS,
    columns_of,
    group_views,
    grouped_by,
    head,
    records_in,
    row_of,
    total_displays,
)
from web.render import go, render
from web.view_panel import panel_of
from web.widgets import Look
from web.words import gettext, ngettext

if TYPE_CHECKING:
    from engine.records.grouping import GroupRow
    from engine.releases import Live
    from forms.defs import FieldDef, FormDef

bp = Blueprint("lists", __name__)


@bp.get("/a/<app_key>/")
def app_home(app_key: str) -> Response:
    """Go to the first form of an app that the viewer may read, rather to one whose records are no rows of others."""
    live = here.live_app(app_key)
    rows = {table.of for form in live.app.forms.values() for table in form.tables}
    readable = [key for key in live.app.forms if may(here.viewer(), "read", live, key)]
    forms = sorted(readable, key=lambda key: key in rows)
    return go(url_for("lists.show", app_key=app_key, form_key=forms[0]) if forms else url_for("home.show"))


@bp.get("/a/<app_key>/<form_key>/")
def show(app_key: str, form_key: str) -> Response:
    """Show the list, or for htmx only its table."""
    live = here.live_app(app_key)
    form = readable_form(live, form_key)
    fields = visible_fields(live, form_key)
    asked = read_query(request.path, request.args, live, form_key)
    figure = figure_named(live, form_key, asked.measure)
    grouped = bool(asked.settings.group) and asked.settings.grouped[0] in fields
    all_ = _all(live, form_key, asked, figure) if asked.settings.totals and not grouped else None
    page = Page(()) if grouped else _records(live, form_key, asked, figure, count=all_ is None)
    context = _context(live, form, fields, asked, page, figure, all_)
    response = render("list.html", "_list.html", piece_id="list", **context)
    if here.wants_piece():
        response.headers["HX-Push-Url"] = asked.url(page=asked.page)
    return response


def readable_form(live: Live, form_key: str) -> FormDef:
    """Return a form whose records the viewer may read at all."""
    form = live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    return form


def _all(live: Live, form_key: str, asked: ListQuery, figure: Figure | None) -> GroupRow:
    """Return what all records come to; their number comes with it."""
    [found] = grouped_by(live, form_key, asked, "", 0, _drill(figure)).rows
    return found


def _drill(figure: Figure | None) -> Drill | None:
    return figure.drill if figure else None


def _records(live: Live, form_key: str, asked: ListQuery, figure: Figure | None, *, count: bool) -> Page:
    """Return a page: by the place where it begins if the address says so, which costs the same everywhere."""
    place = {name: request.args.get(name, "")[:2000] for name in ("after", "before")} if asked.page > 1 else {}
    try:
        return _page(live, form_key, asked, figure, count=count, **place)
    except EngineError as error:
        if error.faults[0].code != "bad_cursor":
            raise
        return _page(live, form_key, asked, figure, count=count)


def _page(
    live: Live,
    form_key: str,
    asked: ListQuery,
    figure: Figure | None,
    after: str = "",
    before: str = "",
    *,
    count: bool,
) -> Page:
    return query(
        here.db(),
        live,
        form_key,
        here.viewer(),
        here.now(),
        text=asked.q,
        where=asked.condition,
        filters=asked.filters.asked,
        sort=asked.order,
        limit=PAGE_SIZE,
        offset=0 if after or before else asked.offset,
        after=after,
        before=before,
        measure=_drill(figure),
        count=count,
        titles=(),
    )


def _context(
    live: Live,
    form: FormDef,
    fields: Mapping[str, FieldDef],
    asked: ListQuery,
    page: Page,
    figure: Figure | None,
    all_: GroupRow | None,
) -> dict[str, Any]:
    columns = columns_of(form, fields, asked.settings.columns)
    found = Groups()
    if asked.settings.group:
        found, page = _groups(live, form, asked, _drill(figure))
        if asked.settings.totals:
            told = together(found, asked.settings.totals) if asked.page == 1 else None
            all_ = _all(live, form.key, asked, figure) if told is None else told
    filtered = (one.field for one in asked.filters.items)
    by = [fields[key] for key in (asked.settings.grouped[0],) if key in fields]
    look = look_at(live, [*columns, *filtered, *by], [*_rows(page), *_shared(asked, found), *_wanted(asked)])
    if asked.settings.group:
        grouped, page = _grouped(live, form, asked, columns, found, page, look), Page(())
    else:
        grouped = _plain(asked, page if all_ is None else replace(page, count=all_.count))
    if all_ is not None:
        adding = [fields[one] for one in asked.settings.totals]
        grouped["totals"] = total_displays(adding, asked, all_, look)
    return {
        "live": live,
        "form": form,
        "pipeline": live.pipeline(form.key),
        "query": asked,
        "here_url": request.path,
        "columns": head(live, form, columns, asked),
        "rows": [row_of(live, form, columns, record, look) for record in page.records],
        "chips": _chips(live, form, asked, look, figure),
        "filter_controls": filter_controls(
            sure_fields(live, form.key), asked.filters, look, [one.key for one in columns]
        ),
        "can": {verb: may(here.viewer(), verb, live, form.key) for verb in ("create", "import", "share", "delete")},
        "panel": panel_of(live, form, asked, columns),
        "kinds": kind_links(live, form, asked),
        "kind": "table",
        **bulk_context(live, form.key, asked),
        **grouped,
    }


def _plain(asked: ListQuery, page: Page) -> dict[str, Any]:
    return {
        "groups": None,
        "totals": {},
        "count_text": _count(page),
        "latest_only": LATEST if page.latest_only else 0,
        "range_text": _range(asked, page),
        "previous_url": _turned(asked, -1, "before", page.first) if asked.page > 1 else "",
        "next_url": _turned(asked, 1, "after", page.next) if page.more else "",
    }


def _groups(live: Live, form: FormDef, asked: ListQuery, drill: Drill | None) -> tuple[Groups, Page]:
    """Return the groups of a page, and their records when they are few."""
    found = grouped_by(live, form.key, asked, asked.settings.grouped[0], (asked.page - 1) * GROUPS, drill)
    count = sum(one.count for one in found.rows)
    few = count <= MOST_IN_GROUPS and asked.page == 1 and not found.more
    return found, records_in(live, form, asked, drill) if few else Page(())


def _grouped(
    live: Live, form: FormDef, asked: ListQuery, columns: Sequence[FieldDef], found: Groups, held: Page, look: Look
) -> dict[str, Any]:
    views = group_views(live, form, asked, found.rows, held, columns, look)
    last = (asked.page - 1) * GROUPS + len(views)
    return {
        "groups": views,
        "totals": {},
        "count_text": ngettext("%(num)s group", "%(num)s groups", len(views)) % {"num": i18n.number(len(views))},
        "range_text": gettext(
            "%(first)s to %(last)s", first=i18n.number((asked.page - 1) * GROUPS + 1), last=i18n.number(last)
        ),
        "previous_url": asked.url(page=asked.page - 1) if asked.page > 1 else "",
        "next_url": asked.url(page=asked.page + 1) if found.more else "",
    }


def _turned(asked: ListQuery, step: int, name: str, place: str) -> str:
    """Return the address of a neighbouring page, with the place where it begins or ends."""
    number = asked.page + step
    address = asked.url(page=number)
    return f"{address}&{name}={place}" if place and number > 1 else address


def _rows(page: Page) -> list[Mapping[str, object]]:
    return [record.values for record in page.records]


def _shared(asked: ListQuery, found: Groups) -> list[Mapping[str, object]]:
    """Return what the records of each group share, so that it can be named."""
    return [{asked.settings.grouped[0]: one.value} for one in found.rows]


def _wanted(asked: ListQuery) -> list[Mapping[str, object]]:
    """Return the values that filters name, so that their titles are looked up with those of the rows."""
    return [{one.field: value} for one in asked.filters.asked for value in one.values]


def _chips(live: Live, form: FormDef, asked: ListQuery, look: Look, figure: Figure | None) -> list[Chip]:
    chips = [Chip(figure.words, asked.url(measure=""))] if figure else []
    return chips + chips_of(live, form.key, asked, look)


def _count(page: Page) -> str:
    if page.count is None:
        return gettext("more than %(count)s records", count=i18n.number(page.cap))
    return ngettext("%(num)s record", "%(num)s records", page.count) % {"num": i18n.number(page.count)}


def _range(asked: ListQuery, page: Page) -> str:
    first = asked.offset + 1
    return gettext(
        "%(first)s to %(last)s", first=i18n.number(first), last=i18n.number(asked.offset + len(page.records))
    )
