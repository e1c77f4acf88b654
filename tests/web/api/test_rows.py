"""Rows of sub-tables through the HTTP API: sent and read with their record, by the rules of the screens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.order_app import order_app


@pytest.fixture
def mona(site, tiny, program):
    tiny.publish(order_app())
    return program("mona")


@pytest.fixture
def order(mona) -> dict:
    made = mona("POST", "/tiny/order_form", {"name": "O1", "lines": [{"quantity": 2, "price": 10}, {"quantity": 3}]})
    assert made.status_code == 201, made.text
    return made.json


def by_field(answer) -> dict[str, str]:
    return {one.get("field", ""): one["code"] for one in answer.json["errors"]}


def test_record_is_created_and_read_with_its_rows(mona, order):
    assert [(row["quantity"], row["price"], row["amount"]) for row in order["lines"]] == [
        (2, 10.0, 20.0),
        (3, None, 0.0),
    ]
    assert "home" not in order["lines"][0]
    assert order["total"] == 20.0
    assert mona("GET", f"/tiny/order_form/{order['id']}").json == order


def test_rows_are_changed_added_and_deleted_in_one_act(mona, order):
    first, second = (row["id"] for row in order["lines"])
    rows = [{"id": first, "quantity": 5}, {"id": second, "_delete": True}, {"quantity": 7, "price": 1}]
    changed = mona("PATCH", f"/tiny/order_form/{order['id']}", {"name": "O2", "lines": rows})

    assert changed.status_code == 200, changed.text
    assert [row["quantity"] for row in changed.json["lines"]] == [5, 7]
    assert (changed.json["name"], changed.json["total"]) == ("O2", 57.0)


def test_rows_that_are_not_named_stay(mona, order):
    changed = mona("PATCH", f"/tiny/order_form/{order['id']}", {"lines": [{"quantity": 1}]})

    assert [row["quantity"] for row in changed.json["lines"]] == [2, 3, 1]


def test_every_fault_stands_at_its_cell_and_nothing_is_written(mona, order):
    rows = [{"quantity": -1}, {"quantity": "many"}, {"price": 3}, {"quantity": 1, "colour": "red"}]
    answer = mona("PATCH", f"/tiny/order_form/{order['id']}", {"name": "", "lines": rows})

    assert answer.status_code == 422
    faults = by_field(answer)
    assert set(faults) == {"name", "lines.0.quantity", "lines.1.quantity", "lines.2.quantity", "lines.3"}
    assert mona("GET", f"/tiny/order_form/{order['id']}").json == order


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ("none", "lines"),
        ([1], "lines"),
        ([{"id": "1"}], "lines.0"),
        ([{"id": True}], "lines.0"),
        ([{"quantity": 1}, {"_delete": True}], "lines.1"),
        ([{"quantity": 1, "home": 1}], "lines.0.home"),
        ([{"id": 999, "quantity": 1}], "lines.0"),
    ],
)
def test_rows_of_no_shape_are_refused(mona, order, rows, place):
    answer = mona("PATCH", f"/tiny/order_form/{order['id']}", {"lines": rows})

    assert (answer.status_code, list(by_field(answer))) == (422, [place])


def test_row_of_another_record_is_no_row_of_this_one(mona, order):
    other = mona("POST", "/tiny/order_form", {"name": "Other", "lines": [{"quantity": 9}]}).json
    answer = mona(
        "PATCH", f"/tiny/order_form/{order['id']}", {"lines": [{"id": other["lines"][0]["id"], "quantity": 1}]}
    )

    assert by_field(answer) == {"lines.0": "row.gone"}


def test_stale_row_is_not_overwritten(mona, order):
    row = order["lines"][0]
    assert mona("PATCH", f"/tiny/line/{row['id']}", {"quantity": 8}).status_code == 200
    old = {"id": row["id"], "version": row["version"], "quantity": 4}
    answer = mona("PATCH", f"/tiny/order_form/{order['id']}", {"lines": [old]})

    assert by_field(answer) == {"lines.0": "row.stale"}


def test_table_that_needs_rows_is_asked_for_them(mona, tiny):
    config = order_app()
    [lines] = [field for field in config["forms"][1]["fields"] if field["key"] == "lines"]
    lines["min_rows"] = 1
    tiny.publish(config)

    assert by_field(mona("POST", "/tiny/order_form", {"name": "Bare"})) == {"lines": "table.min"}
    assert mona("GET", "/tiny/order_form?count=true").json["count"] == 0
    assert mona("POST", "/tiny/order_form", {"name": "Full", "lines": [{"quantity": 1}]}).status_code == 201


def test_token_must_be_made_for_what_happens_to_the_rows(program, order):
    changer = program("mona", "read", "update")
    place = f"/tiny/order_form/{order['id']}"
    first = order["lines"][0]["id"]

    assert changer("PATCH", place, {"lines": [{"id": first, "quantity": 4}]}).status_code == 200
    assert changer("PATCH", place, {"lines": [{"quantity": 4}]}).status_code == 403
    assert changer("PATCH", place, {"lines": [{"id": first, "_delete": True}]}).status_code == 200


def test_table_out_of_sight_is_no_name(tiny, program, order):
    config = order_app()
    config["forms"][1]["permissions"] = [
        {"roles": ["manager"], "actions": ["read", "create", "update"]},
        {"roles": ["rep"], "actions": ["read", "create", "update"], "fields": {"lines": "hidden"}},
    ]
    tiny.publish(config)
    alice = program("alice")
    place = f"/tiny/order_form/{order['id']}"

    assert "lines" not in alice("GET", place).json
    assert by_field(alice("PATCH", place, {"lines": []})) == {"lines": "field.unknown_field"}
    schemas = alice("GET", "/tiny/openapi.json").json["components"]["schemas"]
    assert "lines" not in schemas["order_form"]["properties"] | schemas["order_form.input"]["properties"]


def test_past_record_has_the_rows_it_had(mona, site, order):
    then = site.now.isoformat().replace("+00:00", "Z")
    site.now += timedelta(hours=1)
    mona("PATCH", f"/tiny/order_form/{order['id']}", {"lines": [{"quantity": 1}]})

    assert len(mona("GET", f"/tiny/order_form/{order['id']}?at={then}").json["lines"]) == 2
