from __future__ import annotations

import html
import re

import pytest

from tests.support.configs import tiny_app
from tests.support.site import part, words


@pytest.fixture
def acme(tiny):
    return tiny.create("account", name="Acme", region="north")


@pytest.fixture
def decided(tiny, acme):
    """Of Alice: two won, one lost; of Bob: one won; one still open."""
    made = {}
    for name, by, end in [("A", "alice", "won"), ("B", "alice", "won"), ("C", "alice", "lost"), ("D", "bob", "won")]:
        deal = tiny.create("deal", by=by, name=name, account=acme.id, amount="150000")
        if end == "lost":
            tiny.move(deal, "lost", by=by, lost_reason="price")
        else:
            tiny.move(tiny.move(deal, "offer", by=by), "won", by=by)
        made[name] = deal
    tiny.create("deal", name="E", account=acme.id)
    return made


def row(answer, key):
    return part(answer, f'id="kr-{key}"', "</article>")


def test_key_result_shows_its_value_way_and_light(site, decided):
    page = site.visitor("mona").get("/a/tiny/okr/sales")

    said = row(page, "win_rate")
    assert "Win rate reaches 50 %" in said
    assert "75 %" in said
    assert "20 %" in said
    assert "On track" in said
    assert "100 * won / decided" in said
    assert "Won deals Deal · number of records 3" in said
    assert 'aria-label="100 % of the way"' in page.text
    assert "450,000 CNY" in row(page, "revenue")
    assert "weight 2" in row(page, "revenue")
    assert "Jan 1, 2026 to Mar 31, 2026" in words(page)


def test_number_opens_exactly_the_records_behind_it(site, decided):
    mona = site.visitor("mona")
    page = mona.get("/a/tiny/okr/sales")

    [address] = set(re.findall(r'href="([^"]+measure=sales/win_rate/won)"', page.text))
    listed = mona.get(html.unescape(address))

    assert sorted(re.findall(r"data-drawer>(\w)<", listed.text)) == ["A", "B", "D"]
    assert "Behind “Won deals” of the key result “Win rate reaches 50 %”" in words(listed)


def test_number_opens_no_more_than_one_may_see_and_says_so(site, decided):
    listed = site.visitor("alice").get("/a/tiny/deal/?measure=sales/win_rate/won")

    assert sorted(re.findall(r"data-drawer>(\w)<", listed.text)) == ["A", "B"]
    assert "(you may see 2 of 3)" in words(listed)


def test_drill_down_can_be_filtered_and_left(site, decided):
    mona = site.visitor("mona")

    listed = mona.get("/a/tiny/deal/?measure=sales/win_rate/decided&f.stage=lost")

    assert re.findall(r"data-drawer>(\w)<", listed.text) == ["C"]
    assert 'href="/a/tiny/deal/?f.stage=lost"' in listed.text


@pytest.mark.parametrize(
    "measure", ["sales/win_rate/nothing", "sales/nothing/won", "nothing/win_rate/won", "x", "sales/win_rate/won/x"]
)
def test_unknown_measure_is_not_found(site, measure):
    assert site.visitor("alice").get(f"/a/tiny/deal/?measure={measure}").status_code == 404


def test_measure_of_another_form_is_not_found(site):
    assert site.visitor("alice").get("/a/tiny/account/?measure=sales/win_rate/won").status_code == 404


def test_key_result_without_a_value_says_why(site):
    said = row(site.visitor("alice").get("/a/tiny/okr/sales"), "win_rate")

    assert "No value" in said
    assert "is 0, and nothing can be divided by 0" in said
    assert "No light" in said


def test_unknown_okr_is_not_found(site):
    assert site.visitor("alice").get("/a/tiny/okr/nothing").status_code == 404


def test_start_page_shows_the_manager_her_key_results(site, decided):
    assert "My key results Win rate reaches 50 % 75 %" in words(site.visitor("mona").get("/"))


def test_start_page_shows_only_changes_one_may_see(site, decided):
    mine, strange = (part(site.visitor(name).get("/"), 'aria-labelledby="changed"') for name in ("alice", "charlie"))

    assert "Alice moved A" in mine
    assert "moved D" not in mine
    assert "moved" not in strange


def test_start_page_without_any_app_says_whom_to_ask(site, tiny):
    from engine.people import Person, revoke

    with site.db.begin() as session:
        revoke(session, session.query(Person).filter_by(sign_in="charlie").one(), "tiny")

    page = site.visitor("charlie").get("/")
    assert page.status_code == 200
    assert "Ask an administrator to give you a role in an app." in words(page)


def test_stage_added_by_a_release_is_on_the_board_at_once(site, tiny):
    config = tiny_app()
    pipeline = config["pipelines"][0]
    pipeline["stages"].insert(1, {"key": "talk", "label": "Talks"})
    pipeline["transitions"].append({"key": "talk", "label": "Talk", "from": ["open"], "to": "talk"})
    pipeline["transitions"].append({"key": "talked", "label": "Talked", "from": ["talk"], "to": "offer"})
    alice = site.visitor("alice")
    assert "Talks" not in words(alice.get("/a/tiny/deal/board"))

    tiny.publish(config)

    assert "Talks" in words(alice.get("/a/tiny/deal/board"))
