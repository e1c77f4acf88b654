"""The gallery and the pages that tie an app to templates."""

from __future__ import annotations

import copy
import io
import re
from typing import TYPE_CHECKING

import pytest

from engine.config.load import load
from engine.design import draft_of, publish_draft, source_in_work
from engine.people import SYSTEM, grant, person_named
from engine.releases import apps, clone, live, publish, source_of
from engine.releases.rows import App
from engine.staff import teams
from engine.templates.gallery import template_named
from engine.templates.saving import save_template
from engine.templates.upgrading import settle
from tests.support.configs import field_of, tiny_app
from tests.support.site import words

if TYPE_CHECKING:
    from tests.support.site import Site


#: To what the template below asks, on the second page of combining.
ANSWERS = {"answered": "yes", "p_goal": "9", "p_how": "a"}


def _saved(site: Site, version: str = "1", label: str = "Amount") -> None:
    whole = copy.deepcopy(tiny_app())
    field_of(whole, "deal", "amount")["label"] = label
    whole["app"]["parameters"] = [
        {"key": "goal", "label": "Goal", "type": "number", "default": 9, "max": 99},
        {"key": "how", "label": "How", "type": "choice", "options": [{"key": "a", "label": "Apple"}]},
    ]
    whole["okrs"][0]["objectives"][0]["key_results"][1]["target"] = "{{goal}}"
    with site.db.begin() as session:
        save_template(session, load(whole), "mine", version, SYSTEM, site.now)


@pytest.mark.parametrize(
    "address", ["", "combine-several", "mine", "mine/picture.svg", "mine.zip", "sales_pipeline/picture.svg"]
)
def test_pages_answer_administrators_only(site: Site, address: str) -> None:
    _saved(site)
    assert site.visitor("ada").get(f"/admin/samples/{address}").status_code == 200
    assert site.visitor("mona").get(f"/admin/samples/{address}").status_code == 403
    assert site.visitor("ada").get("/admin/samples/nothing.zip").status_code == 404


def test_gallery_searches_what_is_inside(site: Site) -> None:
    _saved(site)
    page = site.visitor("ada").get("/admin/samples/?q=工单").text
    assert ("/admin/samples/sales_pipeline" in page, "/admin/samples/expense_claims" in page) == (True, False)
    page = site.visitor("ada").get("/admin/samples/?with=key_results").text
    assert ("/admin/samples/mine" in page, "/admin/samples/expense_claims" in page) == (True, False)


def test_wrong_answers_stand_beside_their_question(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    answer = ada.post("/admin/samples/mine", key="north", p_goal="100", p_how="a", role_manager="nobody")

    assert answer.status_code == 422
    assert 'id="p_goal_wrong"' in answer.text
    assert ada.post("/admin/samples/mine", key="north", p_goal="50", p_how="a").status_code == 303
    with site.db() as session:
        assert live(session, "north").app.okrs["sales"].objectives[0].key_results[1].target == 50


def test_answers_are_previewed_before_anything_is_made(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")

    page = ada.post("/admin/samples/mine/preview", key="north", label="North", p_goal="57", p_how="a", role_rep="bob")
    wrong = ada.post("/admin/samples/mine/preview", key="north", p_goal="100", p_how="a")

    told = words(page)
    assert page.status_code == 200
    assert "› Should reach 57" in told
    assert "App › Title North" in told
    assert 'value="57"' in page.text
    assert "[[&#34;bob&#34;, &#34;Bob&#34;]]" in page.text
    assert (wrong.status_code, 'id="p_goal_wrong"' in wrong.text) == (422, True)
    with site.db() as session:
        assert [row.key for row in apps(session)] == ["tiny"]


def test_people_of_a_role_are_found_and_given_it(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")

    found = ada.get("/admin/samples/find-people?q=bo").get_json()
    made = ada.post("/admin/samples/mine", key="north", p_goal="50", p_how="a", role_rep=["bob", "alice"])

    assert found == {"results": [{"id": "bob", "title": "Bob"}]}
    assert site.visitor("mona").get("/admin/samples/find-people?q=bo").status_code == 403
    assert made.status_code == 303
    with site.db() as session:
        held = {
            one: ("north", "rep") in {(g.app_key, g.role) for g in person_named(session, one).grants}
            for one in ("bob", "alice", "mona")
        }
    assert held == {"bob": True, "alice": True, "mona": False}


def test_regions_and_teams_that_there_are_are_suggested(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["app"]["parameters"] = [
        {"key": "where", "label": "Where", "type": "region", "default": "North"},
        {"key": "lead", "label": "Who leads", "type": "person", "default": "bob"},
    ]
    with site.db.begin() as session:
        save_template(session, load(whole), "mine", "1", SYSTEM, site.now)
        teams.ensure(session, {"region": ["east"], "team": []}, SYSTEM, site.now)

    page = site.visitor("ada").get("/admin/samples/mine").text

    assert 'list="p_where_known"' in page
    assert '<option value="east"></option>' in page
    assert 'data-lookup="/admin/samples/find-people" data-id="bob"' in page


def test_templates_are_sent_and_brought_in(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    packed = ada.get("/admin/samples/mine.zip").data
    answer = ada.post("/admin/samples/bring-in", file=(io.BytesIO(packed), "mine.zip"))
    assert answer.location.endswith("/admin/samples/mine")
    assert ada.post("/admin/samples/bring-in", file=(io.BytesIO(b"PK no zip"), "x.zip")).status_code == 303
    assert ada.post("/admin/samples/mine/drop").status_code == 303
    assert ada.get("/admin/samples/mine").status_code == 404


def test_several_become_one_app(site: Site) -> None:
    answer = site.visitor("ada").post(
        "/admin/samples/combine-several", key="both", label="Both", t_expense_claims="yes", f_expense_claims="item",
        t_sales_pipeline="yes", f_sales_pipeline="contact", answered="yes",
    )  # fmt: skip
    assert answer.status_code == 303
    with site.db() as session:
        assert {"claim", "item", "contact", "customer"} <= set(live(session, "both").app.forms)


def test_keys_of_apps_are_made_up_where_nobody_types_one(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")

    ada.post("/admin/samples/combine-several", label="Claims of the whole company", t_expense_claims="yes")
    ada.post("/admin/samples/combine-several", label="Claims of the whole company", t_expense_claims="yes")
    ada.post("/admin/samples/mine", key="mine", p_goal="50", p_how="a")

    with site.db() as session:
        keys = {row.key for row in apps(session)}
    assert keys == {"tiny", "claims_of_the_whole", "claims_of_the_wh_2", "mine"}
    assert 'name="key" value="mine_2"' in ada.get("/admin/samples/mine").text


def test_an_upgrade_says_both_sides_in_words(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    with site.db.begin() as session:
        clone(session, template_named(session, "mine"), SYSTEM, site.now, key="south", parameters={"how": "a"})
        whole = source_of(session, "south").to_dict()
        field_of(whole, "deal", "amount")["visible_if"] = "stage == 'won'"
        publish(session, load(whole), SYSTEM, site.now)
    _saved(site, "2", "Worth")

    page = words(ada.get("/admin/design/south/upgrade"))

    assert "Stage is Won" in page
    assert "stage ==" not in page


def test_an_app_is_saved_and_upgraded(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    with site.db.begin() as session:
        found = template_named(session, "mine")
        assert found is not None
        clone(session, found, SYSTEM, site.now, key="north", parameters={"how": "a"})
    assert "up to date" in ada.get("/admin/design/north/upgrade").text
    _saved(site, "2", "Worth")
    assert "/admin/design/north/upgrade" in ada.get("/admin/apps/north").text
    page = ada.get("/admin/design/north/upgrade").text
    assert "Worth" in page
    assert ada.post("/admin/design/north/upgrade", do="apply").status_code == 303
    with site.db() as session:
        assert "Worth" in str(source_in_work(session, "north").to_dict())
        assert "Worth" not in str(source_of(session, "north").to_dict())

    assert 'value="done"' in ada.get("/admin/design/north/upgrade").text  # it stays on offer until somebody says so
    early = ada.post("/admin/design/north/upgrade", do="done")
    assert (early.status_code, "still in the draft" in early.text) == (409, True)
    with site.db.begin() as session:
        publish_draft(session, "north", SYSTEM, site.now, "The new version")
    assert ada.post("/admin/design/north/upgrade", do="done").status_code == 303
    assert "up to date" in ada.get("/admin/design/north/upgrade").text

    assert ada.get("/admin/design/tiny/save-as-template").status_code == 200
    assert ada.post("/admin/design/tiny/save-as-template", key="sales_pipeline").status_code == 422
    assert ada.post("/admin/design/tiny/save-as-template", key="of_tiny", version="3").status_code == 303
    assert ada.get("/admin/design/tiny/add-template").status_code == 200
    assert ada.post("/admin/design/tiny/add-template", template="expense_claims").status_code in (200, 303)


def test_an_upgrade_that_is_taken_over_whole_is_done_by_publishing_it(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    with site.db.begin() as session:
        clone(session, template_named(session, "mine"), SYSTEM, site.now, key="north", parameters={"how": "a"})
    ada.post(
        "/admin/samples/combine-several", key="both", label="Both", t_expense_claims="yes", t_mine="yes", **ANSWERS
    )
    _saved(site, "2", "Worth")

    for app in ("north", "both"):
        ada.post(f"/admin/design/{app}/upgrade", do="apply")
        with site.db() as session:
            version = draft_of(session, app).version
        assert ada.post(f"/admin/design/{app}/publish", reason="The new version", version=version).status_code == 303

        assert "up to date with its template" in words(ada.get(f"/admin/design/{app}/upgrade"))


def test_an_upgrade_of_which_something_was_left_is_offered_on(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    with site.db.begin() as session:
        clone(session, template_named(session, "mine"), SYSTEM, site.now, key="north", parameters={"how": "a"})
    _saved(site, "2", "Worth")
    kept = re.findall(r'name="(c_[^"]*label[^"]*)"', ada.get("/admin/design/north/upgrade").text)

    ada.post("/admin/design/north/upgrade", do="apply", **dict.fromkeys(kept, "ours"))
    with site.db.begin() as session:
        if draft_of(session, "north") is not None:
            publish_draft(session, "north", SYSTEM, site.now, "But ours")
        assert settle(session, "north", site.now) == []

    assert 'value="done"' in ada.get("/admin/design/north/upgrade").text


def _upgradable(site: Site) -> None:
    _saved(site)
    with site.db.begin() as session:
        clone(session, template_named(session, "mine"), SYSTEM, site.now, key="north", parameters={"how": "a"})
    _saved(site, "2", "Worth")


def test_an_upgrade_is_gone_on_with_where_it_was_left(site: Site) -> None:
    _upgradable(site)
    ada, page = site.visitor("ada"), "/admin/design/north/upgrade"
    place = re.findall(r'name="(c_[^"]*amount/label)"', ada.get(page).text)[0]

    for do in ("look", "apply"):
        ada.post(page, do=do, **{place: "ours"})

        again = ada.get(page).text
        assert f'name="{place}" value="ours" checked' in again
    assert "You have decided about everything in this version" in again
    _saved(site, "3", "Value")
    assert f'name="{place}" value="theirs" checked' in ada.get(page).text, "another version, another question"


def test_what_was_chosen_looking_at_something_else_is_not_carried_out(site: Site) -> None:
    _upgradable(site)
    ada, page = site.visitor("ada"), "/admin/design/north/upgrade"
    seen = re.findall(r'name="seen" value="([^"]+)"', ada.get(page).text)[0]
    _saved(site, "3", "Value")

    late = ada.post(page, do="apply", seen=seen)
    done = ada.post(page, do="done", seen=seen)

    assert (late.status_code, done.status_code) == (409, 409)
    assert "has changed since you opened this page" in late.text
    assert "Value" in late.text
    with site.db() as session:
        assert draft_of(session, "north") is None
    fresh = re.findall(r'name="seen" value="([^"]+)"', late.text)[0]
    assert ada.post(page, do="apply", seen=fresh).status_code == 303
    assert ada.post(page, do="apply", seen=fresh).status_code == 409, "somebody else's draft counts, too"


def test_combined_app_is_upgraded_from_each_of_its_templates(site: Site) -> None:
    _saved(site)
    ada, page = site.visitor("ada"), "/admin/design/both/upgrade"
    ada.post(
        "/admin/samples/combine-several", key="both", label="Both", t_expense_claims="yes", t_mine="yes", **ANSWERS
    )
    assert "up to date" in ada.get(page).text
    ada.post("/admin/design/both/add-template", template="mine", **ANSWERS)
    with site.db.begin() as session:
        publish(session, source_in_work(session, "both"), SYSTEM, site.now)
    _saved(site, "2", "Worth")

    listed = ada.get(page).text

    parts = re.findall(r"/admin/design/both/upgrade\?part=(\d+)", listed)
    assert len(parts) == 2  # once as it was combined, once as it was added
    assert "take one after the other" in listed
    assert all(f"upgrade?part={one}" in ada.get("/admin/apps/both").text for one in parts)
    assert "Worth" in ada.get(f"{page}?part={parts[1]}").text
    assert "up to date" in ada.get(f"{page}?part=999").text
    assert ada.post(page, part=parts[1], do="apply").status_code == 303
    with site.db() as session:
        assert str(source_in_work(session, "both").to_dict()).count("Worth") == 1
    with site.db.begin() as session:
        publish(session, source_in_work(session, "both"), SYSTEM, site.now)
    assert ada.post(page, part=parts[1], do="done").status_code == 303
    assert "Worth" in ada.get(page).text  # the other one is left


def test_a_sandbox_is_marked_seen_as_any_role_and_removed(site: Site) -> None:
    _saved(site)
    ada = site.visitor("ada")
    answer = ada.post("/admin/samples/expense_claims/sandbox")
    with site.db() as session:
        key = next(row.key for row in apps(session) if row.key.startswith("sandbox_"))
    assert answer.location.startswith(f"/a/{key}")
    page = ada.get(f"/a/{key}/claim/").text
    assert f"/a/{key}/sandbox" in page
    assert ada.post(f"/a/{key}/sandbox", role="finance").status_code == 303
    assert f"/a/{key}/claim/new" not in ada.get(f"/a/{key}/claim/").text
    assert ada.post(f"/a/{key}/sandbox", role="").status_code == 303
    assert f"/a/{key}/claim/new" in ada.get(f"/a/{key}/claim/").text
    assert site.visitor("mona").post(f"/a/{key}/sandbox", remove="yes").status_code in (403, 404)
    assert ada.post(f"/a/{key}/sandbox", remove="yes").status_code == 303
    with site.db() as session:
        assert session.query(App).filter_by(key=key).count() == 0


def test_an_app_is_taken_away_and_brought_back(site: Site) -> None:
    ada = site.visitor("ada")
    assert ada.post("/admin/apps/tiny/remove").status_code == 303
    assert ada.get("/a/tiny/").status_code == 404
    assert "/admin/apps/tiny/restore" in ada.get("/admin/").text
    assert ada.post("/admin/apps/tiny/restore").status_code == 303
    assert ada.get("/admin/apps/tiny").status_code == 200


def test_who_may_create_makes_an_app_and_designs_it(site: Site) -> None:
    with site.db.begin() as session:
        grant(session, person_named(session, "mona"), "*", "creator")
    mona = site.visitor("mona")

    assert mona.get("/admin/samples/").status_code == 200
    answer = mona.post("/admin/samples/expense_claims", key="claims")

    assert answer.headers["Location"] == "/admin/design/claims/"
    assert mona.get("/admin/design/claims/").status_code == 200
    assert site.visitor("bob").get("/admin/samples/").status_code == 403
    assert mona.get("/admin/people/").status_code == 403


@pytest.mark.parametrize("key", ["people", "combine", "import"])
def test_a_template_may_be_called_like_anything(site: Site, key: str) -> None:
    with site.db.begin() as session:
        save_template(session, load(tiny_app()), key, "1", SYSTEM, site.now)
    ada = site.visitor("ada")

    assert "Make an app of it" in ada.get(f"/admin/samples/{key}").text
    assert ada.post(f"/admin/samples/{key}", key="north").status_code == 303


def test_the_next_version_of_a_template_asks_what_was_asked(site: Site) -> None:
    ada = site.visitor("ada")
    okr = "okrs/sales.json#/objectives/0/key_results/0"
    first = {"ask": "yes", f"q_{okr}/target": "yes", f"l_{okr}/target": "How much"}

    made = ada.post("/admin/design/tiny/save-as-template", key="people", version="1.9", label="Sales anywhere", **first)
    page = ada.get("/admin/design/tiny/save-as-template?key=people").text

    assert made.location.endswith("/admin/samples/people")
    assert "<h1>Sales anywhere</h1>" in ada.get("/admin/samples/people").text
    assert 'value="Sales anywhere"' in page
    assert 'id="version" name="version" value="1.10"' in page
    assert re.findall(r'name="q_([^"]+)" value="yes" checked', page) == [f"{okr}/target"]
    assert f'name="l_{okr}/target" value="How much"' in page
    ada.post("/admin/design/tiny/save-as-template", key="people", **{**first, f"q_{okr}/baseline": "yes"})
    with site.db() as session:
        found = template_named(session, "people")
        assert found is not None
        assert [one.key for one in found.parameters] == ["answer_1", "answer_2"]


def test_what_is_wrong_with_a_key_stands_beside_it(site: Site) -> None:
    page = site.visitor("ada").post("/admin/design/tiny/save-as-template", key="sales_pipeline")

    assert page.status_code == 422
    assert '<p class="invalid-feedback" id="key-wrong">' in page.text


def _asking(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["app"]["parameters"] = [
        {"key": "goal", "label": "Goal", "type": "number", "default": 9},
        {"key": "lead", "label": "Who is told", "type": "person"},
    ]
    whole["okrs"][0]["objectives"][0]["key_results"][1]["target"] = "{{goal}}"
    whole["alerts"][0]["fallback"] = ["person:{{lead}}"]
    with site.db.begin() as session:
        save_template(session, load(whole), "mine", "1", SYSTEM, site.now)


def test_combining_asks_what_the_templates_ask(site: Site) -> None:
    _asking(site)
    ada, chosen = site.visitor("ada"), {"key": "both", "label": "Both", "t_expense_claims": "yes", "t_mine": "yes"}

    asked = ada.post("/admin/samples/combine-several", **chosen)
    wrong = ada.post("/admin/samples/combine-several", **chosen, answered="yes", p_goal="much", p_lead="nobody")
    made = ada.post(
        "/admin/samples/combine-several", **chosen, answered="yes", p_goal="77", p_lead="bob", role_rep="alice"
    )

    assert (asked.status_code, wrong.status_code, made.status_code) == (200, 422, 303)
    assert 'name="t_mine" value="yes"' in asked.text
    assert all(f'id="p_{one}"' in asked.text for one in ("goal", "lead"))
    assert all(f'id="p_{one}_wrong"' in wrong.text for one in ("goal", "lead"))
    with site.db() as session:
        app = live(session, "both").app
        assert app.okrs["sales"].objectives[0].key_results[1].target == 77
        assert app.alerts["stale_deal"].fallback.to == ("person:bob",)
        assert ("both", "rep") in {(one.app_key, one.role) for one in person_named(session, "alice").grants}


def test_adding_a_template_asks_what_it_asks(site: Site) -> None:
    _asking(site)
    ada = site.visitor("ada")
    asked = ada.post("/admin/design/tiny/add-template", template="mine")
    wrong = ada.post("/admin/design/tiny/add-template", template="mine", answered="yes", p_lead="")
    made = ada.post("/admin/design/tiny/add-template", template="mine", answered="yes", p_goal="5", p_lead="bob")

    assert (asked.status_code, wrong.status_code, made.status_code) == (200, 422, 303)
    with site.db() as session:
        asks = source_in_work(session, "tiny").to_dict()["app"]["parameters"]
    assert {one["key"]: one["default"] for one in asks} == {"goal": 5, "lead": "bob"}


def test_what_an_answer_breaks_stands_beside_its_question(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    whole["app"]["parameters"] = [{"key": "weight", "label": "Weight", "type": "number", "default": 1}]
    whole["okrs"][0]["objectives"][0]["key_results"][1]["weight"] = "{{weight}}"
    with site.db.begin() as session:
        save_template(session, load(whole), "mine", "1", SYSTEM, site.now)
    ada = site.visitor("ada")

    for address in ("mine", "mine/preview"):
        page = ada.post(f"/admin/samples/{address}", key="north", p_weight="-1")

        assert page.status_code == 422
        assert 'id="p_weight_wrong"' in page.text
        assert '<a href="#p_weight">Weight</a>' in page.text


def test_taking_a_template_out_says_what_goes_and_is_written_down(site: Site) -> None:
    _saved(site)
    _saved(site, "2")
    ada = site.visitor("ada")

    assert "2 versions are deleted for good." in ada.get("/admin/samples/mine").text
    ada.post("/admin/samples/mine/drop")
    ada.post("/admin/apps/tiny/remove")
    ada.post("/admin/apps/tiny/restore")

    told = words(ada.get("/admin/audit/?kind=config"))
    for deed in ("saved a template", "took a template out of the gallery", "took an app away", "brought an app back"):
        assert deed in told


def test_which_tests_go_into_a_template_is_chosen(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    empty = {"records": [], "expect": {}}
    whole["tests"] = [{"key": key, "label": key, "now": "2026-03-02 09:00", **empty} for key in ("first", "second")]
    with site.db.begin() as session:
        publish(session, whole, SYSTEM, site.now)
    ada = site.visitor("ada")

    page = ada.get("/admin/design/tiny/save-as-template").text
    made = ada.post("/admin/design/tiny/save-as-template", key="mine", ask="yes", test="second")

    assert page.count('name="test"') == 2
    assert made.status_code == 303
    with site.db() as session:
        found = template_named(session, "mine")
        assert found is not None
        assert [spot["key"].text for spot in found.source.section("tests")] == ["second"]


def test_a_template_is_tried_out_before_anything_is_answered(site: Site) -> None:
    whole = copy.deepcopy(tiny_app())
    kinds = ("text", "region", "date", "number", "yes_no", "cycle", "person", "money", "percent")
    whole["app"]["parameters"] = [{"key": one, "label": f"Which {one}", "type": one} for one in kinds]
    whole["app"]["label"] = "Sales of {{region}}"
    whole["alerts"][0]["fallback"] = ["person:{{person}}"]
    with site.db.begin() as session:
        save_template(session, load(whole), "mine", "1", SYSTEM, site.now)
    ada = site.visitor("ada")

    assert "<h1>Sales of Which region</h1>" in ada.get("/admin/samples/mine").text
    assert ada.post("/admin/samples/mine/sandbox").status_code == 303
    page = ada.post("/admin/samples/mine/preview", key="north", p_region="Mars", p_text="x", p_date="2026-12-01",
                    p_number="3", p_yes_no="yes", p_cycle="month", p_person="bob", p_money="1", p_percent="1")  # fmt: skip
    assert 'data-id="bob" data-title="Bob"' in page.text
    told = words(page)
    assert "Sales of Mars" in told
    assert "person:bob" not in told
