"""`/leave/<token>`: no more digests that way. Mail programs post there by themselves; people are asked once."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from engine.alerts.leaving import leave, read_token
from web import here
from web.channel_names import channel_name
from web.render import render
from web.security import csrf

bp = Blueprint("leaving", __name__)


@bp.get("/leave/<token>")
def show(token: str) -> Response:
    """Ask: a link that is merely fetched must change nothing."""
    person, channel = read_token(here.db(), token)
    return render("leaving.html", name=person.name, channel=channel_name(channel), token=token, done=False)


# The signed link is the proof; a mail program that posts for a person (RFC 8058) has no token of our pages.
@bp.post("/leave/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # untyped upstream
def take(token: str) -> Response:
    """Leave."""
    person, channel = leave(here.db(), token)
    here.db().commit()
    return render("leaving.html", name=person.name, channel=channel_name(channel), token=token, done=True)
