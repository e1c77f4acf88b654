"""What the JSON editor is told: proposals at the cursor, meanings, and where faults stand."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from admin.design.editor.completing import Answer, complete
from admin.design.editor.marking import check, line_of
from admin.design.editor.places import from_browser, take_apart, to_browser
from engine import design
from engine.config.source import Source
from engine.design.files import content_of, text_of
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.support.site import Site

DEAL, PIPELINE, ALERT = "forms/deal.json", "pipelines/deal.json", "alerts/new.json"
BASE = "/admin/design/tiny"


@pytest.fixture(scope="module")
def source() -> Source:
    return Source.from_dict(tiny_app())


def _at(source: Source, path: str, written: str) -> Answer:
    """Ask where the bar stands."""
    return complete(source, path, written.replace("¦", ""), written.index("¦"))


def _labels(answer: Answer) -> list[str]:
    return [one.label for one in answer.options]


def _applied(written: str, answer: Answer, label: str) -> str:
    text = written.replace("¦", "")
    option = next(one for one in answer.options if one.label == label)
    return text[: answer.start] + option.apply + text[answer.end :]


@pytest.mark.parametrize(
    ("path", "written", "there", "absent"),
    [
        (DEAL, '{"key": "deal", ¦', "fields", "key"),
        (DEAL, '{"fields": [{"type": "text", "max¦', "max_length", "min"),
        (DEAL, '{"fields": [{"type": "number", "¦"}]}', "decimals", "max_length"),
        (DEAL, '{"fields": [{"type": "da¦"}]}', "date", "fields"),
        (DEAL, '{"fields": [{"key": "a", "type": "text", "required": ¦}]}', "true", "a"),
        (DEAL, '{"key": "deal", "fields": [{"key": "fresh", "type": "text"}], "title": "¦"}', "fresh", "rep"),
        (DEAL, '{"permissions": [{"roles": ["rep", "¦"]}]}', "manager", "rep"),
        (DEAL, '{"key": "deal", "fields": [{"key": "sum"}], "permissions": [{"fields": {"¦"}}]}', "sum", "hidden"),
        (
            DEAL,
            '{"key": "deal", "fields": [{"key": "sum"}], "permissions": [{"fields": {"sum": "¦"}}]}',
            "hidden",
            "sum",
        ),
        (DEAL, '{"key": "deal", "fields": [{"key": "sum", "type": "text", "unique": ¦}]}', "true", "sum"),
        (DEAL, '{"fields": [{"type": "reference", "to": "¦"}]}', "account", "rep"),
        (DEAL, '{"key": "deal", "permissions": [{"stages": ["¦"]}]}', "won", "amount"),
        (PIPELINE, '{"form": "deal", "stages": [{"key": "one"}], "initial": "¦"}', "one", "won"),
        (PIPELINE, '{"form": "deal", "transitions": [{"set": {"¦"}}]}', "amount", "account_x"),
        (ALERT, '{"form": "deal", "notify": [{"to": ["¦"]}]}', "role:manager", "manager_x"),
        (ALERT, '{"form": "deal", "severity": "¦"}', "critical", "deal"),
        (ALERT, '{"form": "deal", "for": {¦}}', "days", "working_days"),
        ("app.json", '{"measures": {"won": {"of": "deal", "agg": "¦"}}}', "count_distinct", "deal"),
        ("app.json", '{"measures": {"won": {"of": "deal", "agg": "sum", "value": "amo¦"}}}', "amount", "sum"),
        (ALERT, '{"form": "deal", "when": "stage == \'¦\'"}', "won", "amount"),
    ],
)
def test_what_may_stand_at_the_cursor_is_proposed(
    source: Source, path: str, written: str, there: str, absent: str
) -> None:
    labels = _labels(_at(source, path, written))

    assert (there in labels, absent in labels) == (True, False)


@pytest.mark.parametrize(
    ("written", "label", "after"),
    [
        ('{"fields": [{"type": "text", "max¦"}]}', "max_length", '{"fields": [{"type": "text", "max_length": }]}'),
        ('{"fields": [{"type": "text", "m¦": 3}]}', "max_length", '{"fields": [{"type": "text", "max_length": 3}]}'),
        ('{"fields": [{¦}]}', "type", '{"fields": [{"type": }]}'),
        ('{"fields": [{"type": "te¦"}]}', "text", '{"fields": [{"type": "text"}]}'),
        ('{"fields": [{"type": ¦}]}', "text", '{"fields": [{"type": "text"}]}'),
        ('{"fields": [{"required": tr¦}]}', "true", '{"fields": [{"required": true}]}'),
        (
            '{"key": "deal", "fields": [{"type": "text", "visible_if": "amount > 1 and sta¦"}]}',
            "stage",
            '{"key": "deal", "fields": [{"type": "text", "visible_if": "amount > 1 and stage"}]}',
        ),
    ],
)
def test_proposal_takes_the_place_of_what_is_written(source: Source, written: str, label: str, after: str) -> None:
    written = written.replace('"required": tr', '"type": "text", "required": tr')
    after = after.replace('"required": true', '"type": "text", "required": true')

    assert _applied(written, _at(source, DEAL, written), label) == after


def test_member_at_the_cursor_is_explained_in_words(source: Source) -> None:
    rating = _at(source, DEAL, '{"fields": [{"type": "rating", "max": ¦5}]}')
    name = _at(source, PIPELINE, '{"transitions": [{"gua¦rd": ""}]}')

    assert (rating.title, rating.help) == ("Number of stars", "From one star to so many.")
    assert name.title == "Only when"


def test_any_text_is_answered_at_any_place(source: Source) -> None:
    whole = text_of(DEAL, content_of(source, DEAL))
    chance = random.Random(7)
    for _ in range(150):
        start, end = sorted(chance.sample(range(len(whole)), 2))
        text = whole[:start] + whole[end:]
        answer = complete(source, DEAL, text, chance.randrange(len(text) + 1))
        assert 0 <= answer.start <= answer.end <= len(text)


def test_spans_of_a_whole_file_hold_its_values(source: Source) -> None:
    for path in ("app.json", DEAL):
        content = content_of(source, path)
        text = text_of(path, content)
        places = take_apart(text)

        assert places.tree == json.loads(text)
        assert [json.loads(text[span.start : span.end]) for span in places.values.values()] == [
            _value(places.tree, pointer) for pointer in places.values
        ]


def _value(tree: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        tree = tree[int(name)] if isinstance(tree, list) else tree[name]
    return tree


def test_places_are_counted_as_browsers_do() -> None:
    text = "a😀字b"

    assert [to_browser(text, at) for at in range(5)] == [0, 1, 3, 4, 5]
    assert [from_browser(text, at) for at in (0, 1, 3, 4, 5, 99)] == [0, 1, 2, 3, 4, 4]


def test_faults_are_marked_where_they_stand(source: Source) -> None:
    content = json.loads(text_of(DEAL, content_of(source, DEAL)))
    content["title"] = "nmae"
    content["fields"][0]["visible_if"] = "amonut > 1"
    text = json.dumps(content, indent=2)

    found = {text[span.start : span.end]: line_of(text, span) for span, _ in check(source, DEAL, text)}

    lines = text.splitlines()
    assert lines[found['"nmae"'] - 1].strip().startswith('"title"')
    assert "amonut" in lines[found["a"] - 1]


def test_address_of_the_schema_is_no_fault_beside_one(source: Source) -> None:
    text = '{"$schema": "../form.schema.json", ' + text_of(DEAL, content_of(source, DEAL))[1:-2] + ', "tilte": 1}'

    found = check(source, DEAL, text)

    assert [fault.pointer for _, fault in found if fault.code == "schema.unknown"] == ["/tilte"]


def test_text_that_is_no_json_is_marked_where_it_ends(source: Source) -> None:
    text = '{\n  "key": "deal",\n  oops\n}'

    ((span, fault),) = check(source, DEAL, text)

    assert (text[span.start], fault.code, line_of(text, span)) == ("o", "json.syntax", 3)


def test_editor_is_answered_as_json(site: Site) -> None:
    ada = site.visitor("ada")
    text = '{"key": "deal", "label": "😀", "fields": [{"type": "te"}]}'
    at = to_browser(text, text.index('te"}') + 2)

    proposed = ada.post(f"{BASE}/json/complete/{DEAL}", text=text, position=str(at)).get_json()
    marked = ada.post(f"{BASE}/json/check/{DEAL}", text="{").get_json()
    page = ada.post(f"{BASE}/json/format/{DEAL}", text='{"label": "D", "key": "deal"}', seen="x").get_data(as_text=True)

    assert (proposed["to"], proposed["title"]) == (at + 1, "Kind of field")
    assert {"label": "text", "type": "enum", "detail": "Short text", "info": "", "apply": 'text"'} in proposed[
        "options"
    ]
    assert [one["severity"] for one in marked["faults"]] == ["error"]
    assert "{\n  &#34;key&#34;: &#34;deal&#34;,\n" in page
    assert 'name="seen" value="x"' in page
    for what in ("complete", "check", "format"):
        assert site.visitor("mona").post(f"{BASE}/json/{what}/{DEAL}", text="{}").status_code == 403


def test_stale_edit_shows_both_sides_and_may_be_saved_over(site: Site) -> None:
    ada = site.visitor("ada")
    first = ada.get(f"{BASE}/files/{DEAL}").get_data(as_text=True)
    seen = first.split('name="seen" value="')[1].split('"')[0]
    with site.db() as session:
        content = design.content_of(design.source_in_work(session, "tiny"), DEAL)
    ada.post(f"{BASE}/files/{DEAL}", text=json.dumps({**content, "label": "Theirs"}), seen=seen)

    refused = ada.post(f"{BASE}/files/{DEAL}", text=json.dumps({**content, "label": "Mine own"}), seen=seen)

    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert ("Theirs</td>" in page, "Mine own</td>" in page, "Take theirs" in page) == (True, True, True)
    newer = page.split('name="seen" value="')[1].split('"')[0]
    assert newer != seen
    assert (
        ada.post(f"{BASE}/files/{DEAL}", text=json.dumps({**content, "label": "Mine own"}), seen=newer).status_code
        == 303
    )
