"""A field may be called like anything the screens themselves post or put into an address; each keeps its own value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from engine.config.check_app import RESERVED_FORMS
from forms.system import RESERVED_KEYS
from tests.support.configs import tiny_app
from tests.support.html_forms import posted_values
from tests.support.site import words
from web.drafts_view import ACTIONS

WEB = Path(__file__).resolve().parents[2] / "web"
KEY = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"


def names() -> list[str]:
    """Return every plain name in any template, and every one that pages read from forms and addresses."""
    found: set[str] = set()
    for file in sorted((WEB / "templates").rglob("*.html")):
        found |= set(re.findall(rf'\bname="-?({KEY})"', file.read_text(encoding="utf-8")))
    for file in sorted(WEB.rglob("*.py")):
        text = file.read_text(encoding="utf-8") if "node_modules" not in str(file) else ""
        found |= set(re.findall(rf'(?:request\.\w+|args|form|data|posted|given)\.get(?:list)?\("-?({KEY})"', text))
        found |= set(re.findall(rf'own\(request\.\w+, "({KEY})"', text))
    return sorted(found - RESERVED_KEYS)


NAMES = names()
VALUES = {name: f"v {name}" for name in NAMES}
ODD = "/a/tiny/odd"


def odd_app() -> Any:
    config = tiny_app()
    fields = [{"key": name, "type": "text", "label": f"Field {name}"} for name in NAMES]
    rights = [{"roles": ["rep", "manager"], "actions": ["read", "create", "update", "move", "import", "share"]}]
    odd: Any = {"key": "odd", "label": "Odd", "title": "name", "fields": fields, "permissions": rights}
    odd["list"] = {"columns": ["name", "next", "to", "via"]}
    config["forms"].append(odd)
    stages = [{"key": "start", "label": "Start"}, {"key": "end", "label": "End", "kind": "won"}]
    step = {"key": "finish", "label": "Finish", "from": ["start"], "to": "end", "required": ["to", "via", "next", "go"]}
    pipeline = {
        "form": "odd",
        "key": "odd",
        "label": "Odd",
        "initial": "start",
        "stages": stages,
        "transitions": [step],
    }
    config["pipelines"].append(pipeline)
    return config


@pytest.fixture
def alice(site, tiny):
    tiny.publish(odd_app())
    return site.visitor("alice")


def typed_on(page) -> dict[str, list[str]]:
    """Return what the record's own form would post."""
    source = page.text[page.text.index('<form id="record-form"') :]
    return posted_values(source[: source.index("</form>")])


def stored(tiny, record_id: int = 1) -> dict[str, object]:
    with tiny.db() as session:
        from engine.records.read import get

        record = get(session, tiny.live(session), "odd", record_id, tiny.user("ada"), tiny.now)
        return {name: record[name] for name in NAMES}


def test_names_were_found():
    assert {"next", "to", "via", "go", "draft", "record", "q", "sort", "page", "step", "add_row", "stamp"} <= set(NAMES)
    assert len(NAMES) > 60
    assert all(action.startswith("-") for action in ACTIONS)


def test_record_keeps_every_value_of_the_form(alice, tiny):
    made = alice.post(f"{ODD}/new", **VALUES)
    assert (made.status_code, made.location) == (303, f"{ODD}/1"), words(made)
    assert stored(tiny) == VALUES

    typed = typed_on(alice.get(f"{ODD}/1/edit"))
    assert {name: typed[name] for name in NAMES} == {name: [value] for name, value in VALUES.items()}
    again = dict.fromkeys(NAMES, "/a/tiny/")
    saved = alice.post(f"{ODD}/1/edit", version="1", **again)
    assert (saved.status_code, saved.location) == (303, f"{ODD}/1"), words(saved)
    assert stored(tiny) == again


def test_address_fills_every_field_and_still_leads_back(alice, tiny):
    query = "&".join(f"{name}=5" for name in NAMES)
    typed = typed_on(alice.get(f"{ODD}/new?{query}&-next=/a/tiny/odd/board"))

    assert {name: typed.get(name) for name in NAMES} == {name: ["5"] for name in NAMES}
    answer = alice.post(f"{ODD}/new", **{name: held[0] for name, held in typed.items()})
    assert (answer.status_code, answer.location) == (303, "/a/tiny/odd/board")
    assert stored(tiny) == dict.fromkeys(NAMES, "5")


def test_draft_keeps_every_value(alice, tiny):
    kept = alice.post(f"{ODD}/draft", **VALUES)
    number = re.search(r'name="-draft" value="(\d+)"', kept.text)[1]
    again = re.search(r'href="([^"]*/odd/new\?[^"]+)"', alice.get(f"{ODD}/new").text)[1]

    typed = typed_on(alice.get(again.replace("&amp;", "&")))

    assert {name: typed.get(name) for name in NAMES} == {name: [value] for name, value in VALUES.items()}
    assert typed["-draft"] == [number]


def test_move_takes_the_way_that_was_pressed_and_the_values_that_were_typed(alice, tiny):
    alice.post(f"{ODD}/new", name="One")
    asked = alice.get(f"{ODD}/1/move?-to=finish")
    assert asked.status_code == 200, words(asked)
    typed = {name: held[0] for name, held in posted_values(asked.text).items()}
    typed |= {"to": "start", "via": "board", "next": "/elsewhere", "go": "-next"}

    answer = alice.post(f"{ODD}/1/move", **typed)

    kept = stored(tiny)
    assert (answer.status_code, answer.location) == (303, f"{ODD}/1"), words(answer)
    assert [kept[name] for name in ("to", "via", "next", "go")] == ["start", "board", "/elsewhere", "-next"]


def test_list_is_filtered_by_every_field_and_by_nothing_else(alice, tiny):
    alice.post(f"{ODD}/new", **VALUES)

    every = "&".join(f"f.{name}=v+{name}" for name in NAMES)
    page = alice.get(f"{ODD}/?{every}")
    assert (page.status_code, "v name" in page.text) == (200, True), words(page)
    for name in NAMES:
        piece = alice.htmx(f"{ODD}/?f.{name}=zzz", "list")
        assert (piece.status_code, "v name" in words(piece)) == (200, False), name
    assert "v name" in words(alice.htmx(f"{ODD}/?f.name=v+name", "list"))


def test_public_form_keeps_every_value(alice, site, tiny):
    mona = site.visitor("mona")
    page = mona.post(f"{ODD}/links", name="Open", field=NAMES, min_seconds="0")
    address = re.search(r'href="http://[^/]+(/f/[\w-]+)"', page.text)
    assert address, words(page)
    stranger = site.visitor()
    typed = posted_values(stranger.get(address[1]).text)
    site.now = site.now.replace(hour=5)

    answer = stranger.post(address[1], **{name: held[0] for name, held in typed.items()} | VALUES)

    assert (answer.status_code, answer.location) == (303, f"{address[1]}/thanks"), words(answer)
    assert stored(tiny) == VALUES


def test_no_form_takes_the_place_of_a_page(site):
    inside = {
        rule.rule.split("/")[3] for rule in site.app.url_map.iter_rules() if rule.rule.startswith("/a/<app_key>/")
    }
    pages = {one for one in inside if one and not one.startswith("<")}
    deep = {
        rule.rule.split("/")[3]
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/a/<app_key>/") and len(rule.rule.split("/")) > 4
    }

    assert deep & pages <= RESERVED_FORMS
