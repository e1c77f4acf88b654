"""`/search`: the records of all forms of the current app that hold the words; what the viewer may not see is not found."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine.records.titles import lookup
from web import here, i18n
from web.render import render
from web.shell import shell

bp = Blueprint("search", __name__)
#: Hits shown per form; the list of the form shows the rest.
MOST = 6


@dataclass(frozen=True)
class Group:
    """The hits in one form."""

    label: str
    all_url: str
    hits: list[tuple[int, str, str]]


@bp.get("/search")
def show() -> Response:
    """Search every form of the app that the viewer works in."""
    text = " ".join(request.args.get("q", "").split())[:200]
    return render("search.html", q=text, groups=_groups(text) if text else [])


def _groups(text: str) -> list[Group]:
    live, found = shell().live, []
    for form in shell().forms if live else []:
        assert live is not None
        hits = lookup(here.db(), live, form.key, text, here.viewer(), here.now(), limit=MOST)
        links = [
            (id_, title, url_for("records.show", app_key=live.key, form_key=form.key, record_id=id_))
            for id_, title in hits
        ]
        address = url_for("lists.show", app_key=live.key, form_key=form.key, q=text)
        if links:
            found.append(Group(str(i18n.told(form.label)), address, links))
    return found
