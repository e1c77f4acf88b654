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
from admin.design.sheet.texts import COUNTRIES
from admin.vocabulary.pictures import PICTURES
from engine import design
from engine.config.load import load
from engine.design.pointers import value_at
from engine.people import SYSTEM, find_user
from engine.releases import live, publish
from rules.calendar import is_calendar
from tests.support.configs import tiny_app
from tests.support.dashboards import app_with_dashboard
from tests.support.everything import everything_app
from tests.support.html_forms import posted_values
from tests.support.site import words

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
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
    "dashboards": ("dashboards", ("tiles", "filters")),
    "tests": ("tests", ("records", "steps", "expect/records", "steps/*/expect/records")),
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


def unseen(page: str) -> dict[str, list[str]]:
    """Return the same without what `post` adds by itself."""
    return {name: values for name, values in sheet(page).items() if name not in ("seen", "csrf_token")}


def content(site: Site, path: str, app: str = "tiny") -> Any:
    with site.db() as session:
        return design.content_of(design.source_in_work(session, app), path)


def post(visitor: Visitor, site: Site, address: str, path: str, /, **values: Any) -> Any:
    """Press a button of a designer."""
    with site.db() as session:
        seen = design.seen_of(design.source_in_work(session, "tiny"), path)
    values.pop("csrf_token", None)
    return visitor.post(BASE + address, **{**values, "seen": seen})


@pytest.mark.parametrize("name", ["everything", "dashboards", "sales_pipeline", "expense_claims"])
def test_every_sheet_writes_back_what_it_shows(site: Site, name: str) -> None:
    made_here = {"everything": everything_app, "dashboards": app_with_dashboard}
    source = load(SAMPLES / name) if name not in made_here else None
    with site.db.begin() as session:
        made = made_here[name]() if source is None else source
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


# -- buttons ----------------------------------------------------------------------------------------------------------


def keys(listed: Any) -> list[str]:
    return [one["key"] for one in listed]


def press(site: Site, address: str, path: str, act: str, /, **values: Any) -> Any:
    """Press a button as Ada; return the file as the draft has it."""
    answer = post(site.visitor("ada"), site, address, path, **{"-act": act, "at": "", **values})
    assert answer.status_code == 303, (act, answer.status_code)
    return content(site, path)


@pytest.mark.parametrize(
    "page", ["forms/deal", "pipelines/deal_pipeline", "settings", "forms", "okrs", "alerts", "pipelines"]
)
def test_designers_are_open_to_designers_only(site: Site, page: str) -> None:
    assert site.visitor("ada").get(f"{BASE}/{page}").status_code == 200
    assert site.visitor("mona").get(f"{BASE}/{page}").status_code == 403
    assert site.visitor("mona").post(f"{BASE}/{page}").status_code in (403, 405)


def test_a_field_is_added_named_and_taken_away_in_the_draft_alone(site: Site) -> None:
    path = "forms/deal.json"
    added = press(site, "/forms/deal", path, "new:choice", name="请假类型")
    at = len(added["fields"]) - 1
    assert added["fields"][at]["key"] == "qing_jia_lei_xing"
    page = site.visitor("ada").get(f"{BASE}/forms/deal?at=/fields/{at}")
    renamed = press(
        site,
        "/forms/deal",
        path,
        "save",
        **{**sheet(page.text), "at": f"/fields/{at}", "/label/": "Kind", "-act": "save"},
    )
    assert renamed["fields"][at]["key"] == "kind", "nothing is live under the old key"
    page = site.visitor("ada").get(f"{BASE}/forms/deal?at=/fields/{at}")
    values = {**sheet(page.text), "/options/1/label/": "病假", "-act": "save"}
    options = press(site, "/forms/deal", path, "save", **values)["fields"][at]["options"]
    assert keys(options) == ["option_1", "bing_jia"]

    gone = press(site, "/forms/deal", path, "take", at=f"/fields/{at}")

    assert "kind" not in keys(gone["fields"])
    with site.db() as session:
        assert "kind" not in live(session, "tiny").app.forms["deal"].by_key


def test_the_key_of_what_is_live_stays(site: Site) -> None:
    path = "forms/deal.json"
    at = keys(content(site, path)["fields"]).index("amount")
    page = site.visitor("ada").get(f"{BASE}/forms/deal?at=/fields/{at}")

    after = press(site, "/forms/deal", path, "save", **{**sheet(page.text), "/label/en": "Worth", "-act": "save"})

    assert after["fields"][at]["key"] == "amount"


def test_sections_take_fields_and_lose_them(site: Site) -> None:
    path = "forms/deal.json"
    fields = keys(content(site, path)["fields"])
    one = press(site, "/forms/deal", path, "section", name="First")
    assert one["sections"][-1]["label"] == "First"
    two = press(site, "/forms/deal", path, "section", name="Second")
    second = two["sections"][-1]["key"]

    moved = press(site, "/forms/deal", path, "place", what=fields[0], list=second, place="0")

    assert moved["sections"][-1]["fields"] == [fields[0]]
    assert all(fields[0] not in one["fields"] for one in moved["sections"][:-1])


def test_rows_inside_a_sheet_are_stored_only_with_it(site: Site) -> None:
    path = "forms/deal.json"
    before = content(site, path)
    at = next(n for n, one in enumerate(before["fields"]) if "options" in one)
    options = before["fields"][at]["options"]
    ada = site.visitor("ada")
    first = ada.get(f"{BASE}/forms/deal?at=/fields/{at}")

    drawn = ada.client.post(
        f"{BASE}/forms/deal", data={**sheet(first.text), "-act": "remove:/options/0", "csrf_token": ada.token}
    )
    assert drawn.status_code == 200
    assert content(site, path) == before
    again = ada.client.post(
        f"{BASE}/forms/deal", data={**sheet(drawn.text), "-act": "add:/options", "csrf_token": ada.token}
    )
    values = {**sheet(again.text), f"/options/{len(options) - 1}/label/": "One more", "-act": "save"}
    assert ada.client.post(f"{BASE}/forms/deal", data={**values, "csrf_token": ada.token}).status_code == 303

    after = content(site, path)["fields"][at]["options"]
    assert keys(after) == [*keys(options)[1:], "one_more"]
    assert after[0] == options[1], "what stays keeps everything"


def test_the_picture_of_a_form_is_chosen_among_those_there_are(site: Site) -> None:
    ada, path, way = site.visitor("ada"), "forms/deal.json", "/forms/deal"
    there = (SAMPLES.parent / "web/vendor_src/icons.txt").read_text(encoding="utf-8").split()
    values = unseen(ada.get(BASE + way).text)

    post(ada, site, way, path, **{**values, "/icon": "truck", "-act": "save"})

    assert set(PICTURES) <= set(there)
    assert content(site, path)["icon"] == "truck"
    assert unseen(ada.get(BASE + way).text)["/icon"] == ["truck"]


@pytest.mark.filterwarnings("ignore:Requested Holidays are available only")
def test_calendars_that_are_proposed_are_there() -> None:
    assert [one for one in COUNTRIES if not is_calendar(one)] == []


def test_codes_are_proposed_with_their_names(site: Site) -> None:
    site.speak("ada", "zh_Hans")

    page = site.visitor("ada").get(f"{BASE}/settings").text

    assert '<option value="CNY">人民币</option>' in page
    assert '<option value="CN">中国</option>' in page
    assert '<option value="Asia/Shanghai"></option>' in page


def test_many_options_are_written_at_once_each_with_a_key_of_its_own(site: Site) -> None:
    ada, path, way = site.visitor("ada"), "forms/deal.json", "/forms/deal"
    post(ada, site, way, path, **{"-act": "new:choice", "at": "", "name": "来源"})
    at = f"/fields/{len(content(site, path)['fields']) - 1}"
    values = unseen(ada.get(f"{BASE}{way}?at={at}").text)
    values["/options/0/label/"] = ["内推"]

    post(ada, site, way, path, **{**values, "/options+": " 产品经理 \n\n产品经历\n内推\n產品經理", "-act": "save"})

    options = content(site, path)["fields"][-1]["options"]
    assert [one["label"] for one in options] == ["内推", "2", "产品经理", "产品经历", "產品經理"]
    assert len({one["key"] for one in options}) == 5


def test_rows_that_stay_empty_are_not_stored(site: Site) -> None:
    ada, path, way = site.visitor("ada"), "forms/deal.json", "/forms/deal"
    at = next(f"/fields/{n}" for n, one in enumerate(content(site, path)["fields"]) if one["type"] == "choices")
    before = content(site, path)
    values = unseen(ada.get(f"{BASE}{way}?at={at}").text)
    page = post(ada, site, way, path, **{**values, "-act": "add:/options"}).text
    added = unseen(page)

    post(ada, site, way, path, **{**added, "-act": "save"})

    assert "/options/2/label/" in added or "/options/3/label/" in added
    assert content(site, path) == before


def test_stages_come_before_the_end_and_take_their_moves_along(site: Site) -> None:
    path = "pipelines/deal_pipeline.json"
    added = press(site, "/pipelines/deal_pipeline", path, "stage", name="Waiting")
    kinds = [one.get("kind", "open") for one in added["stages"]]
    assert kinds == sorted(kinds, key=lambda kind: kind != "open")
    at = keys(added["stages"]).index("waiting")
    with_move = press(
        site, "/pipelines/deal_pipeline", path, "transition", name="Wait", **{"from": "open", "to": "waiting"}
    )
    assert with_move["transitions"][-1] == {"key": "wait", "label": "Wait", "from": ["open"], "to": "waiting"}

    gone = press(site, "/pipelines/deal_pipeline", path, "take", at=f"/stages/{at}")

    assert "waiting" not in keys(gone["stages"])
    assert all(one["to"] != "waiting" for one in gone["transitions"])


def test_a_part_is_made_from_its_name_and_checks(site: Site) -> None:
    ada = site.visitor("ada")
    for section, form in (("forms", ""), ("okrs", "deal"), ("alerts", "deal")):
        assert ada.post(f"{BASE}/new/{section}", name=f"New {section}", form=form).status_code == 303
    ada.post(f"{BASE}/new/pipelines", name="Way", form="new_forms")
    with site.db() as session:
        source = design.source_in_work(session, "tiny")
        assert not [one for one in design.faults_of(source) if one.level == "error"]
        assert {"forms/new_forms.json", "okrs/new_okrs.json", "alerts/new_alerts.json", "pipelines/way.json"} <= {
            file.path for file in source.files
        }

    again = ada.post(f"{BASE}/new/pipelines", name="Another", form="new_forms")

    assert again.status_code == 303
    assert content(site, "pipelines/another.json") is None, "a form has one pipeline"


def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(site: Site) -> None:
    ada = site.visitor("ada")
    page = ada.get(f"{BASE}/forms/deal?at=/fields/0")
    press(site, "/forms/deal", "forms/deal.json", "new:text", name="In between")
    values = {**sheet(page.text), "/label/en": "Mine", "-act": "save", "csrf_token": ada.token}

    answer = ada.client.post(f"{BASE}/forms/deal", data=values)

    assert answer.status_code == 409
    assert "Mine" in answer.text, "what was typed comes back"
    assert "Mine" not in json.dumps(content(site, "forms/deal.json"))
    told = words(answer)
    assert "Form “Deal” › Field “Name” › Title › English Name Mine" in told
    assert "Save again to keep yours" in told
    again = ada.client.post(f"{BASE}/forms/deal", data={**sheet(answer.text), "-act": "save", "csrf_token": ada.token})
    fields = content(site, "forms/deal.json")["fields"]
    assert again.status_code == 303
    assert (fields[0]["label"]["en"], fields[-1]["label"]) == ("Mine", "In between")


def test_a_sheet_follows_what_others_moved_meanwhile(site: Site) -> None:
    ada, path = site.visitor("ada"), "forms/deal.json"
    first, second = (one["key"] for one in content(site, path)["fields"][:2])
    values = {**sheet(ada.get(f"{BASE}/forms/deal?at=/fields/0").text), "/label/en": "Mine", "-act": "save"}
    press(site, "/forms/deal", path, "drop", what="/fields/0", place="1")

    answer = ada.client.post(f"{BASE}/forms/deal", data={**values, "csrf_token": ada.token})
    ada.client.post(f"{BASE}/forms/deal", data={**sheet(answer.text), "-act": "save", "csrf_token": ada.token})

    fields = content(site, path)["fields"]
    assert [one["key"] for one in fields[:2]] == [second, first]
    assert (fields[1]["label"]["en"], "Mine" in str(fields[0])) == ("Mine", False)


def test_what_is_only_added_needs_no_look_at_what_others_did(site: Site) -> None:
    ada, path = site.visitor("ada"), "forms/deal.json"
    ada.get(f"{BASE}/forms/deal")
    press(site, "/forms/deal", path, "new:text", name="In between")

    answer = ada.post(f"{BASE}/forms/deal", **{"-act": "new:date", "at": "", "name": "Mine", "seen": "old"})

    assert answer.status_code == 303
    assert [one["label"] for one in content(site, path)["fields"][-2:]] == ["In between", "Mine"]


def test_conditions_are_filled_in_and_land_at_their_place(site: Site) -> None:
    where = f"{BASE}/condition?path=forms/deal.json&at=/fields/0/visible_if"
    ada = site.visitor("ada")
    assert ada.get(where).status_code == 200
    tests = {"k.": "group", "j.": "and", "k.0": "test", "f.0": "amount", "o.0": "above", "v.0": "100", "-act": "apply"}

    answer = ada.post(f"{BASE}/condition", path="forms/deal.json", at="/fields/0/visible_if", back=f"{BASE}/", **tests)

    assert (answer.status_code, answer.location) == (303, f"{BASE}/")
    assert content(site, "forms/deal.json")["fields"][0]["visible_if"] == "amount > 100"


def test_the_form_is_shown_as_a_role_will_see_it(site: Site) -> None:
    press(site, "/forms/deal", "forms/deal.json", "new:long_text", name="Brand new")
    ada = site.visitor("ada")

    page = ada.get(f"{BASE}/forms/deal/preview")

    assert "Brand new" in page.text
    assert ada.get(f"{BASE}/forms/deal/preview?-role=rep").status_code == 200


@pytest.mark.parametrize(
    "values",
    [
        {"-act": "new:nothing"}, {"-act": "entry:secrets"}, {"-act": "__class__"}, {"at": "/nowhere"}, {"at": "/fields/999"},
        {"-act": "drop", "what": "/fields/77", "place": "0"}, {"-act": "drop", "what": "/label/en", "place": "0"},
        {"-act": "remove:/fields/~/~1/@9", "-sheet": "1"}, {"-content": "[1]", "-act": "up:/options/7"},
    ],
)  # fmt: skip
def test_buttons_that_are_not_there_change_nothing(site: Site, values: dict[str, str]) -> None:
    before = content(site, "forms/deal.json")

    answer = post(site.visitor("ada"), site, "/forms/deal", "forms/deal.json", **values)

    assert answer.status_code in (200, 303, 400, 404, 409), answer.status_code
    assert content(site, "forms/deal.json") == before


def test_lists_are_put_in_order_without_a_mouse(site: Site) -> None:
    ada, path = site.visitor("ada"), "forms/deal.json"
    shown = unseen(ada.get(f"{BASE}/forms/deal").text)
    before = content(site, path)["list"]["columns"]

    page = post(ada, site, "/forms/deal", path, **{**shown, "-act": f"down:/list/columns/={before[0]}"})
    post(ada, site, "/forms/deal", path, **{**unseen(page.text), "-act": "save"})

    assert content(site, path)["list"]["columns"] == [before[1], before[0], *before[2:]]


@pytest.mark.parametrize(
    ("path", "at", "kinds"),
    [
        ("forms/thing.json", "", {"/unique": "groups", "/list/columns": "names", "/board/card": "names"}),
        ("forms/thing.json", "/fields/sub_table", {"/columns": "columns"}),
        ("forms/thing.json", "/fields/lookup", {"/from": "select"}),
    ],
)
def test_members_have_controls_of_their_own(site: Site, path: str, at: str, kinds: dict[str, str]) -> None:
    with site.db.begin() as session:
        publish(session, everything_app(), SYSTEM, site.now, "for a test")
    with site.app.test_request_context(), site.db() as session:
        g.session, g.now, g.user = session, site.now, find_user(session, "ada")
        g.desk = bench = Desk("tiny")
        file = bench.content(path)
        number = next((n for n, one in enumerate(file["fields"]) if one["type"] == at.rpartition("/")[2]), None)
        groups = controls_of(place_of(bench, path, file, at and f"/fields/{number}"))
        found = {one.name: one for _title, controls, _open in groups for one in controls}
        found |= {one.name: one for inner in list(found.values()) if inner.kind == "group" for one in inner.inner}

    assert {name: found[name].kind for name in kinds} == kinds
    assert all(found[name].options for name, kind in kinds.items() if kind in ("select", "columns", "names"))


def test_days_and_values_of_a_rule_are_ticked(site: Site) -> None:
    rule = {
        "key": "moved",
        "label": "Moved",
        "form": "deal",
        "changed": {"field": "stage", "from": ["open", None], "to": "won"},
        "schedule": {"every": "month", "on": [15, "last"]},
        "message": "Moved",
        "notify": [{"to": ["owner"]}],
    }
    with site.app.test_request_context(), site.db() as session:
        g.session, g.now, g.user = session, site.now, find_user(session, "ada")
        g.desk = bench = Desk("tiny")
        groups = controls_of(place_of(bench, "alerts/moved.json", rule, ""))
        inside = [one for _title, controls, _open in groups for one in controls if one.kind == "group"]
        found = {one.name: one for group in inside for one in group.inner}
        chosen = {
            name: [one for one, _said, held in found[name].options if held]
            for name in ("/changed/from", "/changed/to", "/schedule/on")
        }
        after = posted_back("alerts/moved.json", rule, "")

    assert chosen == {"/changed/from": ["open", "~"], "/changed/to": ["won"], "/schedule/on": ["15", "last"]}
    assert after == rule


def test_the_preview_shows_no_record_that_a_designer_may_not_see(site: Site, tiny: Tiny) -> None:
    config = tiny_app()
    next(role for role in config["app"]["roles"] if role["key"] == "rep")["may"] = ["design"]
    tiny.publish(config)
    secret = tiny.create("account", name="Secret customer", region="south").id
    asked = {"account": str(secret), "-role": ""}

    of_ada = site.visitor("ada").post(f"{BASE}/forms/deal/preview", **asked)
    of_alice = site.visitor("alice").post(f"{BASE}/forms/deal/preview", **asked)

    assert (of_ada.status_code, of_alice.status_code) == (200, 200)
    assert "Secret customer" in of_ada.text
    assert "Secret customer" not in of_alice.text


def test_a_new_table_brings_the_form_of_its_rows(site: Site) -> None:
    path = "forms/visit.json"
    made = press(site, "/forms/visit", path, "new:sub_table", name="Things to do")["fields"][-1]

    rows = content(site, "forms/things_to_do.json")

    assert (made["of"], made["columns"]) == ("things_to_do", ["title"])
    assert [(one["type"], one.get("to")) for one in rows["fields"]] == [("text", None), ("reference", "visit")]
    with site.app.test_request_context("/"), site.db() as session:
        assert [one for one in design.faults_of(design.source_in_work(session, "tiny")) if one.level == "error"] == []


def test_a_rollup_finds_the_only_way_home(site: Site) -> None:
    path = "forms/account.json"
    at = f"/fields/{len(content(site, path)['fields'])}"
    press(site, "/forms/account", path, "new:rollup", name="Deals")
    ada = site.visitor("ada")
    page = sheet(ada.get(f"{BASE}/forms/account?at={at}").text)

    sent = {**page, "/measure/of": "deal", "/measure/agg": "count", "-act": "save"}
    post(ada, site, "/forms/account", path, **sent)

    assert content(site, path)["fields"][-1]["measure"] == {"of": "deal", "agg": "count", "via": "account"}
    shown = ada.get(f"{BASE}/forms/account?at={at}").text
    ways = shown[shown.index('name="/measure/via"') :].partition("</select>")[0]
    assert re.findall(r'<option value="(\w+)"', ways) == ["account"]
