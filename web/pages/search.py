"""`/search`: the records of all forms that hold the words; what the viewer may not see is not found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.records.search_all import FormHits, Hit, forms_of_apps, search_all
from engine.releases import live
from web import here, i18n
from web.marks import marked
from web.render import render
from web.shell import shell

if TYPE_CHECKING:
    from engine.releases import Live

bp = Blueprint("search", __name__)
#: Hits shown per form; the list of the form shows the rest.
MOST = 6


@dataclass(frozen=True)
class Found:
    """One hit: its title with the words marked, and where else they stand."""

    title: Markup
    url: str
    field: str
    excerpt: Markup


@dataclass(frozen=True)
class Group:
    """The hits in one form."""

    label: str
    app: str
    all_url: str
    hits: list[Found]


@bp.get("/search")
def show() -> Response:
    """Search every form of the app that the viewer works in, or with `in=all` of all their apps."""
    text = " ".join(request.args.get("q", "").split())[:200]
    everywhere = request.args.get("in") == "all"
    lives = _lives(everywhere)
    found = search_all(here.db(), forms_of_apps(lives), text, here.viewer(), here.now(), MOST) if text else []
    groups = [_group(one, text, everywhere) for one in found]
    return render("search.html", q=text, groups=groups, everywhere=everywhere, apps_count=len(shell().apps))


def _lives(everywhere: bool) -> list[Live]:
    current = shell().live
    if not everywhere and current is not None:
        return [current]
    return [live(here.db(), app.key) for app in shell().apps]


def _group(one: FormHits, text: str, everywhere: bool) -> Group:
    form = one.live.form(one.form)
    address = url_for("lists.show", app_key=one.live.key, form_key=form.key, q=text)
    app = str(i18n.told(one.live.app.label)) if everywhere else ""
    return Group(str(i18n.told(form.label)), app, address, [_found(one, hit, text) for hit in one.hits])


def _found(one: FormHits, hit: Hit, text: str) -> Found:
    field = one.live.form(one.form).by_key.get(hit.field)
    return Found(
        marked(hit.title, text),
        url_for("records.show", app_key=one.live.key, form_key=one.form, record_id=hit.id),
        str(i18n.told(field.label)) if field else "",
        marked(hit.excerpt, text),
    )
