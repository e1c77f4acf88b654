from __future__ import annotations

import pytest

from engine.config.build import compile_config
from engine.config.check import check
from engine.config.load import load
from engine.config.parameters import with_answers
from engine.config.source import Source
from engine.errors import ConfigError
from tests.support.configs import Config, field_of, tiny_app


def template() -> Config:
    config = tiny_app()
    config["app"]["label"] = "Sales of {{team}}"
    config["app"]["parameters"] = [
        {"key": "team", "label": "Team", "type": "text", "default": "North"},
        {"key": "days", "label": "Days", "type": "number", "default": 30},
        {"key": "goal", "label": "Goal", "type": "money"},
    ]
    config["alerts"][0]["when"] = "stage == 'open' and days_in_stage > {{days}} and name != '{{team}}'"
    config["okrs"][0]["objectives"][0]["key_results"][1]["target"] = "{{goal}}"
    return config


def refused(source: Source, answers: dict[str, object]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        with_answers(source, answers)
    return [(fault.code, fault.field) for fault in caught.value.faults]


def test_template_is_checked_with_its_defaults() -> None:
    assert check(load(template())) == []
    assert [p.key for p in compile_config(load(template())).parameters] == ["team", "days", "goal"]


def test_answers_replace_the_parameters_everywhere() -> None:
    source = with_answers(load(template()), {"team": "East", "goal": "¥2万"})
    app = compile_config(source)

    assert app.label.pick("en") == "Sales of East"
    assert app.alerts["stale_deal"].when.text == "stage == 'open' and days_in_stage > 30 and name != 'East'"
    assert app.okrs["sales"].objectives[0].key_results[1].target == 20000
    assert app.parameters == ()
    assert "{{" not in str(source.to_dict())


def test_wrong_answers_are_told_all_at_once() -> None:
    answers = {"team": "x' or 'a' == 'a", "days": "many", "gaol": 1}

    assert refused(load(template()), answers) == [
        ("parameter.unknown", "gaol"),
        ("field.parameter", "team"),
        ("field.number", "days"),
        ("field.required", "goal"),
    ]


def test_answer_in_a_single_text_keeps_its_type() -> None:
    config = tiny_app()
    config["app"]["parameters"] = [{"key": "most", "label": "Most", "type": "number", "default": 5}]
    field_of(config, "deal", "quantity")["max"] = "{{most}}"

    assert (
        compile_config(with_answers(load(config), {"most": "12"})).forms["deal"].by_key["quantity"].params["max"] == 12
    )


def test_double_braces_without_a_parameter_are_a_fault() -> None:
    config = template()
    config["forms"][0]["label"] = "{{taem}} accounts"

    assert [(f.code, f.suggestion) for f in check(load(config))] == [("parameter.unknown", "team")]
