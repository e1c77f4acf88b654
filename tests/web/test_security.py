from __future__ import annotations

from html.parser import HTMLParser

import pytest

PAGES = [
    "/",
    "/inbox",
    "/search?q=acme",
    "/a/tiny/account/",
    "/a/tiny/deal/?f.stage=open&f.amount.min=1",
    "/a/tiny/deal/board",
    "/a/tiny/deal/new",
    "/a/tiny/deal/1",
    "/a/tiny/deal/1/edit",
    "/a/tiny/deal/1/move?to=offer",
    "/a/tiny/account/import",
    "/a/tiny/deal/expression?text=amount&record=1",
    "/a/tiny/okr/sales",
    "/nowhere",
]


def tags_of(source: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return every tag of a page with its attributes."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Reader().feed(source)
    return found


@pytest.fixture
def filled(site, tiny):
    account = tiny.create("account", name="Acme <b>&", region="north")
    tiny.create("deal", name="'\"><img src=x onerror=alert(1)>", account=account.id, amount="12000")
    return site


@pytest.mark.parametrize("address", PAGES)
def test_page_holds_nothing_that_the_policy_forbids(filled, address):
    answer = filled.visitor("alice").get(address)

    assert answer.status_code in (200, 404)
    tags = tags_of(answer.text)
    assert [one for _, given in tags for one in given if one == "style" or one.startswith("on")] == []
    assert [tag for tag, given in tags if (tag == "script" and "src" not in given) or tag in ("style", "img")] == []


@pytest.mark.parametrize("address", PAGES)
def test_page_loads_from_its_own_site_alone(filled, address):
    answer = filled.visitor("alice").get(address)

    loaded = [
        given.get("src") or given.get("href") or ""
        for tag, given in tags_of(answer.text)
        if tag in ("script", "link", "img", "use")
    ]
    assert [one for one in loaded if not one.startswith(("/static/", "/bundle/"))] == []


def test_headers_guard_every_answer(site):
    for address in ("/sign-in", "/nowhere", "/static/steerway.css"):
        with site.app.test_client().get(address) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    headers = site.app.test_client().get("/sign-in").headers
    policy = dict(one.split(" ", 1) for one in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_https_is_kept(site):
    answer = site.app.test_client().get("/sign-in", base_url="https://steerway.example")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_pages_with_data_are_not_kept_by_browsers(filled):
    assert filled.visitor("alice").get("/a/tiny/deal/").headers["Cache-Control"] == "no-store"


def test_a_surprise_is_told_in_words_and_not_in_traces(filled, monkeypatch):
    monkeypatch.setitem(filled.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("web.pages.lists.query", lambda *_, **__: 1 / 0)

    answer = filled.visitor("alice").get("/a/tiny/deal/")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_large_bodies_are_refused(site, monkeypatch):
    monkeypatch.setitem(site.app.config, "MAX_CONTENT_LENGTH", 1000)

    answer = site.visitor("alice").post("/a/tiny/account/new", name="x" * 2000)

    assert answer.status_code == 413
