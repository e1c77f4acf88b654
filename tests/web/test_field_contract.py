"""Every field type on the screen: what is typed is stored, shown, offered again and stored as the same; nothing escapes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import segno

from engine.exports import rows
from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.people import SYSTEM
from forms.errors import FormError
from tests.support.field_samples import TYPED, app_with
from tests.support.html_forms import posted_values
from tests.support.site import words
from web.barcodes import code_picture, modules
from web.shown import map_address

#: What a reader sees of the samples.
SHOWN = {
    "address": "广东省 深圳市 南山区 科技园路 1 号",
    "barcode": "4006381333931",
    "choice": "乙",
    "choices": "甲 丙",
    "color": "#ff8800",
    "date": "Mar 2, 2026",
    "date_range": "Mar 2, 2026 – Mar 6, 2026",
    "duration": "1 h 30 min",
    "email": "Li@example.com",
    "integer": "12",
    "location": "深圳 市民中心 22.543096, 114.057865",
    "long_text": "one two",
    "money": "¥12.50",
    "number": "12",
    "people": "B Bob A Alice",
    "percent": "12 %",
    "person": "B Bob",
    "phone": "13800138000",
    "reference": "Target; one",
    "references": "Target two Target; one",
    "rich_text": "Hello you & me",
    "tags": "urgent 展会",
    "team": "north_team",
    "text": "Acme 客户",
    "time": "07:30",
    "url": "https://example.com/a?b=1#c",
    "yes_no": "Yes",
}


@pytest.fixture
def alice(site, tiny):
    tiny.publish(app_with(*TYPED))
    tiny.create("target", "ada", name="Target; one")
    tiny.create("target", "ada", name="Target two")
    return site.visitor("alice")


def make(alice, name: str = "Acme", **typed: Any):
    return alice.post("/a/tiny/account/new", name=name, region="north", **typed)


def slots(record: Mapping[str, object]) -> dict[str, object]:
    return {key: record[f"slot_{key}"] for key in TYPED}


def test_form_of_every_type_offers_again_what_was_stored(alice, tiny):
    answer = make(alice, **{f"slot_{key}": sample.typed for key, sample in TYPED.items()})
    assert answer.status_code == 303, words(answer)
    [record] = tiny.query("account").records

    page = alice.get(f"/a/tiny/account/{record.id}/edit").text
    again = {name: held for name, held in posted_values(page).items() if name.startswith("slot_") or name == "version"}
    answer = alice.post(f"/a/tiny/account/{record.id}/edit", name="Acme renamed", region="north", **again)

    assert answer.status_code == 303, words(answer)
    assert slots(tiny.get(record)) == slots(record)
    assert None not in slots(record).values()


def test_record_shows_every_type(alice, tiny):
    make(alice, **{f"slot_{key}": sample.typed for key, sample in TYPED.items()})

    seen = words(alice.get("/a/tiny/account/1"))

    assert {key: text for key, text in SHOWN.items() if f"Slot {key} {text}" not in seen} == {}


def test_mistake_in_any_type_is_told_beside_its_field(alice):
    wrong = {f"slot_{key}": ["\x00", "\x00", "\x00", "\x00"] if key == "address" else "\x00" for key in TYPED}

    answer = make(alice, **wrong)

    told = {key for key in TYPED if f'id="field-slot_{key}-error"' in answer.text}
    assert (answer.status_code, set(TYPED) - told) == (422, set())


#: Types that keep any text of one line, or of many.
TEXTS = ("text", "long_text", "tags", "address", "barcode", "rich_text", "team", "serial")


@pytest.fixture
def texts(site, tiny):
    config = app_with()
    fields = next(form for form in config["forms"] if form["key"] == "account")["fields"]
    fields += [
        {"key": "line", "type": "text", "label": "Line", "max_length": 2000},
        {"key": "lines", "type": "long_text", "label": "Lines"},
        {"key": "rich", "type": "rich_text", "label": "Rich"},
        {"key": "code", "type": "barcode", "label": "Code"},
        {"key": "labels", "type": "tags", "label": "Labels"},
    ]
    next(form for form in config["forms"] if form["key"] == "account")["list"]["columns"] = [
        "name",
        "line",
        "lines",
        "rich",
    ]
    tiny.publish(config)
    return site.visitor("alice")


class _Elements(HTMLParser):
    """Collects what a browser would make of a page: elements with the names of their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src", "action")]


def test_naughty_strings_are_stored_and_shown_unchanged(texts, tiny, shared_data: Path):
    strings = json.loads((shared_data / "evil_blns" / "blns.json").read_text(encoding="utf-8"))
    kept = [one for number, text in enumerate(strings) if (one := _kept(tiny, number, text))]
    assert len(kept) > 400

    pages = [texts.get(f"/a/tiny/account/?sort=-created_at&f.name=N{number}").text for number in range(10)]
    for record in kept[::12]:
        pages.append(texts.get(f"/a/tiny/account/{record.id}").text)
        assert unescape(re.sub(r"<[^>]*>", "", pages[-1])).count(str(record["line"])) >= 1
        pages.append(texts.get(f"/a/tiny/account/{record.id}/edit").text)
        assert posted_values(pages[-1])["line"] == [record["line"]]
    for page in pages:
        _check_harmless(page)


def _kept(tiny, number: int, text: str):
    """Store a text in every text-like field; None where it holds what no text may hold."""
    try:
        record = tiny.create("account", name=f"N{number}", region="north", line=text, lines=text, rich=text)
    except FormError:
        return None
    assert record["line"] in (unicodedata.normalize("NFC", text).strip(), None)
    return record if record["line"] else None


def _check_harmless(page: str) -> None:
    reader = _Elements()
    reader.feed(page)
    assert not any(name.startswith("on") for _, names in reader.elements for name in names)
    assert {tag for tag, _ in reader.elements} & {"iframe", "object", "embed", "img", "video", "marquee"} == set()
    assert not any(one.strip().lower().startswith(("javascript:", "data:", "vbscript:")) for one in reader.addresses)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<p>a<script>alert(1)</script></p>", "<p>a</p>"),
        ('<p onmouseover="x()">a</p>', "<p>a</p>"),
        ('<b style="background:url(javascript:x)">a</b>', "<b>a</b>"),
        ("<p>a<img src=x onerror=alert(1)></p>", "<p>a</p>"),
        ('<a href="JaVaScRiPt:alert(1)">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<a href="data:text/html,x">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<p>a<svg><style><img src=x onerror=alert(1)></style></svg></p>", "<p>a</p>"),
        ("<p>a<math><mi><b>c</b></mi></math></p>", "<p>a</p>"),
        ("<p>a<!-- <b> --></p>", "<p>a</p>"),
        ("<P>a</P><H2>b</H2>", "<p>a</p><h2>b</h2>"),
        ('<form action="/x"><p>a</p><input name=q></form>', "<p>a</p>"),
    ],
)
def test_formatted_text_is_clean_whatever_way_it_comes_in(texts, tiny, typed: str, kept: str):
    texts.post("/a/tiny/account/new", name="Form", region="north", rich=typed)
    tiny.create("account", name="API", region="north", rich=typed, via="api")

    assert [record["rich"] for record in tiny.query("account").records] == [kept, kept]
    assert kept in texts.get("/a/tiny/account/1").text


def test_formatted_text_is_searched_and_listed_by_its_words(texts, tiny):
    tiny.create("account", name="Acme", region="north", rich="<p>Quarterly <b>num</b>bers</p>")
    tiny.create("account", name="Bolt", region="north", rich="<p>nothing</p>")

    assert tiny.names("account", text="numbers") == ["Acme"]
    assert tiny.names("account", text="<b>") == []


def test_code_is_drawn_as_the_standard_has_it():
    assert modules("4006381333931", "ean13") == (
        "101" "0001101" "0100111" "0101111" "0111101" "0001001" "0110011" "01010"
        "1000010" "1000010" "1000010" "1110100" "1000010" "1100110" "101"
    )  # fmt: skip
    assert len(modules("96385074", "ean8")) == 67
    assert modules("036000291452", "upca") == modules("0036000291452", "ean13")
    assert modules("PJJ123C", "code128").endswith("1100011101011")
    assert len(modules("PJJ123C", "code128")) == 11 * 9 + 13
    assert segno.make("客户 <1>", micro=False).version == 1
    assert code_picture("客户 <1>", "qr").startswith("<svg")
    assert "style=" not in code_picture("客户 <1>", "qr") + code_picture("A1", "code128")
    assert code_picture("not a number", "ean13") == ""


def test_map_address_holds_nothing_but_the_place():
    assert map_address(("22.5", "114", 'x" onclick='), "openstreetmap") == (
        "https://www.openstreetmap.org/?mlat=22.5&mlon=114#map=16/22.5/114"
    )
    assert map_address(("22.5", "114", "a&b 客"), "amap") == (
        "https://uri.amap.com/marker?position=114%2C22.5&name=a%26b%20%E5%AE%A2&coordinate=wgs84"
    )
    assert map_address(("1", "2", ""), "none") == ""


def test_people_and_teams_are_offered_within_the_limits_of_the_field(alice, site):
    def offered(query: str) -> list[str]:
        return [one["title"] for one in alice.get(f"/a/tiny/{query}").json["results"]]

    assert offered("people?q=&role=manager") == ["Mona"]
    assert offered("people?q=&team=south_team") == ["Charlie"]
    assert offered("teams?q=NORTH") == ["north_team"]


def test_cities_follow_the_province(alice, tiny, site):
    make(alice, slot_address=["广东省", "深圳市", "", ""])

    form = alice.get("/a/tiny/account/1/edit").text

    assert "<option>广州市</option>" in form
    assert "杭州市" not in form
    assert "<option>杭州市</option>" in site.visitor().get("/places/cities?slot_address=浙江省").text
    assert site.visitor().get("/places/cities?x=<b>").text == ""


def test_chinese_and_japanese_names_are_the_same_bytes_after_a_file(texts, tiny, shared_data: Path):
    lines = [
        line
        for file in sorted((shared_data / "cjk_names").glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    names = [one for one in dict.fromkeys(line.strip() for line in lines) if one][::10]
    changed = [one for one in names if unicodedata.normalize("NFC", one) != one]
    text = "name,region,line,rich\n" + "".join(f"N{place},north,{one},{one}\n" for place, one in enumerate(names))

    with tiny.db.begin() as session:
        live, table = tiny.live(session), read(text.encode())
        run(session, live, "account", table, guess(live.form("account"), None, table.header), SYSTEM, tiny.now)
        header, *out = [list(row) for row in rows(session, live, "account", SYSTEM, tiny.now)]

    kept = {row[header.index("name")]: row[header.index("line")] for row in out}
    assert len(names) > 300
    assert changed == []  # NFC is what text is kept in; these files have nothing else
    assert {f"N{place}": one for place, one in enumerate(names)} == kept
