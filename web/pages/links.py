"""Links and QR codes: public forms of a form and who may close them; short addresses of places for those who sign in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import segno
from flask import Blueprint, current_app, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.links import choosable, disable_link, link_of, links_of, make_intake, place_at, place_link, renew_intake
from engine.links.intake import UNFIT, require_share
from engine.records.read import get
from engine.rights import may
from forms.errors import FormError
from rules.errors import N_, Fault
from web import here, i18n
from web.errors import sentence
from web.fields import all_fields, title_of
from web.render import go, is_local, render
from web.shell import toast
from web.words import gettext

if TYPE_CHECKING:
    from engine.links import Link
    from engine.releases import Live

bp = Blueprint("links", __name__)
#: Pages that may have a short address.
PLACES = frozenset({"records.show", "records.new", "lists.show", "board.show"})
MOST_TEXT = 2000


@bp.get("/a/<app_key>/<form_key>/links")
def show(app_key: str, form_key: str) -> Response:
    """Show the public links of a form, and how to make one."""
    live = _shared(app_key, form_key)
    return _page(live, form_key)


def _shared(app_key: str, form_key: str) -> Live:
    live = here.live_app(app_key)
    live.form(form_key)
    require_share(live, form_key, here.viewer())
    return live


@bp.post("/a/<app_key>/<form_key>/links")
def make(app_key: str, form_key: str) -> Response:
    """Make a link, and show its address this once."""
    live = _shared(app_key, form_key)
    try:
        expires_at, most = _expiry(live), _most()
        link, token = make_intake(
            here.db(), live, form_key, _text("name", 200), _settings(live, form_key), here.viewer(), here.now(),
            expires_at=expires_at, most=most,
        )  # fmt: skip
    except FormError as error:
        here.db().rollback()
        return _page(live, form_key, [sentence(one) for one in error.faults], status=422)
    here.db().commit()
    return _page(live, form_key, made=(link, token))


@bp.post("/a/<app_key>/<form_key>/links/<int:link_id>/renew")
def renew(app_key: str, form_key: str, link_id: int) -> Response:
    """Give a link another address; the old one is dead at once."""
    live = _shared(app_key, form_key)
    link = link_of(here.db(), live, form_key, link_id)
    token = renew_intake(here.db(), live, link, here.viewer())
    here.db().commit()
    return _page(live, form_key, made=(link, token))


@bp.post("/a/<app_key>/<form_key>/links/<int:link_id>/close")
def close(app_key: str, form_key: str, link_id: int) -> Response:
    """Close a link at once."""
    live = _shared(app_key, form_key)
    disable_link(here.db(), live, link_of(here.db(), live, form_key, link_id), here.viewer(), here.now())
    here.db().commit()
    toast(gettext("The link is closed"))
    return go(url_for("links.show", app_key=app_key, form_key=form_key))


def _text(name: str, most: int = MOST_TEXT) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()[:most]


def _settings(live: Live, form_key: str) -> dict[str, Any]:
    asked, known = request.form.getlist("field")[:200], live.form(form_key).by_key
    fields = [*(key for key in known if key in asked), *(key[:60] for key in asked if key not in known)]
    defaults = {key: text for key in _fixable(live, form_key) if key not in fields and (text := _text(f"fixed.{key}"))}
    return {
        "fields": fields,
        "lists": [key for key in fields if key in known and known[key].to],
        "defaults": defaults,
        **{name: _text(name) for name in ("heading", "intro", "consent", "thanks")},
    }


def _fixable(live: Live, form_key: str) -> list[str]:
    """Return the names that a link may give a fixed value."""
    fields = [one.key for one in live.form(form_key).fields if not one.is_derived and one.type.key not in UNFIT]
    return [*fields, "owner"]


def _expiry(live: Live) -> datetime | None:
    text = _text("expires_on", 10)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise FormError(Fault("field.date", N_("This is no date."), field="expires_on")) from None
    return datetime.combine(day, time(), ZoneInfo(live.app.context.time_zone))


def _most() -> int | None:
    text = _text("most", 9)
    return max(1, int(text)) if text.isascii() and text.isdigit() else None


def _page(
    live: Live, form_key: str, faults: Any = (), made: tuple[Link, str] | None = None, status: int = 200
) -> Response:
    fields, on_form = all_fields(live, form_key), {one.key for one in choosable(live, form_key)}
    address = url_for("intake.show", token=made[1], _external=True) if made else ""
    return render(
        "links.html",
        status=status,
        live=live,
        form=live.form(form_key),
        links=[(one, _state(one)) for one in links_of(here.db(), live, form_key)],
        rows=[(fields[key], key in on_form) for key in _fixable(live, form_key)],
        typed=request.form,
        faults=faults,
        made=made[0] if made else None,
        address=address,
        qr=qr_svg(address) if address else "",
    )


def _state(link: Link) -> str:
    if link.disabled_at is not None:
        return gettext("closed")
    if link.expires_at is not None and link.expires_at <= here.now():
        return gettext("over")
    if link.most is not None and link.submissions >= link.most:
        return gettext("full")
    return ""


def qr_svg(address: str) -> Markup:
    """Return the QR code of an address as a drawing for a page."""
    return Markup(segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True))  # noqa: S704 - made of squares alone


# -- short addresses -----------------------------------------------------------------------------------------------------


@bp.post("/share")
def share() -> Response:
    """Make the short address of a page, or find the one it has, and show it."""
    target = request.form.get("to", "")
    app_key, form_key, name = _place(target)
    link = place_link(here.db(), app_key, form_key, target, here.viewer(), here.now(), name)
    here.db().commit()
    return go(url_for("links.place", code=link.code))


def _place(target: str) -> tuple[str, str, str]:
    """Return app, form and name of a page that may be shared by whoever sees it; NotFound for anything else."""
    adapter = current_app.url_map.bind("", script_name="/")
    try:
        if not is_local(target) or len(target) > 500 or "?" in target:
            raise NotFound("link", "")
        endpoint, names = adapter.match(target, method="GET")
    except HTTPException as error:
        raise NotFound("link", "") from error
    if endpoint not in PLACES:
        raise NotFound("link", "")
    live = here.live_app(names["app_key"])
    form_key = names["form_key"]
    form = live.form(form_key)
    if not may(here.viewer(), "read", live, form_key):
        raise NotFound("form", form_key)
    if "record_id" in names:
        get(here.db(), live, form_key, names["record_id"], here.viewer(), here.now())
    return live.key, form_key, str(form.label)


@bp.get("/s/<code>")
def follow(code: str) -> Response:
    """Lead to the place behind a short address; the guard at the door asks for the sign-in first."""
    return go(place_at(here.db(), code[:40]).target or "/")


@bp.get("/s/<code>/qr")
def place(code: str) -> Response:
    """Show a short address and its QR code."""
    link = place_at(here.db(), code[:40])
    _place(link.target or "")
    address = url_for("links.follow", code=link.code, _external=True)
    return render("share.html", link=link, address=address, qr=qr_svg(address), name=_name(link))


def _name(link: Link) -> str:
    live = here.live_app(link.app_key)
    _, names = current_app.url_map.bind("").match(link.target or "/", method="GET")
    if "record_id" in names:
        return title_of(live, get(here.db(), live, link.form, names["record_id"], here.viewer(), here.now()))
    return str(i18n.told(live.form(link.form).label))


@bp.get("/s/<code>/qr.svg")
def picture(code: str) -> Response:
    """Return the QR code as a file to print."""
    link = place_at(here.db(), code[:40])
    _place(link.target or "")
    held = BytesIO()
    segno.make(url_for("links.follow", code=link.code, _external=True), error="m", micro=False).save(
        held, kind="svg", scale=8
    )
    headers = {"Content-Disposition": f'attachment; filename="qr-{link.code}.svg"', "Cache-Control": "no-store"}
    return Response(held.getvalue(), mimetype="image/svg+xml", headers=headers)
