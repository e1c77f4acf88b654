from __future__ import annotations

import pytest

from forms.alike import core, emails_alike, names_alike, phones_alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京星河科技有限公司", "北京星河科技"),
        ("北京星河科技有限公司", "星河科技股份有限公司"),
        ("星河（北京）科技有限公司", "星河北京科技"),
        ("馮輔可", "冯辅可"),
        ("ＡＣＭＥ Ltd.", "acme"),
        ("Acme Industries GmbH", "ACME Industries, Inc."),
        ("Müller Maschinenbau GmbH & Co. KG", "Müller Maschinenbau"),
        ("Johnson Controls", "Jonson Controls"),
    ],
)
def test_names_are_alike(one: str, other: str) -> None:
    assert names_alike(one, other)
    assert names_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京星河科技有限公司", "北京银河贸易有限公司"),
        ("张三", "李四"),
        ("张三", "张三丰"),
        ("Ltd", "GmbH"),
        ("Acme", "Acme Industries"),
        ("", "Acme"),
        ("Deal 1", "Deal 2"),
    ],
)
def test_names_are_not_alike(one: str, other: str) -> None:
    assert not names_alike(one, other)
    assert not names_alike(other, one)


def test_core_is_never_empty_for_a_name() -> None:
    assert core("有限公司") == "有限公司"
    assert core("Group") == "group"


def test_phones_and_addresses_are_compared_by_what_tells() -> None:
    assert phones_alike("+86 138-0013-8000", "13800138000x12")
    assert not phones_alike("12345", "12345")
    assert not phones_alike("13800138000", "13800138001")
    assert emails_alike("A@Example.com", "a@example.com")
    assert not emails_alike("a", "a")
