from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from engine.config.check import check
from engine.config.load import load
from engine.config.schema import schema_files, schemas, write_schemas
from forms.fields import FIELD_TYPES
from tests.support.configs import field_of, form_of, tiny_app
from tests.support.rooms import ROOT


@pytest.mark.parametrize("noun", schemas())
def test_schema_is_a_schema(noun: str) -> None:
    Draft202012Validator.check_schema(dict(schemas()[noun]))


@pytest.mark.parametrize("noun", schemas())
def test_schema_refers_to_nothing_outside_itself(noun: str) -> None:
    refs = re.findall(r'"\$ref": "([^"]*)"', json.dumps(schemas()[noun]))

    assert all(ref.startswith("#/$defs/") for ref in refs)
    assert {ref.rpartition("/")[2] for ref in refs} == set(schemas()[noun].get("$defs", {}))


def test_schema_files_beside_the_samples_are_up_to_date() -> None:
    folder = ROOT / "sample_configs" / "schemas"
    shipped = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}

    assert shipped == schema_files(), "steerway schemas sample_configs/schemas writes them anew"


def test_schema_files_are_written(tmp_path) -> None:
    assert [path.name for path in write_schemas(tmp_path / "new")] == list(schema_files())


def test_schema_knows_every_field_type() -> None:
    assert schemas()["form"]["$defs"]["field"]["properties"]["type"]["enum"] == sorted(FIELD_TYPES)


def test_schema_describes_every_parameter() -> None:
    pieces = schemas()["form"]["$defs"]
    bare = [
        f"{name}.{member}"
        for name, piece in pieces.items()
        for member, schema in piece.get("properties", {}).items()
        if name.startswith("field_") and not {"description", "$ref", "const"} & set(schema)
    ]

    assert bare == []


def test_key_with_a_line_feed_at_its_end_is_refused() -> None:
    config = tiny_app()
    field_of(config, "deal", "notes")["key"] = "notes\n"

    assert "schema.key" in [fault.code for fault in check(load(config))]


@pytest.mark.parametrize("section", ["forms", "pipelines", "okrs", "alerts"])
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [None], [[]], True], ids=repr)
def test_anything_instead_of_a_file_is_a_fault_and_no_accident(section: str, value: object) -> None:
    config = tiny_app()
    config[section] = [value]

    assert any(fault.level == "error" for fault in check(load(config)))


def test_anything_anywhere_is_a_fault_or_fine_and_no_accident() -> None:
    places = _places(tiny_app())
    for number, value in enumerate((None, 5, "x", [], {}, [None], {"key": 1}, True, 1.5, [[1]])):
        for path in places[number::40]:  # each value at other places: all of them everywhere take a minute
            config = tiny_app()
            _put(config, path, value)
            check(load(config))


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = [path] if path else []
    if isinstance(value, dict):
        found += [p for name, item in value.items() for p in _places(item, (*path, name))]
    elif isinstance(value, list):
        found += [p for index, item in enumerate(value) for p in _places(item, (*path, index))]
    return found


def _put(config: dict, path: tuple[str | int, ...], value: object) -> None:
    here = config
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value


def test_two_mistakes_in_different_files_are_both_told() -> None:
    config = tiny_app()
    form_of(config, "account")["title"] = "nmae"
    config["alerts"][0]["when"] = "stge == 'open'"

    assert [(f.file, f.pointer, f.suggestion) for f in check(load(config))] == [
        ("forms/account.json", "/title", "name"),
        ("alerts/stale_deal.json", "/when", "stage"),
    ]
