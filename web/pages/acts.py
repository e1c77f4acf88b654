"""`/a/<app>/<form>/bulk`: one deed to many records; `/acts`: what was done, record by record, and taking it back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Blueprint, request, url_for
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.wrappers import Response

from engine.acts.choosing import MOST_PICKED, Selection, measured
from engine.acts.doing import RIGHTS, begin, take_back
from engine.acts.reading import acts_of, visible_act
from engine.errors import EngineError, NotFound, Refused
from engine.exports import Export, fields_of, head_of
from engine.rights import may
from engine.sheets import MIMES, Head, csv_text, json_text, write_xlsx
from forms.errors import FormError
from rules.errors import N_, Fault
from web import here, i18n
from web.act_view import line_views, place_of, sheet_rows, views
from web.errors import sentence
from web.fields import all_fields, editable, input_context, look_at
from web.list_query import read_query
from web.render import go, render
from web.shell import toast
from web.widgets import Control, control_of, control_of_typed, posted_value
from web.words import gettext, ngettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef

bp = Blueprint("acts", __name__)
_NO_VIEW = N_("This view is not there any more, or it is not shared with you.")
#: Widgets that fill a field of one record only.
NOT_FOR_MANY = frozenset({"files", "image", "signature", "sub_table", "computed"})


@bp.post("/a/<app_key>/<form_key>/bulk")
def bulk(app_key: str, form_key: str) -> Response:
    """Ask what to do with the chosen records, or (`-step` is run) do it."""
    live = _readable(app_key, form_key)
    kind = request.form.get("-do", "")
    if kind not in RIGHTS:
        raise NotFound("act", kind[:60])
    if not may(here.viewer(), RIGHTS[kind], live, form_key):
        raise Refused(RIGHTS[kind], form_key)
    chosen = _chosen(live, form_key, deleted=kind == "restore")
    if request.form.get("-step") != "run":
        return _ask(live, form_key, kind, chosen)
    try:
        act = begin(
            here.db(), live, form_key, kind, chosen, here.viewer(), here.now(),
            values=_typed(live, form_key), to=request.form.get("-to", ""),
        )  # fmt: skip
    except (FormError, EngineError) as error:
        if isinstance(error, NotFound | Refused):
            raise
        here.db().rollback()
        return _ask(live, form_key, kind, chosen, error.faults, status=422)
    here.db().commit()
    return go(place_of(act))


def _readable(app_key: str, form_key: str) -> Live:
    live = here.live_app(app_key)
    live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    return live


def _chosen(live: Live, form_key: str, *, deleted: bool) -> Selection:
    """Return the chosen records: the query of the list, if all that match are meant, or those that were picked."""
    if request.form.get("-all"):
        return selection_of(live, form_key, request.form.get("-query", ""), deleted=deleted)
    texts = request.form.getlist("-ids")[:MOST_PICKED]
    ids = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19}
    return Selection(ids=tuple(sorted(ids)), deleted=deleted)


def selection_of(live: Live, form_key: str, query: str, *, deleted: bool = False) -> Selection:
    """Return what the address of a list asks for; a part that is not understood must not widen what is changed."""
    args: MultiDict[str, str] = MultiDict(parse_qsl(query[:8000], keep_blank_values=True))
    asked = read_query(request.path, args, live, form_key)
    if asked.filters.faults or asked.missing:
        raise FormError(*asked.filters.faults, *([Fault("view.missing", _NO_VIEW)] if asked.missing else []))
    return Selection(None, asked.q, tuple(asked.filters.asked), asked.where, asked.measure, deleted)


def _typed(live: Live, form_key: str) -> dict[str, object]:
    """Return what was typed for the fields whose box is ticked."""
    fields = {field.key: field for field in _fields(live, form_key)}
    wanted = [key for key in dict.fromkeys(request.form.getlist("-set")) if key in fields]
    return {key: posted_value(fields[key], request.form.getlist(key)) for key in wanted}


def _fields(live: Live, form_key: str) -> list[FieldDef]:
    """Return the fields that many records can be given together."""
    mine, known = editable(live, form_key), all_fields(live, form_key)
    keys = [*(field.key for field in live.form(form_key).fields), "owner"]
    fields = [known[key] for key in keys if key in mine and key in known]
    return [
        one for one in fields if not one.is_derived and not one.type.assigned and one.type.widget not in NOT_FOR_MANY
    ]


def _ask(
    live: Live, form_key: str, kind: str, chosen: Selection, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    count, _ = measured(here.db(), live, form_key, chosen, here.viewer(), here.now())
    if not count and not faults:
        toast(gettext("Choose at least one record."))
        return go(url_for("lists.show", app_key=live.key, form_key=form_key))
    fields = _fields(live, form_key) if kind in ("edit", "move") else []
    known = {field.key for field in fields}
    kept = [("-all", "1")] if chosen.ids is None else [("-ids", str(id_)) for id_ in chosen.ids]
    return render(
        "bulk.html",
        status=status,
        live=live,
        form=live.form(form_key),
        kind=kind,
        heading=_heading(kind, count),
        button=_button(kind, count),
        kept=[*kept, ("-query", request.form.get("-query", "")), ("-do", kind)],
        controls=_controls(live, fields, faults),
        ticked=set(request.form.getlist("-set")),
        transitions=_transitions(live, form_key) if kind == "move" else [],
        to=request.form.get("-to", ""),
        faults=[sentence(fault) for fault in faults if fault.field not in known],
        back_url=url_for("lists.show", app_key=live.key, form_key=form_key),
    )


def _heading(kind: str, count: int) -> str:
    words = {
        "edit": ngettext("Change %(num)s record", "Change %(num)s records", count),
        "move": ngettext("Move %(num)s record", "Move %(num)s records", count),
        "delete": ngettext("Delete %(num)s record", "Delete %(num)s records", count),
        "restore": ngettext("Restore %(num)s record", "Restore %(num)s records", count),
    }
    return words[kind] % {"num": i18n.number(count)}


def _button(kind: str, count: int) -> str:
    return _heading(kind, count)


def _controls(live: Live, fields: Sequence[FieldDef], faults: Sequence[Fault]) -> list[Control]:
    look, context = look_at(live, fields, [{}]), input_context(live)
    errors: dict[str, list[Fault]] = {}
    for fault in faults:
        errors.setdefault(fault.field, []).append(fault)
    made = []
    for field in fields:
        facts: dict[str, Any] = {"prefix": "bulk-", "errors": errors.get(field.key, ())}
        if field.key in request.form.getlist("-set"):
            made.append(control_of_typed(field, look, posted_value(field, request.form.getlist(field.key)), **facts))
        else:
            made.append(control_of(field, look, None, context, **facts))
    return made


def _transitions(live: Live, form_key: str) -> list[tuple[str, str]]:
    """Return the moves there are, each with the stage it leads to."""
    pipeline = live.pipeline(form_key)
    found = []
    for one in pipeline.transitions if pipeline else ():
        stage = pipeline.stage(one.to) if pipeline else None
        label = str(i18n.told(one.label)) or one.key
        found.append((one.key, f"{label} → {i18n.told(stage.label) if stage else one.to}"))
    return found


# -- what was done ---------------------------------------------------------------------------------------------------------


@bp.get("/a/<app_key>/<form_key>/acts")
def index(app_key: str, form_key: str) -> Response:
    """List what was done to many records of a form."""
    live = _readable(app_key, form_key)
    found = acts_of(here.db(), live, form_key, here.viewer())
    return render("acts.html", live=live, form=live.form(form_key), views=views(live, found))


@bp.get("/a/<app_key>/<form_key>/acts/<int:act_id>")
def show(app_key: str, form_key: str, act_id: int) -> Response:
    """Show what became of each record."""
    live = _readable(app_key, form_key)
    act = visible_act(here.db(), live, form_key, act_id, here.viewer())
    verdict, page = request.args.get("verdict", "")[:20], min(max(request.args.get("page", 1, type=int), 1), 100_000)
    lines, more = line_views(live, act, verdict, page)
    names: dict[str, Any] = {"app_key": app_key, "form_key": form_key, "act_id": act_id}
    counts = act.counts or {}
    return render(
        "act.html",
        live=live,
        form=live.form(form_key),
        view=views(live, [act])[0],
        act=act,
        lines=lines,
        verdict=verdict,
        refused=int(counts.get("refused", 0)),
        left_empty=act.payload.get("left_empty"),
        names=names,
        job_url=url_for("jobs.show", job_id=act.job_id) if act.job_id and act.ended_at is None else "",
        previous_url=url_for("acts.show", **names, verdict=verdict or None, page=page - 1) if page > 1 else "",
        next_url=url_for("acts.show", **names, verdict=verdict or None, page=page + 1) if more else "",
    )


@bp.post("/a/<app_key>/<form_key>/acts/<int:act_id>/undo")
def undo(app_key: str, form_key: str, act_id: int) -> Response:
    """Take an act back."""
    live = _readable(app_key, form_key)
    act = visible_act(here.db(), live, form_key, act_id, here.viewer())
    made = take_back(here.db(), live, act.id, here.viewer(), here.now())
    here.db().commit()
    return go(place_of(made))


@bp.get("/a/<app_key>/<form_key>/acts/<int:act_id>/sheet.<export_type>")
def sheet(app_key: str, form_key: str, act_id: int, export_type: str) -> Response:
    """Give what became of each record as a sheet; of an import the rows that were left out, to be mended."""
    live = _readable(app_key, form_key)
    act = visible_act(here.db(), live, form_key, act_id, here.viewer())
    head, rows = sheet_rows(live, act, faults_only=bool(request.args.get("faults")))
    name = f"{form_key}-{act_id}"
    if export_type == "csv":
        return _answer(csv_text(_all([head], rows)), "csv", name)
    if export_type == "xlsx":
        return _workbook([Head(one, width=24) for one in head], rows, name)
    raise NotFound("file", export_type[:20])


def _all(first: Sequence[Sequence[str]], rest: Iterator[list[str]]) -> Iterator[Sequence[str]]:
    yield from first
    yield from rest


# -- whole lists -----------------------------------------------------------------------------------------------------------


@bp.get("/a/<app_key>/<form_key>/export.<export_type>")
def export(app_key: str, form_key: str, export_type: str) -> Response:
    """Give the records of a list, as its address asks for them: nothing more than the viewer may see, however many."""
    live = _readable(app_key, form_key)
    if export_type not in MIMES:
        raise NotFound("file", export_type[:20])
    query = request.query_string.decode("utf-8", "replace")
    chosen = selection_of(live, form_key, query)
    asked = chosen.arguments(here.db(), live, form_key, here.viewer(), here.now())
    listed = read_query(request.path, request.args, live, form_key)
    sort, fields = list(listed.order or ("id",)), _export_fields(live, form_key, listed.settings.columns)
    made = Export.of(here.db(), live, form_key, here.viewer(), here.now(), fields, sort=sort, **asked)
    names = _column_names(fields)
    stem = f"{app_key}-{form_key}"
    if export_type == "xlsx":
        heads = [head_of(live, field, name) for field, name in zip(fields, names, strict=True)]
        return _workbook(heads, made.cells(), stem)
    if export_type == "json":
        return _answer(json_text([field.key for field in fields], made.values()), "json", stem)
    return _answer(csv_text(_all([names], made.texts())), "csv", stem)  # type: ignore[arg-type]  # texts are lists


def _export_fields(live: Live, form_key: str, wanted: Sequence[str]) -> list[FieldDef]:
    """Return the columns of the view, or all that an import reads back and all that is worked out."""
    fields = fields_of(live, form_key, here.viewer())
    if not wanted:
        return fields
    known = {field.key: field for field in fields}
    return [known[key] for key in dict.fromkeys(wanted) if key in known] or fields


def _column_names(fields: Sequence[FieldDef]) -> list[str]:
    """Return the labels of columns; of two fields with one label both say their key."""
    if request.args.get("names") == "keys":
        return [field.key for field in fields]
    labels = [str(i18n.told(field.label)) or field.key for field in fields]
    return [
        f"{label} ({field.key})" if labels.count(label) > 1 else label
        for label, field in zip(labels, fields, strict=True)
    ]


def _workbook(heads: Sequence[Head], rows: Iterator[Any], name: str) -> Response:
    """Write a workbook into a file that goes with the answer: in memory there is never more than a row."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer is
    write_xlsx(target, heads, rows, name)
    response = _answer(_pieces(target), "xlsx", name)
    response.content_length = target.tell()
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file that is thrown away when it is sent."""
    with file:
        file.seek(0)
        while piece := file.read(65536):
            yield piece


def _answer(pieces: Iterator[Any], kind: str, name: str) -> Response:
    """Return an answer that is sent while it is made."""
    headers: Mapping[str, str] = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(here.streamed(pieces), mimetype=MIMES[kind], headers=Headers(headers.items()))
