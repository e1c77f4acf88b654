"""Nothing that anybody types, and nothing a file may hold, is more than a clean refusal or a value that reads back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.errors import FormError
from forms.fields import FIELD_TYPES, FieldType, InputContext
from rules.errors import Fault
from tests.forms.test_field_types import CONTEXT, example

TYPES = [FIELD_TYPES[key] for key in sorted(FIELD_TYPES)]
#: Texts drawn from what numbers, dates, addresses and hostile input are made of, lone surrogates included.
PARTS = st.sampled_from(
    [*"0123456789-+.,:/%¥$元万年月日 ()@#;、|TZe\n\t\x00\u3000", "２", "http://", "\ud800", "é", "e\u0301", "是"]
)
TYPED = st.one_of(st.lists(PARTS, max_size=14).map("".join), st.text(st.characters(), max_size=30))
RAW = st.one_of(TYPED, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(TYPED, max_size=3))


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.key)
@given(raw=RAW)
def test_field_type_refuses_or_keeps_what_reads_back(type_: FieldType, raw: object) -> None:
    _read_back(type_, raw)


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: type_.key)
def test_field_type_survives_naughty_strings(type_: FieldType, shared_data: Path) -> None:
    strings = json.loads((shared_data / "evil_blns" / "blns.json").read_text(encoding="utf-8"))

    for text in strings:
        _read_back(type_, text)


def _read_back(type_: FieldType, raw: object) -> None:
    field, local = example(type_), InputContext(time_zone="Asia/Shanghai")
    faults: tuple[Fault, ...] = ()
    try:
        value = type_.read(field, raw, CONTEXT)
    except FormError as error:
        faults = error.faults
    assert all(fault.field == "slot" and fault.text for fault in faults)
    if not faults:
        text = type_.to_text(field, value)
        assert type_.read(field, text, local) == value
        assert type_.from_json(field, json.loads(json.dumps(type_.to_json(field, value)))) == value
        text.encode("utf-8")
