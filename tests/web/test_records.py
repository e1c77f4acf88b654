from __future__ import annotations

import pytest

from tests.support.configs import field_of, form_of, tiny_app
from tests.support.order_app import order_app
from tests.support.site import part, words


@pytest.fixture
def acme(tiny):
    return tiny.create("account", name="Acme", region="north")


@pytest.fixture
def boiler(tiny, acme):
    return tiny.create("deal", name="Boiler", account=acme.id, amount="12000", expected_on="2026-04-01")


def test_mistake_is_shown_beside_its_field_and_mended(site, acme):
    alice = site.visitor("alice")
    alice.get("/a/tiny/deal/new")

    wrong = alice.post("/a/tiny/deal/new", name="", account=str(acme.id), amount="a lot", notes="kept <b>")
    assert wrong.status_code == 422
    assert "“a lot” is in another currency" in part(wrong, 'id="wrap-field-amount"', "</p>")
    assert "This field must be filled." in part(wrong, 'id="wrap-field-name"', "</p>")
    assert 'href="#field-amount"' in wrong.text
    assert 'aria-describedby="field-amount-error"' in wrong.text
    assert 'value="a lot"' in wrong.text
    assert "kept &lt;b&gt;" in wrong.text
    assert "Acme · #1" in wrong.text

    right = alice.post("/a/tiny/deal/new", name="Boiler", account="Acme", amount="1.2万", notes="kept")
    assert (right.status_code, right.location) == (303, "/a/tiny/deal/1")
    page = words(alice.get(right.location))
    assert "¥12,000" in page
    assert "Alice created this record" in page


def test_rule_across_fields_speaks_the_reader_s_language(site, acme):
    site.speak("alice", "zh_Hans")

    wrong = site.visitor("alice").post("/a/tiny/deal/new", name="Boiler", account="Acme", discount="120")

    assert "不能大于 100。" in part(wrong, 'id="wrap-field-discount"', "</p>")
    assert "尚未保存" in words(wrong)


def test_new_form_holds_what_its_address_brings(site, acme):
    answer = site.visitor("alice").get(f"/a/tiny/deal/new?account={acme.id}&amount=5")

    assert f'data-id="{acme.id}" data-title="Acme"' in answer.text
    assert 'name="amount" value="5.00"' in answer.text


def test_saved_record_goes_where_it_was_asked_from(site, acme):
    alice = site.visitor("alice")
    alice.get("/a/tiny/visit/new?next=/a/tiny/account/1")

    saved = alice.post(
        "/a/tiny/visit/new", subject="Hello", account="Acme", visited_on="2026-03-01", next="/a/tiny/account/1"
    )

    assert saved.location == "/a/tiny/account/1"


def test_edit_changes_only_what_was_typed_and_tells_the_story(site, boiler):
    alice = site.visitor("alice")
    page = alice.get("/a/tiny/deal/1/edit")
    assert 'value="12000.00"' in page.text

    saved = alice.post("/a/tiny/deal/1/edit", version="1", name="Boiler", account="1", amount="13000", tags=["", "new"])

    assert saved.status_code == 303
    history = part(alice.get("/a/tiny/deal/1"), 'class="timeline"', "</ol>")
    assert "Alice changed" in history
    assert "Amount: ¥12,000 → ¥13,000" in history
    assert "Tags: New" in history
    assert "on the form" in history


def test_history_hides_what_is_hidden(site, tiny, boiler):
    tiny.update(boiler, by="mona", margin="17")

    assert "17" not in part(site.visitor("alice").get("/a/tiny/deal/1"), 'class="timeline"', "</ol>")
    assert "Margin: 17 %" in part(site.visitor("mona").get("/a/tiny/deal/1"), 'class="timeline"', "</ol>")


@pytest.mark.parametrize("address", ["", "/edit", "/move?to=offer"])
@pytest.mark.parametrize(
    ("person", "code"), [("alice", 200), ("mona", 200), ("ada", 200), ("bob", 404), ("charlie", 404)]
)
def test_record_out_of_reach_does_not_exist(site, boiler, address, person, code):
    assert site.visitor(person).get(f"/a/tiny/deal/1{address}").status_code == code


@pytest.mark.parametrize("deed", ["edit", "delete", "restore", "move"])
def test_record_out_of_reach_cannot_be_changed(site, tiny, boiler, deed):
    answer = site.visitor("charlie").post(f"/a/tiny/deal/1/{deed}", version="1", name="Mine", to="offer")

    assert answer.status_code in (403, 404)
    assert tiny.get(boiler)["name"] == "Boiler"


def test_hidden_and_computed_fields_are_not_on_the_form(site, boiler):
    page = site.visitor("alice").get("/a/tiny/deal/1/edit")

    assert 'name="margin"' not in page.text
    assert 'name="net_amount"' not in page.text
    assert 'name="owner"' in page.text


def test_hidden_field_cannot_be_written(site, tiny, boiler):
    answer = site.visitor("alice").post("/a/tiny/deal/1/edit", version="1", margin="99")

    assert answer.status_code == 422
    assert tiny.get(boiler, by="mona")["margin"] is None


def test_two_editors_see_both_sides_and_nothing_is_lost(site, tiny, boiler):
    alice = site.visitor("alice")
    alice.get("/a/tiny/deal/1/edit")
    tiny.update(boiler, by="mona", amount="20000", notes="called")

    stale = alice.post(
        "/a/tiny/deal/1/edit",
        version="1",
        name="Boiler 2",
        account="1",
        amount="15000",
        notes="",
        expected_on="2026-04-01",
    )

    assert stale.status_code == 409
    both = part(stale, 'class="card-body conflict"', "</div>")
    assert "Amount ¥20,000 ¥15,000" in both
    assert "Notes" not in both
    assert ">called</textarea>" in stale.text
    assert 'name="version" value="2"' in stale.text

    alice.post("/a/tiny/deal/1/edit", version="2", name="Boiler 2", account="1", amount="15000", notes="called")
    kept = tiny.get(boiler)
    assert (kept["name"], kept["amount"], kept["notes"]) == ("Boiler 2", 1500000, "called")


def test_person_chooses_field_by_field_after_a_stale_save(site, tiny, boiler):
    alice = site.visitor("alice")
    alice.get("/a/tiny/deal/1/edit")
    tiny.update(boiler, by="mona", amount="20000", name="Kettle", notes="called")
    mine = {"name": "Boiler 2", "account": "1", "amount": "15000", "notes": "", "expected_on": "2026-04-01"}

    stale = alice.post("/a/tiny/deal/1/edit", version="1", **mine)
    picks = {"-merge.amount": "theirs", "-merge.name": "mine"}
    alice.post("/a/tiny/deal/1/edit", version="2", **{**mine, "notes": "called"}, **picks)

    assert stale.text.count('value="theirs"') == 2  # the date, which only Alice changed, stays as she typed it
    assert "taken over: Notes." in words(stale)
    kept = tiny.get(boiler)
    assert (kept["name"], kept["amount"], kept["notes"]) == ("Boiler 2", 2000000, "called")


def test_choice_of_their_side_is_asked_again_when_it_changed_again(site, tiny, boiler):
    alice = site.visitor("alice")
    alice.get("/a/tiny/deal/1/edit")
    once = tiny.update(boiler, by="mona", amount="20000")
    mine = {"name": "Boiler", "account": "1", "amount": "15000", "expected_on": "2026-04-01"}
    alice.post("/a/tiny/deal/1/edit", version="1", **mine)
    tiny.update(once, by="mona", name="Kettle")

    again = alice.post("/a/tiny/deal/1/edit", version="2", **{**mine, "name": "Pot"}, **{"-merge.amount": "mine"})

    assert again.status_code == 409
    assert "Name Kettle Pot" in words(again)
    assert "¥20,000" not in words(again)  # that side was chosen already
    assert tiny.get(boiler)["amount"] == 2000000


def test_delete_can_be_undone(site, tiny, boiler):
    mona = site.visitor("mona")

    gone = mona.post("/a/tiny/deal/1/delete", version="1")
    assert gone.location == "/a/tiny/deal/"
    assert mona.get("/a/tiny/deal/1").status_code == 404

    back = mona.post("/a/tiny/deal/1/restore")
    assert back.location == "/a/tiny/deal/1"
    assert "Mona restored this record" in words(mona.get(back.location))


def test_delete_offers_undo_on_the_next_page(site, boiler):
    mona = site.visitor("mona")
    mona.token = ""
    mona.get("/inbox")

    answer = mona.client.post("/a/tiny/deal/1/delete", data={"csrf_token": mona.token, "version": "1"})

    page = mona.get(answer.location)
    assert "“Boiler” was deleted" in words(page)
    assert 'action="/a/tiny/deal/1/restore"' in page.text


def test_delete_is_only_offered_to_those_who_may(site, boiler):
    assert "/delete" not in site.visitor("alice").get("/a/tiny/deal/1").text
    assert site.visitor("alice").post("/a/tiny/deal/1/delete", version="1").status_code == 403


def test_conditions_are_asked_in_one_round_trip(site, tiny):
    config = tiny_app()
    field_of(config, "deal", "discount").update(
        {"required_if": "urgent", "read_only_if": "quantity > 5", "visible_if": "amount > 100"}
    )
    tiny.publish(config)
    alice = site.visitor("alice")
    ask = {"HX-Request": "true"}

    shown = alice.post("/a/tiny/deal/conditions", headers=ask, amount="101", urgent=["no", "yes"]).text
    hidden = alice.post("/a/tiny/deal/conditions", headers=ask, amount="99", urgent="no").text

    assert 'id="wrap-field-discount"' in shown
    assert 'name="discount" aria-required="true"' in shown
    assert 'id="wrap-field-discount" class="" hx-swap-oob="true" hidden' in hidden
    assert 'name="name"' not in shown


def test_conditions_hold_without_script(site, tiny, acme):
    config = tiny_app()
    field_of(config, "deal", "discount").update({"visible_if": "amount > 100", "required_if": "amount > 100"})
    tiny.publish(config)
    alice = site.visitor("alice")
    assert 'name="discount"' not in alice.get("/a/tiny/deal/new").text

    answer = alice.post("/a/tiny/deal/new", name="Boiler", account="Acme", amount="101")

    assert answer.status_code == 422
    assert "This field must be filled." in part(answer, 'id="wrap-field-discount"', "</p>")
    assert 'name="discount"' in answer.text


def test_computed_values_follow_what_is_typed(site, tiny, acme):
    answer = site.visitor("alice").post(
        "/a/tiny/deal/conditions", headers={"HX-Request": "true"}, amount="200", discount="10"
    )

    assert "Net amount ¥180" in words(answer)


def test_record_shows_what_refers_to_it(site, tiny, acme, boiler):
    tiny.create("visit", subject="First call", account=acme.id, visited_on="2026-03-01")
    page = site.visitor("alice").get("/a/tiny/account/1")

    assert "Boiler" in words(page)
    assert "First call" in words(page)
    assert 'href="/a/tiny/deal/new?account=1"' in page.text
    assert "Boiler" not in words(site.visitor("charlie").get("/a/tiny/account/1"))


def test_reference_out_of_sight_keeps_its_name_to_itself(site, tiny, boiler):
    tiny.create("visit", by="bob", subject="Bob's call", account=1, visited_on="2026-03-01")
    tiny.update(
        tiny.create("visit", by="mona", subject="Shared", account=1, deal=1, visited_on="2026-03-01"),
        by="mona",
        owner="charlie",
    )

    page = words(site.visitor("charlie").get("/a/tiny/visit/2"))

    assert "Not visible to you" in page
    assert "Boiler" not in page


def test_record_asks_the_database_equally_often_however_long_its_story(site, tiny, acme, boiler, statements):
    alice = site.visitor("alice")
    tiny.create("visit", subject="Call", account=acme.id, deal=1, visited_on="2026-03-01")
    tiny.update(boiler, reviewer="mona")
    alice.get("/a/tiny/deal/1")
    with statements() as short:
        alice.get("/a/tiny/deal/1")
    for number in range(15):
        tiny.update(tiny.get(boiler), notes=f"note {number}", reviewer="bob" if number % 2 else "mona")
        tiny.create("visit", subject=f"Call {number}", account=acme.id, deal=1, visited_on="2026-03-01")

    with statements() as long:
        alice.get("/a/tiny/deal/1")

    assert len(long) - len(short) in (0, 1)  # related records are counted only where there are more than are shown


def test_drawer_is_a_piece_of_the_same_address(site, boiler):
    answer = site.visitor("alice").htmx("/a/tiny/deal/1", "drawer")

    assert answer.text.lstrip().startswith('<div class="drawer-close">')
    assert "<html" not in answer.text


def test_new_field_appears_without_a_restart(site, tiny, boiler):
    alice = site.visitor("alice")
    assert "Colour" not in alice.get("/a/tiny/deal/1").text
    config = tiny_app()
    form_of(config, "deal")["fields"].append({"key": "colour", "type": "text", "label": "Colour"})
    tiny.publish(config)

    assert "Colour" in alice.get("/a/tiny/deal/1").text
    assert 'name="colour"' in alice.get("/a/tiny/deal/1/edit").text


def test_record_shows_what_its_form_shows(site, tiny):
    tiny.publish(order_app())
    tiny.create("sheet", name="Ford", kind="car", plate="ABC-1", memo="m")
    tiny.create("sheet", name="Trek", kind="bike", memo="m")
    alice = site.visitor("alice")

    assert "Plate ABC-1" in words(alice.get("/a/tiny/sheet/1"))
    assert "Plate" not in part(alice.get("/a/tiny/sheet/2"), '<dl class="card-body fields', "</dl>")


def test_what_was_typed_into_a_field_that_a_release_took_out_is_told_before_it_goes(site, tiny, acme):
    alice = site.visitor("alice")
    alice.get("/a/tiny/deal/new")
    config = tiny_app()
    deal = form_of(config, "deal")
    deal["fields"] = [one for one in deal["fields"] if one["key"] != "notes"]
    tiny.publish(config)

    typed = {"name": "Boiler", "account": "Acme", "notes": "Call her back", "sort_of_spam": "1"}
    told = alice.post("/a/tiny/deal/new", **typed)
    assert told.status_code == 409
    assert "This form was changed while you filled it in." in words(told)
    lost = part(told, "card lost", "</section>")
    assert "Notes" in lost
    assert "Call her back" in lost
    assert "sort_of_spam" not in lost
    assert 'value="Boiler"' in told.text

    saved = alice.post("/a/tiny/deal/new", **typed, **{"-told": "notes"})
    assert (saved.status_code, saved.location) == (303, "/a/tiny/deal/1")
