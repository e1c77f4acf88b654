from __future__ import annotations

from datetime import date

import pytest

from engine.config.build import compile_config
from engine.config.check import check
from engine.config.defs import CycleDef, HealthDef, StepDef, WindowDef
from engine.config.faults import line
from engine.config.load import load
from engine.config.source import Source
from engine.errors import ConfigError
from forms.system import system_shape
from rules.types import Kind, Type
from tests.support.configs import Config, field_of, form_of, tiny_app
from tests.support.rooms import ROOT

SAMPLES = sorted(path.parent for path in (ROOT / "sample_configs").glob("*/app.json"))


def built(config: Config):
    return compile_config(load(config))


def test_tiny_app_is_without_faults() -> None:
    assert check(load(tiny_app())) == []


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_sample_is_without_errors(folder) -> None:
    assert [line(fault) for fault in check(load(folder)) if fault.level == "error"] == []


def test_config_with_faults_is_not_built() -> None:
    config = tiny_app()
    form_of(config, "deal")["title"] = "nmae"

    with pytest.raises(ConfigError) as caught:
        built(config)

    assert [fault.code for fault in caught.value.faults] == ["field.unknown"]


def test_config_with_warnings_alone_is_built() -> None:
    config = tiny_app()
    del field_of(config, "deal", "notes")["label"]["zh_Hant"]

    assert [fault.level for fault in check(load(config))] == ["warning"]
    assert built(config).key == "tiny"


def test_forms_stand_in_the_order_the_app_gives() -> None:
    config = tiny_app()
    config["app"]["order"] = ["visit", "deal"]

    assert list(built(config).forms) == ["visit", "deal", "account"]


def test_parts_stand_in_the_order_in_which_a_release_keeps_them() -> None:
    config = tiny_app()
    turned = {key: value[::-1] if isinstance(value, list) else value for key, value in config.items()}
    turned["app"] = {key: value for key, value in config["app"].items() if key != "order"}
    stored = Source.from_dict(turned).to_dict()

    first, again = built(turned), built(stored)

    assert list(first.forms) == list(again.forms) == sorted(first.forms)
    assert list(first.pipelines) == list(again.pipelines)
    assert list(first.alerts) == list(again.alerts)


def test_fields_carry_what_their_types_need() -> None:
    app = built(tiny_app())
    deal, account = app.forms["deal"].by_key, app.forms["account"].by_key

    assert deal["amount"].params == {"min": 0, "scale": 2}
    assert deal["account"].to == "account"
    assert account["tier"].default == "standard"
    assert deal["urgent"].default is False
    assert [option.key for option in deal["tags"].options] == ["new", "renewal", "upsell"]
    assert (deal["net_amount"].expression.text, deal["net_amount"].params["turn"]) == (
        "amount * (1 - if_empty(discount, 0) / 100)",
        0,
    )


def test_rollup_follows_the_type_of_the_field_it_sums() -> None:
    app = built(tiny_app())
    rollup = app.forms["account"].by_key["won_value"]

    assert (rollup.params["via"], rollup.params["result"], rollup.params["scale"]) == ("account", "money", 2)
    assert (rollup.params["measure"].of, rollup.params["measure"].agg) == ("deal", "sum")
    assert app.shapes["account"]["won_value"] == Type(Kind.MONEY)


def test_default_money_is_stored_in_minor_units() -> None:
    config = tiny_app()
    field_of(config, "deal", "amount")["default"] = 12.5

    assert built(config).forms["deal"].by_key["amount"].default == 1250


def test_currency_sets_the_digits_of_money() -> None:
    config = tiny_app()
    config["app"]["currency"] = "JPY"
    app = built(config)

    assert app.context.money_scale == 0
    assert app.shapes["deal"]["amount"].scale == 0
    assert app.shapes["deal"]["net_amount"].scale == 0


def test_shape_holds_fields_and_system_names() -> None:
    """Rows from before a field was required have gaps, so only system names are sure to be filled."""
    shapes = built(tiny_app()).shapes

    assert shapes["deal"]["name"] == Type(Kind.TEXT)
    assert shapes["deal"]["account"] == Type(Kind.REFERENCE, form="account")
    assert shapes["account"]["region"] == Type(Kind.CHOICE, options=("north", "south"))
    assert shapes["deal"]["stage"] == system_shape(["open", "offer", "won", "lost"])["stage"]
    assert "stage" not in shapes["visit"]


def test_required_field_that_may_be_hidden_may_be_empty() -> None:
    config = tiny_app()
    field_of(config, "deal", "closed_on")["required"] = True

    assert built(config).shapes["deal"]["closed_on"].nullable


def test_condition_on_a_draft_treats_every_field_as_possibly_empty() -> None:
    app = built(tiny_app())
    guard = next(t.guard for t in app.pipelines["deal_pipeline"].transitions if t.key == "win")

    assert ("account", "region") in guard.reads
    assert app.forms["deal"].asserts[0].condition.type.kind is Kind.YES_NO


def test_pipeline_expands_any_stage() -> None:
    config = tiny_app()
    config["pipelines"][0]["transitions"][2]["from"] = "*"

    assert built(config).pipelines["deal_pipeline"].transitions[2].sources == ("open", "offer", "won")


def test_transition_holds_its_gate_and_what_it_writes() -> None:
    lose = built(tiny_app()).pipelines["deal_pipeline"].transitions[2]

    assert (lose.sources, lose.to, lose.required) == (("open", "offer"), "lost", ("lost_reason",))
    assert {key: checked.text for key, checked in lose.sets.items()} == {"closed_on": "today"}


def test_transition_may_write_the_owner() -> None:
    config = tiny_app()
    config["pipelines"][0]["transitions"][0]["set"] = {"owner": "me"}

    assert built(config).pipelines["deal_pipeline"].transitions[0].sets["owner"].type.kind is Kind.PERSON


def test_date_written_in_a_formula_becomes_a_date() -> None:
    config = tiny_app()
    config["pipelines"][0]["transitions"][0]["set"] = {"expected_on": "'2026-12-31'"}

    assert built(config).pipelines["deal_pipeline"].transitions[0].sets["expected_on"].tree.value == date(2026, 12, 31)


def test_okr_holds_measures_formula_and_numbers() -> None:
    okr = built(tiny_app()).okrs["sales"]
    rate, revenue = okr.objectives[0].key_results

    assert okr.cycle == CycleDef(every="quarter")
    assert (rate.baseline, rate.target, rate.formula.text, rate.decimals) == (20, 50, "100 * won / decided", 1)
    assert (revenue.weight, revenue.health, revenue.measures["won_value"].agg) == (2, HealthDef(0.9, 0.7), "sum")
    assert okr.measures["won"].window == WindowDef("cycle")


def test_okr_target_may_be_a_formula_of_the_baseline() -> None:
    config = tiny_app()
    config["okrs"][0]["objectives"][0]["key_results"][0]["target"] = "baseline * 1.2"
    config["okrs"][0]["objectives"][0]["key_results"][0]["baseline"] = "100 * won / decided"
    result = built(config).okrs["sales"].objectives[0].key_results[0]

    assert (result.target.text, result.baseline.text) == ("baseline * 1.2", "100 * won / decided")


def test_okr_of_fixed_dates() -> None:
    config = tiny_app()
    config["okrs"][0]["cycle"] = {"from": "2017-01-01", "to": "2017-12-31", "label": "2017"}
    cycle = built(config).okrs["sales"].cycle

    assert (cycle.starts_on, cycle.ends_on, cycle.every) == (date(2017, 1, 1), date(2017, 12, 31), "")


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("previous_cycle", WindowDef("previous_cycle")),
        ("all", WindowDef("all")),
        ({"last": 90, "unit": "day"}, WindowDef("last", 90, "day")),
    ],
)
def test_measure_window(window: object, expected: WindowDef) -> None:
    config = tiny_app()
    config["okrs"][0]["measures"]["won"]["window"] = window

    assert built(config).okrs["sales"].measures["won"].window == expected


@pytest.mark.parametrize(
    ("by", "text", "period"),
    [
        ("account.region", "account.region", ""),
        ({"period": "quarter"}, "closed_on", "quarter"),
        ({"expression": "expected_on", "period": "month"}, "expected_on", "month"),
    ],
)
def test_measure_groups(by: object, text: str, period: str) -> None:
    config = tiny_app()
    config["okrs"][0]["measures"]["spread"] = {"of": "deal", "agg": "count", "during": "closed_on", "by": by}
    measure = built(config).okrs["sales"].measures["spread"]

    assert (measure.by.text, measure.by_period) == (text, period)


def test_alert_rule_holds_steps_and_message() -> None:
    rule = built(tiny_app()).alerts["stale_deal"]

    assert rule.steps == (StepDef(("owner",)), StepDef(("manager",), 480))
    assert (rule.every_minutes, rule.on_change, rule.severity, rule.hold_minutes) == (60, True, "warning", 0)
    assert [part.expression.text if part.expression else part.text for part in rule.message["en"]] == [
        "name",
        " of ",
        "account.name",
        " has stood in ",
        "stage",
        " for ",
        "days_in_stage",
        " days.",
    ]


def test_alert_message_may_hold_braces_in_quotes() -> None:
    config = tiny_app()
    config["alerts"][0]["message"] = "Look: {if_empty(lost_reason, '{none}')}!"
    parts = built(config).alerts["stale_deal"].message[""]

    assert [part.expression.text if part.expression else part.text for part in parts] == [
        "Look: ",
        "if_empty(lost_reason, '{none}')",
        "!",
    ]


def test_fault_in_a_message_points_into_the_text() -> None:
    config = tiny_app()
    config["alerts"][0]["message"] = "Deal {nmae} waits."

    [fault] = check(load(config))
    assert (fault.pointer, fault.column, fault.suggestion) == ("/message", 7, "name")


def test_computed_fields_know_their_turn() -> None:
    config = tiny_app()
    deal = form_of(config, "deal")["fields"]
    deal.insert(0, {"key": "last", "type": "computed", "label": "Last", "expression": "middle + 1", "result": "number"})
    deal.insert(
        1, {"key": "middle", "type": "computed", "label": "Middle", "expression": "net_amount + 1", "result": "number"}
    )
    del config["app"]["languages"]
    by_key = built(config).forms["deal"].by_key

    assert [by_key[key].params["turn"] for key in ("net_amount", "middle", "last")] == [0, 1, 2]


def test_rollup_over_a_computed_field_over_a_rollup_is_no_circle() -> None:
    config = tiny_app()
    form_of(config, "account")["fields"].append(
        {
            "key": "net_won",
            "type": "rollup",
            "label": "Net",
            "measure": {"of": "deal", "agg": "sum", "value": "net_amount", "via": "account"},
        }
    )
    field = {
        "key": "share",
        "type": "computed",
        "label": "Share",
        "expression": "if_empty(account.won_value, 0)",
        "result": "percent",
    }
    form_of(config, "deal")["fields"].append(field)

    assert check(load(config)) == []


@pytest.mark.parametrize("key", ["xmin", "ctid", "refresh"])
def test_field_key_that_means_something_below_is_refused(key: str) -> None:
    config = tiny_app()
    config["forms"][0]["fields"].append({"key": key, "type": "text", "label": "X"})

    with pytest.raises(ConfigError) as refused:
        built(config)

    assert [fault.code for fault in refused.value.faults if fault.level == "error"] == ["key.reserved"]


def test_app_key_that_sqlite_keeps_for_itself_is_refused() -> None:
    config = tiny_app()
    config["app"]["key"] = "sqlite_app"

    with pytest.raises(ConfigError) as refused:
        built(config)

    assert [fault.code for fault in refused.value.faults if fault.level == "error"] == ["key.reserved"]
