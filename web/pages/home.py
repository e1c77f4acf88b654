"""`/`: what waits for the viewer, their key results, what changed, and the ways into their apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from engine import alerts, design
from engine.design.approval_news import ASKED
from engine.okr.objectives import objectives
from engine.records.recent import News, recent
from engine.releases import Live
from web import here, i18n
from web.history_view import news_words
from web.notices import notices
from web.okr_view import KrView, OkrScreen, screen
from web.render import render
from web.shell import shell
from web.widgets import Look
from web.words import gettext

bp = Blueprint("home", __name__)
MOST_NOTICES = 5
MOST_RESULTS = 5
MOST_CHANGES = 12


@dataclass(frozen=True)
class Tile:
    """A way into an app."""

    url: str
    icon: str
    label: str
    hint: str


@dataclass(frozen=True)
class AppTiles:
    """The ways into one app."""

    label: str
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Happening:
    """One change in the list of what changed."""

    who: str
    did: str
    title: str
    form: str
    url: str
    at: datetime


@bp.get("/")
def show() -> Response:
    """Show the start page."""
    live = shell().live
    items = alerts.inbox(here.db(), here.viewer(), which="open", limit=30)
    asked = design.waiting_for(here.db(), here.viewer())
    results, heading = _key_results(live) if live else ([], "")
    return render(
        "home.html",
        greeting=_greeting(),
        today=_today(live),
        approvals=asked,
        notices=notices([item for item in items if item.state == "firing" and item.rule != ASKED])[:MOST_NOTICES],
        key_results=results,
        krs_heading=heading,
        changes=_changes(live) if live else [],
        apps=[_tiles(live)] if live else [],
    )


def _greeting() -> str:
    return gettext("Hello, %(name)s", name=here.viewer().name)


def _today(live: Live | None) -> str:
    local = here.now().astimezone(here.zone(live)) if live else here.now()
    return i18n.full_day(local.date())


def _tiles(live: Live) -> AppTiles:
    tiles = []
    for form in shell().forms:
        pipeline = live.pipeline(form.key)
        endpoint, hint = ("board.show", gettext("Board")) if pipeline else ("lists.show", gettext("List"))
        address = url_for(endpoint, app_key=live.key, form_key=form.key)
        tiles.append(Tile(address, form.icon or "table", str(i18n.told(form.label)), hint))
    for okr in live.app.okrs.values():
        address = url_for("okr.show", app_key=live.key, okr_key=okr.key)
        tiles.append(Tile(address, "target-arrow", str(i18n.told(okr.label)), "OKR"))
    for one in shell().dashboards:
        address = url_for("dashboards.show", app_key=live.key, dashboard_key=one.key)
        tiles.append(Tile(address, "chart-bar", str(i18n.told(one.label)), gettext("Dashboard")))
    return AppTiles(str(i18n.told(live.app.label)), tiles)


def _key_results(live: Live) -> tuple[list[KrView], str]:
    """Return the viewer's own key results, or the first ones of the app for who owns none."""
    user = here.viewer()
    mine: list[KrView] = []
    others: list[KrView] = []
    names = {user.sign_in, *user.roles_in(live.key)}
    for okr in live.app.okrs.values():
        drawn: OkrScreen = screen(live, okr, Look(live))
        value = objectives(here.db(), live, okr, user, here.now())
        for objective in value.objectives:
            for kr in objective.key_results:
                (mine if kr.definition.owner in names else others).append(drawn.key_result(kr))
    if mine:
        return mine[:MOST_RESULTS], gettext("My key results")
    return others[:MOST_RESULTS], gettext("Key results")


def _changes(live: Live) -> list[Happening]:
    entries = recent(here.db(), live, here.viewer(), here.now(), limit=MOST_CHANGES)
    return [_happening(live, one) for one in entries]


def _happening(live: Live, one: News) -> Happening:
    form = live.app.forms.get(one.form)
    label = str(i18n.told(form.label)) if form else one.form
    address = url_for("records.show", app_key=live.key, form_key=one.form, record_id=one.record_id)
    return Happening(one.person or "Steerway", news_words(one.verb), one.title, label, address, one.at)
