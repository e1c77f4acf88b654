from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from engine.people import Person
from scripts.messages import LANGUAGES, catalogue_file, extracted, read_catalogue, untranslated
from tests.support.people import PASSWORD
from tests.support.site import words
from web.i18n import number

PAGES = [
    "/",
    "/inbox",
    "/search",
    "/a/tiny/deal/",
    "/a/tiny/deal/board",
    "/a/tiny/deal/new",
    "/a/tiny/okr/sales",
    "/nowhere",
]
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_complete(language):
    assert untranslated(language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_holds_nothing_that_nobody_says(language):
    said = {m.id if isinstance(m.id, str) else m.id[0] for m in extracted() if m.id}
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_catalogue(language) if m.id}

    assert sorted(known - said) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_not_fuzzy(language):
    assert [m.id for m in read_catalogue(language) if m.id and m.fuzzy] == []


def places(text):
    named = {name for _, name, _, _ in string.Formatter().parse(re.sub(r"%\(\w+\)[sd]", "", text)) if name}
    return named | set(re.findall(r"%\(\w+\)[sd]", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_translation_fills_in_the_same_facts(language):
    wrong = []
    for message in read_catalogue(language):
        source = message.id[-1] if isinstance(message.id, tuple | list) else message.id
        target = message.string[0] if isinstance(message.string, tuple | list) else message.string
        if source and ("{" in source + target or "%(" in source):
            try:
                same = places(source) == places(target)
            except ValueError:
                same = re.findall(r"{\w*}", source) == re.findall(r"{\w*}", target)
            wrong += [] if same else [source]

    assert wrong == []


def test_catalogues_differ_in_script():
    simplified, traditional = (catalogue_file(language).read_text("utf-8") for language in ("zh_Hans", "zh_Hant"))

    assert not set("们这让说请读写应该档") & set(traditional)
    assert not set("們這讓說請讀寫應該檔") & set(simplified) - set("该")
    assert "資料" in traditional
    assert "檔案" in traditional


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize(("language", "html"), [("en", "en"), ("zh_Hans", "zh-Hans"), ("zh_Hant", "zh-Hant")])
def test_page_speaks_every_language(site, tiny, address, language, html):
    tiny.create("account", name="Acme", region="north")
    site.speak("alice", language)

    answer = site.visitor("alice").get(address)

    assert f'<html lang="{html}"' in answer.text
    own = {"en": "Inbox", "zh_Hans": "收件箱", "zh_Hant": "收件匣"}
    assert own[language] in words(answer)
    assert all(other not in words(answer) for key, other in own.items() if key != language)


@pytest.mark.parametrize(
    ("asked", "html"),
    [
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-HK;q=0.5, fr;q=0.9", "zh-Hant"),
        ("fr-FR", "en"),
        ("en-GB", "en"),
        ("", "en"),
    ],
)
def test_sign_in_speaks_the_browser_s_language(site, asked, html):
    answer = site.visitor("", **{"Accept-Language": asked}).get("/sign-in")

    assert f'<html lang="{html}"' in answer.text


def test_language_is_chosen_before_the_sign_in(site):
    visitor = site.visitor()

    visitor.post("/language", language="zh_Hant", next="/sign-in")

    assert "密碼" in words(visitor.get("/sign-in"))


def test_language_stays_with_the_person(site):
    site.visitor("alice").post("/language", language="zh_Hans", next="/inbox")

    with site.db() as session:
        assert session.query(Person).filter_by(sign_in="alice").one().locale == "zh_Hans"
    assert "收件箱" in words(site.visitor("alice").get("/inbox"))


def test_unknown_language_changes_nothing(site):
    alice = site.visitor("alice")

    alice.post("/language", language="tlh")

    assert "Inbox" in words(alice.get("/inbox"))


def test_theme_is_kept_by_the_browser(site):
    alice = site.visitor("alice")

    alice.post("/theme", theme="dark")

    assert 'data-theme="dark"' in alice.get("/").text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, None, "1,234.5"),
        (0.1 + 0.2, None, "0.3"),
        (1234, 0, "1,234"),
        (2.5, 2, "2.50"),
        (-0.0, None, "0"),
        (1e15, None, "1,000,000,000,000,000"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, decimals, text):
    assert number(value, decimals) == text


def english_in(path):
    source = re.sub(r"(?s){#.*?#}|{%.*?%}|{{.*?}}|<!doctype[^>]*>|<svg.*?</svg>", " ", path.read_text("utf-8"))
    texts = (text.strip() for text in re.findall(r">([^<>]+)<", f">{source}<"))
    return [
        one
        for one in texts
        if re.search(
            r"[A-Za-z]{2,}",
            re.sub(
                r"Steerway|OKR|Ctrl K|CNY|CSV|XLSX|Authorization: Bearer|/api/v1/|/openapi.json|^gate( intake)?$|hx-post",
                "",
                one,
            ),
        )
    ]


def test_templates_say_nothing_outside_the_catalogue():
    """A word between tags that goes through no translation would stay English for everybody."""
    loose = [(path.name, text) for path in TEMPLATES.rglob("*.html") for text in english_in(path)]

    assert loose == []


def test_messages_come_in_the_language_that_the_browser_asked_for_first(site):
    with site.db.begin() as session:
        session.query(Person).filter_by(sign_in="bob").one().locale = ""

    site.visitor("", **{"Accept-Language": "zh-CN"}).post("/sign-in", sign_in="bob", password=PASSWORD)
    site.visitor("", **{"Accept-Language": "xx"}).post("/sign-in", sign_in="alice", password=PASSWORD)

    with site.db() as session:
        people = session.query(Person)
        assert people.filter_by(sign_in="bob").one().locale == "zh_Hans"
        assert people.filter_by(sign_in="alice").one().locale == ""
