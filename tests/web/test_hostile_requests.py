"""Requests that no browser would send: every one is answered in words, on both databases; none is a surprise."""

from __future__ import annotations

import base64
import io
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.conftest import postgres_template, sqlite_template  # noqa: F401 - fixtures
from tests.engine.conftest import tiny as tiny_on_both  # noqa: F401 - a fixture
from tests.support.site import Site

#: Fields of the small app, one of each type, and what the system adds.
FIELDS = (
    "name", "account", "amount", "discount", "net_amount", "quantity", "expected_on", "next_call_at", "urgent", "tags",
    "reviewer", "notes", "stage", "owner", "created_at", "days_in_stage", "updated_by", "stage_entered_at",
)  # fmt: skip
TEXTS = (
    "\x00", "a\x00b", "\ufffd", "😀", "9" * 30, "9" * 5000, "-1", "1e999", "NaN", "inf", "9999-12-31", "0001-01-01",
    "9999-12-31T23:59", "0001-01-01 00:00", "%", "'", '"', "\\", "²", "１２", "\u202e", "[[[[", "\r\nX: y",
    "../../etc/passwd", "x" * 7000, "#1", "#99999999999999999999", "me", " ", "{0.__class__}", "{{7*7}}", "%s%n", "<b>",
)  # fmt: skip
PLACES = (
    "/a/tiny/deal/?q={}", "/a/tiny/deal/?sort={}", "/a/tiny/deal/?page={}", "/a/tiny/deal/?measure={}",
    "/a/tiny/deal/?measure=sales/{}/won", "/a/tiny/deal/board?q={}", "/a/tiny/deal/board/cards?stage={}",
    "/a/tiny/deal/board/cards?stage=open&after={}", "/a/tiny/deal/lookup?q={}", "/a/tiny/people?q={}", "/search?q={}",
    "/inbox?closed={}", "/a/tiny/deal/expression?text={}", "/a/tiny/deal/expression?text=amount&record={}",
    "/a/tiny/deal/new?name={0}&account={0}&amount={0}&next={0}", "/a/tiny/deal/1/move?to={}", "/sign-in?next={}",
    "/a/{}/deal/", "/a/tiny/{}/", "/a/tiny/okr/{}", "/a/tiny/deal/{}", "/a/tiny/deal/{}/edit", "/inbox/{}/why",
    "/static/{}", "/{}", "/admin/people/?page={0}&sort={0}&search={0}", "/admin/people/details/?id={}",
    "/admin/people/edit/?id={}", "/admin/changes/?search={0}&page={0}", "/admin/changes/details/?id={}",
    "/admin/config/?app={}", "/admin/apps/{}", "/admin/apps/tiny/releases/{}", "/admin/samples/{}",
)  # fmt: skip
FILTERS = tuple(f"/a/tiny/deal/?f.{key}{end}={{}}" for key in FIELDS for end in ("", ".min", ".max", ".empty"))
#: Routes that anybody may ask for.
#: The thanks of a public form, and which cities a province has, are nobody's secret.
OPEN = {
    "/sign-in",
    "/sign-out",
    "/language",
    "/theme",
    "/pulse",
    "/f/<token>/thanks",
    "/bundle/<names>",
    "/places/cities",
}
#: What mail programs post by themselves, with a signed address instead of a token.
ONE_CLICK = {"/leave/<token>"}


@pytest.fixture
def site(tiny_on_both, tmp_path):  # noqa: F811 - the fixture
    made = Site(tiny_on_both.db, tiny_on_both.now, tmp_path)
    account = tiny_on_both.create("account", name="Acme", region="north")
    tiny_on_both.create("deal", name="Boiler", account=account.id, amount="12")
    return made


@pytest.fixture
def one_site(tiny, tmp_path):
    return Site(tiny.db, tiny.now, tmp_path)


def some(number):
    """Return the worst texts and, by turns, a few of the others: together all places are asked with all texts."""
    return ("\x00", "9" * 30, *(TEXTS[(number + step * 7) % len(TEXTS)] for step in range(3)))


def surprises(answers):
    """Return the answers that are no answers."""
    return [(address, status) for address, status in answers if status >= 500]


def test_no_address_is_a_surprise(site):
    ada = site.visitor("ada")

    places = enumerate((*PLACES, *FILTERS))
    asked = [place.format(quote(text, safe="")) for number, place in places for text in some(number)]

    assert surprises((address[:100], ada.get(address).status_code) for address in asked) == []


def cursor(place):
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "place",
    [
        ["0001-01-01T00:00:00+23:00", 1], ["9999-12-31T23:59:59-23:00", 1], ["2026-01-01T00:00:00", 1], ["\ud800", 1],
        [None, 10**30], [5, 1.5], [{}, []], ["2026-01-01T00:00:00Z", float("nan")], ["2026-01-01T00:00:00Z", None],
    ],
)  # fmt: skip
def test_place_in_a_list_that_nobody_was_at_is_refused(site, place):
    answer = site.visitor("ada").get(
        f"/a/tiny/deal/board/cards?stage=open&after={cursor([['stage_entered_at', 'id'], place])}"
    )

    assert answer.status_code == 400
    assert "begin at the first one" in answer.text


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"1" * 6000, b"\xff\xfe", b"5", b'"ab"'])
def test_place_that_is_no_place_is_refused(one_site, raw):
    place = base64.urlsafe_b64encode(raw).decode()

    assert one_site.visitor("ada").get(f"/a/tiny/deal/board/cards?stage=open&after={place}").status_code == 400


def forms():
    """Return what every form of the site may be sent, with holes for texts."""
    deal = "/a/tiny/deal"
    typed = dict.fromkeys((*FIELDS, "next", "version", "via", "id", "deleted_at", "search_text", "nothing"), "{}")
    for address in (f"{deal}/new", f"{deal}/1/edit", f"{deal}/conditions", f"{deal}/conditions?record=1"):
        yield address, typed
        yield address, {"refresh": "{}", **typed}
    for key in FIELDS:
        yield f"{deal}/1/edit", {key: "{}"}
    yield f"{deal}/1/move", {"to": "{}", "version": "{}", "next": "{}"}
    yield f"{deal}/1/move", {"to": "offer", "amount": "{}", "version": "{}"}
    yield f"{deal}/1/delete", {"version": "{}"}
    yield f"{deal}/1/restore", {}
    yield f"{deal}/expression/try", {"text": "{}", "record": "{}"}
    yield f"{deal}/expression/check", {"text": "{}"}
    yield f"{deal}/expression/complete", {"text": "{}", "position": "{}"}
    yield "/sign-in", {"sign_in": "{}", "password": "{}", "next": "{}"}
    yield "/language", {"language": "{}", "next": "{}"}
    yield "/theme", {"theme": "{}", "next": "{}"}
    yield "/inbox/1/acknowledge", {"next": "{}"}
    yield "/admin/config/check", {"text": "{}", "reason": "{}"}
    yield "/admin/config/publish", {"text": "{}", "reason": "{}"}
    yield "/admin/samples/sales_pipeline", {"key": "{}", "label": "{}"}
    yield "/admin/samples/sales_pipeline", {"key": "own", "label": "{}", "p_currency": "{}"}
    yield "/admin/people/new/", {"sign_in": "{}", "name": "{}", "new_password": "{}", "held": "{}", "manager": "{}"}
    yield "/admin/people/edit/?id=1", {"sign_in": "{}", "name": "{}", "email": "{}", "held": "{}", "locale": "{}"}
    for step in ("{}", "upload", "columns", "preview", "run"):
        yield f"{deal}/import", {"step": step, "token": "{}", "mapping": "{}", "delimiter": "{}", "encoding": "{}"}


def test_no_form_is_a_surprise(site):
    ada = site.visitor("ada")
    asked = []
    for number, (address, holes) in enumerate(forms()):
        for text in some(number):
            answer = ada.post(address, **{key: hole.replace("{}", text) for key, hole in holes.items()})
            asked.append(((address, text[:20]), answer.status_code))
            if address == "/sign-in":
                ada = site.visitor("ada")

    assert surprises(asked) == []


def test_no_import_is_a_surprise(site):
    ada, address = site.visitor("ada"), "/a/tiny/deal/import"
    page = ada.post(address, step="upload", file=(io.BytesIO(b"name,account\nPump,Acme\n"), "a.csv"))
    token = page.text.split('name="token" value="')[1].split('"')[0]
    deep = "[" * 100_000
    mappings = [
        deep,
        "5",
        "null",
        '{"columns": 5}',
        '{"columns": {"name": {"field": "name", "values": {"Pump": "\\ud800"}}}}',
    ]
    mappings += ['{"columns": {"name": "name", "account": {"field": "account", "values": {"Acme": "\\ud800"}}}}']
    mappings += ['{"columns": {"name": {"field": [], "match": {}}}, "key": [[]], "mode": {}}']
    asked = []
    for step in ("columns", "preview", "run"):
        for number, name in enumerate(
            ("delimiter", "encoding", "sheet", "mode", "field.0", "unknown.0", "key", "value.0.0")
        ):
            for text in some(number):
                sent = {"step": step, "token": token, name: text, "meaning.0.0": text, "key_asked": "1"}
                asked.append(((step, name, text[:20]), ada.post(address, **sent).status_code))
        asked += [
            ((step, one[:90]), ada.post(address, step=step, token=token, mapping=one).status_code) for one in mappings
        ]

    assert surprises(asked) == []


ROUTES = st.sampled_from([*PLACES, *FILTERS])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(ROUTES, st.text(max_size=30)), min_size=1, max_size=5),
    st.sampled_from(["", "list", "card", "drawer"]),
)
def test_no_address_made_up_at_random_is_a_surprise(one_site, places, target):
    ada = one_site.visitor("ada")
    asked = [place.format(quote(text, safe="", errors="replace")) for place, text in places]

    pages = [(address, ada.get(address).status_code) for address in asked]
    pieces = [(address, ada.htmx(address, target).status_code) for address in asked]

    assert surprises([*pages, *pieces]) == []


def routes(app):
    """Return (rule, method, an address) of every route."""
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "1")
        address = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", rule.rule)
        for name in values:
            address = address.replace(f"<{name}>", "tiny").replace(f"<int:{name}>", "1").replace(f"<path:{name}>", "x")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.rule, method, address


def test_every_route_but_the_sign_in_asks_who_is_there(one_site):
    visitor = one_site.visitor()
    token = visitor.get("/sign-in") and visitor.token
    entered = {}
    for rule, method, address in routes(one_site.app):
        if rule in OPEN:
            continue
        answer = visitor.client.open(address, method=method, data={"csrf_token": token} if method != "GET" else None)
        if not (answer.status_code in (303, 401, 404) and "/a/" not in (answer.location or "").split("?")[0]):
            entered[rule, method] = answer.status_code
        if answer.status_code == 303:
            assert answer.location.startswith("/sign-in")

    assert entered == {}


def test_every_route_that_changes_something_asks_for_the_token(one_site):
    ada = one_site.visitor("ada")
    changing = [(rule, method, address) for rule, method, address in routes(one_site.app) if method != "GET"]

    refused = [
        (rule, method)
        for rule, method, address in changing
        if rule not in ONE_CLICK
        and ada.client.open(address, method=method).status_code != (401 if rule.startswith("/api/") else 400)
    ]

    assert len(changing) > 20
    assert refused == []


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_method_cannot_be_overridden_by_a_header(one_site, tiny, name):
    account = tiny.create("account", name="Acme", region="north")

    one_site.visitor("ada").get(f"/a/tiny/account/{account.id}/delete?_method=POST", **{name: "POST"})

    assert tiny.get(account, "ada").deleted is False


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80\\@x", "a b", "[::1", "x" * 300])
def test_no_page_repeats_the_host_it_was_asked_for(one_site, host):
    answer = one_site.visitor("alice").get("/a/tiny/deal/", Host=host)

    assert answer.status_code in (200, 303, 400)
    assert "evil" not in answer.text + str(answer.headers)


def test_address_after_a_post_is_a_plain_header(one_site):
    answer = one_site.visitor("alice").post(
        "/language", language="en", next="/a/tiny/deal/?q=水泵", headers={"HX-Request": "true"}
    )

    assert answer.headers["HX-Redirect"] == "/a/tiny/deal/?q=%E6%B0%B4%E6%B3%B5"
