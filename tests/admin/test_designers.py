"""The designers: every sheet writes back exactly what it shows, and each button does what it says, by draft alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import g, render_template
from werkzeug.datastructures import MultiDict

from admin.design import settings_designer
from admin.design._desk import Desk, desk
from admin.design._part import Part
from admin.design.sheet import controls_of, place_of, read_sheet
from engine import design
from engine.config.load import load
from engine.design.pointers import value_at
from engine.people import SYSTEM, find_user
from engine.releases import publish
from tests.support.everything import everything_app
from tests.support.html_forms import posted_values

if TYPE_CHECKING:
    from tests.support.site import Site, Visitor

SAMPLES = Path(__file__).parents[2] / "sample_configs"
BASE = "/admin/design/tiny"
#: Section of a config -> name of its designer, and the lists whose items have a sheet of their own.
DESIGNERS = {
    "app": ("settings", ("roles", "parameters")),
    "forms": ("forms", ("fields", "sections")),
    "pipelines": ("pipelines", ("stages", "transitions")),
    "okrs": ("okrs", ("objectives", "objectives/*/key_results")),
    "alerts": ("alerts", ()),
}


def places(content: Any, lists: tuple[str, ...]) -> list[str]:
    """Return the pointers that have a sheet."""
    found = [""]
    for pattern in lists:
        ways = [""]
        for step in pattern.split("/"):
            if step == "*":
                ways = [f"{way}/{n}" for way in ways for n in range(len(value_at(content, way)))]
            else:
                ways = [f"{way}/{step}" for way in ways if isinstance(value_at(content, f"{way}/{step}"), list)]
        found += [f"{way}/{n}" for way in ways for n in range(len(value_at(content, way)))]
    return found


def sheet(page: str) -> dict[str, list[str]]:
    """Return what a browser posts from the sheet of a page."""
    found = re.search(r'(?s)<form class="sheet stack".*?</form>', page)
    assert found, "the page has no sheet"
    return {name: values for name, values in posted_values(found[0]).items() if name}


def content(site: Site, path: str, app: str = "tiny") -> Any:
    with site.db() as session:
        return design.content_of(design.source_in_work(session, app), path)


def post(visitor: Visitor, site: Site, address: str, path: str, /, **values: Any) -> Any:
    """Press a button of a designer."""
    with site.db() as session:
        seen = design.seen_of(design.source_in_work(session, "tiny"), path)
    return visitor.post(BASE + address, seen=seen, **values)


@pytest.mark.parametrize("name", ["everything", "sales_pipeline", "expense_claims"])
def test_every_sheet_writes_back_what_it_shows(site: Site, name: str) -> None:
    source = load(SAMPLES / name) if name != "everything" else None
    with site.db.begin() as session:
        made = everything_app() if source is None else source
        publish(session, made, SYSTEM, site.now, "for a test")
    app_key = "tiny" if source is None else name
    changed, drawn = [], 0

    with site.app.test_request_context(), site.db() as session:
        g.session, g.now, g.user = session, site.now, find_user(session, "ada")
        g.desk = bench = Desk(app_key)
        for file in bench.source.files:
            for at in places(file.content, DESIGNERS[file.section][1]) if file.section in DESIGNERS else ():
                after = posted_back(file.path, file.content, at)
                drawn += 1
                if after != file.content:
                    changed.append((file.path, at, _difference(file.content, after)))

    assert not changed, json.dumps(changed, ensure_ascii=False, indent=1)
    assert drawn > 20


def posted_back(path: str, content: Any, at: str) -> Any:
    """Draw the sheet of a place, post what it shows, and return the file as it is then."""
    here = place_of(desk(), path, content, at)
    part = Part(path, content, at)
    context = {"designer": settings_designer.designer, "part": part, "seen": "", "groups": controls_of(here)}
    page = render_template("design/_sheet.html", app_key=desk().app_key, language_names={}, unsaved="", **context)
    data = MultiDict([(name, value) for name, values in sheet(page).items() for value in values])
    return read_sheet(here, data)


def _difference(before: Any, after: Any, way: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        names = dict.fromkeys([*before, *after])
        return [
            line for name in names for line in _difference(before.get(name, "–"), after.get(name, "–"), f"{way}/{name}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            line
            for n, (one, two) in enumerate(zip(before, after, strict=True))
            for line in _difference(one, two, f"{way}/{n}")
        ]
    return [] if before == after else [f"{way}: {before!r} -> {after!r}"]
