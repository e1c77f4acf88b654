from __future__ import annotations

import json
import re

import pytest

from tests.support.order_app import order_app
from tests.support.site import counted, part, words


@pytest.fixture(autouse=True)
def orders(tiny):
    tiny.publish(order_app())


def _state(answer) -> str:
    import html

    return html.unescape(re.search(r'name="-state" id="form-state" value="([^"]*)"', answer.text)[1])


def test_tab_with_a_fault_is_marked_and_opened(site):
    alice = site.visitor("alice")
    page = alice.get("/a/tiny/sheet/new")
    assert 'class="form-tab active" id="tab-basics"' in page.text

    wrong = alice.post("/a/tiny/sheet/new", **{"-page": "basics", "name": "Mine", "kind": "bike", "memo": ""})

    assert wrong.status_code == 422
    assert 'class="form-tab has-error active" id="tab-details"' in wrong.text
    assert part(wrong, 'id="tab-details"', "</a>").endswith("Details 1 to be mended")
    assert 'id="field-memo-error"' in wrong.text


def test_sections_have_their_columns_and_fields_their_width(site):
    page = site.visitor("alice").get("/a/tiny/sheet/new").text

    assert 'class="form-grid columns-3"' in page
    assert '<div id="wrap-field-memo" class="span-2"' in page
    assert "The main things" in page


def test_step_is_checked_before_the_next_and_back_is_free(site):
    alice = site.visitor("alice")
    alice.get("/a/tiny/survey/new")

    wrong = alice.post("/a/tiny/survey/new", **{"-page": "person", "go": "-next", "name": "", "age": "12"})
    assert wrong.status_code == 422
    assert 'name="-page" id="form-page" value="person"' in wrong.text
    assert "This field must be filled." in part(wrong, 'id="wrap-field-name"', "</p>")
    assert "This field must be filled." not in part(wrong, 'id="wrap-field-school"', "</div>")

    typed = {"name": "Kim", "age": "12", "school": "", "comment": "Hm", "agreed": ""}
    right = alice.post("/a/tiny/survey/new", **{"-page": "person", "go": "-next", **typed})
    assert (right.status_code, right.text.count('aria-current="step"')) == (200, 1)
    assert 'name="-page" id="form-page" value="pupil"' in right.text
    assert "Step 2 of 3" in words(right)
    assert 'value="Kim"' in right.text

    back = alice.post("/a/tiny/survey/new", **{"-page": "pupil", "go": "-back", **typed})
    assert 'id="form-page" value="person"' in back.text


def test_step_that_is_not_shown_is_passed_over_and_not_demanded(site, tiny):
    alice = site.visitor("alice")
    alice.get("/a/tiny/survey/new")

    end = alice.post("/a/tiny/survey/new", **{"-page": "person", "go": "-next", "name": "Kim", "age": "40"})
    assert 'id="form-page" value="end"' in end.text

    saved = alice.post("/a/tiny/survey/new", **{"-page": "end", "name": "Kim", "age": "40", "comment": ""})
    assert saved.status_code == 303


def test_nobody_jumps_over_a_step_and_rules_about_later_steps_wait(site):
    alice = site.visitor("alice")
    alice.get("/a/tiny/survey/new")
    typed = {"name": "Kim", "age": "12", "school": "", "comment": "Hm"}

    jumped = alice.post("/a/tiny/survey/new", **{"-page": "person", "go": "end", **typed})
    assert (jumped.status_code, 'id="form-page" value="pupil"' in jumped.text) == (422, True)

    typed["school"] = "Three"
    assert (
        'id="form-page" value="end"'
        in alice.post("/a/tiny/survey/new", **{"-page": "pupil", "go": "end", **typed}).text
    )
    wrong = alice.post("/a/tiny/survey/new", **{"-page": "end", **typed})
    assert "Agree, or leave no comment." in part(wrong, 'id="wrap-field-agreed"', "</p>")


def test_what_a_condition_changes_comes_in_one_answer_and_nothing_else(site):
    alice = site.visitor("alice")
    page = alice.get("/a/tiny/sheet/new")

    answer = alice.post("/a/tiny/sheet/conditions", **{"-state": _state(page), "name": "Mine", "kind": "car"})

    assert re.findall(r'<div id="wrap-([a-z-]+)"', answer.text) == ["field-plate", "field-wheels"]
    assert 'aria-required="true"' in part_source(answer, 'id="wrap-field-plate"')
    assert 'name="wheels" value="4"' in answer.text
    again = alice.post("/a/tiny/sheet/conditions", **{"-state": _state(answer), "name": "Mine!", "kind": "car"})
    assert "wrap-" not in again.text


def part_source(answer, start: str) -> str:
    begin = answer.text.index(start)
    return answer.text[begin : begin + 900]


def test_default_follows_until_somebody_types(site, tiny):
    alice = site.visitor("alice")
    alice.get("/a/tiny/sheet/new")
    sent = {"name": "Mine", "memo": "x", "kind": "car", "plate": "AB 1"}

    alice.post("/a/tiny/sheet/new", **{**sent, "wheels": "2", "-offered-wheels": "2"})
    alice.post("/a/tiny/sheet/new", **{**sent, "wheels": "3", "-offered-wheels": "2"})

    assert [one["wheels"] for one in tiny.query("sheet", sort=["created_at"]).records] == [4, 3]


def test_hidden_chain_shows_what_the_server_will_keep(site, tiny):
    alice = site.visitor("alice")
    page = alice.get("/a/tiny/chain/new")
    typed = {"name": "One", "a": "yes", "b": "b", "c": "c", "d": "d"}

    shown = alice.post("/a/tiny/chain/conditions", **{"-state": _state(page), **typed})
    standing = json.loads(shown.headers["HX-Trigger"])["steerway:standing"]
    assert "section-more" in standing["shown"]

    gone = alice.post("/a/tiny/chain/conditions", **{"-state": _state(shown), **typed, "a": "no"})
    assert [
        key for key in "bcd" if f'<div id="wrap-field-{key}" class="" hx-swap-oob="true" hidden>' in gone.text
    ] == list("bcd")
    assert '<input type="hidden" name="b" value="b">' in gone.text


def _lines(*rows: dict[str, str]) -> dict[str, object]:
    """Return what the form posts for new rows."""
    sent: dict[str, object] = {"lines": [f"new{number}" for number, _ in enumerate(rows, 1)]}
    for number, row in enumerate(rows, 1):
        sent |= {f"lines__new{number}__{key}": value for key, value in row.items()}
    return sent


def test_rows_are_saved_with_their_record_without_script(site, tiny):
    tiny.create("product", name="Bolt", price="2")
    alice = site.visitor("alice")
    page = alice.get("/a/tiny/order_form/new")
    assert "No rows yet." in words(page)

    more = alice.post("/a/tiny/order_form/new", name="First", add_row="lines")
    assert 'name="lines" value="new1"' in more.text

    row = {"product": "Bolt", "quantity": "10"}
    saved = alice.post("/a/tiny/order_form/new", name="First", discount="10", **_lines(row))
    assert saved.status_code == 303
    shown = alice.get(saved.location)
    assert "¥18" in words(shown)


def test_fault_in_a_cell_is_told_at_the_cell_and_in_the_summary(site):
    alice = site.visitor("alice")
    alice.get("/a/tiny/order_form/new")

    wrong = alice.post("/a/tiny/order_form/new", name="First", **_lines({"quantity": "1"}, {"quantity": "many"}))

    assert wrong.status_code == 422
    assert '<a href="#field-lines__new2__quantity">Lines · row 2 · Quantity</a>' in wrong.text
    assert 'aria-describedby="field-lines__new2__quantity-error"' in wrong.text
    assert 'value="many"' in wrong.text


def test_cells_and_totals_are_worked_out_in_the_same_answer(site, tiny):
    bolt = tiny.create("product", name="Bolt", price="2")
    alice = site.visitor("alice")
    page = alice.get("/a/tiny/order_form/new")

    sent = _lines({"product": str(bolt.id), "quantity": "3", "price": "", "-offered-price": ""})
    answer = alice.post(
        "/a/tiny/order_form/conditions", **{"-state": _state(page), "name": "x", "discount": "50", **sent}
    )

    assert 'name="lines__new1__price" value="2.00"' in answer.text
    assert ">¥3<" in part_source(answer, 'id="wrap-field-lines__new1__amount"')
    totals = part(answer, 'id="totals-field-lines"', "</dl>")
    assert "Quantity 3 Amount ¥3" in totals


def test_pasted_cells_become_rows_with_their_faults(site, tiny):
    tiny.create("product", name="Bolt", price="2")
    alice = site.visitor("alice")
    alice.get("/a/tiny/order_form/new")
    cells = 'Bolt\t5\t1.50\t\tfirst\n"Screw"\tmany\t\t\t\n'

    sent = {"paste_rows": "lines", "lines__-paste": cells, "lines__-first": "product", "name": "x"}
    answer = alice.post("/a/tiny/order_form/table?table=lines", **sent)

    assert answer.text.count("data-row=") == 2
    assert "No record is called “Screw”." in words(answer)
    assert "is not a number" in words(answer)
    assert json.loads(answer.headers["HX-Trigger-After-Settle"]) == {"steerway:focus": {"id": "field-lines__new1"}}


def test_table_of_an_edited_record_takes_as_many_statements_with_many_rows(site, tiny):
    few = tiny.create("order_form", name="Few")
    many = tiny.create("order_form", name="Many")
    tiny.create("line", home=str(few.id), quantity="1")
    for number in range(30):
        tiny.create("line", home=str(many.id), quantity=str(number))
    alice = site.visitor("alice")
    alice.get(f"/a/tiny/order_form/{few.id}/edit")

    with counted(tiny.db) as one:
        alice.get(f"/a/tiny/order_form/{few.id}/edit")
    with counted(tiny.db) as thirty:
        page = alice.get(f"/a/tiny/order_form/{many.id}/edit")

    assert page.text.count("data-row=") == 30
    assert len(thirty) == len(one)


def test_rows_that_are_not_sent_stay_as_they_are(site, tiny):
    order = tiny.create("order_form", name="Order")
    first = tiny.create("line", home=str(order.id), quantity="1", position="1")
    tiny.create("line", home=str(order.id), quantity="2", position="2")
    alice = site.visitor("alice")
    alice.get(f"/a/tiny/order_form/{order.id}/edit")
    place = f"lines__{first.id}__"

    saved = alice.post(
        f"/a/tiny/order_form/{order.id}/edit",
        **{
            "version": str(tiny.get(order).version),
            "name": "Order",
            "lines": [str(first.id)],
            f"{place}quantity": "5",
            f"{place}-version": "1",
        },
    )

    assert saved.status_code == 303
    assert [one["quantity"] for one in tiny.query("line", sort=["position"]).records] == [5, 2]


def test_hidden_columns_and_tables_are_not_there(site, tiny):
    config = order_app()
    line = next(one for one in config["forms"] if one["key"] == "line")
    line["permissions"] = [
        {"roles": ["rep"], "actions": ["read", "create", "update"], "fields": {"price": "hidden", "amount": "hidden"}},
        {"roles": ["manager"], "actions": ["read"]},
    ]
    tiny.publish(config)

    rep = words(site.visitor("alice").get("/a/tiny/order_form/new"))
    assert "Quantity" in rep
    assert "Price" not in rep
    assert "Amount" not in rep
    assert "Add a row" not in words(site.visitor("mona").get("/a/tiny/order_form/new"))


def test_page_of_a_record_shows_its_rows_with_totals(site, tiny):
    order = tiny.create("order_form", name="Order", discount="0")
    for number in (1, 2):
        tiny.create("line", home=str(order.id), quantity=str(number), price="10", remark=f"no {number}")

    page = site.visitor("alice").get(f"/a/tiny/order_form/{order.id}")

    table = part(page, 'id="table-lines"', "</section>")
    assert "Lines 2 rows" in table
    assert table.endswith("3 ¥30 2")
