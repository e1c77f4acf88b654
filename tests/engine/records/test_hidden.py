from __future__ import annotations

import pytest

from forms.errors import FormError
from tests.support.configs import form_of
from tests.support.order_app import order_app


@pytest.fixture
def chain(tiny):
    tiny.publish(order_app())
    return tiny.create("chain", name="One", a="yes", b="b", c="c", d="d", e="6", g="g")


def _values(record, keys="abcdeg"):
    return [record[key] for key in keys]


def test_a_chain_of_hidden_fields_is_cleared_to_its_end(tiny, chain):
    assert _values(chain) == [True, "b", "c", "d", 6, "g"]

    after = tiny.update(chain, a="no")

    assert _values(after) == [False, None, None, "d", None, None]
    assert after["f"] is None


@pytest.mark.parametrize("via", ["form", "board", "api", "import", "rule", "job", "cli"])
def test_every_way_in_clears(tiny, chain, via):
    after = tiny.update(chain, by="ada", via=via, a="no")

    assert _values(after, "bceg") == [None, None, None, None]


@pytest.mark.parametrize("via", ["form", "api", "import"])
def test_value_sent_for_a_field_that_is_hidden_by_it_goes(tiny, chain, via):
    after = tiny.update(chain, by="ada", via=via, a="no", b="sent", c="sent", g="x")

    assert _values(after, "bcg") == [None, None, None]


def test_screen_cannot_change_what_is_kept_hidden_but_an_import_may(tiny, chain):
    tiny.update(chain, a="no", d="typed")
    assert tiny.get(chain)["d"] == "d"

    tiny.update(chain, by="ada", via="import", d="brought")
    assert tiny.get(chain)["d"] == "brought"


def test_computed_value_that_hides_is_followed(tiny, chain):
    after = tiny.update(chain, e="2")

    assert (after["f"], after["g"]) == (4, None)


def test_hidden_elements_are_not_demanded_and_shown_ones_are(tiny, chain):
    tiny.create("chain", name="Two")

    with pytest.raises(FormError) as error:
        tiny.create("chain", name="Three", a="yes", b="")
    assert [(one.field, one.code) for one in error.value.faults] == [("b", "field.required")]
    with pytest.raises(FormError) as error:
        tiny.create("chain", name="Three", a="yes", b="b")
    assert [(one.field, one.code) for one in error.value.faults] == [("c", "field.required")]


def test_what_cannot_be_read_in_a_hidden_field_is_no_fault(tiny, chain):
    after = tiny.update(chain, a="no", e="many")

    assert after["e"] is None


def test_form_that_keeps_keeps(tiny):
    config = order_app()
    form_of(config, "chain").pop("when_hidden")
    tiny.publish(config)
    one = tiny.create("chain", name="One", a="yes", b="b", c="c", e="6")

    after = tiny.update(one, a="no", e="9")

    assert _values(after, "abce") == [False, "b", "c", 6]


def test_required_field_of_a_hidden_page_is_not_demanded(tiny):
    tiny.publish(order_app())

    adult = tiny.create("survey", name="Kim", age="40")

    assert adult["school"] is None
    with pytest.raises(FormError) as error:
        tiny.create("survey", name="Kim", age="12")
    assert [one.field for one in error.value.faults] == ["school"]


def test_history_says_what_was_cleared(tiny, chain, statements):
    tiny.update(chain, a="no", now=tiny.now.replace(hour=9))
    before = tiny.get(chain, at=tiny.now)

    assert _values(before, "bc") == ["b", "c"]
