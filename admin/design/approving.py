"""Approval of a draft on the page before publishing: asked for, given, refused with a reason, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, redirect, request, url_for

from admin.design._desk import Tab, desk
from admin.design.publishing import in_sight, page, typed_reason
from engine import design
from engine.errors import NotFound, Refused
from engine.releases import Moves, preview
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.words import gettext, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint
    from werkzeug.wrappers import Response

TABS: tuple[Tab, ...] = ()


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/publish/ask", "publishing_ask", ask, methods=["POST"])
    pages.add_url_rule("/publish/approve", "publishing_approve", approve, methods=["POST"])
    pages.add_url_rule("/publish/refuse", "publishing_refuse", refuse, methods=["POST"])
    pages.add_url_rule("/publish/withdraw", "publishing_withdraw", withdraw, methods=["POST"])


def ask(app_key: str) -> Response:
    """Ask for approval of the draft with its reason and where records go; what cannot go live is not asked for."""
    version = request.form.get("version", "")
    told: list[str] = []

    def work() -> str:
        moves = Moves.read(request.form.getlist("map"))
        told.extend(sentence(one) for one in desk().errors or in_sight(preview(here.db(), desk().source, moves)).faults)
        if told:
            return ""
        number = int(version) if version.isdecimal() else 0
        made = design.ask(here.db(), app_key, number, here.viewer(), here.now(), typed_reason(), moves)
        count = len(design.approvers_of(here.db(), made))
        return ngettext("One person was asked.", "%(num)s people were asked.", count)

    answer = _did(app_key, work)
    return page(app_key, told, 422) if told else answer


def approve(app_key: str) -> Response:
    """Say yes to what was asked for, as it was looked at."""

    def work() -> str:
        design.approve(here.db(), app_key, _request(), here.viewer(), here.now())
        return gettext("Approved as it is.")

    return _did(app_key, work)


def refuse(app_key: str) -> Response:
    """Say no, and why."""

    def work() -> str:
        why = " ".join(request.form.get("why", "").split())
        design.refuse(here.db(), app_key, _request(), here.viewer(), here.now(), why)
        return gettext("Not approved; whoever asked is told why.")

    return _did(app_key, work)


def withdraw(app_key: str) -> Response:
    """Take one's own request back."""

    def work() -> str:
        design.withdraw(here.db(), app_key, _request(), here.viewer(), here.now())
        return gettext("The request is withdrawn.")

    return _did(app_key, work)


def _request() -> int:
    return request.form.get("request", 0, type=int)


def _did(app_key: str, work: Callable[[], str]) -> Response:
    try:
        said = work()
    except (NotFound, Refused):
        raise
    except SteerwayError as error:
        here.db().rollback()
        g.pop("gate", None)
        return page(app_key, [sentence(fault) for fault in error.faults], 409)
    if said:
        here.db().commit()
        flash(said, "success")
    return redirect(url_for("design.publishing", app_key=app_key), 303)
