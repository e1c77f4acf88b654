"""`/a/<app>/<form>/<id>/comments`: what people say about a record; who is named; who follows what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.alerts.audience import readable
from engine.errors import NotFound
from engine.files.binding import files_named
from engine.files.staging import place_for, receive
from engine.records.read import get
from engine.rights import may
from engine.talk import follow, unfollow
from engine.talk.comments import Kept, edit, remove
from engine.talk.comments import add as add_comment
from engine.talk.followers import KEY_RESULT, OBJECTIVE, RECORD, record_thing
from engine.talk.mentions import folded, people_of
from engine.talk.rows import Comment
from forms.errors import FormError
from forms.fields._files import token_of
from rules.errors import Fault
from web import here, once
from web.file_view import UPLOAD, file_view
from web.record_view import record_context
from web.render import back_or, go, render
from web.shell import toast
from web.talk_view import talk_view
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live

bp = Blueprint("talk", __name__)

#: People offered behind an @, and people asked for that at most.
OFFERED, ASKED = 8, 40


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/comments")
def add(app_key: str, form_key: str, record_id: int) -> Response:
    """Keep a comment, or show it again with what is wrong."""
    live, sending = here.live_app(app_key), once.sent()
    text, user, now = request.form.get("text", ""), here.viewer(), here.now()
    record = get(here.db(), live, form_key, record_id, user, now)
    files, faults = _uploads(live, form_key)
    try:
        _stop_at(faults)
        if known := sending.answered():
            return known
        kept = add_comment(here.db(), live, form_key, record_id, text, user, now, files)
        sending.keep(_address(app_key, form_key, record_id))
    except (FormError, once.Racing, once.Repeated) as error:
        here.db().rollback()
        if known := sending.answered(error):
            return known
        rows = files_named(here.db(), [token_of(one) for one in files])
        shown = [file_view(one, rows.get(token_of(one))) for one in files]
        talk = talk_view(live, record, text, shown, once.faults_of(error))
        return render("record.html", status=422, **(record_context(live, record) | {"talk": talk}))
    here.db().commit()
    _say(kept)
    return go(_address(app_key, form_key, record_id))


def _stop_at(faults: list[Fault]) -> None:
    if faults:
        raise FormError(*faults)


def _uploads(live: Live, form_key: str) -> tuple[list[str], list[Fault]]:
    """Return the files of a comment: those sent before, and those that come with the form itself."""
    files, faults = [one for one in request.form.getlist("files") if one], list[Fault]()
    uploads = [one for one in request.files.getlist("files" + UPLOAD) if one.filename]
    if uploads:
        place = place_for(live, form_key, "", here.viewer())
        for upload in uploads[:20]:
            try:
                row = receive(here.db(), place, upload.stream, upload.filename or "", here.viewer(), here.now())
                files.append(f"{row.token}/{row.name}")
            except FormError as error:
                faults.extend(error.faults)
    return files, faults


def _say(kept: Kept) -> None:
    if kept.untold:
        names = ", ".join(kept.untold)
        toast(gettext("Kept. Not told, because they may not see this record: %(names)s", names=names))
    elif kept.unclear:
        toast(gettext("Kept. More than one person goes by: %(names)s", names=", ".join(kept.unclear)))
    else:
        toast(gettext("Comment kept"))


def _address(app_key: str, form_key: str, record_id: int) -> str:
    return url_for("records.show", app_key=app_key, form_key=form_key, record_id=record_id, _anchor="comments")


@bp.post("/a/<app_key>/<form_key>/comments/<int:comment_id>")
def change(app_key: str, form_key: str, comment_id: int) -> Response:
    """Change one's own comment."""
    live = here.live_app(app_key)
    kept = edit(here.db(), live, form_key, comment_id, request.form.get("text", ""), here.viewer(), here.now())
    here.db().commit()
    _say(kept)
    return go(_of(live, form_key, comment_id))


@bp.post("/a/<app_key>/<form_key>/comments/<int:comment_id>/delete")
def take_back(app_key: str, form_key: str, comment_id: int) -> Response:
    """Delete a comment."""
    live = here.live_app(app_key)
    remove(here.db(), live, form_key, comment_id, here.viewer(), here.now())
    here.db().commit()
    toast(gettext("Comment deleted"))
    return go(_of(live, form_key, comment_id))


def _of(live: Live, form_key: str, comment_id: int) -> str:
    comment = here.db().get_one(Comment, comment_id)
    return _address(live.key, form_key, comment.record_id)


@bp.get("/a/<app_key>/<form_key>/<int:record_id>/people")
def people(app_key: str, form_key: str, record_id: int) -> dict[str, object]:
    """Offer the people who may see a record, for the list behind an @."""
    live = here.live_app(app_key)
    user, now = here.viewer(), here.now()
    get(here.db(), live, form_key, record_id, user, now)
    if not may(user, "comment", live, form_key):
        raise NotFound("form", form_key)
    words = folded(request.args.get("q", "")[:80])
    named = [one for one in people_of(here.db(), app_key) if words in folded(one.name) or words in one.sign_in]
    found: list[dict[str, str]] = []
    for one in named[:ASKED]:
        if len(found) < OFFERED and readable(here.db(), live, form_key, [record_id], one, now):
            found.append({"sign_in": one.sign_in, "name": one.name})
    return {"results": found}


@bp.post("/a/<app_key>/<form_key>/<int:record_id>/follow")
def follow_record(app_key: str, form_key: str, record_id: int) -> Response:
    """Follow a record, or no longer."""
    live = here.live_app(app_key)
    get(here.db(), live, form_key, record_id, here.viewer(), here.now())
    _follow(live, RECORD, record_thing(form_key, record_id))
    return go(back_or(url_for("records.show", app_key=app_key, form_key=form_key, record_id=record_id)))


@bp.post("/a/<app_key>/okr/<okr_key>/follow")
def follow_okr(app_key: str, okr_key: str) -> Response:
    """Follow an objective or a key result, or no longer."""
    live = here.live_app(app_key)
    okr = live.app.okrs.get(okr_key)
    objectives = {one.key: {kr.key for kr in one.key_results} for one in okr.objectives} if okr else {}
    objective, _, key_result = request.form.get("thing", "").partition("/")
    if objective not in objectives or (key_result and key_result not in objectives[objective]):
        raise NotFound("key result", objective[:60])
    thing = "/".join(part for part in (okr_key, objective, key_result) if part)
    _follow(live, KEY_RESULT if key_result else OBJECTIVE, thing)
    return go(back_or(url_for("okr.show", app_key=app_key, okr_key=okr_key)))


def _follow(live: Live, kind: str, thing: str) -> None:
    user = here.viewer()
    if user.id is None:
        raise NotFound("person", "")
    if request.form.get("follow") == "no":
        unfollow(here.db(), live.key, kind, thing, user.id)
        toast(gettext("You no longer follow this"))
    else:
        follow(here.db(), live.key, kind, thing, user.id, here.now())
        toast(gettext("You follow this now"))
    here.db().commit()
