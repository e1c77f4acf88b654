"""Both sides of a difference in words."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from admin.difference_values import saying
from admin.difference_words import placing
from engine.config.load import load
from engine.design.diff import diff
from engine.design.examining import examined
from tests.support.configs import field_of, tiny_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.site import Site


def _condition(app: dict[str, Any]) -> None:
    field_of(app, "deal", "amount")["visible_if"] = "stage in ['open', 'won'] and amount > 1000"


def _action(app: dict[str, Any]) -> None:
    _permission(app)["actions"].remove("delete")


def _roles_field(app: dict[str, Any]) -> None:
    _permission(app)["fields"] = {"amount": "read"}


def _guard(app: dict[str, Any]) -> None:
    app["pipelines"][0]["transitions"][0]["guard"] = "amount > 1000000"


def _owner(app: dict[str, Any]) -> None:
    app["pipelines"][0]["stages"][0]["owner_role"] = "manager"


def _icon(app: dict[str, Any]) -> None:
    next(one for one in app["forms"] if one["key"] == "deal")["icon"] = "truck"


def _permission(app: dict[str, Any]) -> dict[str, Any]:
    form = next(one for one in app["forms"] if one["key"] == "deal")
    found: dict[str, Any] = next(one for one in form["permissions"] if "delete" in one["actions"])
    return found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_condition, ("Form “Deal” › Field “Amount” › Shown only when", "not there", "Stage is one of Open or Won and Amount is more than 1,000")),
        (_action, ("Form “Deal” › Permission “Sales manager” › May do › Delete and restore records", "Delete and restore records", "not there")),
        (_roles_field, ("Form “Deal” › Permission “Sales manager” › Fields apart", "not there", "Amount: Only read")),
        (_guard, ("Pipeline “Deal pipeline” › Transition “Make an offer” › Only when", "not there", "Amount is more than 1,000,000")),
        (_icon, ("Form “Deal” › Icon", "a bull's eye", "a lorry")),
        (_owner, ("Pipeline “Deal pipeline” › Stage “Open” › Who works here", "Sales rep", "Sales manager")),
    ],
)  # fmt: skip
def test_a_difference_is_told_in_words(
    site: Site, change: Callable[[dict[str, Any]], None], told: tuple[str, str, str]
) -> None:
    changed = copy.deepcopy(tiny_app())
    change(changed)
    sources = load(tiny_app()), load(changed)

    with site.app.test_request_context("/"):
        place, said = placing(*sources), saying(examined(sources[1])[1], *sources)
        found = [(place(one), *said(one)) for one in diff(*sources)]

    assert found == [told]


def test_a_field_of_a_section_is_told_by_its_name(site: Site) -> None:
    first, second = copy.deepcopy(tiny_app()), copy.deepcopy(tiny_app())
    for whole, fields in ((first, ["name", "amount"]), (second, ["name"])):
        form = next(one for one in whole["forms"] if one["key"] == "deal")
        form["sections"] = [{"key": "head", "label": "Head", "fields": fields}]
    sources = load(first), load(second)

    with site.app.test_request_context("/"):
        place, said = placing(*sources), saying(examined(sources[1])[1], *sources)
        found = [(place(one), *said(one)) for one in diff(*sources)]

    assert found == [("Form “Deal” › Section “Head” › Field “Amount”", "Amount", "not there")]
