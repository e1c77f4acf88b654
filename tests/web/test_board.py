from __future__ import annotations

import re

import pytest

from tests.support.site import part, words

DRAG = {"HX-Request": "true", "HX-Target": "card"}


@pytest.fixture
def acme(tiny):
    return tiny.create("account", name="Acme", region="north")


@pytest.fixture
def southern(tiny):
    return tiny.create("account", name="South Co", region="south")


@pytest.fixture
def deals(tiny, acme, southern):
    return [
        tiny.create("deal", name="Boiler", account=acme.id, amount="12000"),
        tiny.create("deal", name="Turbine", account=southern.id, amount="450000"),
        tiny.create("deal", name="Valve", account=acme.id),
        tiny.create("deal", by="bob", name="Pump", account=acme.id, amount="70"),
    ]


def column(answer, stage):
    return part(answer, f'data-stage="{stage}" aria-labelledby')


def test_board_counts_and_adds_up_what_one_may_see(site, deals):
    assert "Open 3 ¥462k" in column(site.visitor("alice").get("/a/tiny/deal/board"), "open")
    assert "Open 4 ¥462.1k" in column(site.visitor("mona").get("/a/tiny/deal/board"), "open")
    assert "Open 0" in column(site.visitor("charlie").get("/a/tiny/deal/board"), "open")


def test_board_adds_up_in_the_reader_s_units(site, deals):
    site.speak("alice", "zh_Hans")

    assert "¥46.2万" in column(site.visitor("alice").get("/a/tiny/deal/board"), "open")


def test_board_without_a_pipeline_does_not_exist(site):
    assert site.visitor("alice").get("/a/tiny/account/board").status_code == 404


@pytest.mark.parametrize(("days", "mood"), [(30, "stay "), (31, "stay amber"), (46, "stay red")])
def test_card_turns_amber_and_red_past_the_limit(site, deals, days, mood):
    site.later(days=days)

    page = site.visitor("alice").get("/a/tiny/deal/board")

    assert f'class="{mood}">' in page.text
    assert f"{days} days" in words(page)


def test_card_moves_and_both_heads_follow(site, tiny, deals):
    answer = site.visitor("alice").post("/a/tiny/deal/1/move", headers=DRAG, to="offer", version="1", via="board")

    assert answer.status_code == 200
    assert 'id="card-1" data-stage="offer" data-version="2"' in answer.text
    heads = re.findall(r'id="head-(\w+)" hx-swap-oob="true"', answer.text)
    assert heads == ["open", "offer"]
    assert "Offer 1 ¥12k" in words(answer)
    assert tiny.get(deals[0])["stage"] == "offer"


def test_card_refused_by_a_guard_says_which_clause_fails(site, tiny, deals):
    tiny.move(deals[1], "offer")

    answer = site.visitor("alice").post("/a/tiny/deal/2/move", headers=DRAG, to="won", version="2", via="board")

    assert answer.status_code == 409
    said = words(answer)
    assert "This move is not possible yet" in said
    assert "Only northern deals with an amount are won without a manager." in said
    assert "Account › Region == 'north'" in said
    assert "South" in said
    assert "<html" not in answer.text
    assert tiny.get(deals[1])["stage"] == "offer"


def test_card_that_lacks_a_field_is_asked_for_it(site, tiny, deals):
    alice = site.visitor("alice")

    asked = alice.post("/a/tiny/deal/3/move", headers=DRAG, to="offer", version="1", via="board")
    assert asked.status_code in (409, 422)
    assert "This field must be filled for this move." in words(asked)
    assert 'name="amount"' in asked.text

    given = alice.post("/a/tiny/deal/3/move", to="make_offer", version="1", amount="500", next="/a/tiny/deal/board")
    assert given.location == "/a/tiny/deal/board"
    assert (tiny.get(deals[2])["stage"], tiny.get(deals[2])["amount"]) == ("offer", 50000)


def test_move_form_keeps_what_was_typed_wrongly(site, deals):
    answer = site.visitor("alice").post("/a/tiny/deal/3/move", to="offer", version="1", amount="much")

    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert "“much”" in part(answer, 'id="wrap-move-amount"', "</p>")


def test_move_of_somebody_else_s_role_is_refused(site, tiny, deals):
    tiny.move(deals[0], "lost", lost_reason="price")

    answer = site.visitor("alice").post("/a/tiny/deal/1/move", to="open", version="2")

    assert answer.status_code == 409
    assert "may make this move" in words(answer)


def test_move_without_a_way_is_refused(site, deals):
    answer = site.visitor("alice").post("/a/tiny/deal/1/move", headers=DRAG, to="won", version="1")

    assert answer.status_code == 409
    assert "There is no way from “Open” to “Won”." in words(answer)


def test_move_on_an_old_version_changes_nothing(site, tiny, deals):
    tiny.update(deals[0], amount="1")

    answer = site.visitor("alice").post("/a/tiny/deal/1/move", headers=DRAG, to="offer", version="1")

    assert answer.status_code == 409
    assert tiny.get(deals[0])["stage"] == "open"


def test_moves_are_buttons_too(site, tiny, deals):
    page = site.visitor("alice").get("/a/tiny/deal/1")

    assert 'name="-to" value="make_offer"' in page.text
    assert "Asks for: Lost reason" in words(page)
    done = site.visitor("alice").post("/a/tiny/deal/1/move", to="make_offer", version="1")
    assert (done.status_code, done.location) == (303, "/a/tiny/deal/1")
    assert tiny.get(deals[0])["stage"] == "offer"


def test_record_tells_stages_and_times(site, tiny, deals):
    site.later(days=3)
    tiny.move(deals[0], "offer", now=site.now)
    site.later(days=2)

    page = site.visitor("alice").get("/a/tiny/deal/1")

    assert "Open 3 days Offer 2 days so far" in words(page)
    assert "Stage: Open → Offer" in words(page)


def test_columns_load_their_cards_piece_by_piece(site, tiny, acme):
    for number in range(45):
        tiny.create("deal", name=f"Deal {number}", account=acme.id)
    alice = site.visitor("alice")

    page = alice.get("/a/tiny/deal/board")
    assert page.text.count('class="board-card') == 20
    seen = set(re.findall(r'id="card-(\d+)"', page.text))
    more = re.search(r'hx-get="([^"]+board/cards[^"]+)"', page.text)
    while more:
        piece = alice.htmx(more[1].replace("&amp;", "&"))
        seen |= set(re.findall(r'id="card-(\d+)"', piece.text))
        more = re.search(r'hx-get="([^"]+board/cards[^"]+)"', piece.text)
    assert len(seen) == 45


def test_board_can_be_searched(site, deals):
    answer = site.visitor("alice").get("/a/tiny/deal/board?q=turb")

    assert re.findall(r'id="card-(\d+)"', answer.text) == ["2"]
    assert "Open 1" in column(answer, "open")


def test_very_many_records_are_counted_after_the_page(site, deals, monkeypatch):
    monkeypatch.setattr("web.pages.board.COUNT_CAP", 3)
    monkeypatch.setattr("web.pages.move.COUNT_CAP", 3)
    mona, board = site.visitor("mona"), "/a/tiny/deal/board"

    page = mona.get(board)

    assert "Open …" in column(page, "open")
    assert len(re.findall(r'id="card-(\d+)"', page.text)) == 4
    assert f'hx-get="{board}/heads" hx-trigger="load, board-moved from:body"' in page.text
    heads = mona.get(f"{board}/heads")
    assert re.findall(r'id="head-(\w+)" hx-swap-oob="true"', heads.text) == ["open", "offer", "won", "lost"]
    assert words(heads).startswith("Open 4 ¥462.1k Offer 0")
    assert "Open 4 ¥462.1k" in column(mona.get(f"{board}?counted=yes"), "open")
    moved = mona.post("/a/tiny/deal/1/move", headers=DRAG, to="offer", version="1", via="board")
    assert ('id="card-1"' in moved.text, "head-" in moved.text) == (True, False)


def test_few_records_are_counted_on_the_page(site, deals, monkeypatch):
    monkeypatch.setattr("web.pages.board.COUNT_CAP", 3)

    page = site.visitor("alice").get("/a/tiny/deal/board")

    assert "Open 3 ¥462k" in column(page, "open")
    assert "board/heads" not in page.text


def test_board_asks_the_database_equally_often(site, tiny, acme, deals, statements):
    alice = site.visitor("alice")
    alice.get("/a/tiny/deal/board")
    with statements() as few:
        alice.get("/a/tiny/deal/board")
    for number in range(15):
        account = tiny.create("account", name=f"A {number}", region="south")
        tiny.create("deal", name=f"Deal {number}", account=account.id, amount="3")

    with statements() as many:
        alice.get("/a/tiny/deal/board")

    assert len(many) == len(few)
