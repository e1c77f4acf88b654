"""Columns are guessed from keys and labels of any language; a given mapping is checked, every fault at once."""

from __future__ import annotations

from typing import Any

import pytest

from engine.config.defs import PipelineDef
from engine.imports.errors import ImportRefused
from engine.imports.mapping import guess, mapping_of
from forms.defs import FieldDef, FormDef
from forms.fields import field_type
from forms.labels import Label


def field(
    key: str, kind: str = "text", en: str = "", hans: str = "", hant: str = "", *, unique: bool = False
) -> FieldDef:
    label = Label({"en": en or key, "zh_Hans": hans, "zh_Hant": hant})
    return FieldDef(key, field_type(kind), label, unique=unique, to="account" if kind == "reference" else "")


FORM = FormDef(
    "deal",
    Label.of("Deal"),
    (
        field("code", en="Deal number", hans="商机编号", hant="商機編號", unique=True),
        field("name", en="Name", hans="名称", hant="名稱"),
        field("account", "reference", "Customer", "客户", "客戶"),
        field("amount", "money", "Amount", "金额", "金額"),
        field("closed_on", "date", "Closed on", "结单日期", "結案日期"),
        field("net", "computed", "Net", "净额", "淨額"),
    ),
    "name",
    unique=(("account", "name"),),
)
PIPELINE = PipelineDef("deal", Label.of("Deal"), "deal", (), (), "")


def guessed(*header: str, pipeline: PipelineDef | None = PIPELINE) -> dict[str, str]:
    return {c.column: c.field for c in guess(FORM, pipeline, header).columns}


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("amount", "amount"),
        ("AMOUNT ", "amount"),
        ("Ａｍｏｕｎｔ", "amount"),
        ("金额", "amount"),
        ("金額", "amount"),
        ("closed_on", "closed_on"),
        ("Closed On", "closed_on"),
        ("ClosedOn", "closed_on"),
        ("Customer", "account"),
        ("deal_stage", "stage"),
        ("负责人", "owner"),
        ("Created at", "created_at"),
        ("Amout", "amount"),
        ("Deal numbr", "code"),
        ("净额", ""),
        ("colour", ""),
        ("", ""),
    ],
)
def test_guess_knows_columns_by_any_of_their_names(column: str, found: str) -> None:
    assert guessed(column) == {column: found}


def test_guess_gives_each_field_to_one_column_and_the_exact_name_first() -> None:
    assert guessed("total amount", "amount") == {"total amount": "", "amount": "amount"}


def test_guess_offers_no_stage_where_there_is_no_pipeline() -> None:
    assert guessed("stage", pipeline=None) == {"stage": ""}


def test_guess_proposes_the_unique_field_as_key_or_a_group_that_is_unique_together() -> None:
    assert guess(FORM, PIPELINE, ["name", "客户", "商机编号"]).key == ("code",)
    assert guess(FORM, PIPELINE, ["name", "客户"]).key == ("account", "name")
    assert guess(FORM, PIPELINE, ["name"]).key == ()


def test_a_mapping_survives_json() -> None:
    config: dict[str, object] = {
        "form": "deal",
        "key": ["code"],
        "mode": "update",
        "columns": {
            "No.": "code",
            "Customer": {
                "field": "account",
                "values": {"ACME": "Acme Ltd", "-": ""},
                "unknown": "empty",
                "empty": "report",
            },
            "Left out": None,
        },
    }

    assert mapping_of(config, FORM, PIPELINE).to_dict() == config


def faults(**config: Any) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as refused:
        mapping_of(config, FORM, PIPELINE)
    assert all(fault.text for fault in refused.value.faults)
    return [(fault.code, fault.pointer) for fault in refused.value.faults]


def test_a_wrong_mapping_is_refused_with_all_its_faults() -> None:
    found = faults(
        key=["name"],
        mode="replace",
        columns={
            "a": "amont",
            "b": {"field": "code", "unknown": "guess"},
            "c": {"field": "code", "colour": 1},
            "d": "net",
            "e": "code",
            "x/y": {"field": "closed_on", "empty": "?"},
        },
    )

    assert found == [
        ("bad_column", "/columns/c"),
        ("unknown_field", "/columns/a"),
        ("not_one_of", "/columns/b"),
        ("unknown_field", "/columns/d"),
        ("not_one_of", "/columns/x~1y"),
        ("twice", "/columns"),
        ("key_missing", "/key"),
        ("not_one_of", "/mode"),
    ]


def test_a_misspelt_member_is_refused_instead_of_ignored() -> None:
    found = faults(keys=["code"], gates="yes", columns={"code": "code"})

    assert found == [("unknown_member", "/keys"), ("no_flag", "/gates")]


def test_an_unknown_field_comes_with_the_one_that_was_meant() -> None:
    with pytest.raises(ImportRefused) as refused:
        mapping_of({"columns": {"a": "amont"}}, FORM, PIPELINE)

    assert refused.value.faults[0].suggestion == "amount"


@pytest.mark.parametrize("columns", [None, {}, [], "code"])
def test_a_mapping_without_columns_is_refused(columns: object) -> None:
    assert faults(columns=columns) == [("no_columns", "/columns")]
