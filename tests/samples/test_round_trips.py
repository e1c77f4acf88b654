"""Real data out of one app and into an empty one of the same config, and out again: the same bytes."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.acts.importing import start_import
from engine.config.load import load_folder
from engine.exports import Export, fields_of, head_of
from engine.imports.mapping import guess, mapping_of
from engine.imports.read import read
from engine.jobs import run_all
from engine.people import SYSTEM
from engine.releases import live, publish
from engine.sheets import csv_text, write_xlsx
from tests.support.loaded import fresh_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session, sessionmaker

HERE = Path(__file__).parent
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
#: App -> form -> file of the real data, in the order of their references.
APPS = {
    "crm_maven": {
        "sales_agent": "crm_maven/sales_teams.csv",
        "product": "crm_maven/products.csv",
        "account": "crm_maven/accounts.csv",
        "opportunity": "crm_maven/sales_pipeline.csv",
    },
    "hr_attrition": {"employee": "ibm_hr_attrition/emp_attrition.csv"},
}


def opened(db: sessionmaker[Session], app: str) -> None:
    with db.begin() as session:
        publish(session, load_folder(HERE / app).to_dict(), SYSTEM, NOW, "first release")


def loaded(db: sessionmaker[Session], app: str, form: str, data: bytes, config: Mapping[str, object] | None) -> None:
    with db.begin() as session:
        found = live(session, app)
        table = read(data)
        if config is None:
            mapping = guess(found.form(form), found.pipeline(form), table.header)
        else:
            mapping = mapping_of(config, found.form(form), found.pipeline(form))
        act = start_import(session, found, form, table, mapping, SYSTEM, NOW, at_once=0)
    run_all(db, NOW)
    with db() as session:
        assert (session.get_one(type(act), act.id).counts or {}).get("refused", 0) == 0


def export(db: sessionmaker[Session], app: str, form: str, kind: str) -> bytes:
    with db() as session:
        found = live(session, app)
        fields = fields_of(found, form, SYSTEM)
        made = Export.of(session, found, form, SYSTEM, NOW, fields, sort=["id"])
        names = [field.key for field in fields]
        if kind == "csv":
            return "".join(csv_text([names, *made.texts()])).encode()
        target = io.BytesIO()
        heads = [head_of(found, field, name) for field, name in zip(fields, names, strict=True)]
        write_xlsx(target, heads, made.cells())
        return target.getvalue()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("app", sorted(APPS))
def test_what_is_exported_is_imported_and_exported_again_byte_by_byte(
    shared_data: Path, tmp_path: Path, app: str, database: str
) -> None:
    with fresh_database(database, tmp_path / "one") as first, fresh_database(database, tmp_path / "two") as second:
        opened(first, app)
        opened(second, app)
        for form, file in APPS[app].items():
            config = json.loads((HERE / "imports" / app / f"{form}.json").read_text(encoding="utf-8"))
            loaded(first, app, form, (shared_data / file).read_bytes(), config)
        for form in APPS[app]:
            loaded(second, app, form, export(first, app, form, "csv"), None)

        for form in APPS[app]:
            out = export(first, app, form, "csv")
            assert out.count(b"\r\n") > 1
            assert export(second, app, form, "csv") == out


@pytest.mark.parametrize("app", sorted(APPS))
def test_a_workbook_carries_the_same_records(shared_data: Path, tmp_path: Path, app: str) -> None:
    with fresh_database("sqlite", tmp_path / "one") as first, fresh_database("sqlite", tmp_path / "two") as second:
        opened(first, app)
        opened(second, app)
        for form, file in APPS[app].items():
            config = json.loads((HERE / "imports" / app / f"{form}.json").read_text(encoding="utf-8"))
            loaded(first, app, form, (shared_data / file).read_bytes(), config)
            loaded(second, app, form, export(first, app, form, "xlsx"), None)

            assert export(second, app, form, "csv") == export(first, app, form, "csv")
