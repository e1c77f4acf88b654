"""A sample app filled from real files, with nothing but its config folder, its mappings and the importer."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.alerts.rows import Alert
from engine.config.load import load_folder
from engine.db import create_system_tables, make_engine, sessions
from engine.imports.mapping import mapping_of
from engine.imports.read import read
from engine.imports.run import run
from engine.okr.cycle import Span
from engine.okr.objectives import objectives
from engine.people import SYSTEM
from engine.releases import live, publish
from engine.sql.measures import compute
from tests.support import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from engine.imports.report import Report
    from engine.okr.objectives import KrValue
    from engine.releases import Live
    from engine.sql.measures import Figure

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@dataclass
class Loaded:
    """What the config and the importer say about the data; `files` maps each form to its file, in order of references."""

    db: sessionmaker[Session]
    key: str
    files: Mapping[str, Path]
    now: datetime
    reports: dict[str, Report] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.db.begin() as session:
            publish(session, load_folder(SAMPLES / self.key).to_dict(), SYSTEM, self.now, "first release")
        self.reports = {form: self.load(form) for form in self.files}

    def live(self, session: Session) -> Live:
        return live(session, self.key)

    def load(self, form: str) -> Report:
        config = json.loads((SAMPLES / "imports" / self.key / f"{form}.json").read_text(encoding="utf-8"))
        with self.db.begin() as session:
            app = self.live(session)
            mapping = mapping_of(config, app.app.forms[form], app.app.pipeline_of(form))
            return run(session, app, form, read(self.files[form].read_bytes()), mapping, SYSTEM, self.now)

    def figure(self, name: str, now: datetime | None = None) -> Figure:
        with self.db() as session:
            app = self.live(session)
            return compute(session, app, {name: app.app.measures[name]}, Span(), now or self.now)[name]

    def groups(self, name: str) -> dict[str, object]:
        return {str(group.key): group.value for group in self.figure(name).groups or ()}

    def key_results(self, okr: str, now: datetime) -> dict[str, KrValue]:
        with self.db() as session:
            app = self.live(session)
            found = objectives(session, app, app.app.okrs[okr], SYSTEM, now)
        return {one.definition.key: one for objective in found.objectives for one in objective.key_results}

    def alerts(self, rule: str) -> Counter[str]:
        with self.db() as session:
            return Counter(session.scalars(select(Alert.state).where(Alert.rule == rule)))


def counts(report: Report) -> dict[str, int]:
    """Return the verdicts that were given, with the number of their rows."""
    return {verdict: count for verdict, count in report.counts.items() if count}


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[sessionmaker[Session]]:
    """A database of that kind for all tests of a module."""
    url = f"sqlite:///{folder / 'steerway.db'}" if kind == "sqlite" else postgres.shared_server().create_database()
    engine = make_engine(url)
    create_system_tables(engine)
    yield sessions(engine)
    engine.dispose()
    if kind != "sqlite":
        postgres.drop_database(url)
