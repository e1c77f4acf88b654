"""`/a/<app>/<form>/<id>/move`: a record goes to another stage, by a button or by dragging its card; a refusal says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import MoveRefused, NotFound
from engine.pipeline import move
from engine.records.query import COUNT_CAP
from engine.records.read import get
from engine.rights import may
from forms.errors import FormError
from rules.errors import N_, Fault
from web import here, i18n
from web.board_view import board_of, is_for, leaves
from web.errors import sentence
from web.explaining import Node, Speaker
from web.fields import all_fields, title_of, visible_fields
from web.file_view import take_uploads
from web.form_view import FormState, form_state, read_typed
from web.own import own
from web.render import go, own_next, render
from web.shell import toast
from web.words import gettext

if TYPE_CHECKING:
    from engine.config.defs import TransitionDef
    from engine.records.record import Record
    from engine.releases import Live
    from forms.defs import FormDef

bp = Blueprint("move", __name__)


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/move")
def ask(app_key: str, form_key: str, record_id: int) -> Response:
    """Ask for the fields that a move needs."""
    live = here.live_app(app_key)
    record = get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    return _page(live, record, _transition(live, record, own(request.args, "to", live.form(form_key))))


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/move")
def do(app_key: str, form_key: str, record_id: int) -> Response:
    """Move the record, or say exactly what stands in the way."""
    live = here.live_app(app_key)
    user, now = here.viewer(), here.now()
    record = get(here.db(), live, form_key, record_id, user, now)
    form = live.form(form_key)
    to, via = own(request.form, "to", form), "board" if own(request.form, "via", form) == "board" else "form"
    transition = _transition(live, record, to)
    required = transition.required
    typed, refused = take_uploads(live, form_key, read_typed(request.form, live, form_key, required), required)
    if refused:
        return _page(live, record, transition, typed, refused, status=422)
    try:
        moved = move(
            here.db(), live, form_key, record_id, transition.key, typed, user, now, version=_version(), via=via
        )
    except FormError as error:
        here.db().rollback()
        return _page(live, record, transition, typed, error.faults, status=422)
    except MoveRefused as error:
        here.db().rollback()
        only_fields = all(fault.field in transition.required for fault in error.faults)
        status = 422 if only_fields else 409
        return _page(live, record, transition, typed, error.faults, error.explanation, status=status)
    here.db().commit()
    if here.wants_piece("card"):
        return _moved_card(live, record, moved)
    toast(gettext("“%(title)s” is now in %(stage)s", title=title_of(live, moved), stage=_stage_label(live, moved)))
    return go(own_next(url_for("records.show", app_key=app_key, form_key=form_key, record_id=record_id), form))


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _transition(live: Live, record: Record, to: str) -> TransitionDef:
    """Return the step that is meant by its key or by the stage it leads to; without one the move is refused in words."""
    pipeline = live.pipeline(record.form)
    if pipeline is None:
        raise NotFound("pipeline", record.form)
    stage = str(record.get("stage"))
    steps = [one for one in pipeline.transitions if to in (one.key, one.to) and leaves(one, stage)]
    if not steps:
        raise MoveRefused([Fault("move.none", _NO_STEP, _stages(live, record, to))])
    return next((one for one in steps if is_for(one, live)), steps[0])


_NO_STEP = N_("There is no way from “{stage}” to “{to}”.")


def _stages(live: Live, record: Record, to: str) -> dict[str, Any]:
    pipeline = live.pipeline(record.form)
    assert pipeline is not None
    source, target = pipeline.stage(str(record.get("stage"))), pipeline.stage(to)
    return {"stage": source.label if source else "", "to": target.label if target else to[:60]}


def _stage_label(live: Live, record: Record) -> str:
    pipeline = live.pipeline(record.form)
    stage = pipeline.stage(str(record.get("stage"))) if pipeline else None
    return str(i18n.told(stage.label)) if stage else ""


def _moved_card(live: Live, before: Record, moved: Record) -> Response:
    """Answer a drag: the card as it is now, and the heads of both columns unless the page counts them by itself."""
    pipeline = live.pipeline(moved.form)
    assert pipeline is not None
    board = board_of(live, pipeline)
    board_url = url_for("board.show", app_key=live.key, form_key=moved.form)
    parts = [render_template("_card.html", card=card, board_url=board_url) for card in board.cards([moved])]
    stages = (str(before.get("stage")), str(moved.get("stage")))
    parts += [
        render_template("_column_head.html", column=column, oob=True) for column in board.heads(stages, COUNT_CAP)
    ]
    return Response("".join(parts), mimetype="text/html")


def _page(
    live: Live,
    record: Record,
    transition: TransitionDef,
    typed: Any = None,
    faults: Sequence[Fault] = (),
    explanation: Sequence[Any] = (),
    status: int = 200,
) -> Response:
    state = form_state(live, record.form, record.id, typed or None, faults, prefix="move-")
    controls = _controls(state, transition)
    shown = {control.name for control in controls}
    names: dict[str, Any] = {"app_key": live.key, "form_key": record.form, "record_id": record.id}
    heading = str(i18n.told(transition.label)) or gettext("Move")
    context: dict[str, Any] = {
        "live": live,
        "heading": heading,
        "label": heading,
        "title": title_of(live, record),
        "action": url_for("move.do", **names),
        "version": record.version,
        "to": transition.key,
        "extra": _extra(state.form),
        "refusals": [sentence(fault) for fault in faults if fault.field not in shown],
        "explanation": _nodes(state, explanation),
        "controls": controls,
        "back_url": own_next(url_for("records.show", **names), state.form),
        "edit_url": url_for("records.show", **names) if may(here.viewer(), "update", live, record.form) else "",
    }
    return render("move.html", "_move_dialog.html", status=status, piece_id="card", **context)


def _controls(state: FormState, transition: TransitionDef) -> list[Any]:
    """Return the controls of the fields that must be filled at this move."""
    fields = visible_fields(state.live, state.form.key)
    return [state.control(fields[key], required=True) for key in transition.required if key in fields]


def _nodes(state: FormState, explanation: Sequence[Any]) -> list[Node]:
    speaker = Speaker(state.look, all_fields(state.live, state.form.key))
    return [speaker.node(one) for one in explanation]


def _extra(form: FormDef) -> list[tuple[str, str]]:
    pairs = [("-next", own_next("", form)), ("-via", own(request.form, "via", form))]
    return [(name, value) for name, value in pairs if value]
