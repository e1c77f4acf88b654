from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.config.canonical import canonical, canonical_text, write_folder
from engine.config.load import load
from tests.support.configs import tiny_app
from tests.support.rooms import ROOT

SAMPLES = sorted(path.parent for path in (ROOT / "sample_configs").glob("*/app.json"))


def backwards(value: object) -> object:
    if isinstance(value, dict):
        keep = not {"of", "en", "key", "to", "app"} & set(value) and all(
            isinstance(v, str | dict) for v in value.values()
        )
        names = list(value) if keep else list(reversed(value))
        return {name: backwards(value[name]) for name in names}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def test_canonical_form_does_not_depend_on_the_order_of_members() -> None:
    config = tiny_app()
    config["forms"].reverse()

    assert json.dumps(load(backwards(config)).to_dict()) == json.dumps(load(tiny_app()).to_dict())


def test_canonical_form_keeps_the_order_of_the_authors_own_keys() -> None:
    okr = {"measures": {"z": {"agg": "count", "of": "deal"}, "a": {"of": "deal", "agg": "count"}}, "key": "k"}

    assert canonical_text(canonical(okr, "okr")) == canonical_text(
        {"key": "k", "measures": {"z": {"of": "deal", "agg": "count"}, "a": {"of": "deal", "agg": "count"}}}
    )


def test_canonical_form_keeps_what_the_schema_does_not_know() -> None:
    assert canonical({"new": {"b": 1, "a": 2}, "key": "k"}, "app") == {"key": "k", "new": {"b": 1, "a": 2}}


def test_exported_folder_is_exported_again_without_a_difference(tmp_path: Path) -> None:
    first = [(p.relative_to(tmp_path), p.read_bytes()) for p in write_folder(load(tiny_app()), tmp_path)]
    again = [(p.relative_to(tmp_path), p.read_bytes()) for p in write_folder(load(tmp_path), tmp_path)]

    assert again == first


def test_edited_folder_changes_one_line(tmp_path: Path) -> None:
    write_folder(load(tiny_app()), tmp_path)
    path = tmp_path / "forms" / "deal.json"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace('"icon": "target"', '"icon": "star"'), encoding="utf-8")

    write_folder(load(tmp_path), tmp_path)

    changed = [
        (a, b)
        for a, b in zip(before.splitlines(), path.read_text(encoding="utf-8").splitlines(), strict=True)
        if a != b
    ]
    assert changed == [('  "icon": "target",', '  "icon": "star",')]


def test_export_over_an_older_copy_removes_what_is_gone(tmp_path: Path) -> None:
    write_folder(load(tiny_app()), tmp_path)
    config = tiny_app()
    config["alerts"] = []

    write_folder(load(config), tmp_path)

    assert sorted(p.name for p in tmp_path.rglob("*.json")) == [
        "account.json",
        "app.json",
        "deal.json",
        "deal_pipeline.json",
        "sales.json",
        "visit.json",
    ]


def test_export_into_a_folder_of_something_else_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "mine.json").write_text("{}", encoding="utf-8")

    write_folder(load(tiny_app()), tmp_path)

    assert (tmp_path / "forms" / "mine.json").exists()


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_sample_is_written_in_canonical_form(folder: Path, tmp_path: Path) -> None:
    written = write_folder(load(folder), tmp_path)

    assert [p.name for p in written if p.read_bytes() != (folder / p.relative_to(tmp_path)).read_bytes()] == []
