"""Naughty strings in every field, label, comment and file name, on every page: shown as they are, never acted on."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from forms.errors import FormError
from tests.support.everything import everything_app
from tests.support.field_samples import TYPED

THING = "/a/tiny/thing"
#: Types whose fields take nearly any text.
FREE = ("text", "long_text", "rich_text", "tags", "address", "json", "barcode", "location", "url", "email")
WORST = (
    '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>",
    "</textarea><svg/onload=alert(1)>", "javascript:alert(1)", "{{7*7}}{% x %}", "%(name)s %s %n {0.__class__} {name}",
    "</script><!--", "<style>*{display:none}</style>", "' OR 1=1 --", "\u202eright", "$(touch /tmp/x) `id`", "]]>&amp;&#60;",
    "=cmd|' /C calc'!A0", "-->", "\\u003cscript\\u003e", "&lt;b&gt;", "<a href='javascript:x'>y</a>", "a\u00a0b\u200bc",
)  # fmt: skip
#: What no page of this product has.
FOREIGN = {"iframe", "object", "embed", "video", "marquee", "style", "base", "math", "applet", "frame"}


def hostile_app() -> Any:
    """Return the app with labels, helps and messages that want to be markup."""
    config: Any = everything_app()
    [thing] = [one for one in config["forms"] if one["key"] == "thing"]
    bad = iter(WORST * 20)
    for part in (*thing["fields"], *thing["sections"], *thing["tabs"], *config["pipelines"][0]["stages"]):
        part["label"] = f"{next(bad)} {part['key']}"
    for transition in config["pipelines"][0]["transitions"]:
        transition["label"] = next(bad)
    for one in thing["fields"]:
        one["help"] = next(bad)
        for option in one.get("options", ()):
            option["label"] = f"{next(bad)} {option['key']}"
    columns = ("text", "long_text", "rich_text", "tags", "address", "choice", "url")
    thing["list"]["columns"] = ["name", *(f"slot_{key}" for key in columns)]
    thing["label"] = {"en": WORST[0], "zh_Hans": WORST[1], "zh_Hant": WORST[2]}
    return config


class Page(HTMLParser):
    """What a browser makes of a page, as far as it could do harm."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.harm: list[str] = []
        self.inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inside = tag if tag in ("script", "style") else ""
        harmful = [name for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        harmful += [name for name in given if name.startswith(("hx-on", "data-hx-on"))]
        harmful += [name for name in ("hx-vals", "hx-headers") if str(given.get(name) or "{").strip()[0] != "{"]
        self.harm += [f"<{tag} {name}>" for name in harmful]
        self.harm += [f"<{tag}>"] if tag in FOREIGN else []
        if tag == "img" and not str(given.get("src", "")).startswith(("/", "data:image/svg+xml;")):
            self.harm.append(f"<img {given.get('src')}>")
        for name in ("href", "src", "action", "formaction", "xlink:href"):
            if re.match(r"\s*(javascript|data|vbscript):", str(given.get(name) or ""), re.IGNORECASE):
                self.harm.append(f"<{tag} {name}={given[name]}>")

    def handle_data(self, data: str) -> None:
        if self.inside and data.strip():
            self.harm.append(f"inline {self.inside}: {data[:60]}")

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside


def addresses(app: Any, records: list[int]) -> Iterator[str]:
    """Go through every address that can be read, for the form and its records."""
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith(("/static", "/admin/static", "/s/", "/f/", "/leave")):
            continue
        address = (
            rule.rule.replace("<app_key>", "tiny").replace("<form_key>", "thing").replace("<field_key>", "slot_tags")
        )
        if "<int:record_id>" in address:
            yield from (address.replace("<int:record_id>", str(one)) for one in records)
        elif "<" not in address:
            yield address


@pytest.fixture
def world(site, tiny):
    tiny.publish(hostile_app())
    for text in (*WORST, "Target; one", "Target two"):
        tiny.create("target", name=text)
    return site


def thing(tiny, text: str) -> int | None:
    """Store a text in every field that takes it."""
    values: dict[str, Any] = {"name": text, "locked": text, "reason": text, "size": 200}
    for key in FREE:
        typed: Any = {"tags": [text[:50]], "address": ["", "", "", text], "json": json.dumps(text)}.get(key, text)
        try:
            tiny.create("thing", name="trial", **{f"slot_{key}": ["1", "2", text] if key == "location" else typed})
        except FormError:
            continue
        values[f"slot_{key}"] = ["1", "2", text] if key == "location" else typed
    values |= {f"slot_{key}": TYPED[key].typed for key in ("choice", "choices", "date", "money", "color")}
    try:
        return int(tiny.create("thing", **values).id)
    except FormError:
        return None


def check(answers: Iterator[tuple[str, Any]]) -> list[str]:
    """Return what is harmful on any page."""
    found = []
    for address, answer in answers:
        found += [f"{address}: {answer.status_code}"] if answer.status_code >= 500 else []
        assert "\n" not in str(answer.headers.get("Content-Disposition", "")), address
        if answer.mimetype == "text/html":
            found += [f"{address}: {harm}" for harm in Page(answer.text).harm]
            assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        else:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return found


def test_no_page_acts_on_what_it_shows(world, tiny):
    made = [number for text in WORST if (number := thing(tiny, text))]
    assert len(made) == len(WORST)
    ada = world.visitor("ada")
    for number, text in zip(made, WORST, strict=True):
        tiny.update(tiny.get(tiny.query("thing", "ada", limit=1).records[0], "ada"), by="ada")
        ada.post(
            f"{THING}/{number}/comments",
            text=f"{text} @alice",
            **{"files.file": (io.BytesIO(b"%PDF-1.4 x"), f"{text}.pdf")},
        )
        ada.post(f"{THING}/draft", name=text, slot_text=text)
        ada.post(f"{THING}/{number}/edit", version="1", name=f"{text} 2", slot_long_text=text + "\n" + text)
    ada.post(f"{THING}/{made[-1]}/delete", version="2")

    asked = [*addresses(world.app, made), f"{THING}/1/edit?-draft=1", *(f"{THING}/{one}/edit" for one in made)]
    for text in WORST:
        typed = quote(text)
        asked += [
            f"{THING}/?q={typed}",
            f"/search?q={typed}",
            f"{THING}/?f.slot_text={typed}",
            f"{THING}/board?q={typed}",
        ]
        asked += [f"{THING}/new?name={typed}&slot_rich_text={typed}&-next={typed}", f"{THING}/expression?text={typed}"]
        asked += [f"/a/tiny/{typed}/", f"{THING}/lookup?q={typed}", f"/sign-in?next={typed}", f"{THING}/?sort={typed}"]
    assert len(asked) > 200

    assert check((address, ada.get(address)) for address in asked) == []


def test_refusals_conflicts_and_moves_show_texts_unharmed(world, tiny):
    number = thing(tiny, WORST[0])
    ada = world.visitor("ada")
    answers = []
    for text in WORST:
        tiny.update(next(one for one in tiny.query("thing", "ada").records if one.id == number), by="ada", name=text)
        posts: list[tuple[str, dict[str, Any]]] = [
            (f"{THING}/{number}/edit", {"version": "1", "name": f"{text} mine", "slot_date": text, "slot_text": text}),
            (f"{THING}/{number}/edit", {"version": "1", "name": f"{text} mine", "slot_text": text}),
            (f"{THING}/new", {f"slot_{key}": text for key in TYPED}),
            (f"{THING}/new", {"name": text, "size": "5000", "slot_reference": text, "slot_person": text}),
            (f"{THING}/{number}/move", {"-to": text, "-next": text}),
            (f"{THING}/{number}/move", {"-to": "begin", "slot_money": text, "-next": text}),
            (f"{THING}/conditions", {"name": text, "size": "101", "-state": text}),
            (
                f"{THING}/table?table=slot_sub_table",
                {"-add_row": "slot_sub_table", "slot_sub_table": [text, "new1"], "slot_sub_table__new1__what": text},
            ),
            (f"{THING}/expression/try", {"text": text, "record": text}),
        ]
        answers += [(f"{address} {text}", ada.post(address, **sent)) for address, sent in posts]

    assert {answer.status_code for _, answer in answers} >= {409, 422}
    assert check(iter(answers)) == []


@pytest.mark.parametrize(
    "name",
    ["a%0d%0aSet-Cookie: x=y.pdf", "../../etc/passwd.pdf", "..\\..\\boot.pdf", '"; filename="x.exe".pdf', "\u202efdp.exe.pdf",
     "x" * 400 + ".pdf", "/etc/passwd.pdf", "C:\\a.pdf", "客户%0A.pdf", "%2e%2e%2fa.pdf", "a;b=c.pdf", ".pdf", "CON.pdf"],
)  # fmt: skip
def test_name_of_a_file_is_never_a_header_nor_a_path(world, tiny, name: str):
    mona = world.visitor("mona")
    made = mona.post(f"{THING}/new", name="One", **{"slot_attachment.file": (io.BytesIO(b"%PDF-1.4 x"), name)})

    assert made.status_code in (303, 422)
    if made.status_code == 303:
        [kept] = tiny.query("thing", "mona").records[0]["slot_attachment"]
        token = kept.split("/")[0]
        with mona.client.get(f"/files/{token}") as answer:
            assert (answer.status_code, answer.data) == (200, b"%PDF-1.4 x")
        assert "x" not in {name for name, _ in answer.headers} | {
            one.split("=")[0] for one in answer.headers.getlist("Set-Cookie")
        }
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert not {"\r", "\n", "/", "\\"} & set(disposition.replace('\\"', ""))
        assert Path(world.folder / "uploads").exists() is False or not list(Path(world.folder).rglob("*passwd*"))


def test_blns_in_every_field_is_stored_and_shown_unchanged(world, tiny, shared_data: Path):
    strings = json.loads((shared_data / "evil_blns" / "blns.json").read_text(encoding="utf-8"))
    ada = world.visitor("ada")
    made = [(number, text) for text in strings[:: max(1, len(strings) // 60)] if (number := thing(tiny, text))]
    assert len(made) > 45

    pages = [
        page.format(number)
        for number, _ in made
        for page in (f"{THING}/{{}}", f"{THING}/{{}}/edit", f"{THING}/{{}}/compare")
    ]
    assert check((page, ada.get(page)) for page in [*pages, f"{THING}/", f"{THING}/board", f"{THING}/trash"]) == []
