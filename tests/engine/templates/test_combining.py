"""Several templates in one app: nothing is lost, nothing means something else than before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.config.check import check
from engine.config.faults import errors_of
from engine.config.load import load
from engine.people import SYSTEM
from engine.releases import live, publish
from engine.templates.combining import Part, added, combine, taken
from engine.templates.gallery import SHIPPED, templates
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny


def test_all_shipped_templates_fit_into_one_app() -> None:
    whole = combine([Part(one.source) for one in templates()], "all", "All").source

    assert [fault.text for fault in errors_of(check(whole))] == []
    forms = sum(len(list(one.source.section("forms"))) for one in templates())
    assert len(list(whole.section("forms"))) == forms
    assert whole.app["key"].text == "all"


def test_a_template_beside_itself_is_renamed_throughout(tiny: Tiny) -> None:
    part = Part(load(tiny_app()))

    found = combine([part, part], "twice", "Twice")

    assert [fault.text for fault in errors_of(check(found.source))] == []
    assert ("form", "deal", "deal_2") in [(one.kind, one.old, one.new) for one in found.renamed]
    deal = next(spot for spot in found.source.section("forms") if spot["key"].text == "deal_2")
    assert {field["to"].text for field in deal["fields"].items()} >= {"account_2"}
    rules = {spot["key"].text: spot["form"].text for spot in found.source.section("alerts")}
    assert rules["stale_deal_2"] == "deal_2"
    assert len(list(found.source.app["roles"].items())) == len(tiny_app()["app"]["roles"])
    with tiny.db.begin() as session:
        publish(session, found.source, SYSTEM, tiny.now)
        assert set(live(session, "twice").app.forms) == {"account", "deal", "visit", "account_2", "deal_2", "visit_2"}


def test_parts_bring_what_they_need() -> None:
    sales = load(SHIPPED / "sales_pipeline")

    found = combine([Part(load(SHIPPED / "expense_claims")), Part(sales, ("contact",))], "some", "Some").source

    forms = {spot["key"].text for spot in found.section("forms")}
    assert {"claim", "item", "contact", "customer"} <= forms
    assert [fault.text for fault in errors_of(check(found))] == []


def test_an_app_grows_by_a_template() -> None:
    found = added(load(tiny_app()), Part(load(SHIPPED / "expense_claims")))

    assert errors_of(check(found.source)) == []
    assert {role["key"].text for role in found.source.app["roles"].items()} >= {"employee", "finance"}
    assert found.source.app["key"].text == "tiny"


def test_a_part_asks_only_what_it_needs() -> None:
    source = load(SHIPPED / "sales_pipeline")

    whole, part = (
        [spot["key"].text for spot in taken(Part(source, forms)).app["parameters"].items()] for forms in ((), ("lead",))
    )

    assert {"target_new_customers", "days_stalled"} <= set(whole)
    assert part == ["days_stalled"], "leads lead to opportunities, but not to the objectives"
