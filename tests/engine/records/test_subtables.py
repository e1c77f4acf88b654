from __future__ import annotations

from typing import Any

import pytest

from engine import records
from engine.errors import Refused
from engine.records.subtables import RowInput, save
from forms.errors import FormError
from tests.support.configs import form_of
from tests.support.order_app import order_app


class Orders:
    """Short words for orders with lines; each act is a transaction."""

    def __init__(self, tiny: Any) -> None:
        self.tiny = tiny

    def save(self, rows: list[RowInput], record: Any = None, by: str = "alice", now: Any = None, **values: Any) -> Any:
        with self.tiny.db.begin() as session:
            app = self.tiny.live(session)
            version = record.version if record else None
            values = values if record else {"name": "First", **values}
            home = record.id if record else None
            user = self.tiny.user(by)
            return save(session, app, "order_form", home, values, {"lines": rows}, user, now or self.tiny.now, version)

    def lines(self, order: Any, **more: Any) -> list[Any]:
        page = self.tiny.query("line", "ada", sort=["position"], limit=2000, **more)
        return [one for one in page.records if one["home"] == order.id]

    def faults(self, *args: Any, **more: Any) -> dict[str, str]:
        with pytest.raises(FormError) as error:
            self.save(*args, **more)
        return {fault.field: fault.code for fault in error.value.faults}


def new(number: int = 1, **values: Any) -> RowInput:
    return RowInput(f"new{number}", values)


def old(line: Any, **values: Any) -> RowInput:
    removed = values.pop("removed", False)
    return RowInput(str(line.id), values, line.id, values.pop("version", line.version), removed)


@pytest.fixture
def orders(tiny):
    tiny.publish(order_app())
    tiny.create("product", name="Bolt", price="2")
    tiny.create("product", name="Nut", price="3")
    return Orders(tiny)


def test_record_and_rows_are_stored_together(orders, tiny):
    order = orders.save([new(1, product="Bolt", quantity="10"), new(2, product="Nut", quantity="5")], discount="10")

    assert [(line["quantity"], line["price"], line["amount"]) for line in orders.lines(order)] == [
        (10, 200, 1800),
        (5, 300, 1350),
    ]
    assert order["total"] == 3150


def test_rows_are_changed_added_and_removed_in_one_act(orders, tiny):
    order = orders.save([new(1, product="Bolt", quantity="10"), new(2, product="Nut", quantity="5")])
    bolt, nut = orders.lines(order)

    order = orders.save([old(bolt, quantity="1"), old(nut, removed=True), new(1, quantity="2", price="7")], order)

    assert [(line["quantity"], line["amount"]) for line in orders.lines(order)] == [(1, 200), (2, 1400)]
    assert order["total"] == 1600


def test_every_fault_stands_at_its_cell_and_nothing_is_stored(orders, tiny):
    rows = [new(1, product="Screw", quantity="-1"), new(2, quantity="200"), new(3, quantity="1")]

    assert orders.faults(rows, name="") == {
        "name": "field.required",
        "lines__new1__product": "field.unknown",
        "lines__new1__quantity": "field.too_small",
        "lines__new2__remark": "field.required",
    }
    assert tiny.query("order_form").records == ()
    assert tiny.query("line").records == ()


def test_rows_that_hold_nothing_are_no_rows(orders):
    order = orders.save([new(1, product="", quantity=" "), new(2, quantity="1")])

    assert len(orders.lines(order)) == 1


def test_row_that_somebody_changed_meanwhile_is_told(orders, tiny):
    order = orders.save([new(1, quantity="1")])
    [line] = orders.lines(order)
    tiny.update(line, quantity="7")

    assert orders.faults([old(line, quantity="2")], order) == {f"lines__{line.id}": "row.stale"}
    assert orders.lines(order)[0]["quantity"] == 7


def test_row_of_another_record_cannot_be_reached(orders, tiny):
    first, second = orders.save([new(1, quantity="1")]), orders.save([new(1, quantity="2")], name="Second")
    [line] = orders.lines(second)

    assert orders.faults([old(line, quantity="9")], first) == {f"lines__{line.id}": "row.gone"}


def test_rows_are_moved_and_the_others_keep_their_places(orders):
    order = orders.save([new(number, quantity=str(number)) for number in (1, 2, 3)])
    one, _two, three = orders.lines(order)

    order = orders.save([old(three), old(one), new(1, quantity="9")], order)

    assert [line["quantity"] for line in orders.lines(order)] == [3, 1, 2, 9]


def test_fewest_and_most_rows_are_kept(orders, tiny):
    config = order_app()
    field = next(one for one in form_of(config, "order_form")["fields"] if one["key"] == "lines")
    field |= {"min_rows": 1, "max_rows": 2}
    tiny.publish(config)

    assert orders.faults([]) == {"lines": "table.min"}
    assert orders.faults([new(number, quantity="1") for number in range(3)]) == {"lines": "table.max"}


def test_deleting_the_record_takes_its_rows_along_and_restoring_brings_them_back(orders, tiny):
    order = orders.save([new(1, quantity="1"), new(2, quantity="2")])
    first = orders.lines(order)[0]
    tiny.delete(first, now=tiny.now)
    order = tiny.get(order, "ada")

    tiny.delete(order, now=tiny.now.replace(hour=5))
    assert orders.lines(order) == []

    tiny.restore(order, now=tiny.now.replace(hour=6))
    assert [line["quantity"] for line in orders.lines(order)] == [2]


def test_rows_that_stand_in_the_way_refuse_the_deletion(orders, tiny):
    config = order_app()
    field = next(one for one in form_of(config, "order_form")["fields"] if one["key"] == "lines")
    field["on_delete"] = "refuse"
    tiny.publish(config)
    order = orders.save([new(1, quantity="1")])

    with pytest.raises(FormError) as error:
        tiny.delete(order)

    assert [fault.code for fault in error.value.faults] == ["table.rows"]
    assert len(orders.lines(order)) == 1


def test_rows_are_under_their_own_form_s_rights(orders, tiny):
    config = order_app()
    form_of(config, "line")["permissions"] = [
        {"roles": ["rep"], "actions": ["read", "create"], "fields": {"price": "read"}},
        {"roles": ["manager", "admin"], "actions": ["read", "create", "update", "delete"]},
    ]
    tiny.publish(config)
    order = orders.save([new(1, product="Bolt", quantity="1")])
    [line] = orders.lines(order)

    assert line["price"] == 200
    assert orders.faults([new(1, quantity="1", price="1")], order) == {"lines__new1__price": "field.read_only"}
    with pytest.raises(Refused):
        orders.save([old(line, quantity="2")], order)
    with pytest.raises(Refused):
        orders.save([old(line, removed=True)], order)


def test_many_rows_take_as_many_statements_as_one(orders, tiny, statements):
    with statements() as few:
        one = orders.save([new(n, product="Bolt", quantity="1") for n in (1, 2)])
    with statements() as many:
        thirty = orders.save([new(n, product="Bolt" if n % 2 else "Nut", quantity=str(n)) for n in range(1, 31)])
    assert len(many) == len(few)

    def edited(lines):
        return [old(line, price="9") if place % 2 else old(line, quantity="70") for place, line in enumerate(lines)]

    few_lines, lines = orders.lines(one), orders.lines(thirty)
    with statements() as few:
        orders.save(edited(few_lines), one)
    with statements() as many:
        orders.save(edited(lines), thirty)
    assert len(many) == len(few)


def test_history_and_figures_of_rows_are_those_of_records(orders, tiny):
    order = orders.save([new(1, quantity="1", price="5")])
    [line] = orders.lines(order)
    orders.save([old(line, quantity="3")], order, now=tiny.now.replace(hour=4))

    with tiny.db() as session:
        told = records.timeline(session, tiny.live(session), "line", line.id, tiny.user("alice"), tiny.now)
    assert [(one.verb, one.fields.get("quantity")) for one in told] == [("update", (1, 3)), ("create", (None, 1))]
