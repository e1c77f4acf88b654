"""The tests' own footing: each database is fresh and real, the web server serves and stops, the browser complains."""

from __future__ import annotations

import urllib.request

import psycopg
import pytest
import sqlalchemy as sa

from tests.support import axe

PAGE = b"<!doctype html><html lang=en><title>A page</title><link rel='icon' href='data:,'><h1>Hello</h1>%s"


def wsgi_app(body, headers=()):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), *headers])
        return [PAGE % body]

    return app


@pytest.mark.parametrize("turn", [1, 2])
def test_database_url_is_empty_each_time(empty_database_url, turn):
    engine = sa.create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE once (n integer)"))
        tables = sa.inspect(connection).get_table_names()
    engine.dispose()

    assert tables == ["once"]


@pytest.mark.parametrize(
    ("collation", "order"),
    [
        ("C", ["B", "a", "张", "李", "阿"]),
        ("linguistic", ["阿", "李", "张", "a", "B"]),
        ("icu", ["阿", "李", "张", "a", "B"]),
    ],
)
def test_create_database_sorts_by_its_collation(create_database, collation, order):
    address = create_database(collation).replace("+psycopg", "")

    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT x FROM unnest(%s::text[]) AS x ORDER BY x", [["B", "李", "a", "张", "阿"]])
        assert [row[0] for row in rows] == order


def test_serve_answers_and_stops(serve):
    address = serve(wsgi_app(b"there"))

    with urllib.request.urlopen(address) as answer:
        assert answer.read() == PAGE % b"there"


@pytest.mark.browser
def test_page_shows_what_is_served(serve, page):
    page.goto(serve(wsgi_app(b"")))

    assert page.get_by_role("heading").inner_text() == "Hello"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<p style='color: red'>", "Content Security Policy"),
        (b"<script>1</script>", "Content Security Policy"),
        (b"<script src='/missing.js'></script>", "MIME type"),
    ],
)
def test_complaints_fail_the_test(serve, page, complaints, body, complaint):
    headers = [("Content-Security-Policy", "default-src 'self'; img-src data:"), ("X-Content-Type-Options", "nosniff")]
    page.goto(serve(wsgi_app(body, headers)))

    with pytest.raises(AssertionError, match=complaint):
        complaints.check()
    complaints.expect(complaint)


@pytest.mark.browser
def test_violations_of_a_page_are_found_under_its_policy(serve, page):
    headers = [("Content-Security-Policy", "default-src 'self'; img-src data:")]
    page.goto(serve(wsgi_app(b"<input name=a>", headers)))

    assert axe.violations(page) == ["label: Form elements must have labels at input"]
